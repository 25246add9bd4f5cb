// The end of a log in memory: records that are not written yet, behind those that are and that are
// still read from here.
//
// Invariants:
//  I1. Records are whole, back to back, and each starts at a multiple of 4.
//  I2. What is written is never cut, nor changed.
//  I3. With `updatesInPlace`, records get their checksums when they are written. From the first one
//      that was updated, all records of that write are one unit: a crash leaves a later value in an
//      earlier place only together with all writes between the two, so what survives is a prefix.

import assert from "node:assert";
import {
  encodeUnsealed,
  newRecordBuffer,
  type RecordBuffer,
  RecordKind,
  recordBytes,
  replaceUnsealed,
  sealRecord,
  sealRecords,
} from "./record.ts";

/** What becomes of records in memory; by default nothing but being written. */
export interface LogTailOptions {
  /** Records that are not written yet may be changed by `update`. Default false. */
  readonly updatesInPlace?: boolean;
  /**
   * The first `used` bytes of the buffer are written, at `start` of the file, and the log goes on
   * in the buffer that is returned: this one, or another of at least `bufferBytes`. Default: this
   * one.
   */
  readonly onBufferFull?: (
    fileId: number,
    start: number,
    used: number,
    buffer: RecordBuffer,
  ) => RecordBuffer;
}

export interface LogBufferOptions extends LogTailOptions {
  /** Size of the buffer, which is also the tail that is read from memory; a multiple of 4. */
  readonly bufferBytes: number;
}

const EMPTY = new Uint8Array(0);

export class LogBuffer {
  readonly #options: LogBufferOptions;
  readonly #updates: boolean;
  records: RecordBuffer;
  fileId = 0;
  /** Offset in the file of the first byte of the buffer. */
  start = 0;
  used = 0;
  written = 0;
  /** Offset in the buffer of the first record that was updated since the last write. */
  #updatedFrom = Number.POSITIVE_INFINITY;

  constructor(options: LogBufferOptions) {
    this.#options = options;
    this.#updates = options.updatesInPlace ?? false;
    this.records = newRecordBuffer(options.bufferBytes);
  }

  /** Offset in the file at which the next record goes. */
  get endOffset(): number {
    return this.start + this.used;
  }

  hasRoom(length: number): boolean {
    return this.used + length <= this.records.bytes.length;
  }

  /** Goes on with another file from `offset`; an `image` holds its bytes so far. */
  enter(fileId: number, offset: number, image: RecordBuffer | undefined): void {
    assert(this.written === this.used, "I2: a file is left only when all of it is written");
    this.#handOver();
    this.fileId = fileId;
    this.records = image ?? this.records;
    this.start = image === undefined ? offset : 0;
    this.used = offset - this.start;
    this.written = this.used;
  }

  /** Begins again from the start of a buffer with room for so many bytes; all is written. */
  turn(neededBytes: number): void {
    assert(this.written === this.used, "I2: what is left behind is written");
    const { bufferBytes } = this.#options;
    this.#handOver();
    this.start += this.used;
    this.used = 0;
    this.written = 0;
    const size = this.records.bytes.length;
    const wanted = Math.max(neededBytes, bufferBytes);
    if (neededBytes > size || size > bufferBytes) this.records = newRecordBuffer(wanted);
  }

  /** Puts a record at the end, for which there is room; returns its offset in the file. */
  append(
    kind: RecordKind,
    flags: number,
    sequence: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number {
    const offset = this.endOffset;
    const at = this.used;
    assert((offset & 3) === 0, "I1: records start at multiples of 4");
    const length = encodeUnsealed(this.records, at, kind, flags, sequence, key, value);
    if (!this.#updates) sealRecord(this.records, at, length, this.fileId, offset);
    this.used = at + length;
    return offset;
  }

  appendSyncMark(coveredOffset: number): void {
    this.append(RecordKind.syncMark, 0, coveredOffset, EMPTY, EMPTY);
  }

  /**
   * Gives the record at `offset`, which has a value of this length, another value and sequence.
   * False, and nothing is changed, when it is written already.
   */
  update(offset: number, sequence: number, value: Uint8Array): boolean {
    if (offset < this.start + this.written) return false;
    assert(this.#updates, "I3: records that may be updated are not sealed yet");
    const at = offset - this.start;
    replaceUnsealed(this.records, at, sequence, value);
    if (at < this.#updatedFrom) this.#updatedFrom = at;
    return true;
  }

  /** I3: what is about to be written gets its checksums. */
  seal(): void {
    if (!this.#updates) return;
    const { records, written, used, fileId, start } = this;
    sealRecords(records, written, used, this.#updatedFrom, fileId, start);
  }

  /** All of it was written. */
  noteWritten(): void {
    this.written = this.used;
    this.#updatedFrom = Number.POSITIVE_INFINITY;
  }

  /** Forgets the records from this offset in the file on. */
  cut(offset: number): void {
    this.used = Math.max(offset, this.start) - this.start;
    assert(this.written <= this.used, "I2: what is written is never cut");
    if (this.#updatedFrom >= this.used) this.#updatedFrom = Number.POSITIVE_INFINITY;
  }

  /** Bytes that a record of this size, and a sync mark before it, may take. */
  static roomFor(length: number): number {
    return length + recordBytes(0, 0);
  }

  #handOver(): void {
    const { onBufferFull } = this.#options;
    if (onBufferFull === undefined || this.used === 0) return;
    this.records = onBufferFull(this.fileId, this.start, this.used, this.records);
  }
}
