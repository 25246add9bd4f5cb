// The log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil, 1996; levels after LevelDB).
//
// Write path (`put`, `delete`, `batch`):
//   1. check      limits, and that the engine is open
//   2. admit      background work keeps up, and the memtable has room; else the write waits
//   3. append     the record goes into the log's image
//   4. index      the memtable's slot of the key names the record    -> visible
//   5. commit     write(2), fdatasync, as the level says             -> acknowledged
// When 5 fails, 4 is undone and the log is cut: a write that was refused leaves nothing.
// Behind it a sealed memtable becomes a table, and tables are merged (compactor.ts).
// Read path (`get`): Tree.get in tree.ts.
//
// Invariants:
//  I1. Sequences of records grow; a snapshot sees those up to its own.
//  I2. A batch is in one memtable, so that it is flushed as a whole.

import assert from "node:assert";
import type { WriteBatch } from "../batch.ts";
import type {
  Batch,
  Cursor,
  Durability,
  Engine,
  EngineOptions,
  EngineStats,
  MaybePromise,
  ScanOptions,
  Snapshot,
  VerifyReport,
} from "../engine.ts";
import { EngineError, readOnlyError } from "../errors.ts";
import { hashKey } from "../index/hash.ts";
import type { FolderLock } from "../io/filesystem.ts";
import { checkLimits } from "../log/limits.ts";
import { LOGGED_CAPABILITIES } from "../log/logged-engine.ts";
import { FLAG_BATCH_CONTINUES, RecordKind, recordBytes } from "../log/record.ts";
import { BackPressure } from "./back-pressure.ts";
import type { Background } from "./background.ts";
import { checkpointTree } from "./checkpoint.ts";
import { Compactor } from "./compactor.ts";
import type { LsmSettings } from "./settings.ts";
import { LsmSnapshot, SnapshotList } from "./snapshot-list.ts";
import { type LsmCounters, lsmStats } from "./stats.ts";
import { Tree } from "./tree.ts";
import { scanTree } from "./tree-scan.ts";
import { verifyTree } from "./verify.ts";

const EMPTY = new Uint8Array(0);
const SEALED_MAX = 1; // memtables that wait for their flush

export class Lsm implements Engine {
  readonly name = "lsm";
  readonly supports = LOGGED_CAPABILITIES;
  readonly durability: Durability;
  readonly #options: EngineOptions;
  readonly #lock: FolderLock;
  readonly #tree: Tree;
  readonly #snapshots = new SnapshotList();
  readonly #compactor: Compactor;
  readonly #pressure: BackPressure;
  readonly #counters: LsmCounters = { userBytesWritten: 0, userBytesRead: 0, scanBytesRead: 0 };
  #closing: Promise<void> | undefined;
  #closed = false;

