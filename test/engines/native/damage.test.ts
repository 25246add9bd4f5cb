// What the manifest says of damaged bytes, shown: RocksDB tells, with the file and the offset.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { openEngine } from "../../../engines/registry.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-damage-"));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const TOKEN = "a value that is easy to find in a file";

async function openOrUndefined(dir: string): Promise<Engine | undefined> {
  try {
    return await openEngine("rocksdb", { dir, settings: { memtableBytes: 1024 * 1024 } });
  } catch (error) {
    if (error instanceof EngineError && error.code === "ENGINE_UNAVAILABLE") return undefined;
    throw error;
  }
}

test("rocksdb tells of a flipped bit in a table, if its package is here", async () => {
  const dir = path.join(root, "d");
  const engine = await openOrUndefined(dir);
  if (engine === undefined) return;
  const encoder = new TextEncoder();
  for (let i = 0; i < 30_000; i++) {
    await engine.put(encoder.encode(`key ${String(i).padStart(8, "0")}`), encoder.encode(TOKEN));
  }
  await engine.close();
  const dataDir = path.join(dir, "data");
  const tables = fs.readdirSync(dataDir).filter((name) => name.endsWith(".sst"));
  expect(tables.length).toBeGreaterThan(0);
  for (const name of tables) {
    const file = path.join(dataDir, name);
    const bytes = fs.readFileSync(file);
    bytes[Math.floor(bytes.length / 3)]! ^= 1;
    fs.writeFileSync(file, bytes);
  }
  const damaged = await openOrUndefined(dir);
  const errors: unknown[] = [];
  for (let i = 0; i < 30_000; i++) {
    try {
      const value = await damaged!.get(encoder.encode(`key ${String(i).padStart(8, "0")}`));
      expect(new TextDecoder().decode(value)).toBe(TOKEN);
    } catch (error) {
      errors.push(error);
    }
  }
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    expect(error).toMatchObject({ code: "ENGINE_CORRUPTION" });
    expect((error as EngineError).file).toMatch(/\.sst$/);
    expect((error as EngineError).offset).toBeGreaterThan(0);
  }
  await damaged!.close();
});
