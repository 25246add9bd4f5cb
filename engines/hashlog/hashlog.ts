// The hash log: values in append-only segments, keys and the places of their values in memory
// (after Bitcask: Sheehy and Smith, 2010). A put is one append, a get one read.
//
// Invariants:
//  I1. A live key's words are (segment id, offset of its record, length of its value).
//  I2. The active segment is the last of the table: only it is written to.
//  I3. liveBytes of a segment is the sum of the records that words point at.

import assert from "node:assert";
import type { FlatChunk } from "../chunk.ts";
import type { EngineOptions, EngineStats, VerifyReport } from "../engine.ts";
import { corruption, ignoreIoErrors, ioError } from "../errors.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LoggedEngine } from "../log/logged-engine.ts";
import { ReadPool } from "../log/read-pool.ts";
import {
  keyLengthAt,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  recordBytes,
  verifyRecord,
} from "../log/record.ts";
import { verifyLogFiles } from "../log/verify-log.ts";
import { checkpointSegments } from "./checkpoint.ts";
import { writeHint } from "./hint.ts";
import { mergeSegments } from "./merge.ts";
import { recoverSegments } from "./recovery.ts";
import type { Segment } from "./segment.ts";
import { SegmentTable } from "./segment-table.ts";

export interface HashLogSettings {
  /** A segment is left for a new one before it grows beyond this. */
  readonly segmentSizeBytes: number;
}

const NO_VALUE = new Uint8Array(0);

export class HashLog extends LoggedEngine {
  readonly name = "hashlog";
  readonly #settings: HashLogSettings;
  readonly #segments: SegmentTable;
  readonly #pool = new ReadPool();
  readonly #recovery: Record<string, number | string | boolean>;
  #active: Segment;
  #merging: Promise<void> | undefined;
  #bytesRead = { get: 0, merge: 0 };
  #bytesWritten = { hint: 0, merge: 0 };

  constructor(options: EngineOptions, settings: HashLogSettings, lock: FolderLock) {
    super(options, lock);
    this.#settings = settings;
    this.versions.onNoSnapshots = () => this.#segments.dropRetired();
    const found = recoverSegments(options, this.versions.index);
    this.#segments = new SegmentTable(options, found.segments);
    this.sequence = found.sequence;
    this.keyCount = found.keys;
    this.#recovery = found.facts;
    const last = found.segments.at(-1);
    const roomy = last !== undefined && last.sizeBytes * 2 < settings.segmentSizeBytes;
    if (last !== undefined && roomy && found.lastDurability === options.durability) {
      this.#active = last;
      last.minSequence = Math.min(last.minSequence, this.sequence + 1);
      this.writer.switchTo(last.id, last.file, last.sizeBytes);
      this.#segments.writeManifest();
    } else {
      this.#active = this.#segments.append(this.sequence + 1);
      this.writer.switchTo(this.#active.id, this.#active.file, this.#active.sizeBytes);
    }
  }

  protected roll(length: number): void {
    const end = this.writer.endOffset;
    const fits = end + length + RECORD_HEADER_BYTES <= this.#settings.segmentSizeBytes;
    if (fits || end === LOG_HEADER_BYTES) return;
    this.#startSegment();
  }

  protected indexValue(id: number, offset: number, value: Uint8Array): void {
    this.versions.set(id, this.#active.id, offset, value.length);
    this.#active.liveBytes += recordBytes(this.#keyLength(id), value.length);
  }

  protected forget(id: number, a: number, _b: number, c: number): void {
    this.#segments.get(a).liveBytes -= recordBytes(this.#keyLength(id), c);
    assert(this.#segments.get(a).liveBytes >= 0, "I3: no more is dead than was live");
  }

  protected remember(id: number, a: number, _b: number, c: number): void {
    this.#segments.get(a).liveBytes += recordBytes(this.#keyLength(id), c);
  }

  protected readValue(id: number, a: number, b: number, c: number): Uint8Array {
    const keyLength = this.#keyLength(id);
    const length = recordBytes(keyLength, c);
    if (a === this.writer.fileId && b >= this.writer.tailStart) {
      const start = b - this.writer.tailStart + RECORD_HEADER_BYTES + keyLength;
      return this.writer.tail.bytes.slice(start, start + c);
    }
    const at = this.#pool.take(length);
    const { buffer } = this.#pool;
    this.#readRecord(buffer, at, id, a, b, length);
    const start = at + RECORD_HEADER_BYTES + keyLength;
    return buffer.bytes.subarray(start, start + c);
  }

  protected readonly readRecord = (
    chunk: FlatChunk,
    id: number,
    a: number,
    b: number,
    c: number,
    keysOnly: boolean,
  ): void => {
    const { entries } = this.versions.index;
    const value = keysOnly ? NO_VALUE : this.readValue(id, a, b, c);
    const keyLength = entries.keyLength(id);
    const keyPage = entries.keyPage(id);
    chunk.pushRange(keyPage, entries.keyStart(id), keyLength, value, 0, value.length);
    this.userBytesRead += keyLength + value.length;
  };

  /** Reads one record into the buffer and verifies it: checksum, place, and key. */
  #readRecord(
    buffer: RecordBuffer,
    at: number,
    id: number,
    segmentIdOf: number,
    offset: number,
    length: number,
  ): void {
    const { file } = this.#segments.get(segmentIdOf);
    let count: number;
    try {
      count = file.readSync(buffer.bytes, at, length, offset);
    } catch (cause) {
      throw ioError(cause, `cannot read ${file.path}`, file.path);
    }
    this.#bytesRead.get += length;
    const { entries } = this.versions.index;
    if (count < length) throw corruption(file.path, offset, "the record is cut short");
    if (!verifyRecord(buffer, at, length, segmentIdOf, offset)) {
      throw corruption(file.path, offset, "the record does not verify");
    }
    const keyStart = at + RECORD_HEADER_BYTES;
    const keyLength = keyLengthAt(buffer, at);
    const page = entries.keyPage(id);
    const start = entries.keyStart(id);
    let same = keyLength === entries.keyLength(id);
    for (let i = 0; same && i < keyLength; i++)
      same = buffer.bytes[keyStart + i] === page[start + i];
    if (!same) throw corruption(file.path, offset, "the record is of another key");
  }

  /** Gives back the space of dead records: every segment that has some is merged away. */
  compact(): Promise<void> {
    this.assertOpen();
    this.#merging ??= this.#compact().finally(() => {
      this.#merging = undefined;
    });
    return this.#merging;
  }

