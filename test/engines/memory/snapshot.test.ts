// Goal: snapshot files replace what was before them in small steps, and nobody notices: not readers
// of now or of the past, not writers, not writes that are undone meanwhile.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine, EngineEvent } from "../../../engines/engine.ts";
import type { EngineError } from "../../../engines/errors.ts";
import { systemClock } from "../../../engines/io/clock.ts";
import type { File, OpenMode } from "../../../engines/io/filesystem.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { memoryModule } from "../../../engines/memory/module.ts";
import { completeOptions } from "../../../engines/options.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open, seeded, text } from "../support/stores.ts";
import { TINY_SETTINGS, engine as tinyModule } from "./tiny-memory.ts";

const COUNT = 1200;
const key = (i: number) => `key${String(i).padStart(5, "0")}`;
const newValue = (i: number) => `${i}:${"v".repeat(200)}`;

async function fill(engine: Engine): Promise<void> {
  for (let i = 0; i < COUNT; i++) await engine.put(bytes(key(i)), bytes(newValue(i)));
}

function filesOf(dir: string): string[] {
  return fs.readdirSync(dir).filter((name) => /\.(log|snap)$/.test(name));
}

describe("a snapshot file", () => {
  it("leaves open snapshots and half-read scans what they were", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(tinyModule, dir);
      await fill(engine);
      const snapshot = engine.snapshot();
      const cursor = engine.scan();
      let seen = (await cursor.next())!.count;
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < COUNT; i += 2) await engine.put(bytes(key(i)), bytes(`new${round}`));
        for (let i = 1; i < COUNT; i += 2) await engine.delete(bytes(key(i)));
        await engine.compact();
        for (let i = 0; i < COUNT; i += 97) {
          expect(text(await engine.get(bytes(key(i)), snapshot)), `round ${round}`).toBe(
            newValue(i),
          );
        }
      }
      for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
        for (let i = 0; i < chunk.count; i++) expect(text(chunk.value(i))).toBe(newValue(seen + i));
        seen += chunk.count;
      }
      expect(seen).toBe(COUNT);
      const pinned = filesOf(dir).length;
      snapshot.close();
      await engine.compact();
      expect((await contents(engine)).size).toBe(COUNT / 2);
      await engine.close();
      expect(filesOf(dir).length).toBeLessThan(pinned);
    });
  });

  it("is told of, begin and end, and gives dead space back", async () => {
    await inTempDir(async (dir) => {
      const events: EngineEvent[] = [];
      const onEvent = (event: EngineEvent) => void events.push(event);
      const settings = { ...TINY_SETTINGS, snapshotLogBytes: 2 ** 30 };
      const fileSystem = new FaultyFileSystem();
      const options = completeOptions({ dir, fileSystem, settings, onEvent });
      const engine = await memoryModule.open(options);
      for (let round = 0; round < 5; round++) await fill(engine);
      expect(engine.stats().spaceAmplification).toBeGreaterThan(4);
      await engine.compact();
      expect(events.map(({ kind, phase, id }) => [kind, phase, id])).toEqual([
        ["snapshot", "begin", 1],
        ["snapshot", "end", 1],
      ]);
      expect(events[1]!.bytes).toBe(engine.stats().bytesWritten!.snapshot);
      expect(engine.stats().spaceAmplification).toBeLessThan(1.2);
      expect(engine.stats().deadBytes).toBeLessThan(1000);
      await engine.close();
      expect(filesOf(dir).length).toBe(engine.stats().files);
      expect(filesOf(dir).filter((name) => name.endsWith(".snap")).length).toBeGreaterThan(2);
    });
  });

  it("takes small steps, with other work between them", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const settings = { memoryBytes: 2 ** 20, snapshotLogBytes: 2 ** 40 };
      const engine = await open(memoryModule, dir, { fileSystem, settings });
      for (let i = 0; i < 20_000; i++) await engine.put(bytes(key(i)), bytes(newValue(i)));
      let pauses = 0;
      let readMax = 0;
      let read = engine.stats().bytesRead!.snapshot!;
      fileSystem.onBackgroundRead = () => {
        pauses++;
        const bytesRead = engine.stats().bytesRead!.snapshot!;
        readMax = Math.max(readMax, bytesRead - read);
        read = bytesRead;
        void engine.put(bytes(key(pauses)), bytes(`meanwhile${pauses}`));
        if (pauses % 2 === 0) void engine.delete(bytes(key(pauses)));
      };
      await engine.compact();
      fileSystem.onBackgroundRead = () => {};
      expect(read, "most of it was not in memory").toBeGreaterThan(3_000_000);
      expect(readMax).toBeLessThanOrEqual(72 * 1024);
      expect(pauses).toBeGreaterThan(40);
      const check = async (engine: Engine) => {
        for (let i = 0; i < 20_000; i += i < 300 ? 1 : 97) {
          const wanted =
            i === 0 || i > pauses ? newValue(i) : i % 2 === 0 ? undefined : `meanwhile${i}`;
          expect(text(await engine.get(bytes(key(i)))), key(i)).toBe(wanted);
        }
      };
      await check(engine);
      await engine.close();
      const again = await open(memoryModule, dir, { settings });
      await check(again);
      await again.close();
    });
  });
});

