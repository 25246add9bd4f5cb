// Copies a verified record to another place, in another file: what a merge does all day. Only the
// checksum is new, since it is bound to the place; the bytes are copied as words.

import { checksumWords } from "./checksum.ts";
import { placeSeed, type RecordBuffer } from "./record.ts";

/** Up to this many words a loop beats a view and a native copy. */
const LOOP_WORDS_MAX = 64;
const FLAGS_MASK = 0xff00;

/**
 * Copies the `length` bytes of the record at `fromAt` to `toAt`, for `offset` of file `fileId`. It
 * stands for itself there: the flag of a batch that goes on is taken off.
 */
export function relocateRecord(
  from: RecordBuffer,
  fromAt: number,
  to: RecordBuffer,
  toAt: number,
  length: number,
  fileId: number,
  offset: number,
): void {
  const source = fromAt >>> 2;
  const target = toAt >>> 2;
  const count = length >>> 2;
  const { words } = to;
  if (count <= LOOP_WORDS_MAX) {
    for (let i = 1; i < count; i++) words[target + i] = from.words[source + i]!;
  } else {
    words.set(from.words.subarray(source, source + count), target);
  }
  words[target + 1] = words[target + 1]! & ~FLAGS_MASK;
  words[target] = checksumWords(words, target + 1, count - 1, placeSeed(fileId, offset));
}
