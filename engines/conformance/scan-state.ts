// What the cases of scans and of cursors share: a store full of awkward keys, and the comparison
// of a scan with the model.

import type { Cursor, Engine, ScanOptions } from "../engine.ts";
import { awkwardKeys, pattern, text } from "./bytes.ts";
import { type CaseContext, collect, copyRecord, expectRecords } from "./context.ts";
import { show } from "./expect.ts";
import { Model, type ModelRecord } from "./model.ts";

/** Awkward keys and some hundred ordinary ones, in the engine and in the model. */
export async function fill(context: CaseContext, engine: Engine): Promise<Model> {
  const model = new Model();
  const keys = awkwardKeys(context.supports.minKeyBytes, context.supports.maxKeyBytes);
  for (let i = 0; i < 120; i++) keys.push(text(`user${String(i * 7).padStart(5, "0")}`));
  for (const [i, key] of keys.entries()) {
    const value = pattern(i, i % 11 === 0 ? 0 : (i * 37) % 400);
    await engine.put(key, value);
    model.put(key, value);
  }
  return model;
}

export function describeScan(options: ScanOptions): string {
  const parts: string[] = [];
  for (const side of ["gt", "gte", "lt", "lte"] as const) {
    const bound = options[side];
    if (bound !== undefined) parts.push(`${side} ${show(bound)}`);
  }
  if (options.reverse === true) parts.push("reverse");
  if (options.limit !== undefined) parts.push(`limit ${options.limit}`);
  if (options.keysOnly === true) parts.push("keysOnly");
  return `scan(${parts.join(", ")})`;
}

export async function compareScan(
  engine: Engine,
  model: Model,
  options: ScanOptions,
): Promise<void> {
  const actual = await collect(engine, options);
  expectRecords(
    actual,
    model.scan(options),
    () => describeScan(options),
    options.keysOnly === true,
  );
}

/** The records of one more chunk, copied; none at the end. */
export async function nextRecords(cursor: Cursor): Promise<ModelRecord[]> {
  const chunk = await cursor.next();
  const records: ModelRecord[] = [];
  for (let i = 0; chunk !== undefined && i < chunk.count; i++) {
    records.push(copyRecord(chunk, i));
  }
  return records;
}
