// Engine `sqlite`: SQLite through Node's own node:sqlite, one WITHOUT ROWID table of blobs.
//
// Paths: prepared statements in this thread. One write is one implicit transaction; with writers
// grouped by tick, or at `group`, all of a turn share one explicit transaction. Scans and
// snapshots read through connections of their own, each inside a read transaction, so they see
// the state of the call while the writer goes on; idle ones are kept for the next scan. A scan with
// a limit of up to 128 is read whole at the call, by the writer's connection.
//
// Durability. `journal_mode = WAL`; what differs is `synchronous`:
//  - `os`: OFF. A commit writes its pages to the log with write(2) and syncs nothing, so it
//    survives kill -9. (NORMAL would sync at checkpoints only, which `os` does not ask for.)
//  - `group`: FULL. A commit syncs the log before it returns; one for all writers of a turn.
//  - `sync`: FULL, one transaction for each write.
//  - `memory`: not given; a commit always reaches the kernel.
//
// Arguments (R2): statements bind copies, or run before the call returns. Reads: pages carry no
// checksum, so `verifiesReads` is false; `PRAGMA integrity_check` does not look at values, so
// `verify` is not claimed.
//
// `cacheBytes`: three quarters for the writer's page cache, which also serves `get`; a sixteenth
// for each of up to four idle readers.

import path from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type {
  Batch,
  Cursor,
  Engine,
  EngineModule,
  EngineOptions,
  EngineStats,
  ScanOptions,
  Snapshot,
} from "../engine.ts";
import { KEY_BYTES_MAX } from "../engine.ts";
import type { File } from "../io/filesystem.ts";
import { readSettings } from "../settings.ts";
import { GatheringEngine } from "./gathering-engine.ts";
import {
  claimNativeFolder,
  NATIVE_VALUE_BYTES_MAX,
  type NativeFolder,
  openFailure,
} from "./native-engine.ts";
import { loadPackage } from "./package.ts";
import { rangeOf } from "./range.ts";
import { SqliteCursor, SqliteShortCursor, SqliteSnapshot } from "./sqlite-cursor.ts";
import { SqliteReader } from "./sqlite-reader.ts";

const FILE_NAME = "store.sqlite";
const LOG_NAME = `${FILE_NAME}-wal`;
const IDLE_READERS_MAX = 4;
/** Up to this limit a scan is read as a whole when it is asked for. */
const SHORT_SCAN_RECORDS = 128;
const KIB = 1024;

interface SqlitePackage {
  DatabaseSync: typeof DatabaseSync;
}

class SqliteEngine extends GatheringEngine implements Engine {
  readonly #package: SqlitePackage;
  readonly #database: DatabaseSync;
  readonly #file: File;
  readonly #cacheBytes: number;
  /** Reads of the present, through the writer's own connection. */
  readonly #main: SqliteReader;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #readers = new Set<SqliteReader>();
  readonly #idleReaders: SqliteReader[] = [];

  constructor(
    options: EngineOptions,
    folder: NativeFolder,
    sqlitePackage: SqlitePackage,
    database: DatabaseSync,
  ) {
    super(sqliteModule, options, folder);
    this.#package = sqlitePackage;
    this.#database = database;
    this.#cacheBytes = options.cacheBytes;
    // Held to the end: closing any descriptor of this file would drop SQLite's locks on it.
    this.#file = this.fileSystem.openSync(path.join(this.dataDir, FILE_NAME), "write");
    this.#main = new SqliteReader(database);
    this.#put = database.prepare("REPLACE INTO records VALUES (?, ?)");
    this.#delete = database.prepare("DELETE FROM records WHERE key = ?");
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#rollback = database.prepare("ROLLBACK");
  }

