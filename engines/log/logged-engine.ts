// What engines with a log and an index in memory share: paths, scans, snapshots, and their order.
//
// Write path (`put`, `delete`, `batch`):
//   1. check      limits, and that the engine is open
//   2. roll       a file that is full is left for a new one
//   3. append     the record goes into the log's buffer
//   4. index      the key's words point at the new value            -> visible
//   5. commit     write(2), fdatasync, as the level says            -> acknowledged
// When 5 fails, 4 is undone and the log is cut: a write that was refused leaves nothing.
//
// Read path (`get`):
//   1. find       the key in the index; absent: done, no file is touched
//   2. words      now, or as of a snapshot
//   3. value      from where the words say; what comes from a file is verified

import {
  type Batch,
  type Cursor,
  type Durability,
  type Engine,
  type EngineOptions,
  type EngineStats,
  KEY_BYTES_MAX,
  type MaybePromise,
  type ScanOptions,
  type Snapshot,
  type VerifyReport,
} from "../engine.ts";
import { EngineError } from "../errors.ts";
import { type BatchReader, IndexCursor, type RecordReader } from "../index/index-cursor.ts";
import { OrderedIndex } from "../index/ordered-index.ts";
import { IndexSnapshot, VersionedIndex } from "../index/versioned-index.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { LOGGED_CAPABILITIES } from "./capabilities.ts";
import { batchRecordBytes, checkLimits, LOGGED_VALUE_BYTES_MAX, logBufferBytes } from "./limits.ts";
import type { LogTailOptions } from "./log-buffer.ts";
import { LogWriter } from "./log-writer.ts";
import { FLAG_BATCH_CONTINUES, RecordKind, recordBytes } from "./record.ts";

const EMPTY = new Uint8Array(0);

export { LOGGED_CAPABILITIES };

export abstract class LoggedEngine implements Engine {
  abstract readonly name: string;
  readonly supports = LOGGED_CAPABILITIES;
  readonly durability: Durability;
  protected readonly options: EngineOptions;
  protected readonly versions = new VersionedIndex();
  protected readonly writer: LogWriter;
  readonly #lock: FolderLock;
  readonly #replaces: boolean;
  #order: OrderedIndex | undefined;
  #closing: Promise<void> | undefined;
  /** Sequence of the last write. */
  protected sequence = 0;
  /** Keys whose newest version is a value. */
  protected keyCount = 0;
  protected userBytesWritten = 0;
  protected userBytesRead = 0;

  constructor(options: EngineOptions, lock: FolderLock, tail: LogTailOptions = {}) {
    this.options = options;
    this.durability = options.durability;
    this.#lock = lock;
    this.#replaces = tail.updatesInPlace ?? false;
    this.writer = new LogWriter({
      durability: options.durability,
      writeGrouping: options.writeGrouping,
      bufferBytes: logBufferBytes(options.cacheBytes),
      onCommit: () => {
        this.versions.commit();
        this.committed();
      },
      onRollback: () => this.#rollback(),
      ...tail,
    });
  }

  /** What was written so far can no longer be undone. */
  protected committed(): void {}

  /** Replaces the id's newest value where it stands, if the log's memory alone has it. */
  protected replaceValue(_id: number, _value: Uint8Array): boolean {
    return false;
  }

