// What ties a hint to the segment that it was made for: a file of the same name in another store,
// or in an older copy of this one, ends in other bytes.

import type { File } from "../io/filesystem.ts";
import { checksumBytes } from "../log/checksum.ts";

const TAIL_BYTES = 64;

/** XXH32 of the last 64 bytes before `sizeBytes`, or of as many as the file has of them. */
export function fingerprintOf(file: File, sizeBytes: number): number {
  const start = Math.max(0, sizeBytes - TAIL_BYTES);
  const bytes = new Uint8Array(sizeBytes - start);
  const length = file.readSync(bytes, 0, bytes.length, start);
  return checksumBytes(bytes.subarray(0, length), sizeBytes);
}
