// Goal: whatever operation the process dies at, the store opens again with a prefix of the writes
// that holds every acknowledged one; and again when it dies while it opens. Method: a fixed run of
// writes, merges and snapshots is counted once, then repeated with an end at every single changing
// operation of the file system; what is left is opened with an end at every operation of that.

import path from "node:path";
import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import type { Files } from "../support/memory-filesystem.ts";
import {
  bytes,
  contents,
  OWN_ENGINES,
  open,
  seeded,
  smallFiles,
  stride,
} from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

const NEVER = Number.POSITIVE_INFINITY;
const TEST_MS_MAX = 240_000;

interface Progress {
  /** The state after each write, in order; index 0 is the empty store. */
  readonly states: Map<string, string>[];
  acknowledged: number;
}

/** Writes that overwrite, delete and batch, over several files, with a merge in between. */
async function run(engine: Engine, progress: Progress): Promise<void> {
  const random = seeded(7);
  for (let step = 0; step < 60; step++) {
    const next = new Map(progress.states.at(-1));
    const key = `key${random(12)}`;
    const action = random(8);
    let done: void | Promise<void>;
    if (action === 0) {
      next.delete(key);
      progress.states.push(next);
      done = engine.delete(bytes(key));
    } else if (action === 1) {
      const other = `key${random(12)}`;
      next.set(key, `batch${step}`).delete(other);
      progress.states.push(next);
      done = engine.batch(
        new WriteBatch().put(bytes(key), bytes(`batch${step}`)).delete(bytes(other)),
      );
    } else {
      const value = `${step}:${"x".repeat(random(4000) + 2000)}`;
      next.set(key, value);
      progress.states.push(next);
      done = engine.put(bytes(key), bytes(value));
    }
    await done;
    progress.acknowledged = progress.states.length - 1;
    if (step % 25 === 24) await engine.compact();
  }
}

/** `torn`: a power loss after which some of what was not synced is there, in pieces. */
type End = "kill" | "power loss" | "torn";

function leave(disk: MemoryDisk, end: End, seed: number): Files {
  if (end === "kill") disk.kill();
  else disk.losePower(end === "torn" ? new Random(seed) : undefined);
  return disk.files();
}

interface Crash {
  readonly files: Files;
  readonly progress: Progress;
  /** Changing operations of the whole run; undefined when it ended before. */
  readonly operations: number | undefined;
}

async function crashAt(
  module: EngineModule,
  durability: Durability,
  operation: number,
  end: End,
): Promise<Crash> {
  const disk = new MemoryDisk();
  disk.crashAt(operation, operation === NEVER ? 0 : (operation % 4) * 0.3);
  const fileSystem = disk.mount();
  const progress: Progress = { states: [new Map()], acknowledged: 0 };
  try {
    const settings = smallFiles(module);
    const engine = await open(module, STORE_DIR, { durability, fileSystem, settings });
    await run(engine, progress);
    await engine.close();
  } catch (error) {
    if (!disk.hasCrashed) throw error;
  }
  const operations = disk.hasCrashed ? undefined : disk.operations;
  const seed = operation === NEVER ? 0 : operation;
  return { files: leave(disk, end, seed), progress, operations };
}

/** Opens what is left; fails unless it is a prefix with all that was promised. Its content. */
async function expectPrefix(
  module: EngineModule,
  durability: Durability,
  { files, progress }: Crash,
  what: string,
): Promise<Map<string, string>> {
  const settings = smallFiles(module);
  const fileSystem = new MemoryDisk(files).mount();
  const engine = await open(module, STORE_DIR, { durability, fileSystem, settings });
  const found = await contents(engine);
  const matches = progress.states.findLastIndex((state) => sameContent(state, found));
  expect(matches, `${what}: not a prefix`).toBeGreaterThanOrEqual(0);
  const promised = durability === "memory" ? 0 : progress.acknowledged;
  expect(matches, `${what}: acknowledged writes are missing`).toBeGreaterThanOrEqual(promised);
  expect((await engine.verify()).problems, what).toEqual([]);
  expectNoOrphans(fileSystem, what);
  await engine.put(bytes("after"), bytes("crash"));
  await engine.close();
  const again = await open(module, STORE_DIR, { durability, fileSystem, settings });
  expect(await contents(again), what).toEqual(new Map(found).set("after", "crash"));
  await again.close();
  return found;
}