  /** Step 2 of the write path: room for `length` bytes of records. Ids may change their meaning. */
  protected abstract roll(length: number): void;
  /** Step 4 for a put: sets the words of the id, after `forget` was called for the old ones. */
  protected abstract indexValue(id: number, offset: number, value: Uint8Array): void;
  /** The words point at a value that is superseded; not called for absent keys. */
  protected abstract forget(id: number, a: number, b: number, c: number): void;
  /** The words point at a value again, or for the first time. */
  protected abstract remember(id: number, a: number, b: number, c: number): void;
  /** Step 3 of the read path. The value belongs to the caller. */
  protected abstract readValue(id: number, a: number, b: number, c: number): Uint8Array;
  protected abstract readonly readRecord: RecordReader;
  /** For scans that read many records at once; undefined: one by one, by `readRecord`. */
  protected newBatchReader(): BatchReader | undefined {
    return undefined;
  }
  /** A delete record of the id was appended at `offset`. */
  protected indexDelete(_id: number, _offset: number): void {}
  protected abstract closeFiles(): Promise<void>;
  abstract compact(): Promise<void>;
  abstract verify(): Promise<VerifyReport>;
  abstract checkpoint(dir: string): Promise<void>;
  abstract stats(): EngineStats;

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    if (this.#closing !== undefined) this.assertOpen();
    if (key.length > KEY_BYTES_MAX) checkLimits(key, EMPTY);
    const id = this.versions.index.find(key);
    if (id === 0) return undefined;
    this.versions.read(id, this.#asOf(snapshot));
    const { a, b, c } = this.versions;
    if (a === 0) return undefined;
    const value = this.readValue(id, a, b, c);
    this.userBytesRead += key.length + value.length;
    return value;
  }

  put(key: Uint8Array, value: Uint8Array): MaybePromise<void> {
    if (this.#closing !== undefined) this.assertOpen();
    if (key.length > KEY_BYTES_MAX || value.length > LOGGED_VALUE_BYTES_MAX)
      checkLimits(key, value);
    this.roll(recordBytes(key.length, value.length));
    const id = this.#idFor(key);
    if (this.#replaces && this.replaceValue(id, value)) {
      this.sequence++;
      this.userBytesWritten += key.length + value.length;
    } else this.#appendPut(key, id, value, 0);
    return this.writer.commit();
  }

  delete(key: Uint8Array): MaybePromise<void> {
    if (this.#closing !== undefined) this.assertOpen();
    checkLimits(key, EMPTY);
    // First, since it may renumber the index.
    this.roll(recordBytes(key.length, 0));
    // An absent key needs no tombstone, but the answer waits for whatever made it absent.
    const { index } = this.versions;
    const id = index.find(key);
    if (id !== 0 && index.entries.a(id) !== 0) this.#appendDelete(key, id, 0);
    return this.writer.commit();
  }

  batch(batch: Batch): MaybePromise<void> {
    this.assertOpen();
    let remaining = batch.count;
    if (remaining === 0) return this.writer.commit();
    const length = batchRecordBytes(batch);
    this.roll(length);
    this.writer.reserve(length);
    batch.forEach((key, value) => {
      const flags = --remaining > 0 ? FLAG_BATCH_CONTINUES : 0;
      if (value !== undefined) this.#appendPut(key, this.#idFor(key), value, flags);
      else this.#appendDelete(key, this.#idFor(key), flags);
    });
    return this.writer.commit();
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(key, snapshot));
  }

  scan(options: ScanOptions = {}): Cursor {
    this.assertOpen();
    const given = this.#asOf(options.snapshot);
    return new IndexCursor(
      {
        versions: this.versions,
        order: this.ordered(),
        snapshot: given ?? this.versions.snapshot(),
        ownsSnapshot: given === undefined,
        readRecord: this.readRecord,
        batchReader: options.keysOnly === true ? undefined : this.newBatchReader(),
        assertOpen: () => this.assertOpen(),
      },
      options,
    );
  }

  snapshot(): Snapshot {
    this.assertOpen();
    return this.versions.snapshot();
  }

  flush(): MaybePromise<void> {
    this.assertOpen();
    return this.writer.flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.writer.flush();
    } catch (error) {
      this.writer.stop(error as EngineError); // So that nothing vouches for the files' lengths.
      throw error;
    } finally {
      await this.closeFiles().finally(() => this.#lock.release());
    }
  }

  protected assertOpen(): void {
    if (this.#closing === undefined) return;
    const what = `engine ${this.name} on ${this.options.dir} is closed`;
    throw new EngineError("ENGINE_CLOSED", what);
  }

  /** Runs a change of the manifest; when nobody knows whether it was made, writing ends. */
  protected changeManifest<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      if (error instanceof EngineError && error.code === "ENGINE_READ_ONLY")
        this.writer.stop(error);
      throw error;
    }
  }

  /** Bytes in memory of the index, for `stats`. */
  protected indexMemoryBytes(): number {
    return this.versions.memoryBytes + (this.#order?.memoryBytes ?? 0);
  }

  /** Drops the entries of deleted keys when they are most of the index. */
  protected maybeRebuildIndex(): void {
    const deleted = this.versions.index.size - this.keyCount;
    if (deleted <= this.keyCount || deleted < 1024 || this.versions.hasSnapshots) return;
    this.writer.writeAll();
    this.versions.rebuild();
    this.#order = undefined;
  }

  #appendPut(key: Uint8Array, id: number, value: Uint8Array, flags: number): void {
    const offset = this.writer.append(RecordKind.put, flags, ++this.sequence, key, value);
    this.versions.read(id, undefined);
    const { a, b, c } = this.versions;
    if (a === 0) this.keyCount++;
    else this.forget(id, a, b, c);
    this.indexValue(id, offset, value);
    this.userBytesWritten += key.length + value.length;
  }

  #appendDelete(key: Uint8Array, id: number, flags: number): void {
    const offset = this.writer.append(RecordKind.delete, flags, ++this.sequence, key, EMPTY);
    this.versions.read(id, undefined);
    const { a, b, c } = this.versions;
    if (a !== 0) {
      this.keyCount--;
      this.forget(id, a, b, c);
    }
    this.versions.set(id, 0, 0, 0);
    this.indexDelete(id, offset);
    this.userBytesWritten += key.length;
  }

  #idFor(key: Uint8Array): number {
    const { index } = this.versions;
    const size = index.size;
    const id = index.insert(key);
    if (this.#order !== undefined && index.size > size) this.#order.insert(id);
    return id;
  }

  #rollback(): void {
    this.versions.rollback((id, a, b, c, oldA, oldB, oldC) => {
      if (a !== 0) {
        this.keyCount--;
        this.forget(id, a, b, c);
      }
      if (oldA !== 0) {
        this.keyCount++;
        this.remember(id, oldA, oldB, oldC);
      }
    });
  }

  /** All ids in the order of their keys; built when it is first asked for. */
  protected ordered(): OrderedIndex {
    const { entries, size } = this.versions.index;
    this.#order ??= new OrderedIndex(entries, entries.allIds(size));
    return this.#order;
  }

  #asOf(snapshot: Snapshot | undefined): IndexSnapshot | undefined {
    if (snapshot === undefined) return undefined;
    const ours = snapshot instanceof IndexSnapshot && snapshot.owner === this.versions;
    if (ours && snapshot.open) return snapshot;
    throw new EngineError("ENGINE_CLOSED", "the snapshot is closed, or is not of this engine");
  }
}
