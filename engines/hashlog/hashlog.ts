// The hash log: values in append-only segments, keys and the places of their values in memory
// (after Bitcask: Sheehy and Smith, 2010). A put is one append, a get one read.
//
// Invariants:
//  I1. A live key's words are (segment id, offset of its record, length of its value).
//  I2. The active segment is the last in `#segments` and in the manifest: only it is written to.
//  I3. Every segment in `#segments` is in the manifest; those in `#retired` are not.
//  I4. liveBytes of a segment is the sum of the records that words point at.

import assert from "node:assert";
import path from "node:path";
import type { FlatChunk } from "../chunk.ts";
import type { EngineOptions, EngineStats, VerifyReport } from "../engine.ts";
import { corruption, ignoreIoErrors, ioError } from "../errors.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES, writeLogHeader } from "../log/log-header.ts";
import { LoggedEngine } from "../log/logged-engine.ts";
import { writeManifest } from "../log/manifest.ts";
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
import { hintName, type Segment, segmentName, segmentPath } from "./segment.ts";

export interface HashLogSettings {
  /** A segment is left for a new one before it grows beyond this. */
  readonly segmentSizeBytes: number;
}

const NO_VALUE = new Uint8Array(0);

export class HashLog extends LoggedEngine {
  readonly name = "hashlog";
  readonly #settings: HashLogSettings;
  readonly #segments = new Map<number, Segment>();
  /** Merged away, still read by snapshots. */
  readonly #retired: Segment[] = [];
  readonly #pool = new ReadPool();
  readonly #recovery: Record<string, number | string | boolean>;
  #active: Segment;
  /** The highest segment id given out. */
  #lastId: number;
  #merging: Promise<void> | undefined;
  #bytesRead = { get: 0, merge: 0 };
  #bytesWritten = { hint: 0, merge: 0 };

  constructor(options: EngineOptions, settings: HashLogSettings, lock: FolderLock) {
    super(options, lock);
    this.#settings = settings;
    this.versions.onNoSnapshots = () => this.#dropRetired();
    const found = recoverSegments(options, this.versions.index);
    for (const segment of found.segments) this.#segments.set(segment.id, segment);
    this.sequence = found.sequence;
    this.keyCount = found.keys;
    this.#recovery = found.facts;
    const last = found.segments.at(-1);
    this.#lastId = Math.max(0, ...this.#segments.keys());
    const roomy = last !== undefined && last.sizeBytes * 2 < settings.segmentSizeBytes;
    if (last !== undefined && roomy && found.lastDurability === options.durability) {
      this.#active = last;
      last.minSequence = Math.min(last.minSequence, this.sequence + 1);
      this.writer.switchTo(last.id, last.file, last.sizeBytes);
      this.#writeManifest();
    } else {
      this.#active = this.#createSegment();
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
    this.#segment(a).liveBytes -= recordBytes(this.#keyLength(id), c);
    assert(this.#segment(a).liveBytes >= 0, "I4: no more is dead than was live");
  }

  protected remember(id: number, a: number, _b: number, c: number): void {
    this.#segment(a).liveBytes += recordBytes(this.#keyLength(id), c);
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
    const { file } = this.#segment(segmentIdOf);
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
      victims: [...this.#segments.values()].filter((segment) => segment !== this.#active),
      others: () => [...this.#segments.values()],
      createFile: () => this.#createFile(),
      replace: (merged, output) => this.#replaceSegments(merged, output),
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
    for (const segment of this.#segments.values()) {
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
      for (const segment of [...this.#segments.values(), ...this.#retired])
        segment.file.closeSync();
    }
  }

  /** At a clean close every segment gets a hint, and the manifest every length. */
  #writeHints(): void {
    this.#active.sizeBytes = this.writer.endOffset;
    for (const segment of this.#segments.values()) {
      if (segment.hinted && segment !== this.#active) continue;
      segment.file.syncSync();
      this.#bytesWritten.hint += writeHint(this.options.fileSystem, this.options.dir, segment, {
        durability: this.durability,
      });
    }
    this.#writeManifest(true);
  }

  #startSegment(): void {
    this.writer.seal();
    const full = this.#active;
    full.sizeBytes = this.writer.endOffset;
    const next = this.#createSegment();
    this.writer.switchTo(next.id, next.file, next.sizeBytes);
    this.#active = next;
    assert(this.writer.fileId === next.id, "I2: the log goes on in the active segment");
  }

  /** A new empty segment, durable and last in the manifest before anything is written to it. */
  #createSegment(): Segment {
    const segment = this.#createFile();
    this.#segments.set(segment.id, segment);
    try {
      this.#writeManifest();
    } catch (cause) {
      this.#segments.delete(segment.id);
      throw ioError(cause, `cannot list ${segment.file.path}`, segment.file.path);
    }
    return segment;
  }

  /** The file of a new segment, which is not in the manifest yet. */
  #createFile(): Segment {
    const { fileSystem, dir } = this.options;
    const id = ++this.#lastId;
    const filePath = segmentPath(dir, id);
    try {
      fileSystem.removeSync(filePath);
      const file = fileSystem.openSync(filePath, "create");
      writeLogHeader(file, id, this.durability);
      file.syncSync();
      fileSystem.syncDirSync(dir);
      const sizeBytes = LOG_HEADER_BYTES;
      return { id, file, sizeBytes, liveBytes: 0, minSequence: this.sequence + 1, hinted: false };
    } catch (cause) {
      throw ioError(cause, `cannot create ${filePath}`, filePath);
    }
  }

  /** I2: the newest of the segments that are not a merge's output stands last. */
  #writeManifest(closed = false): void {
    const segments = [...this.#segments.values()];
    const entries = segments.map(({ id, sizeBytes }, i) => ({
      name: segmentName(id),
      sizeBytes: i < segments.length - 1 || closed ? sizeBytes : undefined,
    }));
    writeManifest(this.options.fileSystem, this.options.dir, entries);
  }

  /**
   * The outputs of a merge take the place of the segments that it read: in the manifest at once, on
   * disk when no snapshot reads them any more.
   */
  #replaceSegments(merged: readonly Segment[], output: Segment | undefined): void {
    const kept = [...this.#segments.values()].filter((segment) => !merged.includes(segment));
    this.#segments.clear();
    if (output !== undefined) this.#segments.set(output.id, output);
    for (const segment of kept) this.#segments.set(segment.id, segment);
    this.#writeManifest();
  }

  /** I4: nothing points into the segments any more; snapshots may. */
  #retire(merged: readonly Segment[]): void {
    for (const segment of merged) {
      assert(segment.liveBytes === 0, "I4: nothing points into a merged segment");
      this.#retired.push(segment);
    }
    if (!this.versions.hasSnapshots) this.#dropRetired();
  }

  #dropRetired(): void {
    for (const segment of this.#retired.splice(0)) {
      segment.file.closeSync();
      this.options.fileSystem.removeSync(segment.file.path);
      this.options.fileSystem.removeSync(path.join(this.options.dir, hintName(segment.id)));
    }
  }

  /** The segments with the sizes that hold as of now. */
  #sealedView(): Segment[] {
    return [...this.#segments.values()].map((segment) => ({
      ...segment,
      sizeBytes: segment === this.#active ? this.writer.endOffset : segment.sizeBytes,
    }));
  }

  #segment(id: number): Segment {
    const segment =
      this.#segments.get(id) ?? this.#retired.find((candidate) => candidate.id === id);
    assert(segment !== undefined, "I1: words point at a segment that is there");
    return segment;
  }

  #keyLength(id: number): number {
    return this.versions.index.entries.keyLength(id);
  }
}
