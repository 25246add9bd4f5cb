// The hash log: values in append-only segments, keys and the places of their values in memory
// (after Bitcask: Sheehy and Smith, 2010). A put is one append, a get one read.
//
// Invariants:
//  I1. A live key's words are (slot of the segment, offset of its record, length of its value).
//  I2. The active segment is the last of the table: only it is written to.
//  I3. liveBytes of a segment is the sum of the records that words point at.
//  I4. `roll` may renumber the index: ids from before it mean nothing after it.

import assert from "node:assert";
import type { FlatChunk } from "../chunk.ts";
import type { Durability, EngineOptions, EngineStats, VerifyReport } from "../engine.ts";
import { ignoreIoErrors } from "../errors.ts";
import type { BatchReader } from "../index/index-cursor.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LoggedEngine } from "../log/logged-engine.ts";
import { RECORD_HEADER_BYTES, RecordKind, recordBytes } from "../log/record.ts";
import { verifyLogFiles } from "../log/verify-log.ts";
import { checkpointSegments } from "./checkpoint.ts";
import { compactInOrder } from "./compaction.ts";
import { HintKeeper } from "./hint-keeper.ts";
import { HotTail, hotTailOptions } from "./hot-tail.ts";
import { writeLiveFile } from "./live-file.ts";
import type { MergeHost } from "./merge-host.ts";
import { segmentLimitBytes } from "./merge-policy.ts";
import { type HashLogSettings, Merger, PAYMENT_BYTES } from "./merger.ts";
import { RecordReader } from "./record-reader.ts";
import { recoverSegments } from "./recovery.ts";
import type { Segment } from "./segment.ts";
import { SegmentTable } from "./segment-table.ts";
import { hashlogStats } from "./stats.ts";

export class HashLog extends LoggedEngine {
  readonly name = "hashlog";
  readonly #settings: HashLogSettings;
  readonly #segments: SegmentTable;
  readonly #hints: HintKeeper;
  readonly #merger: Merger;
  readonly #host: MergeHost;
  readonly #tail: HotTail;
  readonly #reader: RecordReader;
  readonly #recovery: Record<string, number | string | boolean>;
  #active: Segment;
  /** Bytes at which the active segment is left for a new one. */
  #limitBytes: number;
  /** Bytes written since merges were last paid for. */
  #unpaidBytes = 0;
  #compacting: Promise<void> | undefined;
  readonly #merged = { bytesRead: 0, bytesWritten: 0 };