  async #compact(): Promise<void> {
    await this.writer.flush();
    if (this.writer.endOffset > LOG_HEADER_BYTES) this.#startSegment();
    await mergeSegments({
      options: this.options,
      segmentSizeBytes: this.#settings.segmentSizeBytes,
      versions: this.versions,
      writer: this.writer,
      victims: this.#segments.list().filter((segment) => segment !== this.#active),
      others: () => this.#segments.list(),
      createFile: () => this.#segments.createFile(this.sequence + 1),
      replace: (merged, output) =>
        this.changeManifest(() => this.#segments.replace(merged, output)),
      retire: (merged) => this.#retire(merged),
      assertOpen: () => this.assertOpen(),
      count: (read, written) => {
        this.#bytesRead.merge += read;
        this.#bytesWritten.merge += written;
      },
    });
    this.maybeRebuildIndex();
  }

  async verify(): Promise<VerifyReport> {
    this.assertOpen();
    this.writer.writeAll();
    const pin = this.versions.snapshot();
    try {
      return await verifyLogFiles(this.#sealedView(), this.options.durability);
    } finally {
      pin.close();
    }
  }

  async checkpoint(dir: string): Promise<void> {
    this.assertOpen();
    const pin = this.versions.snapshot();
    try {
      this.writer.writeAll();
      await checkpointSegments(this.options.fileSystem, dir, this.#sealedView());
    } finally {
      pin.close();
    }
  }

  stats(): EngineStats {
    let diskBytes = 0;
    let liveBytes = 0;
    for (const segment of this.#segments.list()) {
      diskBytes += segment === this.#active ? this.writer.endOffset : segment.sizeBytes;
      liveBytes += segment.liveBytes;
    }
    const written = { log: this.writer.bytesWritten, ...this.#bytesWritten };
    const writtenSum = written.log + written.hint + written.merge;
    return {
      keys: this.keyCount,
      userBytesWritten: this.userBytesWritten,
      userBytesRead: this.userBytesRead,
      bytesWritten: written,
      bytesRead: { ...this.#bytesRead },
      ...(this.userBytesWritten > 0
        ? { writeAmplification: writtenSum / this.userBytesWritten }
        : {}),
      ...(this.userBytesRead > 0
        ? { readAmplification: this.#bytesRead.get / this.userBytesRead }
        : {}),
      ...(liveBytes > 0 ? { spaceAmplification: diskBytes / liveBytes } : {}),
      liveBytes,
      deadBytes: diskBytes - liveBytes,
      files: this.#segments.size,
      diskBytes,
      memoryBytes: { index: this.indexMemoryBytes(), tail: this.writer.memoryBytes },
      syncs: this.writer.syncCount,
      writes: this.writer.writeCount,
      recovery: this.#recovery,
    };
  }

  protected async closeFiles(): Promise<void> {
    await this.#merging?.catch(() => {});
    try {
      if (this.writer.failure === undefined) ignoreIoErrors(() => this.#writeHints());
    } finally {
      this.#segments.closeFiles();
    }
  }

  /** At a clean close every segment gets a hint, and the manifest every length. */
  #writeHints(): void {
    this.#active.sizeBytes = this.writer.endOffset;
    for (const segment of this.#segments.list()) {
      if (segment.hinted && segment !== this.#active) continue;
      segment.file.syncSync();
      this.#bytesWritten.hint += writeHint(this.options.fileSystem, this.options.dir, segment, {
        durability: this.durability,
      });
    }
    this.#segments.writeManifest(true);
  }

  #startSegment(): void {
    this.writer.seal();
    const full = this.#active;
    full.sizeBytes = this.writer.endOffset;
    const next = this.changeManifest(() => this.#segments.append(this.sequence + 1));
    this.writer.switchTo(next.id, next.file, next.sizeBytes);
    this.#active = next;
    assert(this.writer.fileId === next.id, "I2: the log goes on in the active segment");
  }

  /** Nothing points into the segments any more; snapshots may. */
  #retire(merged: readonly Segment[]): void {
    this.#segments.retire(merged);
    if (!this.versions.hasSnapshots) this.#segments.dropRetired();
  }

  /** The segments with the sizes that hold as of now. */
  #sealedView(): Segment[] {
    return this.#segments.list().map((segment) => ({
      ...segment,
      sizeBytes: segment === this.#active ? this.writer.endOffset : segment.sizeBytes,
    }));
  }

  #keyLength(id: number): number {
    return this.versions.index.entries.keyLength(id);
  }
}