/** The longest turns of the event loop while a million keys go to a snapshot file. */
async function longestTurns(dir: string): Promise<string> {
  const settings = { snapshotLogBytes: 2 ** 40 };
  const engine = await memoryModule.open(completeOptions({ dir, settings }));
  const value = new Uint8Array(100).fill(7);
  const random = seeded(1);
  for (let i = 0; i < 1_000_000; i++) await engine.put(bytes(`k${i}`.padStart(16, "0")), value);
  await engine.flush();
  const probe = nodeFileSystem.openSync(path.join(dir, "ENGINE"), "read");
  const turns: number[] = [];
  let isDone = false;
  const compacted = engine.compact().finally(() => {
    isDone = true;
  });
  for (let last = systemClock.now(); !isDone; ) {
    await probe.read(new Uint8Array(1), 0, 1, 0);
    const key = bytes(`k${random(1_000_000)}`.padStart(16, "0"));
    await engine.get(key);
    await engine.put(key, value);
    const now = systemClock.now();
    turns.push((now - last) / 1e6);
    last = now;
  }
  await compacted;
  probe.closeSync();
  await engine.close();
  turns.sort((left, right) => right - left);
  const p999 = turns[Math.floor(turns.length / 1000)]!;
  const longest = turns.slice(0, 5).map((ms) => ms.toFixed(2));
  return `${longest.join(", ")} ms; p99.9 ${p999.toFixed(2)} ms of ${turns.length} turns`;
}

if (process.env.RINGBENCH_NIGHTLY === "1") {
  describe("a snapshot file of a million keys", () => {
    it("does not stop the world: for people to read, on a quiet machine", async () => {
      await inTempDir(async (dir) => {
        process.stdout.write(`longest turns during a snapshot: ${await longestTurns(dir)}\n`);
      });
    });
  });
}

/** Syncs of logs off the thread wait for a gate; `renames` counts the manifests. */
class GatedFileSystem extends FaultyFileSystem {
  gate: Promise<void> = Promise.resolve();
  renames = 0;

  override openSync(filePath: string, mode: OpenMode): File {
    const file = super.openSync(filePath, mode);
    const sync = async () => {
      if (filePath.endsWith(".log")) await this.gate;
      await file.sync();
    };
    return { ...file, sync };
  }

  override renameSync(from: string, to: string): void {
    super.renameSync(from, to);
    this.renames++;
  }
}

/**
 * A compaction with a write, to key `i`, that is visible from pause `from` of its phase on, and
 * whose own write(2) fails at pause `until`, unless something wrote it before. Phase 1 copies
 * records, phase 2 moves words: the first rename lists the new log, the second the snapshot file.
 */
async function compactAround(phase: 1 | 2, i: number, from: number, until: number): Promise<void> {
  await inTempDir(async (dir) => {
    const fileSystem = new GatedFileSystem();
    const settings = { memoryBytes: 64 * 1024, snapshotLogBytes: 2 ** 40 };
    let engine = await open(memoryModule, dir, { fileSystem, durability: "group", settings });
    const all = Array.from({ length: 20_000 }, (_, j) => j);
    await Promise.all(all.map((j) => engine.put(bytes(key(j)), bytes(newValue(j)))));
    const gate = Promise.withResolvers<void>();
    const { renames } = fileSystem;
    let pauses = 0;
    let code: Promise<string> | undefined;
    fileSystem.onBackgroundRead = () => {
      if (fileSystem.renames < renames + phase) return;
      pauses++;
      if (pauses === from) {
        fileSystem.gate = gate.promise;
        // While the sync of this write waits, the next one is visible, and not written yet.
        void engine.put(bytes("first"), bytes("synced"));
        code = Promise.resolve()
          .then(() => {})
          .then(async () => {
            const write = engine.put(bytes(key(i)), bytes("newest"));
            if (until === from) fileSystem.failNext("write", "ENOSPC");
            await write;
            return "done";
          })
          .catch((error: EngineError) => error.code);
      } else if (pauses === until) {
        fileSystem.failNext("write", "ENOSPC");
        gate.resolve();
      }
    };
    const compacted = engine.compact().then(
      () => "done",
      (error: EngineError) => error.code,
    );
    expect(["done", "ENGINE_NO_SPACE"]).toContain(await compacted);
    gate.resolve();
    expect(pauses, "both pauses came").toBeGreaterThanOrEqual(until);
    const wanted = (await code) === "done" ? "newest" : newValue(i);
    expect(text(await engine.get(bytes(key(i))))).toBe(wanted);
    await engine.close();
    engine = await open(memoryModule, dir, { settings });
    expect(text(await engine.get(bytes(key(i))))).toBe(wanted);
    expect((await contents(engine)).size).toBe(20_001);
    await engine.close();
  });
}

describe("a write that is undone during a snapshot", () => {
  it("while records are copied, leaves its key with its old value", () =>
    compactAround(1, 10_000, 10, 55));

  it("while words are moved, leaves its key with its old value", () =>
    compactAround(2, 19_999, 1, 1));
});
