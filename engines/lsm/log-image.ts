// A log file as it stands in memory: every byte at its own offset. The buffer that the log is
// written from is at the same time where the memtable's keys and values are, so a write is encoded
// once. It is memory that the worker thread can read, so a flush hands over no copy.

import { compareRanges, type KeySource } from "../index/key-order.ts";
import {
  keyLengthAt,
  kindAt,
  newSharedRecordBuffer,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  recordBytes,
  valueLengthAt,
  viewRecordBuffer,
} from "../log/record.ts";

/** Keys are named by the offsets of their records. Of equal keys the newest comes first. */
export class LogImage implements KeySource {
  readonly buffer: RecordBuffer;

  constructor(buffer: RecordBuffer) {
    this.buffer = buffer;
  }

  static ofSize(sizeBytes: number): LogImage {
    return new LogImage(newSharedRecordBuffer(sizeBytes));
  }

  /** The same memory, on another thread. */
  static view(memory: ArrayBufferLike): LogImage {
    return new LogImage(viewRecordBuffer(memory));
  }

  get capacityBytes(): number {
    return this.buffer.bytes.length;
  }

  /** A put or a delete; false for a sync mark. */
  isRecord(offset: number): boolean {
    return kindAt(this.buffer, offset) !== RecordKind.syncMark;
  }

  isPut(offset: number): boolean {
    return kindAt(this.buffer, offset) === RecordKind.put;
  }

  keyStart(offset: number): number {
    return offset + RECORD_HEADER_BYTES;
  }

  keyLength(offset: number): number {
    return keyLengthAt(this.buffer, offset);
  }

  valueStart(offset: number): number {
    return offset + RECORD_HEADER_BYTES + keyLengthAt(this.buffer, offset);
  }

  valueLength(offset: number): number {
    return valueLengthAt(this.buffer, offset);
  }

  keyWord(offset: number, from: number): number {
    const { bytes } = this.buffer;
    const start = this.keyStart(offset);
    const length = this.keyLength(offset);
    if (from + 4 <= length) {
      const at = start + from;
      const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8);
      return (word | bytes[at + 3]!) >>> 0;
    }
    let word = 0;
    for (let i = from; i < from + 4; i++) word = word * 256 + (i < length ? bytes[start + i]! : 0);
    return word;
  }

  keyView(offset: number): Uint8Array {
    const start = this.keyStart(offset);
    return this.buffer.bytes.subarray(start, start + this.keyLength(offset));
  }

  keyEquals(offset: number, key: Uint8Array): boolean {
    const { bytes } = this.buffer;
    const length = key.length;
    if (this.keyLength(offset) !== length) return false;
    const start = offset + RECORD_HEADER_BYTES;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== key[i]) return false;
    return true;
  }

  compareKey(offset: number, key: Uint8Array): number {
    const start = this.keyStart(offset);
    const length = this.keyLength(offset);
    return compareRanges(this.buffer.bytes, start, length, key, 0, key.length);
  }

  compareEntries(left: number, right: number): number {
    const { bytes } = this.buffer;
    const order = compareRanges(
      bytes,
      this.keyStart(left),
      this.keyLength(left),
      bytes,
      this.keyStart(right),
      this.keyLength(right),
    );
    return order !== 0 ? order : right - left;
  }

  /** Offsets of the puts and deletes from `from` to `end`, in the order they were written. */
  records(from: number, end: number): Uint32Array {
    let offsets = new Uint32Array(1024);
    let count = 0;
    for (let offset = from; offset < end; ) {
      if (this.isRecord(offset)) {
        if (count === offsets.length) {
          const larger = new Uint32Array(count * 2);
          larger.set(offsets);
          offsets = larger;
        }
        offsets[count++] = offset;
      }
      offset += recordBytes(this.keyLength(offset), this.valueLength(offset));
    }
    return offsets.subarray(0, count);
  }
}
