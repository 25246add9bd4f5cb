// Opens the files of a store.
//
// Steps:
//  1. The manifest says which tables and logs there are. One that is missing, or of another length
//     than listed, is damage.
//  2. Of each table the tail is read and verified; index, filter and blocks are when they are used.
//  3. Each log is scanned, verified record by record, and becomes a memtable. Only the last one may
//     have a torn tail.
//  4. Only when every file was found good: the torn tail is cut off, and files that the manifest
//     does not list are removed. Before that nothing is changed.

import path from "node:path";
import type { Durability, EngineOptions } from "../engine.ts";
import { corruption } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { checkListed, MANIFEST_NAME, type ManifestEntry } from "../log/manifest.ts";
import { sequenceAt } from "../log/record.ts";
import { listedFiles, removeOrphans } from "../log/store-files.ts";
import { LogImage } from "./log-image.ts";
import { Memtable } from "./memtable.ts";
import { readFacts, type TableFacts } from "./table-facts.ts";
import { LEVELS_MAX } from "./version.ts";

export interface RecoveredTable {
  readonly file: File;
  readonly facts: TableFacts;
  readonly level: number;
}

export interface RecoveredStore {
  readonly tables: readonly RecoveredTable[];
  /** Oldest first; `endOffset` is where the log ends. */
  readonly memtables: readonly { readonly memtable: Memtable; readonly endOffset: number }[];
  /** The level at which the last log was written. */
  readonly lastDurability: Durability | undefined;
  readonly sequence: number;
  readonly lastId: number;
  readonly facts: Record<string, number | string | boolean>;
}

/** The id in the name of a table or a log, or undefined for another name. */
function fileId(name: string): number | undefined {
  const match = /^(\d{6,10})\.(log|sst)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function logName(id: number): string {
  return `${String(id).padStart(6, "0")}.log`;
}

/** Throws EngineError, with every file closed. `imageBytes`: what a memtable may grow to. */
export function recoverStore(options: EngineOptions, imageBytes: number): RecoveredStore {
  const listed = listedFiles(options, (name) => fileId(name) !== undefined);
  const opened: File[] = [];
  const recovery = new Recovery(options, imageBytes, opened);
  try {
    for (const [i, entry] of listed.entries()) recovery.take(entry, i === listed.length - 1);
    recovery.makeLogsSafe();
    const names = new Set(listed.map(({ name }) => name));
    removeOrphans(options, (name) => fileId(name) !== undefined && !names.has(name));
    return recovery.result();
  } catch (error) {
    for (const file of opened) file.closeSync();
    throw error;
  }
}

class Recovery {
  readonly #options: EngineOptions;
  readonly #imageBytes: number;
  readonly #opened: File[];
  readonly #tables: RecoveredTable[] = [];
  readonly #memtables: { memtable: Memtable; endOffset: number }[] = [];
  #lastDurability: Durability | undefined;
  #sequence = 0;
  #lastId = 0;
  #tornBytes = 0;
  #scannedRecords = 0;

  constructor(options: EngineOptions, imageBytes: number, opened: File[]) {
    this.#options = options;
    this.#imageBytes = imageBytes;
    this.#opened = opened;
  }

  take(entry: ManifestEntry, isLast: boolean): void {
    const { fileSystem, dir } = this.#options;
    const id = fileId(entry.name);
    if (id === undefined) {
      throw corruption(path.join(dir, MANIFEST_NAME), 0, `it lists a file named ${entry.name}`);
    }
    checkListed(fileSystem, dir, entry);
    this.#lastId = Math.max(this.#lastId, id);
    const mode = entry.name.endsWith(".sst") ? "read" : "write";
    const file = fileSystem.openSync(path.join(dir, entry.name), mode);
    this.#opened.push(file);
    if (entry.name.endsWith(".sst")) this.#takeTable(file, id, entry.level ?? 0);
    else this.#takeLog(file, id, entry.sizeBytes, isLast);
  }

  /**
   * What a process wrote that was killed, the kernel has, and perhaps the device has not: the
   * manifest is about to list it, and a flush to promise it.
   */
  makeLogsSafe(): void {
    const last = this.#memtables.at(-1);
    if (this.#tornBytes > 0) last?.memtable.log.file.truncateSync(last.endOffset);
    for (const { memtable } of this.#memtables) memtable.log.file.syncSync();
  }

  result(): RecoveredStore {
    return {
      tables: this.#tables,
      memtables: this.#memtables,
      lastDurability: this.#lastDurability,
      sequence: this.#sequence,
      lastId: this.#lastId,
      facts: {
        scannedRecords: this.#scannedRecords,
        tornBytes: this.#tornBytes,
        tables: this.#tables.length,
        logs: this.#memtables.length,
      },
    };
  }

  #takeTable(file: File, id: number, level: number): void {
    const facts = readFacts(file, id);
    if (!(level >= 0 && level < LEVELS_MAX)) throw corruption(file.path, 0, `level ${level}`);
    this.#tables.push({ file, facts, level });
    this.#sequence = Math.max(this.#sequence, facts.maxSequence);
  }

  #takeLog(file: File, id: number, sizeBytes: number | undefined, isLast: boolean): void {
    const durability = readLogHeader(file, id);
    this.#lastDurability = durability;
    const fileBytes = file.sizeSync();
    const image = LogImage.ofSize(isLast ? Math.max(this.#imageBytes, fileBytes) : fileBytes);
    const scan = scanLog(
      {
        file,
        fileId: id,
        from: LOG_HEADER_BYTES,
        durability,
        isLast,
        provenBytes: sizeBytes ?? 0,
      },
      (buffer, at, offset, length) => {
        image.buffer.bytes.set(buffer.bytes.subarray(at, at + length), offset);
        this.#sequence = Math.max(this.#sequence, sequenceOf(image, offset));
        this.#scannedRecords++;
      },
    );
    this.#tornBytes = scan.tornBytes;
    const memtable = Memtable.recovered({ id, file }, image, scan.end);
    this.#memtables.push({ memtable, endOffset: scan.end });
  }
}

/** Of a sync mark 0: its field holds an offset. */
function sequenceOf(image: LogImage, offset: number): number {
  return image.isRecord(offset) ? sequenceAt(image.buffer, offset) : 0;
}
