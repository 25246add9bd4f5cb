// The file that a merge fills, and where its records came from.
//
// Invariants:
//  I1. A move is made by compare-and-swap: the words of a key change only when they still say what
//      they said when its record was copied. So a key that was written or deleted meanwhile keeps
//      its newer words (badger issue 2310).
//  I2. Moves are made only after the manifest lists the file.

import assert from "node:assert";
import type { EngineOptions } from "../engine.ts";
import { ioError } from "../errors.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import {
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { relocateRecord } from "../log/relocate.ts";
import { HintWriter } from "./hint-writer.ts";
import type { Segment } from "./segment.ts";
import type { SegmentTable } from "./segment-table.ts";

const BUFFER_BYTES = 256 * 1024;
/** Words of a move: id, slot and offset that it had, offset that it gets. */
const MOVE_WORDS = 4;
/** Moves a chunk, so that no list is ever copied to grow. */
const CHUNK_MOVES = 8192;

export class MergeOutput {
  readonly segment: Segment;
  readonly #table: SegmentTable;
  readonly #hint: HintWriter;
  #buffer = newRecordBuffer(BUFFER_BYTES);
  #used = 0;
  readonly #moves: Uint32Array[] = [];
  #moveCount = 0;
  #moved = 0;
  /** The manifest lists the file. */
  isListed = false;

  /** Creates the file. Throws EngineError. */
  constructor(table: SegmentTable, { fileSystem, dir }: EngineOptions) {
    this.#table = table;
    this.segment = table.createFile(Number.POSITIVE_INFINITY);
    this.#hint = new HintWriter(fileSystem, dir, this.segment.id);
  }

  /** Bytes of the file and its hint, and of what is still in memory. */
  get sizeBytes(): number {
    return this.segment.sizeBytes + this.#used + this.#hint.bytesWritten;
  }

  get bytesWritten(): number {
    return this.segment.sizeBytes + this.#hint.bytesWritten;
  }

  /** Offset at which the next record goes. */
  get endOffset(): number {
    return this.segment.sizeBytes + this.#used;
  }

  get movesLeft(): number {
    return this.#moveCount - this.#moved;
  }

  /** Copies a verified record of `length` bytes; returns its offset. Throws when a write fails. */
  append(from: RecordBuffer, at: number, length: number): number {
    if (this.#used + length > this.#buffer.bytes.length) {
      this.#flush();
      if (length > this.#buffer.bytes.length) this.#buffer = newRecordBuffer(length);
    }
    const { segment } = this;
    const offset = segment.sizeBytes + this.#used;
    relocateRecord(from, at, this.#buffer, this.#used, length, segment.id, offset);
    this.#used += length;
    const kind = kindAt(from, at);
    const keyLength = keyLengthAt(from, at);
    const sequence = sequenceAt(from, at);
    const keyStart = at + RECORD_HEADER_BYTES;
    const valueLength = valueLengthAt(from, at);
    this.#hint.add(kind, from.bytes, keyStart, keyLength, valueLength, offset, sequence);
    if (sequence < segment.minSequence) segment.minSequence = sequence;
    // A put is dead until the words of its key are moved to it.
    if (kind === RecordKind.delete) segment.tombstoneBytes += length;
    else segment.deadPutBytes += length;
    return offset;
  }

  /** Notes that the record of `id`, which was at `offset` of the segment in `slot`, is at `to`. */
  noteMove(id: number, slot: number, offset: number, to: number): void {
    const chunk = Math.floor(this.#moveCount / CHUNK_MOVES);
    if (chunk === this.#moves.length) this.#moves.push(new Uint32Array(CHUNK_MOVES * MOVE_WORDS));
    const words = this.#moves[chunk]!;
    const at = (this.#moveCount % CHUNK_MOVES) * MOVE_WORDS;
    words[at] = id;
    words[at + 1] = slot;
    words[at + 2] = offset;
    words[at + 3] = to;
    this.#moveCount++;
  }

  /** Writes what is left of file and hint. Throws when the file cannot be written. */
  finish(maxSequence: number): void {
    this.#flush();
    this.#hint.finish(this.segment.file, this.segment.sizeBytes, maxSequence);
    this.#buffer = newRecordBuffer(0);
  }

  /** The file was synced and is in the manifest: its hint, if there is one, counts from now on. */
  listed(): void {
    this.isListed = true;
    this.segment.synced = true;
    if (this.#hint.isBroken) return;
    try {
      this.#hint.publish();
      this.segment.hintBytes = this.#hint.bytesWritten;
    } catch {
      this.#hint.discard();
    }
  }

  /** Makes up to `count` moves; nothing may be left to undo, as an undo knows the old words. */
  move(versions: VersionedIndex, count: number): void {
    assert(this.isListed && !versions.hasUndo, "I2: only listed files are pointed into");
    const { entries } = versions.index;
    const { segment } = this;
    const table = this.#table;
    for (const end = Math.min(this.#moveCount, this.#moved + count); this.#moved < end; ) {
      const words = this.#moves[Math.floor(this.#moved / CHUNK_MOVES)]!;
      const at = (this.#moved % CHUNK_MOVES) * MOVE_WORDS;
      this.#moved++;
      const id = words[at]!;
      const slot = words[at + 1]!;
      if (entries.a(id) !== slot || entries.b(id) !== words[at + 2]!) continue; // I1
      const length = recordBytes(entries.keyLength(id), entries.c(id));
      entries.set(id, segment.slot, words[at + 3]!, entries.c(id));
      const source = table.at(slot);
      source.liveBytes -= length;
      source.deadPutBytes += length;
      segment.liveBytes += length;
      segment.deadPutBytes -= length;
    }
    if (this.movesLeft === 0) this.#moves.length = 0;
  }

  /** The file is in no manifest: it goes, with its hint. */
  discard(): void {
    assert(!this.isListed, "what is listed is not removed");
    this.#hint.discard();
    this.#table.discard(this.segment);
  }

  #flush(): void {
    if (this.#used === 0) return;
    const { file, sizeBytes } = this.segment;
    try {
      file.writeSync(this.#buffer.bytes, 0, this.#used, sizeBytes);
    } catch (cause) {
      throw ioError(cause, `cannot write ${file.path}`, file.path);
    }
    this.segment.sizeBytes += this.#used;
    this.#used = 0;
  }
}
