// Reading the chunks of a scan as a user of the store would.

import type { Cursor, ScanChunk } from "../engines/engine.ts";

/**
 * Reads on from a chunk that is awaited to the end. Resolves to the records, earlier ones included.
 */
export async function scanOn(
  cursor: Cursor,
  first: Promise<ScanChunk | undefined>,
  rowsBefore: number,
): Promise<number> {
  let rows = rowsBefore;
  try {
    for (let chunk = await first; chunk !== undefined; chunk = await cursor.next()) {
      rows += readChunk(chunk);
    }
  } finally {
    await cursor.close();
  }
  return rows;
}

/** Takes every key and value out of a chunk, as a user of it would. Returns the records in it. */
export function readChunk(chunk: ScanChunk): number {
  const count = chunk.count;
  for (let i = 0; i < count; i++) {
    chunk.key(i);
    chunk.value(i);
  }
  return count;
}