  /** Throws EngineError; then nothing is open. */
  constructor(
    options: EngineOptions,
    settings: LsmSettings,
    lock: FolderLock,
    background: Background,
  ) {
    this.#options = options;
    this.durability = options.durability;
    this.#lock = lock;
    let events = 0;
    const nextEvent = (): number => ++events;
    this.#pressure = new BackPressure(options, nextEvent);
    this.#tree = new Tree(options, settings);
    this.#compactor = new Compactor({
      options,
      settings,
      tree: this.#tree,
      snapshots: this.#snapshots,
      background,
      onProgress: (bytes) => this.#onProgress(bytes),
      onFailure: (error) => this.#refuseWaiting(error),
      isAwaited: () => this.#pressure.hasWaiting,
      nextEvent,
    });
    this.#compactor.kick();
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    if (this.#closed) this.#assertOpen();
    checkLimits(key, EMPTY);
    const sequence = snapshot === undefined ? Number.POSITIVE_INFINITY : this.#asOf(snapshot);
    const value = this.#tree.get(key, hashKey(key, 0, key.length), sequence);
    if (value !== undefined) this.#counters.userBytesRead += key.length + value.length;
    return value;
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    this.#assertOpen();
    return keys.map((key) => this.get(key, snapshot));
  }

  put(key: Uint8Array, value: Uint8Array): MaybePromise<void> {
    if (this.#closed) this.#assertOpen();
    checkLimits(key, value);
    if (!this.#admits(recordBytes(key.length, value.length))) {
      return this.#wait((batch) => batch.put(key, value));
    }
    this.#append(RecordKind.put, 0, key, value);
    return this.#tree.writer.commit();
  }

  delete(key: Uint8Array): MaybePromise<void> {
    if (this.#closed) this.#assertOpen();
    checkLimits(key, EMPTY);
    if (!this.#admits(recordBytes(key.length, 0))) return this.#wait((batch) => batch.delete(key));
    this.#append(RecordKind.delete, 0, key, EMPTY);
    return this.#tree.writer.commit();
  }

  batch(batch: Batch): MaybePromise<void> {
    this.#assertOpen();
    batch.forEach((key, value) => {
      checkLimits(key, value ?? EMPTY);
    });
    if (batch.count === 0) return this.#tree.writer.commit();
    if (this.#admits(batchBytes(batch))) return this.#write(batch);
    return this.#wait((copy) => {
      batch.forEach((key, value) => {
        if (value === undefined) copy.delete(key);
        else copy.put(key, value);
      });
    });
  }

  scan(options: ScanOptions = {}): Cursor {
    this.#assertOpen();
    const given = options.snapshot;
    const sequence = given === undefined ? this.#tree.sequence : this.#asOf(given);
    return scanTree(this.#tree, options, {
      pin: this.#snapshots.take(sequence),
      counters: this.#counters,
      assertOpen: () => this.#assertOpen(),
    });
  }

  snapshot(): Snapshot {
    this.#assertOpen();
    return this.#snapshots.take(this.#tree.sequence);
  }

  flush(): MaybePromise<void> {
    this.#assertOpen();
    return this.#tree.writer.flush();
  }

  /** Flushes the memtable, and merges everything into one level. */
  async compact(): Promise<void> {
    this.#assertOpen();
    await this.#compactor.flushAll();
    this.#assertOpen();
    if (!this.#tree.active.isEmpty) this.#roll(0);
    await this.#compactor.flushAll();
    await this.#compactor.compactAll();
  }

  async verify(): Promise<VerifyReport> {
    this.#assertOpen();
    return verifyTree(this.#tree, this.durability);
  }

  async checkpoint(dir: string): Promise<void> {
    this.#assertOpen();
    await checkpointTree(this.#tree, this.#options, dir);
  }

  stats(): EngineStats {
    return lsmStats(this.#tree, this.#compactor, this.#pressure, this.#counters);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    const { writer } = this.#tree;
    try {
      await this.#compactor.close();
      this.#pressure.refuse(this.#closedError());
      await writer.flush();
    } catch (error) {
      writer.stop(error as EngineError);
      throw error;
    } finally {
      this.#tree.close(writer.failure === undefined);
      this.#lock.release();
    }
  }

  /** Step 2. False: the write has to wait. Throws when there is nothing to wait for. */
  #admits(length: number): boolean {
    if (this.#pressure.hasWaiting) return false;
    return this.#pressure.admits(length) && this.#hasRoom(length);
  }

  #hasRoom(length: number): boolean {
    if (this.#tree.hasRoom(length)) return true;
    if (this.#tree.sealed.length >= SEALED_MAX) return false;
    this.#roll(length);
    return true;
  }

  #roll(length: number): void {
    this.#tree.roll(length);
    this.#measure();
    this.#compactor.kick();
  }

  #wait(fill: (batch: WriteBatch) => void): Promise<void> {
    const { failure } = this.#tree.writer;
    if (failure !== undefined) throw readOnlyError(failure);
    const done = this.#pressure.wait(fill);
    this.#compactor.kick();
    return done;
  }

  #onProgress(bytes: number): void {
    if (bytes === 0) this.#measure();
    else this.#pressure.credit(bytes);
    this.#pressure.resume((batch) => {
      const length = batchBytes(batch);
      return this.#hasRoom(length) && this.#pressure.admits(length) ? this.#write(batch) : "wait";
    });
  }

  #refuseWaiting(error: EngineError): void {
    this.#measure();
    this.#pressure.refuse(error);
  }

  #measure(): void {
    this.#pressure.measure({
      level0Tables: this.#tree.version.levels[0]!.length,
      debtBytes: this.#compactor.debtBytes,
      isCompacting: this.#compactor.isCompacting,
    });
  }

  /** Steps 3 to 5 of a batch that there is room for. */
  #write(batch: Batch): MaybePromise<void> {
    let remaining = batch.count;
    const memtable = this.#tree.active;
    batch.forEach((key, value) => {
      const flags = --remaining > 0 ? FLAG_BATCH_CONTINUES : 0;
      if (value === undefined) this.#append(RecordKind.delete, flags, key, EMPTY);
      else this.#append(RecordKind.put, flags, key, value);
    });
    assert(memtable === this.#tree.active, "I2: a batch is in one memtable");
    return this.#tree.writer.commit();
  }

  /** Steps 3 and 4. */
  #append(kind: RecordKind, flags: number, key: Uint8Array, value: Uint8Array): void {
    const tree = this.#tree;
    const sequence = tree.sequence + 1;
    const offset = tree.writer.append(kind, flags, sequence, key, value);
    assert(sequence > tree.sequence, "I1: sequences grow");
    tree.sequence = sequence;
    tree.active.add(hashKey(key, 0, key.length), key, offset, !this.#snapshots.isEmpty);
    this.#counters.userBytesWritten += key.length + value.length;
  }

  #asOf(snapshot: Snapshot): number {
    const ours = snapshot instanceof LsmSnapshot && snapshot.owner === this.#snapshots;
    if (ours && snapshot.open) return snapshot.sequence;
    throw new EngineError("ENGINE_CLOSED", "the snapshot is closed, or is not of this engine");
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#closedError();
  }

  #closedError(): EngineError {
    return new EngineError("ENGINE_CLOSED", `engine lsm on ${this.#options.dir} is closed`);
  }
}

function batchBytes(batch: Batch): number {
  let length = 0;
  batch.forEach((key, value) => {
    length += recordBytes(key.length, value?.length ?? 0);
  });
  return length;
}
