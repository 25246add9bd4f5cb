// Writes a hint beside a segment that grows: an entry for each record, handed on block by block.
//
// The file has a temporary name until `publish`, which is called only once the segment was synced:
// a hint proves that these bytes were whole once. It is never synced itself: one that a crash tore
// does not verify, and costs a scan, never data.
//
// Invariants:
//  I1. Entries cover the segment without a gap. When a record was undone, or the disk is full, the
//      hint is given up: `isBroken`.

import assert from "node:assert";
import path from "node:path";
import type { File, FileSystem } from "../io/filesystem.ts";
import { checksumBytes, checksumWords } from "../log/checksum.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import {
  newRecordBuffer,
  placeSeed,
  RECORD_HEADER_BYTES,
  RecordKind,
  recordBytes,
} from "../log/record.ts";
import { fingerprintOf } from "./fingerprint.ts";
import {
  HINT_BLOCK_HEAD_BYTES,
  HINT_FOOT_BYTES,
  HINT_FOOT_WORDS,
  HINT_FORMAT,
  HINT_HEAD_BYTES,
  HINT_MAGIC,
} from "./hint-format.ts";
import { hintName } from "./segment.ts";
import { VARINT_BYTES_MAX, writeVarint } from "./varint.ts";

const BLOCK_BYTES = 32 * 1024;
const ENTRY_HEAD_BYTES_MAX = 1 + 3 * VARINT_BYTES_MAX;

export class HintWriter {
  readonly #fileSystem: FileSystem;
  readonly #dir: string;
  readonly #id: number;
  #file: File | undefined;
  #buffer = new Uint8Array(BLOCK_BYTES);
  /** Bytes of the block under way, its head included. */
  #used = HINT_BLOCK_HEAD_BYTES;
  #count = 0;
  /** Offset in the segment behind the last entry's record. */
  #end = LOG_HEADER_BYTES;
  #lastSequence = 0;
  #minSequence = Number.POSITIVE_INFINITY;
  #broken = false;
  /** Bytes of the file so far. */
  bytesWritten = 0;

