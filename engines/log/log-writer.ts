// The write path of a log: records go into a buffer, the buffer to a file, the file to the device,
// as far as the durability level asks before a write is acknowledged.
//
//   append:  encode the record at the end of the buffer          -> visible (the engine indexes it)
//   commit:  memory  nothing
//            os      write(2), at once or once for the tick      -> survives kill -9
//            group   the same, then one fdatasync for all        -> survives power loss
//            sync    write(2) and fdatasync, each                -> survives power loss
//
// A group is what was appended since the last write that succeeded; its writers hold one promise.
// When its write fails, the file is cut back to where it began, the engine undoes what it indexed,
// and every writer of it gets the error: garbage never precedes an acknowledged record, and once
// there is room again, writing goes on. A sync that fails is final.
//
// Invariants:
//  I1. After a failed sync, or a failed cut after a failed write, nothing is written any more.
//  I2. A sync begins to acknowledge records when the one before has ended, so that they are so in
//      their order, and since the system may tell an error to one of two syncs of a file alone.

import assert from "node:assert";
import type { Durability, MaybePromise } from "../engine.ts";
import { type EngineError, ioError, readOnlyError } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { CommitGroups } from "./commit-groups.ts";
import { LogBuffer, type LogBufferOptions } from "./log-buffer.ts";
import { type RecordBuffer, type RecordKind, recordBytes } from "./record.ts";

