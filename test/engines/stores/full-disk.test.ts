// Goal: a disk that fills up costs nothing that was acknowledged, says so by ENGINE_NO_SPACE, and
// writes go on, without reopening, once there is room. Method: a small disk is written full, in
// memory and, where mounting is permitted, a real one; then some room is given back.

import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { type Disk, memoryDisk, mountedDisk } from "../support/disk.ts";
import { bytes, contents, OWN_ENGINES, open, seeded, smallFiles } from "../support/stores.ts";

const SEED = 5;
const MEMORY_DISK_BYTES = 2 * 1024 * 1024;
const MOUNTED_DISK_BYTES = 8 * 1024 * 1024;
/** Refusals after which the disk counts as full for every kind of write. */
const REFUSALS = 40;
const WRITES_MAX = 20_000;
const VALUE_BYTES_MAX = 3000;

/** Letters that do not compress, to cut values from. */
const LETTERS = ((random) =>
  String.fromCharCode(...Array.from({ length: 2 * VALUE_BYTES_MAX }, () => 33 + random(94))))(
  seeded(SEED),
);

/** A store with what it acknowledged. */
class Writer {
  readonly engine: Engine;
  readonly acknowledged: Map<string, string>;
  refusals = 0;
  readonly #random = seeded(SEED);
  #writes = 0;

  constructor(engine: Engine, acknowledged: Map<string, string>) {
    this.engine = engine;
    this.acknowledged = acknowledged;
  }

  /** A put, a batch, or a delete now and then; of new keys and old. */
  async write(): Promise<void> {
    const i = this.#writes++;
    if (i > WRITES_MAX) throw new Error("the disk does not fill up");
    const key = `key${this.#random(i % 3 === 0 ? 1_000_000 : 50)}`;
    const value = this.#value(i);
    if (i % 17 === 16) {
      await this.attempt(
        () => this.engine.delete(bytes(key)),
        () => this.acknowledged.delete(key),
      );
    } else if (i % 11 === 10) {
      const batch = new WriteBatch().put(bytes(key), bytes(value));
      await this.attempt(
        () => this.engine.batch(batch.put(bytes(`${key}+`), bytes(value))),
        () => this.acknowledged.set(key, value).set(`${key}+`, value),
      );
    } else {
      await this.attempt(
        () => this.engine.put(bytes(key), bytes(value)),
        () => this.acknowledged.set(key, value),
      );
    }
  }

  #value(i: number): string {
    const start = this.#random(VALUE_BYTES_MAX);
    return `${i}:${LETTERS.slice(start, start + this.#random(VALUE_BYTES_MAX))}`;
  }

  /** Whether it was done; a refusal must be the one for a full disk. */
  async attempt(call: () => unknown, done: () => void): Promise<boolean> {
    try {
      await call();
    } catch (error) {
      this.refusals++;
      expect(error, String(error)).toBeInstanceOf(EngineError);
      expect((error as EngineError).code, String(error)).toBe("ENGINE_NO_SPACE");
      expect((error as EngineError).file, String(error)).toBeDefined();
      return false;
    }
    done();
    return true;
  }

  async fill(): Promise<void> {
    const end = this.refusals + REFUSALS;
    while (this.refusals < end) await this.write();
  }

  /** By scan and by get: all of what was acknowledged, and nothing of what was refused. */
  async check(what: string): Promise<void> {
    const found = await contents(this.engine);
    expect([...found.keys()].sort(), what).toEqual([...this.acknowledged.keys()].sort());
    for (const [key, value] of this.acknowledged) {
      expect(found.get(key) === value, `${what}: ${key} by scan`).toBe(true);
      const got = await this.engine.get(bytes(key));
      expect(Buffer.compare(got!, bytes(value)), `${what}: ${key} by get`).toBe(0);
    }
  }
}

async function fillAndGoOn(module: EngineModule, durability: Durability, disk: Disk) {
  const { dir, fileSystem } = disk;
  const settings = smallFiles(module);
  const options = { durability, fileSystem, settings, cacheBytes: 256 * 1024 };
  const writer = new Writer(await open(module, dir, options), new Map());
  await writer.fill();
  await writer.check("full");
  await writer.attempt(
    () => writer.engine.compact(),
    () => {},
  );
  await writer.check("full, after compact was tried");
  await writer.fill();
  disk.free();
  const before = writer.refusals;
  for (let i = 0; i < 20; i++) await writer.write();
  // A worker may tell of an attempt that it made before there was room; in memory there is none.
  const late = disk.fileSystem === nodeFileSystem ? 1 : 0;
  const refused = writer.refusals - before;
  expect(refused, "refused although there is room again").toBeLessThanOrEqual(late);
  await writer.check("with room again");
  await writer.fill();
  await writer.attempt(
    () => writer.engine.close(),
    () => {},
  );
  // Opening may need room too. What is refused then is refused only until there is some.
  const opened: Engine[] = [];
  const tryOpen = () =>
    writer.attempt(
      async () => opened.push(await open(module, dir, options)),
      () => {},
    );
  if (!(await tryOpen())) {
    disk.free();
    expect(await tryOpen(), "opened again when there is room").toBe(true);
  }
  const again = new Writer(opened[0]!, writer.acknowledged);
  await again.check("reopened");
  await again.engine.close();
}

describe.each(OWN_ENGINES)("$name on a disk that fills up", (module) => {
  it.each<Durability>(["os", "group", "sync"])(
    "at %s, in memory: keeps all that it acknowledged, and goes on when there is room",
    (durability) => fillAndGoOn(module, durability, memoryDisk(MEMORY_DISK_BYTES)),
  );

  it("for real, where mounting is permitted", async () => {
    const disk = mountedDisk(MOUNTED_DISK_BYTES);
    if (disk === undefined) {
      process.stdout.write("not permitted to mount: a full disk was met in memory alone\n");
      return;
    }
    try {
      await fillAndGoOn(module, "os", disk);
    } finally {
      disk.remove();
    }
  });
});