  /** Creates no file yet: that comes with the first block. */
  constructor(fileSystem: FileSystem, dir: string, id: number) {
    this.#fileSystem = fileSystem;
    this.#dir = dir;
    this.#id = id;
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  get memoryBytes(): number {
    return this.#buffer.length;
  }

  /** Adds the record at `offset` of the segment; its key is `page[start..start + keyLength)`. */
  add(
    kind: number,
    page: Uint8Array,
    start: number,
    keyLength: number,
    valueLength: number,
    offset: number,
    sequence: number,
  ): void {
    if (this.#broken) return;
    if (offset !== this.#end) this.#skipTo(offset);
    this.#reserve(ENTRY_HEAD_BYTES_MAX + keyLength);
    const buffer = this.#buffer;
    let at = this.#used;
    buffer[at++] = kind;
    at = writeVarint(buffer, at, keyLength);
    at = writeVarint(buffer, at, valueLength);
    const step = sequence - this.#lastSequence;
    at = writeVarint(buffer, at, step < 0 ? -2 * step - 1 : 2 * step);
    for (let i = 0; i < keyLength; i++) buffer[at + i] = page[start + i]!;
    this.#used = at + keyLength;
    this.#lastSequence = sequence;
    if (sequence < this.#minSequence) this.#minSequence = sequence;
    this.#end = offset + recordBytes(keyLength, valueLength);
    this.#count++;
  }

  /**
   * Ends the file with its foot; the segment's file has its `sizeBytes` bytes, and `maxSequence` is
   * the highest sequence in use. False when the hint was given up.
   */
  finish(segment: File, sizeBytes: number, maxSequence: number): boolean {
    if (!this.#broken && sizeBytes !== this.#end) this.#skipTo(sizeBytes);
    this.#writeBlock();
    const { words, bytes } = newRecordBuffer(HINT_FOOT_BYTES);
    const min = Math.min(this.#minSequence, maxSequence);
    words[1] = sizeBytes;
    words[2] = this.#count;
    words[3] = fingerprintOf(segment, sizeBytes);
    words[4] = min % 0x1_0000_0000;
    words[5] = min / 0x1_0000_0000;
    words[6] = maxSequence % 0x1_0000_0000;
    words[7] = maxSequence / 0x1_0000_0000;
    const seed = placeSeed(this.#id, Math.max(this.bytesWritten, HINT_HEAD_BYTES));
    words[HINT_FOOT_WORDS] = checksumWords(words, 0, HINT_FOOT_WORDS, seed);
    this.#write(bytes, HINT_FOOT_BYTES);
    this.#file?.closeSync();
    this.#file = undefined;
    if (this.#broken) this.discard();
    return !this.#broken;
  }

  /** Gives the finished file its name. The segment is synced. */
  publish(): void {
    assert(!this.#broken, "I1: only a whole hint is published");
    this.#fileSystem.renameSync(this.#path, path.join(this.#dir, hintName(this.#id)));
  }

  /** The file goes, now or at the next open. */
  discard(): void {
    this.#broken = true;
    const hasFile = this.bytesWritten > 0;
    this.bytesWritten = 0;
    this.#file?.closeSync();
    this.#file = undefined;
    try {
      if (hasFile) this.#fileSystem.removeSync(this.#path);
    } catch {
      // Names that end in .tmp are removed by the next open.
    }
  }

  get #path(): string {
    return path.join(this.#dir, `${hintName(this.#id)}.tmp`);
  }

  /** Between two records there may be sync marks, which the log writes by itself. */
  #skipTo(offset: number): void {
    const gap = offset - this.#end;
    if (gap < 0 || gap % RECORD_HEADER_BYTES !== 0) {
      this.discard();
      return;
    }
    for (let i = 0; i < gap; i += RECORD_HEADER_BYTES) {
      this.#reserve(1);
      this.#buffer[this.#used++] = RecordKind.syncMark;
    }
    this.#end = offset;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#buffer.length) return;
    this.#writeBlock();
    if (HINT_BLOCK_HEAD_BYTES + length > this.#buffer.length) {
      this.#buffer = new Uint8Array(HINT_BLOCK_HEAD_BYTES + length);
    }
  }

  #writeBlock(): void {
    const payloadBytes = this.#used - HINT_BLOCK_HEAD_BYTES;
    if (payloadBytes === 0 || this.#broken) return;
    const offset = Math.max(this.bytesWritten, HINT_HEAD_BYTES);
    const payload = this.#buffer.subarray(HINT_BLOCK_HEAD_BYTES, this.#used);
    const head = new DataView(this.#buffer.buffer);
    head.setUint32(0, payloadBytes, true);
    head.setUint32(4, checksumBytes(payload, placeSeed(this.#id, offset)), true);
    this.#write(this.#buffer, this.#used);
    this.#used = HINT_BLOCK_HEAD_BYTES;
  }

  #write(bytes: Uint8Array, length: number): void {
    if (this.#broken) return;
    try {
      this.#file ??= this.#create();
      this.#file.writeSync(bytes, 0, length, this.bytesWritten);
      this.bytesWritten += length;
    } catch {
      // A full or failing disk: the next open scans the segment instead.
      this.discard();
    }
  }

  #create(): File {
    this.#fileSystem.removeSync(this.#path);
    const file = this.#fileSystem.openSync(this.#path, "create");
    this.bytesWritten = HINT_HEAD_BYTES;
    const { words, bytes } = newRecordBuffer(HINT_HEAD_BYTES);
    words.set([HINT_MAGIC, HINT_FORMAT, this.#id]);
    try {
      file.writeSync(bytes, 0, HINT_HEAD_BYTES, 0);
    } catch (error) {
      file.closeSync();
      throw error;
    }
    return file;
  }
}