function sameContent(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function expectNoOrphans(fileSystem: FileSystem, what: string): void {
  const manifest = fileSystem.readFileSync(path.join(STORE_DIR, "MANIFEST"));
  const listed = new TextDecoder().decode(manifest);
  const orphans = fileSystem
    .listSync(STORE_DIR)
    .filter((name) => /\.(log|snap|hint|sst|tmp)$/.test(name))
    .filter((name) => !listed.includes(name.replace(/hint$/, "log")));
  expect(orphans, `${what}: files that nothing refers to`).toEqual([]);
}

describe.each(OWN_ENGINES)("$name", (module) => {
  it.each<[Durability, End, number]>([
    ["memory", "kill", 5],
    ["os", "kill", 2],
    ["group", "kill", 5],
    ["sync", "kill", 5],
    ["group", "power loss", 2],
    ["sync", "power loss", 5],
    ["group", "torn", 2],
    ["sync", "torn", 5],
  ])(
    "at %s, after a %s at every operation, keeps a prefix with every acknowledged write",
    {
      timeout: TEST_MS_MAX,
    },
    async (durability, end, everyday) => {
      const { operations } = await crashAt(module, durability, NEVER, end);
      expect(operations).toBeGreaterThan(30);
      for (let operation = 1; operation <= operations!; operation += stride(everyday)) {
        const what = `${module.name} at ${durability}, ${end} at operation ${operation}`;
        const crash = await crashAt(module, durability, operation, end);
        await expectPrefix(module, durability, crash, what);
      }
    },
  );

  it.each<[Durability, End]>([
    ["os", "kill"],
    ["group", "power loss"],
    ["group", "torn"],
  ])(
    "at %s, after a %s, and another at every operation of opening, is the same",
    {
      timeout: TEST_MS_MAX,
    },
    async (durability, end) => {
      const { operations } = await crashAt(module, durability, NEVER, end);
      const settings = smallFiles(module);
      let second = 0;
      for (let operation = 1; operation <= operations!; operation += stride(13)) {
        const crash = await crashAt(module, durability, operation, end);
        const once = `${module.name} at ${durability}, ${end} at operation ${operation}`;
        const found = await expectPrefix(module, durability, crash, once);
        let { files } = crash;
        for (let at = 1; ; at++) {
          const what = `${once}, then at operation ${at} of opening`;
          // Each end follows on what the one before left: a machine that fails at every start.
          const disk = new MemoryDisk(files);
          disk.crashAt(at, (at % 3) * 0.4);
          const fileSystem = disk.mount();
          try {
            await open(module, STORE_DIR, { durability, fileSystem, settings });
          } catch (error) {
            if (!disk.hasCrashed) throw new Error(`${what}: ${error}`, { cause: error });
          }
          if (!disk.hasCrashed) break;
          second++;
          files = leave(disk, end, operation * 1000 + at);
          const again = await expectPrefix(module, durability, { ...crash, files }, what);
          expect(sameContent(again, found), `${what}: not what one opening gives`).toBe(true);
        }
      }
      expect(second).toBeGreaterThan(10);
    },
  );

  it.each<Durability>(["memory", "os"])(
    "at %s, after a power loss, keeps all that was before a flush",
    async (durability) => {
      const disk = new MemoryDisk();
      const fileSystem = disk.mount();
      const settings = smallFiles(module);
      const engine = await open(module, STORE_DIR, { durability, fileSystem, settings });
      for (let i = 0; i < 100; i++) await engine.put(bytes(`key${i}`), bytes("v".repeat(3000)));
      await engine.flush();
      disk.losePower();
      const left = { durability, fileSystem: disk.mount(), settings };
      const again = await open(module, STORE_DIR, left);
      expect((await contents(again)).size).toBe(100);
      await again.close();
    },
  );
});