  constructor(options: EngineOptions, settings: HashLogSettings, lock: FolderLock) {
    const tailOptions = hotTailOptions(options, () => this.#tail);
    super(options, lock, tailOptions);
    this.#settings = settings;
    const found = recoverSegments(options, this.versions.index);
    const table = new SegmentTable(options, found.segments);
    this.#segments = table;
    this.versions.onNoSnapshots = () => table.dropRetired();
    table.onRemoved = (id) => this.#tail.cache.drop(id);
    this.#tail = new HotTail(options, this.writer, this.versions);
    this.#reader = new RecordReader(table, this.writer, this.versions, this.#tail.cache);
    this.#hints = new HintKeeper(options, (error) => this.writer.stop(error));
    this.#host = {
      options,
      versions: this.versions,
      writer: this.writer,
      table,
      active: () => this.#active,
      sequence: () => this.sequence,
      changeManifest: (change) => this.changeManifest(change),
      count: (read, written) => {
        this.#merged.bytesRead += read;
        this.#merged.bytesWritten += written;
      },
      dropped: (victims) => this.#hints.drop(victims),
    };
    this.#merger = new Merger(this.#host, settings, () => this.#storeBytes());
    ({ sequence: this.sequence, keys: this.keyCount, facts: this.#recovery } = found);
    this.#limitBytes = segmentLimitBytes(table.liveBytes, settings.segmentSizeBytes);
    try {
      this.#active = this.#openActive(found.lastDurability);
    } catch (error) {
      table.closeFiles();
      throw error;
    }
    this.writer.switchTo(this.#active.id, this.#active.file, this.#active.sizeBytes);
  }

  /** The last segment when it has room and was written at this level; else a new one. */
  #openActive(lastDurability: Durability | undefined): Segment {
    const last = this.#segments.listed.at(-1);
    const isRoomy = last !== undefined && last.sizeBytes * 2 < this.#limitBytes;
    if (last === undefined || !isRoomy || lastDurability !== this.durability) {
      const next = this.#segments.append(this.sequence + 1);
      this.#hints.begin(next);
      return next;
    }
    last.minSequence = Math.min(last.minSequence, this.sequence + 1);
    last.synced = false;
    last.hintBytes = 0;
    this.#segments.writeManifest();
    return last;
  }

  protected roll(length: number): void {
    this.#unpaidBytes += length;
    if (this.#unpaidBytes >= PAYMENT_BYTES) this.#pay();
    const end = this.writer.endOffset;
    if (end + length + RECORD_HEADER_BYTES <= this.#limitBytes || end === LOG_HEADER_BYTES) return;
    this.#startSegment();
  }

  protected indexValue(id: number, offset: number, value: Uint8Array): void {
    this.versions.set(id, this.#active.slot, offset, value.length);
    const length = this.#addHint(RecordKind.put, id, value.length, offset);
    this.#segments.addLive(this.#active, length);
  }

  protected override indexDelete(id: number, offset: number): void {
    this.#active.tombstoneBytes += this.#addHint(RecordKind.delete, id, 0, offset);
  }

  /** Returns the length of the record. */
  #addHint(kind: RecordKind, id: number, valueLength: number, offset: number): number {
    const { entries } = this.versions.index;
    const page = entries.keyPage(id);
    const start = entries.keyStart(id);
    const keyLength = entries.keyLength(id);
    this.#hints.add(kind, page, start, keyLength, valueLength, offset, this.sequence);
    return recordBytes(keyLength, valueLength);
  }

  protected override replaceValue(id: number, value: Uint8Array): boolean {
    return this.#tail.replace(id, value, this.sequence + 1, this.#active.slot);
  }

  protected forget(id: number, a: number, b: number, c: number): void {
    const segment = this.#segments.at(a);
    const length = recordBytes(this.versions.index.entries.keyLength(id), c);
    const isThere = segment !== this.#active || b < this.writer.endOffset;
    this.#segments.addDead(segment, length, isThere);
  }

  protected remember(id: number, a: number, _b: number, c: number): void {
    const length = recordBytes(this.versions.index.entries.keyLength(id), c);
    this.#segments.addRevived(this.#segments.at(a), length);
  }

  protected readValue(id: number, a: number, b: number, c: number): Uint8Array {
    return this.#reader.value(id, a, b, c);
  }

  /** For scans of keys alone: those of values have a batch reader. */
  protected readonly readRecord = (chunk: FlatChunk, id: number): void => {
    const { entries } = this.versions.index;
    const keyLength = entries.keyLength(id);
    const page = entries.keyPage(id);
    chunk.pushRange(page, entries.keyStart(id), keyLength, page, 0, 0);
    this.userBytesRead += keyLength;
  };

  protected override newBatchReader(): BatchReader {
    return this.#reader.newBatchReader((bytes) => {
      this.userBytesRead += bytes;
    });
  }

  /** Gives back all dead space, and brings records into the order of their keys. */
  compact(): Promise<void> {
    this.assertOpen();
    this.#compacting ??= this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  async #compact(): Promise<void> {
    await this.#finishMerge();
    await this.writer.flush();
    this.assertOpen();
    if (this.writer.endOffset > LOG_HEADER_BYTES) this.#startSegment();
    await compactInOrder({
      host: this.#host,
      order: this.ordered(),
      reader: this.#reader.newRunReader(),
      segmentSizeBytes: this.#limitBytes,
      event: this.#merger.nextEvent(),
      assertOpen: () => this.assertOpen(),
    });
    this.maybeRebuildIndex();
  }

  async #finishMerge(): Promise<void> {
    for (this.#merger.finish(); this.#merger.isBusy; this.#merger.finish()) {
      await this.#merger.running;
    }
  }

  async verify(): Promise<VerifyReport> {
    this.assertOpen();
    this.writer.writeAll();
    const pin = this.versions.snapshot();
    try {
      return await verifyLogFiles(
        this.#segments.asOf(this.writer.endOffset),
        this.options.durability,
      );
    } finally {
      pin.close();
    }
  }

  async checkpoint(dir: string): Promise<void> {
    this.assertOpen();
    const pin = this.versions.snapshot();
    try {
      this.writer.writeAll();
      const segments = this.#segments.asOf(this.writer.endOffset);
      await checkpointSegments(this.options.fileSystem, dir, segments);
    } finally {
      pin.close();
    }
  }

  stats(): EngineStats {
    return hashlogStats({
      keys: this.keyCount,
      userBytesWritten: this.userBytesWritten,
      userBytesRead: this.userBytesRead,
      table: this.#segments,
      merger: this.#merger,
      hints: this.#hints,
      writer: this.writer,
      reader: this.#reader,
      storeBytes: this.#storeBytes(),
      merged: this.#merged,
      indexBytes: this.indexMemoryBytes(),
      recovery: this.#recovery,
    });
  }

  protected async closeFiles(): Promise<void> {
    await this.#compacting?.catch(() => {});
    this.#merger.stop();
    await this.#finishMerge();
    await this.#hints.syncing;
    try {
      if (this.writer.failure === undefined) this.#nameHints();
    } finally {
      this.#hints.close();
      this.#segments.closeFiles();
    }
  }

  /** At a clean close every segment gets a hint, what is live is noted, and every length. */
  #nameHints(): void {
    const { fileSystem, dir } = this.options;
    this.#active.sizeBytes = this.writer.endOffset;
    const { listed } = this.#segments;
    this.#hints.complete(listed, this.#active, this.sequence);
    const facts = { sequence: this.sequence, keys: this.keyCount };
    ignoreIoErrors(() => writeLiveFile(fileSystem, dir, this.versions.index, listed, facts));
    ignoreIoErrors(() => this.#segments.writeManifest(true));
  }

  #pay(): void {
    this.#hints.publish();
    this.#limitBytes = segmentLimitBytes(this.#segments.liveBytes, this.#settings.segmentSizeBytes);
    const mayMerge = this.#compacting === undefined;
    for (; this.#unpaidBytes >= PAYMENT_BYTES; this.#unpaidBytes -= PAYMENT_BYTES) {
      if (mayMerge) this.#merger.pay();
    }
    // Between two merges nobody but the index itself knows an id.
    if (mayMerge && !this.#merger.isBusy) ignoreIoErrors(() => this.maybeRebuildIndex());
  }

  /** Bytes on disk of the store: segments and their hints. */
  #storeBytes(): number {
    let bytes = this.writer.endOffset + this.#hints.unnamedBytes;
    for (const segment of this.#segments.listed) {
      bytes += segment.hintBytes;
      if (segment !== this.#active) bytes += segment.sizeBytes;
    }
    return bytes;
  }

  #startSegment(): void {
    this.writer.seal();
    const full = this.#active;
    full.sizeBytes = this.writer.endOffset;
    full.synced = this.durability === "group" || this.durability === "sync";
    const next = this.changeManifest(() => this.#segments.append(this.sequence + 1));
    this.#active = next;
    this.writer.switchTo(next.id, next.file, next.sizeBytes);
    this.#hints.seal(full, this.sequence);
    this.#hints.begin(next);
    assert(this.writer.fileId === next.id, "I2: the log goes on in the active segment");
  }
}
