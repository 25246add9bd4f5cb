// Snapshot files: live records in the format of the log, under names of their own. They replace
// the files before them.
//
// They are written in steps, other work in between, and begin anew when one is full.

import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { ignoreIoErrors, ioError } from "../errors.ts";
import type { EntryArena } from "../index/entry-arena.ts";
import type { File } from "../io/filesystem.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import { encodeRecord, newRecordBuffer, RecordKind, recordBytes } from "../log/record.ts";
import { snapshotName } from "./store-file.ts";

const BUFFER_BYTES = 128 * 1024;
/** A step writes about so much: some tenths of a millisecond, when all of it has to be read. */
const STEP_BYTES = 32 * 1024;
/** So often the device gets what was written: little is left to wait for at the end. */
const SYNC_BYTES = 8 * 1024 * 1024;

/** A file that was written and synced, and is closed; no manifest lists it yet. */
export interface SnapshotFile {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
}

export interface SnapshotWriterOptions {
  readonly options: EngineOptions;
  readonly dir: string;
  /** Sequence that every record gets: that of the last write before the moment. */
  readonly sequence: number;
  /** A file that has reached this length is left for a new one. */
  readonly fileSizeBytes: number;
  /** Ids for as many files as it takes. */
  readonly nextId: () => number;
}

export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  /** The files that are finished. */
  readonly files: SnapshotFile[] = [];
  #file: File | undefined;
  #id = 0;
  #buffer = newRecordBuffer(BUFFER_BYTES);
  #used = 0;
  /** Offset in the file of the first byte of the buffer. */
  #offset = 0;
  #unsynced = 0;
  /** Bytes written to all files so far. */
  bytesWritten = 0;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  /** Which of the files the last record went to: an index into `files`, once it is finished. */
  get fileIndex(): number {
    return this.files.length;
  }

  /** There is enough in the buffer for a write. */
  get isFull(): boolean {
    return this.#used >= STEP_BYTES;
  }

  /** Adds a put of the entry's key; returns its offset in the file. */
  add(entries: EntryArena, id: number, value: Uint8Array): number {
    this.#file ??= this.#startFile();
    const needed = recordBytes(entries.keyLength(id), value.length);
    if (this.#used + needed > this.#buffer.bytes.length) {
      this.#write();
      if (needed > this.#buffer.bytes.length) this.#buffer = newRecordBuffer(needed);
    }
    const offset = this.#offset + this.#used;
    const { sequence } = this.#options;
    const key = entries.keyView(id);
    const put = RecordKind.put;
    encodeRecord(this.#buffer, this.#used, this.#id, offset, put, 0, sequence, key, value);
    this.#used += needed;
    return offset;
  }

  /** Writes what there is, and lets other work run meanwhile when that was much. */
  async step(): Promise<void> {
    this.#write();
    if (this.#offset >= this.#options.fileSizeBytes) await this.#endFile();
    else if (this.#unsynced >= SYNC_BYTES) {
      this.#unsynced = 0;
      await this.#file?.sync();
    }
  }

  /** Everything is on the device, but for the names of the files. */
  async finish(): Promise<void> {
    this.#write();
    await this.#endFile();
  }

  /** It came to nothing: what was written is removed, now or at the next open. */
  discard(): void {
    const { fileSystem } = this.#options.options;
    const names = this.files.map((file) => file.name);
    if (this.#file !== undefined) names.push(snapshotName(this.#id));
    this.#file?.closeSync();
    this.#file = undefined;
    for (const name of names) {
      ignoreIoErrors(() => fileSystem.removeSync(path.join(this.#options.dir, name)));
    }
  }

  #startFile(): File {
    const { options, dir, nextId } = this.#options;
    this.#id = nextId();
    this.#offset = LOG_HEADER_BYTES;
    const filePath = path.join(dir, snapshotName(this.#id));
    return createLogFile(options.fileSystem, filePath, this.#id, "sync");
  }

  #write(): void {
    const file = this.#file;
    if (file === undefined || this.#used === 0) return;
    try {
      file.writeSync(this.#buffer.bytes, 0, this.#used, this.#offset);
    } catch (cause) {
      throw ioError(cause, `cannot write ${file.path}`, file.path);
    }
    this.#offset += this.#used;
    this.bytesWritten += this.#used;
    this.#unsynced += this.#used;
    this.#used = 0;
  }

  async #endFile(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    try {
      await file.sync();
    } catch (cause) {
      throw ioError(cause, `cannot sync ${file.path}`, file.path);
    }
    file.closeSync();
    this.#file = undefined;
    this.#unsynced = 0;
    this.files.push({ id: this.#id, name: snapshotName(this.#id), sizeBytes: this.#offset });
  }
}
