// The tail of the log in memory: full buffers of the log are kept, the oldest go first, and reads
// of what was written lately touch no file. What is here never came from a file: it needs no check.
//
// Invariants:
//  I1. The parts of a file ascend and do not overlap; each holds whole records.
//  I2. All parts together have at most `budgetBytes`.

import assert from "node:assert";
import { newRecordBuffer, type RecordBuffer } from "../log/record.ts";

/** Bytes `start` to `end` of a file. */
interface TailPart {
  readonly fileId: number;
  readonly start: number;
  readonly end: number;
  readonly buffer: RecordBuffer;
}

export class TailCache {
  readonly #budgetBytes: number;
  readonly #bufferBytes: number;
  readonly #byFile = new Map<number, TailPart[]>();
  /** From the oldest to the newest. */
  readonly #parts: TailPart[] = [];
  /** Buffers of the size of the log's, to be used again. */
  readonly #free: RecordBuffer[] = [];
  #usedBytes = 0;
  /** Where the last `find` found its offset. */
  buffer: RecordBuffer;
  at = 0;

  /** Both in bytes; buffers of another size than the log's usual one are not used again. */
  constructor(budgetBytes: number, bufferBytes: number) {
    this.#budgetBytes = budgetBytes;
    this.#bufferBytes = bufferBytes;
    this.buffer = newRecordBuffer(0);
  }

  get memoryBytes(): number {
    return this.#usedBytes + this.#free.length * this.#bufferBytes;
  }

  /** Takes a full buffer, if there is room for it, and gives the log one to go on in. */
  keep(fileId: number, start: number, used: number, buffer: RecordBuffer): RecordBuffer {
    const sizeBytes = buffer.bytes.length;
    if (sizeBytes > this.#budgetBytes) return buffer;
    while (this.#usedBytes + sizeBytes > this.#budgetBytes) this.#dropOldest();
    const part = { fileId, start, end: start + used, buffer };
    const parts = this.#byFile.get(fileId);
    assert((parts?.at(-1)?.end ?? 0) <= start, "I1: parts of a file come in order");
    if (parts === undefined) this.#byFile.set(fileId, [part]);
    else parts.push(part);
    this.#parts.push(part);
    this.#usedBytes += sizeBytes;
    assert(this.#usedBytes <= this.#budgetBytes, "I2: no more is kept than may be");
    return this.#free.pop() ?? newRecordBuffer(this.#bufferBytes);
  }

  /** Whether bytes `offset` to `end` of the file are here: then `buffer` has them from `at` on. */
  find(fileId: number, offset: number, end: number): boolean {
    const parts = this.#byFile.get(fileId);
    if (parts === undefined) return false;
    let low = 0;
    let high = parts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (parts[middle]!.end <= offset) low = middle + 1;
      else high = middle;
    }
    const part = parts[low];
    if (part === undefined || offset < part.start || end > part.end) return false;
    this.buffer = part.buffer;
    this.at = offset - part.start;
    return true;
  }

  /** The file is gone. */
  drop(fileId: number): void {
    const parts = this.#byFile.get(fileId);
    if (parts === undefined) return;
    this.#byFile.delete(fileId);
    for (const part of parts) {
      this.#parts.splice(this.#parts.indexOf(part), 1);
      this.#release(part);
    }
  }

  #dropOldest(): void {
    const part = this.#parts.shift();
    assert(part !== undefined, "I2: what is counted is kept");
    const parts = this.#byFile.get(part.fileId)!;
    parts.shift();
    if (parts.length === 0) this.#byFile.delete(part.fileId);
    this.#release(part);
  }

  #release({ buffer }: TailPart): void {
    this.#usedBytes -= buffer.bytes.length;
    if (buffer.bytes.length !== this.#bufferBytes || this.#free.length > 0) return;
    this.#free.push(buffer);
  }
}
