// One record of a log. The same for every engine that keeps one.
//
//   record   := checksum: u32      XXH32 of the rest, padding included, seeded with file and offset
//               kind: u8           1 put, 2 delete, 3 sync mark
//               flags: u8          bit 0: the batch goes on in the next record
//               keyLength: u16
//               valueLength: u32
//               sequence: u64      low word first; counts the writes of the store from 1
//               key, value, zeros to a multiple of 4
//
// All numbers are little-endian. A record starts at a multiple of 4. The seed binds a record to
// where it stands: a block that a disk put in the wrong place, or a file that was renamed, does
// not verify.
//
// A sync mark's sequence field holds an offset: a sync that covered the file up to there had
// returned before the mark was written.

import { checksumWords } from "./checksum.ts";

export const RECORD_HEADER_BYTES = 20;

export const RecordKind = { put: 1, delete: 2, syncMark: 3 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Set on every record of a batch but the last. */
export const FLAG_BATCH_CONTINUES = 1;

/** Bytes and words of one buffer, which records are written to and read from. */
export interface RecordBuffer {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

/** A buffer of at least `sizeBytes`, zeroed, its size a multiple of 4. */
export function newRecordBuffer(sizeBytes: number): RecordBuffer {
  const words = new Uint32Array((sizeBytes + 3) >>> 2);
  return { words, bytes: new Uint8Array(words.buffer) };
}

/** The same in memory that other threads can read. */
export function newSharedRecordBuffer(sizeBytes: number): RecordBuffer {
  return viewRecordBuffer(new SharedArrayBuffer((sizeBytes + 3) & ~3));
}

export function viewRecordBuffer(memory: ArrayBufferLike): RecordBuffer {
  return { words: new Uint32Array(memory), bytes: new Uint8Array(memory) };
}

/** Bytes of a record, padding included. */
export function recordBytes(keyLength: number, valueLength: number): number {
  const length = RECORD_HEADER_BYTES + keyLength + valueLength;
  return length + (-length & 3);
}

/** What seeds the checksum of a record, or of a block: its file and its offset there. */
export function placeSeed(fileId: number, offset: number): number {
  return Math.imul(fileId, 0x9e3779b1) ^ offset;
}

/**
 * Encodes a record at `at` (a multiple of 4) of the buffer, for `offset` of file `fileId`.
 * Returns its length in bytes. The buffer has room: `recordBytes` says how much.
 */
export function encodeRecord(
  buffer: RecordBuffer,
  at: number,
  fileId: number,
  offset: number,
  kind: RecordKind,
  flags: number,
  sequence: number,
  key: Uint8Array,
  value: Uint8Array,
): number {
  const length = encodeUnsealed(buffer, at, kind, flags, sequence, key, value);
  sealRecord(buffer, at, length, fileId, offset);
  return length;
}

/** The same without the checksum, which `sealRecord` puts in. */
export function encodeUnsealed(
  { bytes, words }: RecordBuffer,
  at: number,
  kind: RecordKind,
  flags: number,
  sequence: number,
  key: Uint8Array,
  value: Uint8Array,
): number {
  const keyLength = key.length;
  const valueLength = value.length;
  const length = recordBytes(keyLength, valueLength);
  const word = at >>> 2;
  // The padding first: in a record without key and value the last word belongs to the header.
  words[word + (length >>> 2) - 1] = 0;
  words[word + 1] = kind | (flags << 8) | (keyLength << 16);
  words[word + 2] = valueLength;
  words[word + 3] = sequence % 0x1_0000_0000;
  words[word + 4] = sequence / 0x1_0000_0000;
  let end = at + RECORD_HEADER_BYTES;
  if (keyLength <= 64) {
    for (let i = 0; i < keyLength; i++) bytes[end + i] = key[i]!;
  } else {
    bytes.set(key, end);
  }
  end += keyLength;
  bytes.set(value, end);
  return length;
}

/** Puts the checksum into the record of `length` bytes at `at`, for its place in the file. */
export function sealRecord(
  { words }: RecordBuffer,
  at: number,
  length: number,
  fileId: number,
  offset: number,
): void {
  const word = at >>> 2;
  words[word] = checksumWords(words, word + 1, (length >>> 2) - 1, placeSeed(fileId, offset));
}

/** Gives the unsealed record at `at` another value of the same length, and another sequence. */
export function replaceUnsealed(
  { bytes, words }: RecordBuffer,
  at: number,
  sequence: number,
  value: Uint8Array,
): void {
  const word = at >>> 2;
  words[word + 3] = sequence % 0x1_0000_0000;
  words[word + 4] = sequence / 0x1_0000_0000;
  bytes.set(value, at + RECORD_HEADER_BYTES + (words[word + 1]! >>> 16));
}

/**
 * Seals all records of the buffer from `from` to `to`; those from `chainFrom` on become one unit,
 * of which a scan takes all or nothing. `base` is the offset in the file of the buffer's start.
 */
export function sealRecords(
  buffer: RecordBuffer,
  from: number,
  to: number,
  chainFrom: number,
  fileId: number,
  base: number,
): void {
  const { words } = buffer;
  for (let at = from; at < to; ) {
    const length = recordBytes(keyLengthAt(buffer, at), valueLengthAt(buffer, at));
    const word = (at >>> 2) + 1;
    if (at >= chainFrom && at + length < to) {
      words[word] = words[word]! | (FLAG_BATCH_CONTINUES << 8);
    }
    sealRecord(buffer, at, length, fileId, base + at);
    at += length;
  }
}

/** Verifies the `length` bytes of the record at `at`. */
export function verifyRecord(
  buffer: RecordBuffer,
  at: number,
  length: number,
  fileId: number,
  offset: number,
): boolean {
  const word = at >>> 2;
  const seed = placeSeed(fileId, offset);
  return (
    checksumWords(buffer.words, word + 1, (length >>> 2) - 1, seed) === buffer.words[word]! &&
    recordBytes(keyLengthAt(buffer, at), valueLengthAt(buffer, at)) === length
  );
}

export function kindAt(buffer: RecordBuffer, at: number): number {
  return buffer.words[(at >>> 2) + 1]! & 0xff;
}

export function flagsAt(buffer: RecordBuffer, at: number): number {
  return (buffer.words[(at >>> 2) + 1]! >>> 8) & 0xff;
}

export function keyLengthAt(buffer: RecordBuffer, at: number): number {
  return buffer.words[(at >>> 2) + 1]! >>> 16;
}

export function valueLengthAt(buffer: RecordBuffer, at: number): number {
  return buffer.words[(at >>> 2) + 2]!;
}

export function sequenceAt(buffer: RecordBuffer, at: number): number {
  const word = at >>> 2;
  return buffer.words[word + 3]! + buffer.words[word + 4]! * 0x1_0000_0000;
}