export interface LogWriterOptions extends LogBufferOptions {
  readonly durability: Durability;
  readonly writeGrouping: "one" | "tick";
  /** The records appended since the last commit that succeeded are gone: undo their indexing. */
  readonly onRollback: () => void;
  /** The records appended so far can no longer be rolled back. */
  readonly onCommit: () => void;
}

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #marksSyncs: boolean;
  readonly #buffer: LogBuffer;
  #file: File | undefined;
  /** Offset in the file where the group began that is not written yet. */
  #groupStart = 0;
  /** Up to where a finished sync covers the file, when no mark in the file says so yet. */
  #markOffset = 0;
  readonly #groups = new CommitGroups();
  #unsynced: File[] = [];
  #syncing: Promise<void> | undefined;
  #failure: EngineError | undefined;
  #hasSyncFailed = false;
  /** Since the start: calls of write(2), bytes given to it, calls of fdatasync. */
  writeCount = 0;
  bytesWritten = 0;
  syncCount = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#marksSyncs = options.durability === "group" || options.durability === "sync";
    this.#buffer = new LogBuffer(options);
  }

  get fileId(): number {
    return this.#buffer.fileId;
  }

  /** Offset at which the next record goes (before it, perhaps, a sync mark). */
  get endOffset(): number {
    return this.#buffer.endOffset;
  }

  /** The first error that closed the log for writing, if any. */
  get failure(): EngineError | undefined {
    return this.#failure;
  }

  get memoryBytes(): number {
    return this.#buffer.records.bytes.length;
  }

  /** The buffer, for reading records at offsets from `tailStart` on. */
  get tail(): RecordBuffer {
    return this.#buffer.records;
  }

  get tailStart(): number {
    return this.#buffer.start;
  }

  /** A sealed file needs no sync any more; it may be closed once the promise, if any, settles. */
  forget(file: File): Promise<void> | undefined {
    this.#unsynced = this.#unsynced.filter((unsynced) => unsynced !== file);
    return this.#syncing;
  }

  /** Takes no more writes: the engine found that it cannot vouch for its files any more. */
  stop(error: EngineError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    // What waits to be written never will be: it is undone, and its writers are told.
    this.#buffer.cut(Math.max(this.#groupStart, this.#buffer.start + this.#buffer.written));
    this.#options.onRollback();
    this.#groups.refuseOpen(readOnlyError(error));
  }

  /**
   * The file is full: all of it is written, and at `group` and `sync` synced, so that only the last
   * file of a log can have a torn tail; else the next `flush` syncs it. Throws when that fails.
   */
  seal(): void {
    if (this.#failure !== undefined) throw readOnlyError(this.#failure);
    this.#closeGroup();
    if (this.#marksSyncs) this.#syncNow();
    else this.#noteUnsynced();
  }

  /**
   * Goes on in another file from `offset`, which is its end. The one before was sealed. An `image`,
   * the file's bytes so far, becomes the buffer: while it has room, the whole file stays in it.
   */
  switchTo(fileId: number, file: File, offset: number, image?: RecordBuffer): void {
    this.#buffer.enter(fileId, offset, image);
    this.#file = file;
    this.#groupStart = offset;
    this.#markOffset = 0;
    this.#options.onCommit();
  }

  /** The next `length` bytes of records go into one write, to be undone together: for a batch. */
  reserve(length: number): void {
    const needed = LogBuffer.roomFor(length);
    if (this.#buffer.hasRoom(needed)) return;
    this.#closeGroup();
    this.#buffer.turn(needed);
  }

  /** Puts a record at the end, acknowledged by `commit`; its offset. Throws: nothing changed. */
  append(
    kind: RecordKind,
    flags: number,
    sequence: number,
    key: Uint8Array,
    value: Uint8Array,
  ): number {
    if (this.#failure !== undefined) throw readOnlyError(this.#failure);
    this.reserve(recordBytes(key.length, value.length));
    if (this.#markOffset > 0) {
      this.#buffer.appendSyncMark(this.#markOffset);
      this.#markOffset = 0;
    }
    return this.#buffer.append(kind, flags, sequence, key, value);
  }

  /** LogBuffer.update; false also when nothing is written any more. */
  update(offset: number, sequence: number, value: Uint8Array): boolean {
    return this.#failure === undefined && this.#buffer.update(offset, sequence, value);
  }

  /** Makes what was appended as safe as the level says. */
  commit(): MaybePromise<void> {
    switch (this.#options.durability) {
      case "memory":
        this.#groupStart = this.endOffset;
        this.#options.onCommit();
        return undefined;
      case "os":
        if (this.#options.writeGrouping === "tick") return this.#joinGroup();
        this.#writeOut();
        return undefined;
      case "group":
        return this.#joinGroup();
      case "sync":
        if (this.#syncing !== undefined) return this.flush(); // I2.
        this.#writeOut();
        return this.#syncNow();
    }
  }

  /** Writes and syncs everything appended so far, at any level. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw readOnlyError(this.#failure);
    this.#closeGroup();
    this.#noteUnsynced();
    if (this.#options.durability !== "group") this.#groups.settle();
    while (this.#syncing !== undefined || this.#unsynced.length > 0) {
      await (this.#syncing ?? this.#startSync());
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Writes what is in the buffer, without a sync. Throws when that fails. */
  writeAll(): void {
    if (this.#failure === undefined) this.#closeGroup();
  }

  #joinGroup(): Promise<void> {
    return this.#groups.join(() => queueMicrotask(this.#endOfTick));
  }

  readonly #endOfTick = (): void => {
    // While a sync runs, later writers gather; the end of the sync takes them all at once.
    if (this.#syncing !== undefined || this.#failure !== undefined || this.#groups.isEmpty) return;
    try {
      this.#closeGroup();
    } catch {
      return; // The group has its error already.
    }
    if (this.#options.durability === "group") this.#startSync();
    else this.#groups.settle();
  };

  /** The open group is written; from here on it waits for a sync, or for nothing. */
  #closeGroup(): void {
    this.#writeOut();
    this.#groups.close();
  }

  #writeOut(): void {
    const buffer = this.#buffer;
    const length = buffer.used - buffer.written;
    if (length === 0) return;
    const file = this.#file;
    assert(file !== undefined, "a log writes only after switchTo");
    assert(this.#failure === undefined, "I1: nothing is written after a final failure");
    buffer.seal();
    try {
      file.writeSync(buffer.records.bytes, buffer.written, length, buffer.start + buffer.written);
    } catch (cause) {
      throw this.#undoWrite(file, ioError(cause, `cannot write ${file.path}`, file.path));
    }
    this.writeCount++;
    this.bytesWritten += length;
    buffer.noteWritten();
    this.#groupStart = buffer.endOffset;
    this.#options.onCommit();
  }

  /** A write failed: back to where its group began, on disk, in the buffer and in the engine. */
  #undoWrite(file: File, error: EngineError): EngineError {
    try {
      file.truncateSync(this.#buffer.start + this.#buffer.written);
    } catch (cause) {
      this.#failure = ioError(cause, `cannot undo a failed write to ${file.path}`, file.path);
    }
    this.#buffer.cut(this.#groupStart);
    this.#options.onRollback();
    this.#groups.refuseOpen(error);
    return error;
  }

  #noteUnsynced(): void {
    const file = this.#file;
    if (file !== undefined && !this.#unsynced.includes(file)) this.#unsynced.push(file);
  }

  #syncNow(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      file.syncSync();
    } catch (cause) {
      throw this.#failSync(ioError(cause, `cannot sync ${file.path}`, file.path));
    }
    this.syncCount++;
    if (this.#marksSyncs) this.#markOffset = this.#buffer.start + this.#buffer.written;
  }

  /** One sync for all groups that are written. Never rejects: the groups get the error. */
  #startSync(): Promise<void> {
    assert(this.#syncing === undefined, "I2: one sync at a time");
    this.#noteUnsynced();
    this.#syncing = this.#sync(this.#groups.takeWritten());
    return this.#syncing;
  }

  async #sync(groups: ReturnType<CommitGroups["takeWritten"]>): Promise<void> {
    const files = this.#unsynced.splice(0);
    const { fileId, start, written } = this.#buffer;
    try {
      for (const file of files) {
        await file.sync();
        this.syncCount++;
        if (this.#hasSyncFailed) throw this.#failure; // I2.
      }
    } catch (cause) {
      const error = this.#failSync(ioError(cause, "cannot sync the log", files[0]?.path));
      for (const group of groups) group.reject(error);
      this.#syncing = undefined;
      return;
    }
    this.#syncing = undefined;
    if (this.#marksSyncs && fileId === this.#buffer.fileId) this.#markOffset = start + written;
    for (const group of groups) group.resolve();
    if (this.#groups.hasWritten) this.#startSync();
    else this.#endOfTick();
  }

  /** I1: nobody knows what a failed sync left on the device, so the log takes no more writes. */
  #failSync(error: EngineError): EngineError {
    this.#failure = error;
    this.#hasSyncFailed = true;
    this.#groups.refuseAll(error);
    return error;
  }
}