  scan(options: ScanOptions = {}): Cursor {
    this.admitOpen();
    const range = rangeOf(options);
    const given = options.snapshot as SqliteSnapshot | undefined;
    if (range.limit >= 0 && range.limit <= SHORT_SCAN_RECORDS && given === undefined) {
      this.settleTurn();
      try {
        return new SqliteShortCursor(this, this.#main.allRows(range));
      } catch (error) {
        throw this.failure(error, "scan");
      }
    }
    const snapshot = given ?? this.snapshot();
    const rows = snapshot.reader.rows(range);
    return new SqliteCursor(this, rows, given === undefined ? snapshot : undefined);
  }

  snapshot(): SqliteSnapshot {
    this.admitOpen();
    this.settleTurn();
    try {
      const reader = this.#idleReaders.pop() ?? this.#openReader();
      reader.begin();
      return new SqliteSnapshot(reader, this.#release);
    } catch (error) {
      throw this.failure(error, "snapshot");
    }
  }

  /** The log, and the file itself: a checkpoint may have moved pages there unsynced. */
  flush(): void {
    this.admitOpen();
    this.settleTurn();
    if (this.durability !== "os") return;
    try {
      const log = this.fileSystem.openSync(path.join(this.dataDir, LOG_NAME), "write");
      try {
        log.syncSync();
      } finally {
        log.closeSync();
      }
      this.#file.syncSync();
      this.fileSystem.syncDirSync(this.dataDir);
    } catch (error) {
      throw this.failure(error, "flush");
    }
  }

  /** VACUUM, in this thread: builds the file anew without free pages, in key order. */
  override async compact(): Promise<void> {
    this.admitOpen();
    this.settleTurn();
    try {
      this.#database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      throw this.failure(error, "compact");
    }
  }

  /** VACUUM INTO, in this thread, so it is the state of the call; then synced. */
  override async checkpoint(dir: string): Promise<void> {
    this.admitOpen();
    this.settleTurn();
    await this.writeCheckpoint(dir, (dataDir) => {
      const target = path.join(dataDir, FILE_NAME);
      this.#database.prepare("VACUUM INTO ?").run(target);
      const file = this.fileSystem.openSync(target, "write");
      file.syncSync();
      file.closeSync();
    });
  }

  stats(): EngineStats {
    const common = this.commonStats();
    if (this.closed) return common;
    return {
      ...common,
      files: (common.files ?? 0) + 1,
      diskBytes: (common.diskBytes ?? 0) + this.#file.sizeSync(),
    };
  }

  protected read(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    if (snapshot !== undefined) return (snapshot as SqliteSnapshot).reader.get(key);
    return this.#main.get(key);
  }

  protected commitPut(key: Uint8Array, value: Uint8Array): void {
    this.#put.run(key, value);
  }

  protected commitDelete(key: Uint8Array): void {
    this.#delete.run(key);
  }

  protected commitBatch(batch: Batch): void {
    this.#begin.run();
    try {
      batch.forEach(this.#apply);
      this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  readonly #apply = (key: Uint8Array, value: Uint8Array | undefined): void => {
    if (value === undefined) this.#delete.run(key);
    else this.#put.run(key, value);
  };

  protected async closeStore(): Promise<void> {
    this.settleTurn();
    for (const reader of this.#readers) reader.close();
    this.#database.close();
    this.#file.closeSync();
  }

  #openReader(): SqliteReader {
    const database = new this.#package.DatabaseSync(path.join(this.dataDir, FILE_NAME), {
      readOnly: true,
    });
    database.exec(cachePragma(this.#cacheBytes / 16));
    const reader = new SqliteReader(database);
    this.#readers.add(reader);
    return reader;
  }

  readonly #release = (reader: SqliteReader): void => {
    if (this.closed) return;
    reader.end();
    if (this.#idleReaders.length < IDLE_READERS_MAX) {
      this.#idleReaders.push(reader);
      return;
    }
    this.#readers.delete(reader);
    reader.close();
  };
}

/** A negative cache size is in KiB. */
function cachePragma(bytes: number): string {
  return `PRAGMA cache_size = ${-Math.max(64, Math.floor(bytes / KIB))}`;
}

function openDatabase({ DatabaseSync }: SqlitePackage, options: EngineOptions, dataDir: string) {
  const database = new DatabaseSync(path.join(dataDir, FILE_NAME));
  try {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${options.durability === "os" ? "OFF" : "FULL"}`);
    database.exec(cachePragma((options.cacheBytes * 3) / 4));
    database.exec(
      "CREATE TABLE IF NOT EXISTS records " +
        "(key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID",
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

export const sqliteModule: EngineModule = {
  name: "sqlite",
  description: "SQLite through node:sqlite, a table WITHOUT ROWID and a write-ahead log",
  version: () => `SQLite ${process.versions.sqlite ?? "absent"}`,
  supports: {
    durability: ["os", "group", "sync"],
    scan: true,
    snapshot: true,
    scanIsolation: true,
    atomicBatch: true,
    synchronous: true,
    verify: false,
    checkpoint: true,
    compact: true,
    verifiesReads: false,
    persistent: true,
    minKeyBytes: 0,
    maxKeyBytes: KEY_BYTES_MAX,
    maxValueBytes: NATIVE_VALUE_BYTES_MAX,
  },
  async open(options) {
    readSettings("sqlite", options.settings, {});
    const load = () => import("node:sqlite");
    const sqlitePackage = (await loadPackage("sqlite", "node:sqlite", load)) as SqlitePackage;
    const folder = claimNativeFolder(sqliteModule, options);
    try {
      const database = openDatabase(sqlitePackage, options, folder.dataDir);
      return new SqliteEngine(options, folder, sqlitePackage, database);
    } catch (error) {
      throw openFailure(error, options, folder);
    }
  },
};
