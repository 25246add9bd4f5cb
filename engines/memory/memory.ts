// The memory engine: every key and value in memory, a log for what was written since the last
// snapshot file, and the snapshot file. Opening reads both.
//
//   manifest:  [snapshot file]  log ... log     the last one is open
//
// When the logs outgrow what they would be if they held each live record once, a new log is begun,
// a snapshot of the state at that moment is written in the background, and then replaces what was
// before it.
//
// Invariants:
//  I1. A live key's words are (page, unit, length) of its value in the arena; page 0 is no page.
//  I2. A place in the arena is freed only when no words, no undo and no snapshot lead to it.
//  I3. The open log is the last in `#files`, and in the manifest.

import assert from "node:assert";
import path from "node:path";
import type { FlatChunk } from "../chunk.ts";
import type { EngineOptions, EngineStats, VerifyReport } from "../engine.ts";
import { EngineError, ignoreIoErrors, ioError } from "../errors.ts";
import type { File, FolderLock } from "../io/filesystem.ts";
import { claimFolder } from "../io/folder.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LoggedEngine } from "../log/logged-engine.ts";
import { writeManifest } from "../log/manifest.ts";
import { verifyLogFiles } from "../log/verify-log.ts";
import { FreeQueue } from "./free-queue.ts";
import { MEMORY_IDENTITY } from "./identity.ts";
import { recoverMemory } from "./recovery.ts";
import { snapshotName, writeSnapshotFile } from "./snapshot-file.ts";
import { ValueArena } from "./value-arena.ts";

export interface MemorySettings {
  /** Logs smaller than this, together, are never replaced by a snapshot file on their own. */
  readonly snapshotLogBytes: number;
}

/** A file of the store. */
export interface StoreFile {
  readonly id: number;
  readonly name: string;
  readonly file: File;
  /** Of the open log, at the time it was opened. */
  sizeBytes: number;
}

const NO_BYTES = new Uint8Array(0);

export class MemoryEngine extends LoggedEngine {
  readonly name = "memory";
  readonly #settings: MemorySettings;
  readonly #values = new ValueArena();
  readonly #frees = new FreeQueue(this.#values);
  #files: StoreFile[];
  #lastId: number;
  readonly #recovery: Record<string, number | string | boolean>;
  #snapshotting: Promise<void> | undefined;
  #snapshotFailure: string | undefined;
  #snapshotBytesWritten = 0;
  /** Bytes of keys and values of live records. */
  #liveBytes = 0;
  /** Bytes of the logs at which the next snapshot file is due. */
  #snapshotDueBytes = 0;

