// Reads many records at once: places that lie close together in one segment, forwards or
// backwards, are read as one run, and every record is verified: checksum, place and key.
//
// After a `compact()` the places of keys in order are neighbours, and a scan reads whole runs; in
// a store that was written in another order each record is a run of its own.

import { corruption, ioError } from "../errors.ts";
import type { EntryArena } from "../index/entry-arena.ts";
import type { LogWriter } from "../log/log-writer.ts";
import {
  keyLengthAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  recordBytes,
  verifyRecord,
} from "../log/record.ts";
import type { Segment } from "./segment.ts";
import type { SegmentTable } from "./segment-table.ts";
import type { TailCache } from "./tail-cache.ts";

/** Bytes between two records that are read along rather than made two reads of. */
const GAP_BYTES_MAX = 2048;

export class RunReader {
  readonly #table: SegmentTable;
  readonly #writer: LogWriter;
  readonly #tails: TailCache;
  readonly #entries: () => EntryArena;
  /** Small at first: a seek reads one record. */
  buffer = newRecordBuffer(512);
  /** Of each record of the last `read`, the offset of its first byte in `buffer`. */
  ats = new Uint32Array(8);
  #used = 0;
  bytesRead = 0;

  constructor(table: SegmentTable, writer: LogWriter, tails: TailCache, entries: () => EntryArena) {
    this.#table = table;
    this.#tails = tails;
    this.#writer = writer;
    this.#entries = entries;
  }

  /**
   * Reads `count` records: `picks` has four words for each, its id and its words. Throws
   * ENGINE_CORRUPTION for one that does not verify.
   */
  read(picks: Uint32Array, count: number): void {
    if (this.ats.length < count) this.ats = new Uint32Array(count);
    this.#used = 0;
    const entries = this.#entries();
    for (let i = 0; i < count; ) {
      const slot = picks[i * 4 + 1]!;
      let start = picks[i * 4 + 2]!;
      let end = start + recordBytes(entries.keyLength(picks[i * 4]!), picks[i * 4 + 3]!);
      let next = i + 1;
      for (; next < count && picks[next * 4 + 1] === slot; next++) {
        const offset = picks[next * 4 + 2]!;
        const length = recordBytes(entries.keyLength(picks[next * 4]!), picks[next * 4 + 3]!);
        if (offset >= end && offset - end <= GAP_BYTES_MAX) end = offset + length;
        else if (offset + length <= start && start - offset - length <= GAP_BYTES_MAX) {
          start = offset;
        } else break;
      }
      this.#readRun(entries, picks, i, next, slot, start, end);
      i = next;
    }
  }

  /** Reads bytes `start` to `end` of a segment, which hold the records `from` to `to`. */
  #readRun(
    entries: EntryArena,
    picks: Uint32Array,
    from: number,
    to: number,
    slot: number,
    start: number,
    end: number,
  ): void {
    const segment = this.#table.at(slot);
    const base = this.#reserve(end - start);
    const { buffer } = this;
    const writer = this.#writer;
    // What is in memory never came from a file; a run may begin before the open buffer.
    const isOpen = segment.id === writer.fileId;
    let tailStart = isOpen ? Math.max(start, Math.min(end, writer.tailStart)) : end;
    if (tailStart > start && this.#tails.find(segment.id, start, tailStart)) {
      const { at, buffer: tail } = this.#tails;
      buffer.bytes.set(tail.bytes.subarray(at, at + tailStart - start), base);
      const written = tailStart;
      tailStart = start;
      this.#copyOpen(base + written - start, written, end);
    } else {
      if (tailStart > start) this.#readFile(segment, base, start, tailStart);
      this.#copyOpen(base + tailStart - start, tailStart, end);
    }
    for (let i = from; i < to; i++) {
      const id = picks[i * 4]!;
      const offset = picks[i * 4 + 2]!;
      const at = base + offset - start;
      this.ats[i] = at;
      if (offset >= tailStart) continue;
      const length = recordBytes(entries.keyLength(id), picks[i * 4 + 3]!);
      if (!verifyRecord(buffer, at, length, segment.id, offset)) {
        throw corruption(segment.file.path, offset, "the record does not verify");
      }
      const keyLength = keyLengthAt(buffer, at);
      if (!entries.keyEquals(id, buffer.bytes, at + RECORD_HEADER_BYTES, keyLength)) {
        throw corruption(segment.file.path, offset, "the record is of another key");
      }
    }
  }

  /** Copies bytes of the log's open buffer, if any are asked for. */
  #copyOpen(to: number, start: number, end: number): void {
    if (start >= end) return;
    const { tail, tailStart } = this.#writer;
    this.buffer.bytes.set(tail.bytes.subarray(start - tailStart, end - tailStart), to);
  }

  #readFile({ file }: Segment, at: number, start: number, end: number): void {
    let count: number;
    try {
      count = file.readSync(this.buffer.bytes, at, end - start, start);
    } catch (cause) {
      throw ioError(cause, `cannot read ${file.path}`, file.path);
    }
    this.bytesRead += count;
    if (count < end - start) throw corruption(file.path, start + count, "the file is cut short");
  }

  /** Room for so many bytes at a multiple of 4. What was read before stays where it is. */
  #reserve(length: number): number {
    const at = this.#used;
    if (at + length > this.buffer.bytes.length) {
      const larger = newRecordBuffer(Math.max(at + length, this.buffer.bytes.length * 2));
      larger.bytes.set(this.buffer.bytes.subarray(0, at));
      this.buffer = larger;
    }
    this.#used = at + length;
    return at;
  }
}
