// Goal: a close, or the end of the process, in the middle of background work loses nothing and
// leaves no file behind; what was asked for before a close does nothing after it. Method: closes
// at every turn of the inline work; closes while the worker is at it; a process that is killed
// while its worker compacts.

import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Engine, EngineEvent } from "../../../engines/engine.ts";
import type { EngineError } from "../../../engines/errors.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, inTempDir } from "../support/stores.ts";
import { stateAfter, writtenKey, writtenValue } from "./killed-values.ts";
import { expectOnlyListed, levelsByName, openTiny, settle, tablesOf } from "./tiny-levels.ts";

const NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
const WRITES = 350;
const WRITER = fileURLToPath(new URL("./killed-writer.ts", import.meta.url));

async function write(engine: Engine, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const value = writtenValue(i);
    await (value === undefined ? engine.delete(writtenKey(i)) : engine.put(writtenKey(i), value));
  }
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error: EngineError) => error.code,
  );
}

/** Tables that are being written. */
function unlisted(dir: string): number {
  return tablesOf(nodeFileSystem, dir).length - levelsByName(nodeFileSystem, dir).size;
}

describe("lsm closed while it works", () => {
  it("at any turn of inline work loses nothing, and does nothing later", async () => {
    let closedInWork = 0;
    for (let turns = 0; turns < 36; turns++) {
      const what = `closed after ${turns} turns`;
      const memory = new MemoryFileSystem();
      const fileSystem = new FaultyFileSystem({}, memory);
      let running = 0;
      const onEvent = ({ phase }: EngineEvent) => {
        running += phase === "begin" ? 1 : -1;
      };
      const engine = await openTiny(fileSystem, { onEvent });
      await write(engine, 0, WRITES);
      // Compactions by hand and by themselves, in line for each other.
      const asked = [0, 1, 2].map(() => codeOf(engine.compact()));
      for (let turn = 0; turn < turns; turn++) await undefined;
      if (running > 0) closedInWork++;
      await engine.close();
      expect(running, `${what}: events that never end`).toBe(0);
      const { operations } = fileSystem;
      for (const code of await Promise.all(asked)) {
        expect(["done", "ENGINE_CLOSED"], what).toContain(code);
      }
      await settle();
      expect(fileSystem.operations, `${what}: operations after the close`).toBe(operations);
      expect(fileSystem.openFiles, `${what}: files left open`).toBe(0);
      expectOnlyListed(memory, what);
      const again = await openTiny(memory);
      expect(await contents(again), what).toEqual(stateAfter(WRITES));
      await again.close();
    }
    expect(closedInWork).toBeGreaterThan(10);
  });

  it("on the worker loses nothing, leaves nothing, and lets the thread go", async () => {
    let closedInWork = 0;
    let cutOff = 0;
    for (const writes of [80, 150, 400, 700]) {
      await inTempDir(async (temporary) => {
        const dir = path.join(temporary, "store");
        let running = 0;
        const { promise: begun, resolve } = Promise.withResolvers<void>();
        const onEvent = ({ kind, phase }: EngineEvent) => {
          running += phase === "begin" ? 1 : -1;
          if (phase === "begin" && kind === "compaction") resolve();
        };
        const options = { dir, background: "worker", onEvent } as const;
        const engine = await openTiny(nodeFileSystem, options);
        await write(engine, 0, writes);
        const asked = codeOf(engine.compact());
        // The close comes in while a compaction is at work, or when there is nothing more to do.
        await Promise.race([begun, asked]);
        // A sync waits for the device; meanwhile the worker has begun a table of its own.
        for (let i = 0; i < 100 && running > 0 && unlisted(dir) === 0; i++) await engine.flush();
        cutOff += unlisted(dir);
        if (running > 0) closedInWork++;
        await engine.close();
        expect(["done", "ENGINE_CLOSED"]).toContain(await asked);
        expect(running, "events that never end").toBe(0);
        expectOnlyListed(nodeFileSystem, `${writes} writes`, dir);
        const again = await openTiny(nodeFileSystem, { dir, background: "worker" });
        expect(await contents(again), `${writes} writes`).toEqual(stateAfter(writes));
        await again.close();
      });
    }
    expect(closedInWork).toBeGreaterThan(0);
    expect(cutOff, "tables that a close cut off").toBeGreaterThan(0);
  });

  it("refuses the writes that wait, or has written them", async () => {
    const memory = new MemoryFileSystem();
    const engine = await openTiny(memory);
    const value = bytes("v".repeat(20_000));
    const kept: string[] = [];
    const writes = Array.from({ length: 40 }, (_, i) => {
      const key = `key${i + 10}`;
      return Promise.resolve(engine.put(bytes(key), value)).then(
        () => void kept.push(key),
        (error: EngineError) => expect(error.code).toBe("ENGINE_CLOSED"),
      );
    });
    expect(engine.stats().stalls).toBe(1);
    await engine.close();
    await Promise.all(writes);
    expect(kept.length).toBeGreaterThan(3);
    const again = await openTiny(memory);
    expect([...(await contents(again)).keys()]).toEqual(kept);
    await again.close();
  });
});

interface Killed {
  readonly acknowledged: number;
  /** Jobs of the worker that had begun and not ended. */
  readonly running: number;
}

/** Kills the writer at the `count`-th line that equals `line`. */
function killAt(dir: string, line: string, count: number): Promise<Killed> {
  const child = spawn(process.execPath, [WRITER, dir], { stdio: ["ignore", "pipe", "inherit"] });
  let acknowledged = 0;
  let running = 0;
  let seen = 0;
  createInterface({ input: child.stdout }).on("line", (each) => {
    if (each.startsWith("wrote ")) acknowledged = Number(each.slice("wrote ".length)) + 1;
    else running += each.startsWith("begin ") ? 1 : -1;
    if (each === line && ++seen === count) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (_, signal) => {
      if (signal !== "SIGKILL") reject(new Error(`the writer ended by itself (${signal})`));
      else resolve({ acknowledged, running });
    });
  });
}

describe("lsm killed while its worker compacts", () => {
  it("has every acknowledged write, and nothing else", async () => {
    for (const count of NIGHTLY ? [1, 2, 4, 9, 20] : [2, 7]) {
      await inTempDir(async (temporary) => {
        const dir = path.join(temporary, "store");
        const { acknowledged } = await killAt(dir, "begin compaction", count);
        const what = `killed in compaction ${count}, after ${acknowledged} writes`;
        const engine = await openTiny(nodeFileSystem, { dir, background: "worker" });
        const found = await contents(engine);
        // The last write may have been done without having been told.
        const states = [acknowledged, acknowledged + 1].map(stateAfter);
        expect(states, what).toContainEqual(found);
        expect((await engine.verify()).problems, what).toEqual([]);
        await engine.compact();
        expect(await contents(engine), what).toEqual(found);
        await engine.close();
        expectOnlyListed(nodeFileSystem, what, dir);
      });
    }
  });
});
