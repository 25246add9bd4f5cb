// A cursor that is read a few records at a time, whatever the lengths of its chunks.

import type { Cursor, Engine, ScanChunk } from "../../../engines/engine.ts";

export interface OpenCursor {
  readonly cursor: Cursor;
  /** The slot that it reads from. */
  readonly snapshot: number | undefined;
  chunk: ScanChunk | undefined;
  /** The next record of the chunk. */
  at: number;
}

/** Copies of the next records; the chunk that is half read stays for the next call. */
export async function takeRecords(opened: OpenCursor, records: number): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  while (taken.length < 2 * records) {
    if (opened.chunk === undefined || opened.at === opened.chunk.count) {
      opened.chunk = await opened.cursor.next();
      opened.at = 0;
      if (opened.chunk === undefined) break;
    }
    taken.push(copyOf(opened.chunk.key(opened.at)), copyOf(opened.chunk.value(opened.at)));
    opened.at++;
  }
  return taken;
}

/** Every record, key and value in turn. */
export async function contents(engine: Engine): Promise<Uint8Array[]> {
  const cursor = engine.scan();
  const opened = { cursor, snapshot: undefined, chunk: undefined, at: 0 };
  const records = await takeRecords(opened, Number.POSITIVE_INFINITY);
  await cursor.close();
  return records;
}

/** Not by `slice`, which for a Buffer gives a view. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
