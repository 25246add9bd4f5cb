import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { gzip, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { realTurn, StrayCallError, whileForbidden } from "../../../cluster/simulation/guard.ts";

/** What must not be asked for, by the name that the error has. */
const STRAYS: Readonly<Record<string, () => unknown>> = {
  setInterval: () => setInterval(() => {}, 1),
  setImmediate: () => setImmediate(() => {}),
  "Date.now": () => Date.now(),
  Date: () => new Date(),
  "Math.random": () => Math.random(),
  "performance.now": () => performance.now(),
  "process.hrtime": () => process.hrtime(),
  "process.hrtime.bigint": () => process.hrtime.bigint(),
  randomBytes: () => randomBytes(4),
  randomUUID: () => globalThis.crypto.randomUUID(),
  existsSync: () => existsSync("package.json"),
  gzip: () => gzip(new Uint8Array(1), () => {}),
  Worker: () => new Worker("0", { eval: true }),
  MessageChannel: () => new MessageChannel(),
  "sqlite.prepare": () => new DatabaseSync(":memory:").prepare("SELECT 1"),
};

describe("the guard of virtual time", () => {
  test("a real timer fails the run, even when the code caught the error", async () => {
    const stray = whileForbidden(async () => {
      try {
        setTimeout(() => {}, 1);
      } catch {
        // As a careless product would.
      }
    });
    await expect(stray).rejects.toThrow(StrayCallError);
  });

  test.each(Object.entries(STRAYS))("%s is out of reach, also after a turn", async (name, call) => {
    await expect(whileForbidden(async () => void call())).rejects.toThrow(`${name} was called`);
    const later = whileForbidden(async () => {
      await realTurn();
      call();
    });
    await expect(later).rejects.toThrow(StrayCallError);
  });

  test("promises of files and timers are out of reach too", async () => {
    const reading = whileForbidden(async () => void (await readFile("package.json")));
    await expect(reading).rejects.toThrow("readFile was called");
    const waiting = whileForbidden(async () => void (await pause(1)));
    await expect(waiting).rejects.toThrow("setTimeout was called");
  });

  test("what gives the same whenever it is called is not", async () => {
    await whileForbidden(async () => {
      expect(new Date(5).getTime()).toBe(5);
      expect(gzipSync(new Uint8Array(1)).length).toBeGreaterThan(1);
      expect(Math.max(1, 2)).toBe(2);
    });
  });

  test("who lives in the same process, and is not of the run, is left in peace", async () => {
    const seen: unknown[] = [];
    // Begun outside, it goes on while the run does.
    const host = realTurn().then(() => seen.push(Date.now() > 0, existsSync("package.json")));
    await whileForbidden(async () => {
      for (let i = 0; i < 3; i++) await realTurn();
      expect(seen).toEqual([true, true]);
    });
    await host;
  });

  test("everything works again afterwards", async () => {
    const before = [globalThis.Date, Date.now, setImmediate];
    await expect(whileForbidden(async () => {})).resolves.toBeUndefined();
    expect([globalThis.Date, Date.now, setImmediate]).toEqual(before);
    expect(existsSync("package.json")).toBe(true);
    expect(new DatabaseSync(":memory:").isOpen).toBe(true);
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  });
});
