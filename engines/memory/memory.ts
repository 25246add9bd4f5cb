// The memory engine: all keys in memory, the hot values too under a budget of bytes, all records in
// logs and snapshot files. Opening reads both.
//
//   manifest:  snapshot file*  log+     the last log is open
//
// When the logs outgrow what they would be if they held each live record once, a new log is begun,
// the rest is written to snapshot files in the background, and these replace what was before.
//
// Invariants:
//  I1. A live key's words are (number of its file, offset of its record there / 4, length of its
//      value), whether its value is in memory or not: so eviction writes nothing.
//  I2. A file that words lead to, of now or of a snapshot, is open.

import {
  type EngineOptions,
  type EngineStats,
  KEY_BYTES_MAX,
  type Snapshot,
  type VerifyReport,
} from "../engine.ts";
import { EngineError, ignoreIoErrors } from "../errors.ts";
import type { BatchReader, RecordReader } from "../index/index-cursor.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { claimFolder } from "../io/folder.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LoggedEngine } from "../log/logged-engine.ts";
import { writeManifest } from "../log/manifest.ts";
import { RECORD_HEADER_BYTES, recordBytes } from "../log/record.ts";
import { verifyLogFiles } from "../log/verify-log.ts";
import { ColdReader, OFFSET_UNIT_BYTES } from "./cold-reader.ts";
import { FileList } from "./file-list.ts";
import { FileTable } from "./file-table.ts";
import { MEMORY_IDENTITY } from "./identity.ts";
import { recoverMemory } from "./recovery.ts";
import { copySnapshot, replaceBySnapshot, type SnapshotParts } from "./snapshot.ts";
import type { StoreFile } from "./store-file.ts";
import { TierReader } from "./tier-reader.ts";
import { TieredValues } from "./tiered-values.ts";

export interface MemorySettings {
  /** Bytes of values in memory, at most. */
  readonly memoryBytes: number;
  /** Logs smaller than this, together, are never replaced by a snapshot file on their own. */
  readonly snapshotLogBytes: number;
  /** A file is left for a new one before it grows beyond this. */
  readonly fileSizeBytes: number;
}

const PAUSE = new Uint8Array(1);

export class MemoryEngine extends LoggedEngine {
  readonly name = "memory";
  readonly #settings: MemorySettings;
  readonly #table: FileTable;
  readonly #values: TieredValues;
  readonly #files: FileList;
  readonly #recovery: Record<string, number | string | boolean>;
  #snapshotting: Promise<void> | undefined;
  #snapshotFailure: string | undefined;
  #snapshots = 0;
  #snapshotBytesWritten = 0;
  #liveBytes = 0; // Of keys and values of live records;
  #liveRecordBytes = 0; // and of the records.
  /** Bytes of logs at which the next snapshot file is due. */
  #snapshotDueBytes = 0;

  constructor(options: EngineOptions, settings: MemorySettings, lock: FolderLock) {
    super(options, lock);
    this.#settings = settings;
    const { versions } = this;
    this.#table = new FileTable(options);
    const cold = new ColdReader(this.#table, this.writer);
    this.#values = new TieredValues(versions, cold, options.clock, settings.memoryBytes);
    versions.onNoSnapshots = () => this.#table.dropRetired();
    const found = recoverMemory(options, versions.index, this.#values.hot(), this.#table);
    this.sequence = found.sequence;
    this.keyCount = found.keys;
    this.#liveBytes = found.liveBytes;
    this.#liveRecordBytes = found.liveRecordBytes;
    this.#recovery = found.facts;
    this.#files = new FileList(options, this.#table, this.writer, found.files);
    try {
      this.#files.begin(found.openLogDurability === options.durability);
    } catch (error) {
      this.#table.closeSync();
      throw error;
    }
    this.#planSnapshot();
  }

  override get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    const startNs = this.#values.beginGet();
    const value = snapshot === undefined ? this.#getNewest(key) : super.get(key, snapshot);
    if (startNs >= 0 && value !== undefined) this.#values.endGet(startNs);
    return value;
  }

  /** The read path of a hot key is one place in memory, which has key and value. */
  #getNewest(key: Uint8Array): Uint8Array | undefined {
    this.assertOpen();
    const value = this.#values.getHot(key);
    if (value !== undefined) {
      this.userBytesRead += key.length + value.length;
      return value;
    }
    // When every value is in memory, a key without one is absent.
    const areAllHot = this.#values.hot().count === this.keyCount;
    return areAllHot && key.length <= KEY_BYTES_MAX ? undefined : super.get(key);
  }