  constructor(options: EngineOptions, settings: MemorySettings, lock: FolderLock) {
    super(options, lock);
    this.#settings = settings;
    this.versions.onNoSnapshots = () => this.#frees.releaseHeld();
    const found = recoverMemory(options, this.versions.index, this.#values);
    this.#files = found.files;
    this.#lastId = Math.max(0, ...found.files.map((file) => file.id));
    this.sequence = found.sequence;
    this.keyCount = found.keys;
    this.#liveBytes = found.liveBytes;
    this.#recovery = found.facts;
    const last = found.files.at(-1);
    if (last?.name.endsWith(".log") && found.lastDurability === options.durability) {
      this.writer.switchTo(last.id, last.file, last.sizeBytes);
      this.#list(this.#files);
    } else {
      this.#startLog();
    }
    this.#planSnapshot();
  }

  protected override committed(): void {
    if (this.#frees.isEmpty) return;
    this.#frees.commit(this.versions.hasSnapshots);
  }

  protected roll(_length: number): void {
    if (this.writer.endOffset < this.#snapshotDueBytes || this.#snapshotting !== undefined) return;
    this.#snapshotting = this.#writeSnapshot()
      .catch((error: unknown) => {
        // The logs have it all; the next attempt waits until they are twice as long.
        this.#snapshotFailure = String(error);
      })
      .finally(() => {
        this.#snapshotting = undefined;
        this.#planSnapshot();
      });
  }

  protected indexValue(id: number, _offset: number, value: Uint8Array): void {
    this.#values.add(value);
    assert(this.#values.page > 0, "I1: page 0 is no page");
    this.versions.set(id, this.#values.page, this.#values.unit, value.length);
    this.#liveBytes += this.versions.index.entries.keyLength(id) + value.length;
  }

  protected forget(id: number, a: number, b: number, c: number): void {
    this.#frees.add(a, b, c);
    this.#liveBytes -= this.versions.index.entries.keyLength(id) + c;
  }

  protected remember(id: number, a: number, b: number, c: number): void {
    this.#frees.remove(a, b);
    this.#liveBytes += this.versions.index.entries.keyLength(id) + c;
  }

  protected readValue(_id: number, a: number, b: number, c: number): Uint8Array {
    return this.#values.copy(a, b, c);
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
    const keyLength = entries.keyLength(id);
    const bytes = keysOnly ? NO_BYTES : this.#values.bytes(a);
    const length = keysOnly ? 0 : c;
    const start = this.#values.start(b);
    chunk.pushRange(entries.keyPage(id), entries.keyStart(id), keyLength, bytes, start, length);
    this.userBytesRead += keyLength + length;
  };

  /** Writes a snapshot file now, and drops the logs that it replaces. */
  async compact(): Promise<void> {
    this.assertOpen();
    await this.#snapshotting;
    this.#snapshotting = this.#writeSnapshot().finally(() => {
      this.#snapshotting = undefined;
      this.#planSnapshot();
    });
    await this.#snapshotting;
    this.maybeRebuildIndex();
  }

  async verify(): Promise<VerifyReport> {
    this.assertOpen();
    await this.#snapshotting;
    this.writer.writeAll();
    const files = this.#files.map((file) => ({ ...file, sizeBytes: this.#sizeOf(file) }));
    return verifyLogFiles(files, this.durability);
  }

  async checkpoint(dir: string): Promise<void> {
    this.assertOpen();
    const { fileSystem } = this.options;
    if (fileSystem.listSync(dir).length > 0) {
      throw new EngineError(
        "ENGINE_WRONG_FOLDER",
        `${dir} is not empty; a checkpoint wants a new one`,
      );
    }
    const snapshot = this.versions.snapshot();
    const { sequence } = this;
    const lock = claimFolder(fileSystem, dir, MEMORY_IDENTITY, false);
    try {
      const sizeBytes = await this.#write(dir, 1, sequence, snapshot);
      writeManifest(fileSystem, dir, [{ name: snapshotName(1), sizeBytes }]);
    } finally {
      snapshot.close();
      lock.release();
    }
  }

  stats(): EngineStats {
    const diskBytes = this.#files.reduce((sum, file) => sum + this.#sizeOf(file), 0);
    const written = { log: this.writer.bytesWritten, snapshot: this.#snapshotBytesWritten };
    return {
      keys: this.keyCount,
      userBytesWritten: this.userBytesWritten,
      userBytesRead: this.userBytesRead,
      bytesWritten: written,
      bytesRead: { get: 0 },
      ...(this.userBytesWritten > 0
        ? { writeAmplification: (written.log + written.snapshot) / this.userBytesWritten }
        : {}),
      ...(this.userBytesRead > 0 ? { readAmplification: 0 } : {}),
      ...(this.#liveBytes > 0 ? { spaceAmplification: diskBytes / this.#liveBytes } : {}),
      files: this.#files.length,
      diskBytes,
      memoryBytes: {
        index: this.indexMemoryBytes(),
        values: this.#values.memoryBytes,
        tail: this.writer.memoryBytes,
      },
      syncs: this.writer.syncCount,
      writes: this.writer.writeCount,
      recovery: {
        ...this.#recovery,
        ...(this.#snapshotFailure === undefined ? {} : { snapshotFailure: this.#snapshotFailure }),
      },
    };
  }

  protected async closeFiles(): Promise<void> {
    await this.#snapshotting?.catch(() => {});
    try {
      if (this.writer.failure === undefined) ignoreIoErrors(() => this.#list(this.#files, true));
    } finally {
      for (const { file } of this.#files) file.closeSync();
    }
  }

  /** Steps: begin a log, write the state as of now, list it for what was before, remove that. */
  async #writeSnapshot(): Promise<void> {
    const { fileSystem, dir } = this.options;
    this.writer.seal();
    const replaced = this.#files;
    for (const file of replaced) file.sizeBytes = this.#sizeOf(file);
    this.#startLog();
    const snapshot = this.versions.snapshot();
    const { sequence } = this;
    const id = ++this.#lastId;
    try {
      const sizeBytes = await this.#write(dir, id, sequence, snapshot);
      this.#snapshotBytesWritten += sizeBytes;
      // What is in the snapshot and not yet on the device in the logs must not outlive a prefix.
      await this.writer.flush();
      const name = snapshotName(id);
      const file = fileSystem.openSync(path.join(dir, name), "write");
      const added = this.#files.filter((candidate) => !replaced.includes(candidate));
      this.#list([{ id, name, file, sizeBytes }, ...added]);
    } catch (cause) {
      throw ioError(cause, "cannot replace the logs by a snapshot file");
    } finally {
      snapshot.close();
    }
    for (const { file, name } of replaced) {
      file.closeSync();
      ignoreIoErrors(() => fileSystem.removeSync(path.join(dir, name)));
    }
  }

  #write(
    dir: string,
    fileId: number,
    sequence: number,
    snapshot: ReturnType<MemoryEngine["versions"]["snapshot"]>,
  ): Promise<number> {
    const { options, versions } = this;
    const assertOpen = () => this.assertOpen();
    const parts = {
      options,
      versions,
      snapshot,
      values: this.#values,
      fileId,
      sequence,
      assertOpen,
    };
    return writeSnapshotFile(parts, dir);
  }

  /** The next snapshot file is due when the logs are twice as long as it would be. */
  #planSnapshot(): void {
    const { snapshotLogBytes } = this.#settings;
    this.#snapshotDueBytes = Math.max(
      snapshotLogBytes,
      2 * this.#liveBytes,
      2 * this.writer.endOffset,
    );
  }

  #startLog(): void {
    const { fileSystem, dir } = this.options;
    const id = ++this.#lastId;
    const name = `${String(id).padStart(6, "0")}.log`;
    const file = createLogFile(fileSystem, path.join(dir, name), id, this.durability);
    try {
      this.#list([...this.#files, { id, name, file, sizeBytes: LOG_HEADER_BYTES }]);
    } catch (cause) {
      file.closeSync();
      throw ioError(cause, `cannot list ${name}`, path.join(dir, name));
    }
    this.writer.switchTo(id, file, LOG_HEADER_BYTES);
  }

  /** Manifest first: `#files` changes only when it was written. */
  #list(files: readonly StoreFile[], closed = false): void {
    const entries = files.map((file, i) => ({
      name: file.name,
      sizeBytes: closed || i < files.length - 1 ? this.#sizeOf(file) : undefined,
    }));
    assert(files.at(-1)?.name.endsWith(".log"), "I3: the open log is the last");
    this.changeManifest(() => writeManifest(this.options.fileSystem, this.options.dir, entries));
    this.#files = [...files];
  }

  #sizeOf(file: StoreFile): number {
    return file.id === this.writer.fileId ? this.writer.endOffset : file.sizeBytes;
  }
}
