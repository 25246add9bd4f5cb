// The files of a tree: made, listed in the manifest, and removed.
//
// Invariants:
//  I1. The log of the memtable that is written to is the last entry of the manifest, and the only
//      one that is open.
//  I2. An id is used for one file, and never again.

import assert from "node:assert";
import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { EngineError, ignoreIoErrors, ioError } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { createLogFile } from "../log/log-header.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { type ManifestEntry, writeManifest } from "../log/manifest.ts";
import type { BlockCache } from "./block-cache.ts";
import { LogImage } from "./log-image.ts";
import { Memtable } from "./memtable.ts";
import { logName } from "./recovery.ts";
import { Table, type TableCounters } from "./table.ts";
import { type TableFacts, tableName, tablePath } from "./table-facts.ts";
import type { Version } from "./version.ts";

const SPARE_IMAGES_MAX = 1;

export class TreeFiles {
  readonly #options: EngineOptions;
  readonly #writer: LogWriter;
  readonly #cache: BlockCache;
  readonly #counters: TableCounters;
  #lastId: number;
  /** Tables that are open, those that only a cursor still reads included. */
  readonly #tables = new Set<Table>();
  #isClosed = false;
  /** Images that no memtable uses: shared memory is given back late, and comes zeroed again. */
  readonly #spareImages: LogImage[] = [];

  constructor(
    options: EngineOptions,
    writer: LogWriter,
    cache: BlockCache,
    counters: TableCounters,
    lastId: number,
  ) {
    this.#options = options;
    this.#writer = writer;
    this.#cache = cache;
    this.#counters = counters;
    this.#lastId = lastId;
  }

  /** I2. */
  nextId(): number {
    return ++this.#lastId;
  }

  openTable(facts: TableFacts): Table {
    const { fileSystem, dir } = this.#options;
    const file = fileSystem.openSync(tablePath(dir, facts.id), "read");
    return this.adoptTable(file, facts);
  }

  /** All of them, or an error and none. */
  openTables(list: readonly TableFacts[]): Table[] {
    const opened: Table[] = [];
    try {
      for (const facts of list) opened.push(this.openTable(facts));
    } catch (error) {
      for (const table of opened) this.giveUpTable(table);
      throw error;
    }
    return opened;
  }

  /** The table of a file that is open. */
  adoptTable(file: File, facts: TableFacts): Table {
    const table = new Table(file, facts, this.#cache, this.#counters);
    this.#tables.add(table);
    return table;
  }

  /** A table that is not part of the store after all. */
  giveUpTable(table: Table): void {
    this.#tables.delete(table);
    table.file.closeSync();
  }

  /** Closes every table, whoever still has it; the folder may be somebody else's from now on. */
  closeTables(): void {
    this.#isClosed = true;
    for (const table of this.#tables) {
      table.file.closeSync();
      if (table.isObsolete) this.#removeFile(table.file);
    }
  }

  /** Nobody reads the table, and no manifest lists it. */
  removeTable(table: Table): void {
    if (this.#isClosed) return;
    this.#tables.delete(table);
    ignoreIoErrors(() => table.close());
    this.#removeFile(table.file);
  }

  /** What is in no manifest; if it cannot be removed now, the next open does it. */
  #removeFile(file: File): void {
    ignoreIoErrors(() => this.#options.fileSystem.removeSync(file.path));
  }

  newMemtable(sizeBytes: number): Memtable {
    const { fileSystem, dir, durability } = this.#options;
    const id = this.nextId();
    const file = createLogFile(fileSystem, path.join(dir, logName(id)), id, durability);
    const at = this.#spareImages.findIndex((image) => image.capacityBytes === sizeBytes);
    const image = at < 0 ? LogImage.ofSize(sizeBytes) : this.#spareImages.splice(at, 1)[0]!;
    return new Memtable({ id, file }, image);
  }

  /** Nobody reads the memtable any more. */
  recycle({ image }: Memtable): void {
    if (this.#spareImages.length < SPARE_IMAGES_MAX) this.#spareImages.push(image);
  }

  /** The logs as of now, to be read and closed: a flush that ends meanwhile removes them. */
  reopenLogs(
    sealed: readonly Memtable[],
    active: Memtable,
  ): { name: string; id: number; sizeBytes: number; file: File }[] {
    return [...sealed, active].map(({ log: { id, file }, sealedBytes }) => ({
      name: logName(id),
      id,
      sizeBytes: sealedBytes > 0 ? sealedBytes : this.#writer.endOffset,
      file: this.#options.fileSystem.openSync(file.path, "read"),
    }));
  }

  /** A log that could not be listed; when nobody knows whether it is, its file stays. */
  discardLog({ log }: Memtable, error: unknown): void {
    log.file.closeSync();
    const isUnknown = error instanceof EngineError && error.code === "ENGINE_READ_ONLY";
    if (!isUnknown) this.#removeFile(log.file);
  }

  /** What it held is in a table, synced. Closed when no sync of the log is under way. */
  removeLog({ log }: Memtable): void {
    const close = (): void => {
      ignoreIoErrors(() => log.file.closeSync());
      this.#removeFile(log.file);
    };
    const syncing = this.#writer.forget(log.file);
    if (syncing === undefined) close();
    else syncing.then(close, close);
  }

  /**
   * Writes the manifest. Throws EngineError, and then the old one holds; but for
   * ENGINE_READ_ONLY: then nobody knows which, and writing ends.
   */
  list(version: Version, sealed: readonly Memtable[], active: Memtable, isClosed = false): void {
    const { fileSystem, dir } = this.#options;
    const entries: ManifestEntry[] = version.levels.flatMap((tables, level) =>
      tables.map(({ facts: { id, sizeBytes } }) => ({ name: tableName(id), sizeBytes, level })),
    );
    for (const { log, sealedBytes } of sealed) {
      entries.push({ name: logName(log.id), sizeBytes: sealedBytes });
    }
    const sizeBytes = isClosed ? this.#writer.endOffset : undefined;
    entries.push({ name: logName(active.log.id), sizeBytes });
    const open = entries.filter((entry) => entry.sizeBytes === undefined);
    assert(
      open.every((entry) => entry === entries.at(-1)),
      "I1: only the last one is open",
    );
    try {
      writeManifest(fileSystem, dir, entries);
    } catch (cause) {
      const error = ioError(cause, `cannot write the manifest of ${dir}`, dir);
      if (error.code === "ENGINE_READ_ONLY") this.#writer.stop(error);
      throw error;
    }
  }
}