  protected roll(length: number): void {
    const end = this.writer.endOffset;
    const { fileSizeBytes } = this.#settings;
    if (end + length + RECORD_HEADER_BYTES > fileSizeBytes && end > LOG_HEADER_BYTES) {
      this.#startLog();
    }
    if (this.#snapshotting !== undefined || this.#files.logBytes < this.#snapshotDueBytes) return;
    this.#writeSnapshot().catch((error: unknown) => {
      // The logs have it all; the next attempt waits until they are twice as long.
      this.#snapshotFailure = String(error);
    });
  }

  protected indexValue(id: number, offset: number, value: Uint8Array): void {
    this.versions.set(id, this.#files.open.number, offset / OFFSET_UNIT_BYTES, value.length);
    this.#values.put(id, value);
    this.#countLive(id, value.length, 1);
  }

  protected forget(id: number, _a: number, _b: number, c: number): void {
    this.#values.supersede(id);
    this.#countLive(id, c, -1);
  }

  protected remember(id: number, _a: number, _b: number, c: number): void {
    this.#countLive(id, c, 1);
  }

  protected readValue(id: number, a: number, b: number, c: number): Uint8Array {
    return this.#values.get(id, a, b, c);
  }

  protected readonly readRecord: RecordReader = (chunk, id, a, b, c, keysOnly) => {
    this.#values.push(chunk, id, a, b, c, keysOnly);
    this.userBytesRead += this.versions.index.entries.keyLength(id) + (keysOnly ? 0 : c);
  };

  protected override newBatchReader(): BatchReader {
    return new TierReader(this.versions, this.#values, (bytes) => {
      this.userBytesRead += bytes;
    });
  }

  /** Writes snapshot files now, and drops the files that they replace. */
  async compact(): Promise<void> {
    this.assertOpen();
    await this.#snapshotting?.catch(() => {});
    this.assertOpen();
    await this.#writeSnapshot();
    this.#values.hot();
    if (this.#snapshotting === undefined) this.maybeRebuildIndex();
  }

  async verify(): Promise<VerifyReport> {
    this.assertOpen();
    const pin = this.versions.snapshot();
    try {
      this.writer.writeAll();
      return await verifyLogFiles(this.#files.view(), this.durability);
    } finally {
      pin.close();
    }
  }

  async checkpoint(dir: string): Promise<void> {
    this.assertOpen();
    const { fileSystem } = this.options;
    if (fileSystem.listSync(dir).length > 0) {
      const what = `${dir} is not empty; a checkpoint wants a new one`;
      throw new EngineError("ENGINE_WRONG_FOLDER", what);
    }
    const snapshot = this.versions.snapshot();
    const { sequence } = this;
    const lock = claimFolder(fileSystem, dir, MEMORY_IDENTITY, false);
    try {
      let id = 0;
      const parts = { ...this.#snapshotParts(), nextId: () => ++id };
      const files = await copySnapshot(parts, dir, snapshot, sequence);
      writeManifest(fileSystem, dir, files);
    } finally {
      snapshot.close();
      lock.release();
    }
  }

  stats(): EngineStats {
    const { diskBytes } = this.#files;
    const written = { log: this.writer.bytesWritten, snapshot: this.#snapshotBytesWritten };
    const { userBytesWritten, userBytesRead } = this;
    const snapshotFailure = this.#snapshotFailure;
    const values = this.#values;
    return {
      keys: this.keyCount,
      userBytesWritten,
      userBytesRead,
      bytesWritten: written,
      ...(userBytesWritten > 0
        ? { writeAmplification: (written.log + written.snapshot) / userBytesWritten }
        : {}),
      ...(userBytesRead > 0 ? { readAmplification: values.bytesReadByUsers / userBytesRead } : {}),
      ...(this.#liveBytes > 0 ? { spaceAmplification: diskBytes / this.#liveBytes } : {}),
      ...values.stats(),
      liveBytes: this.#liveRecordBytes,
      deadBytes: diskBytes - this.#liveRecordBytes,
      files: this.#files.count,
      diskBytes,
      memoryBytes: {
        index: this.indexMemoryBytes(),
        values: values.hot().valueBytes,
        places: values.hot().tableBytes,
        tail: this.writer.memoryBytes,
      },
      syncs: this.writer.syncCount,
      writes: this.writer.writeCount,
      recovery: { ...this.#recovery, ...(snapshotFailure ? { snapshotFailure } : {}) },
    };
  }

  protected async closeFiles(): Promise<void> {
    await this.#snapshotting?.catch(() => {});
    try {
      if (this.writer.failure === undefined) ignoreIoErrors(() => this.#files.listClosed());
    } finally {
      await this.#table.close();
    }
  }

  #snapshotParts(): SnapshotParts {
    return {
      options: this.options,
      versions: this.versions,
      readValue: this.#values.view,
      fileSizeBytes: this.#settings.fileSizeBytes,
      nextId: () => this.#files.nextId(),
      pause: () => this.#files.open.file.read(PAUSE, 0, 1, 0),
      assertOpen: () => this.assertOpen(),
    };
  }

  #writeSnapshot(): Promise<void> {
    const event = { kind: "snapshot", id: ++this.#snapshots } as const;
    this.options.onEvent({ ...event, phase: "begin" });
    let bytes = 0;
    const done = replaceBySnapshot({
      ...this.#snapshotParts(),
      writer: this.writer,
      startLog: () => this.#startLog(),
      sequence: () => this.sequence,
      replace: (replaced, files) => this.changeManifest(() => this.#files.replace(replaced, files)),
      retire: (replaced) => this.#retire(replaced),
    })
      .then((written) => {
        bytes = written;
        this.#snapshotBytesWritten += written;
        this.#snapshotFailure = undefined;
      })
      .finally(() => {
        this.#snapshotting = undefined;
        this.#planSnapshot();
        this.options.onEvent({ ...event, phase: "end", bytes });
      });
    this.#snapshotting = done;
    return done;
  }

  /** Seals the open log and begins a new one; returns the files from before. */
  #startLog(): readonly StoreFile[] {
    this.writer.seal();
    return this.changeManifest(() => this.#files.startLog());
  }

  #retire(replaced: readonly StoreFile[]): void {
    this.#table.retire(replaced);
    if (!this.versions.hasSnapshots) this.#table.dropRetired();
  }

  /** The next snapshot file is due when the logs are twice as long as it would be. */
  #planSnapshot(): void {
    const { snapshotLogBytes } = this.#settings;
    const twice = 2 * Math.max(this.#liveRecordBytes, this.#files.logBytes);
    this.#snapshotDueBytes = Math.max(snapshotLogBytes, twice);
  }

  /** `sign` is 1 for a value that becomes live, -1 for one that no longer is. */
  #countLive(id: number, valueLength: number, sign: number): void {
    const keyLength = this.versions.index.entries.keyLength(id);
    this.#liveBytes += sign * (keyLength + valueLength);
    this.#liveRecordBytes += sign * recordBytes(keyLength, valueLength);
  }
}
