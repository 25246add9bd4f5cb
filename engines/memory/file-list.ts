// The files of the store in the order of its manifest: snapshot files, then logs.
//
// Invariants:
//  I1. The open log is the last, and the one that the writer writes to.
//  I2. The manifest is written first: the list changes only when it was.

import assert from "node:assert";
import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { ioError } from "../errors.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { writeManifest } from "../log/manifest.ts";
import type { FileTable } from "./file-table.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import { isLogName, logName, type StoreFile } from "./store-file.ts";

export class FileList {
  readonly #options: EngineOptions;
  readonly #table: FileTable;
  readonly #writer: LogWriter;
  #files: readonly StoreFile[];
  #lastId: number;
  /** Bytes of the logs but the open one. */
  #sealedLogBytes = 0;

  /** `found` is in the order of the manifest. Call `open` before anything else. */
  constructor(
    options: EngineOptions,
    table: FileTable,
    writer: LogWriter,
    found: readonly StoreFile[],
  ) {
    this.#options = options;
    this.#table = table;
    this.#writer = writer;
    this.#files = found;
    this.#lastId = Math.max(0, ...found.map((file) => file.id));
  }

  get count(): number {
    return this.#files.length;
  }

  /** The log that is written to. */
  get open(): StoreFile {
    return this.#files.at(-1)!;
  }

  /** Bytes of all logs, the open one included. */
  get logBytes(): number {
    return this.#sealedLogBytes + this.#writer.endOffset;
  }

  get diskBytes(): number {
    return this.#files.reduce((sum, file) => sum + this.#sizeOf(file), 0);
  }

  /** The files with the sizes that hold as of now. */
  view(): StoreFile[] {
    return this.#files.map((file) => ({ ...file, sizeBytes: this.#sizeOf(file) }));
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** Goes on in the last log when `resumes`, else in a new one. Throws EngineError. */
  begin(resumes: boolean): void {
    const last = this.#files.at(-1);
    if (!resumes || last === undefined) {
      this.startLog();
      return;
    }
    this.#writer.switchTo(last.id, last.file, last.sizeBytes);
    this.#list(this.#files);
  }

  /**
   * Begins a new log; the one before was sealed. Returns the files before it. Throws EngineError,
   * and then the list is as before; ENGINE_READ_ONLY: the manifest may not be.
   */
  startLog(): readonly StoreFile[] {
    const { fileSystem, dir, durability } = this.#options;
    const before = this.#files;
    for (const file of before) file.sizeBytes = this.#sizeOf(file);
    const id = this.nextId();
    const name = logName(id);
    const file = createLogFile(fileSystem, path.join(dir, name), id, durability);
    const added = this.#table.add(id, name, file, LOG_HEADER_BYTES);
    try {
      this.#list([...before, added]);
    } catch (cause) {
      this.#table.forget(added);
      throw ioError(cause, `cannot list ${name}`, file.path);
    }
    this.#writer.switchTo(id, file, LOG_HEADER_BYTES);
    return before;
  }

  /** Lists snapshot files in the place of the files that they replace; returns their numbers. */
  replace(replaced: readonly StoreFile[], files: readonly SnapshotFile[]): number[] {
    const { fileSystem, dir } = this.#options;
    const added: StoreFile[] = [];
    try {
      for (const { id, name, sizeBytes } of files) {
        const file = fileSystem.openSync(path.join(dir, name), "write");
        added.push(this.#table.add(id, name, file, sizeBytes));
      }
      this.#list([...added, ...this.#files.filter((file) => !replaced.includes(file))]);
    } catch (error) {
      for (const file of added) this.#table.forget(file);
      throw error;
    }
    return added.map((file) => file.number);
  }

  /** At a clean close the manifest gives the length of every file. */
  listClosed(): void {
    this.#list(this.#files, true);
  }

  #list(files: readonly StoreFile[], closed = false): void {
    const last = files.length - 1;
    const entries = files.map((file, i) => ({
      name: file.name,
      sizeBytes: closed || i < last ? this.#sizeOf(file) : undefined,
    }));
    assert(isLogName(files[last]!.name), "I1: the open log is the last");
    writeManifest(this.#options.fileSystem, this.#options.dir, entries);
    this.#files = files;
    this.#sealedLogBytes = 0;
    for (const file of files.slice(0, last)) {
      if (isLogName(file.name)) this.#sealedLogBytes += file.sizeBytes;
    }
  }

  #sizeOf(file: StoreFile): number {
    return file.id === this.#writer.fileId ? this.#writer.endOffset : file.sizeBytes;
  }
}
