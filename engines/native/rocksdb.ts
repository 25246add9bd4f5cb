// Engine `rocksdb`: RocksDB through @nxtedition/rocksdb 12.
//
// Paths, the fastest that the package has. It writes and reads in this thread: its promises only
// come a tick later, so the adapter calls the synchronous methods under them (`_getManySync`,
// `_writeSync`, `_nextvSync`), which the package uses itself; two to eight times faster. The
// asynchronous reads also keep no reference to the key while they run, the synchronous need none.
//
// Durability:
//  - `os`: `sync: false`. The log is on and `manual_wal_flush` off (the package offers neither as
//    an option), so each write batch is handed to write(2) before the write returns.
//  - `group`: one batch of all writers of a turn, `sync: true`: fdatasync of the log.
//  - `sync`: a batch of its own for each write, `sync: true`.
//  - `memory`: not given; the package cannot switch the log off.
//
// Arguments (R2): the native batch copies. Reads: block checksums (XXH3) are verified, which is
// RocksDB's default, on every read from a file.
//
// `cacheBytes`: `memtableBytes` (default half of it) for memtables, the rest for the block cache.
// The package sizes memtables only together with leveled compaction tuned to that budget
// (`compaction: "level"`): up to 6 memtables of a sixth each, ZSTD from level 2 on, always.
// With `memtableBytes` 0 it has RocksDB's own defaults (2 memtables of 64 MiB, over any budget),
// and `compression` (default true: ZSTD with a dictionary at every level) can be switched off.
// The log is compressed as the package has it (`walCompression`, default true).

import type {
  Batch,
  Cursor,
  Engine,
  EngineModule,
  EngineOptions,
  EngineStats,
  MaybePromise,
  ScanChunk,
  ScanOptions,
  Snapshot,
} from "../engine.ts";
import { KEY_BYTES_MAX } from "../engine.ts";
import {
  CHUNK_BYTES,
  CHUNK_RECORDS,
  claimNativeFolder,
  NATIVE_VALUE_BYTES_MAX,
  NativeEngine,
  type NativeFolder,
  NOBODYS_KEY,
  openFailure,
  sharesCommits,
} from "./native-engine.ts";
import { loadPackage, packageVersion } from "./package.ts";
import { levelBounds, rangeOf } from "./range.ts";
import {
  type RocksBatch,
  type RocksIterator,
  type RocksStore,
  rocksOptions,
} from "./rocksdb-store.ts";
import { FlatRowsChunk } from "./rows-chunk.ts";
import { Turn } from "./turn.ts";

const PACKAGE = "@nxtedition/rocksdb";

/** An empty key with memory behind it: without, the package takes it for no key, and aborts. */
const EMPTY_KEY = new Uint8Array(8).subarray(0, 0);

const READ_OPTIONS = { valueEncoding: "buffer" };

class RocksdbCursor implements Cursor {
  readonly #engine: NativeEngine;
  readonly #iterator: RocksIterator;
  #ended = false;

  constructor(engine: NativeEngine, iterator: RocksIterator) {
    this.#engine = engine;
    this.#iterator = iterator;
  }

  next(): ScanChunk | undefined {
    this.#engine.admitOpen();
    if (this.#ended) return undefined;
    let result: ReturnType<RocksIterator["_nextvSync"]>;
    try {
      result = this.#iterator._nextvSync(CHUNK_RECORDS);
    } catch (error) {
      throw this.#engine.scanFailure(error);
    }
    const { rows, finished } = result;
    this.#ended = finished;
    let bytes = 0;
    for (const part of rows) bytes += part?.length ?? 0;
    this.#engine.countRead(bytes);
    return rows.length === 0 ? undefined : new FlatRowsChunk(rows);
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#iterator.close();
  }
}

class RocksdbEngine extends NativeEngine implements Engine {
  readonly #store: RocksStore;
  readonly #batch: RocksBatch;
  readonly #turn: Turn | undefined;
  readonly #writeOptions: { readonly sync: boolean };
  // One array for all single reads; the native call takes what it needs before it returns.
  readonly #oneKey: [Uint8Array] = [NOBODYS_KEY];

  constructor(options: EngineOptions, folder: NativeFolder, store: RocksStore) {
    super(rocksdbModule, options, folder);
    this.#store = store;
    this.#batch = store._chainedBatch();
    this.#writeOptions = { sync: options.durability !== "os" };
    this.#turn = sharesCommits(options) ? new Turn(() => this.#commit()) : undefined;
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    this.admitKey(key);
    if (snapshot !== undefined) throw this.unsupported("snapshot");
    this.#oneKey[0] = key.length === 0 ? EMPTY_KEY : key;
    let value: Uint8Array | null | undefined;
    try {
      value = this.#store._getManySync(this.#oneKey, READ_OPTIONS)[0];
    } catch (error) {
      throw this.failure(error, "get");
    }
    if (value === undefined || value === null) return undefined;
    this.userBytesRead += key.length + value.length;
    return value;
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    this.admitOpen();
    if (snapshot !== undefined) throw this.unsupported("snapshot");
    for (const key of keys) this.admitKey(key);
    if (keys.length === 0) return [];
    const solid = keys.map((key) => (key.length === 0 ? EMPTY_KEY : key));
    try {
      const values = this.#store._getManySync(solid, READ_OPTIONS);
      return values.map((value, i) => {
        if (value === undefined || value === null) return undefined;
        this.userBytesRead += keys[i]!.length + value.length;
        return value;
      });
    } catch (error) {
      throw this.failure(error, "getMany");
    }
  }

  put(key: Uint8Array, value: Uint8Array): MaybePromise<void> {
    this.admitWrite(key, value);
    this.#batch._put(key, value);
    return this.#written();
  }

  delete(key: Uint8Array): MaybePromise<void> {
    this.admitKey(key);
    this.userBytesWritten += key.length;
    this.#batch._del(key);
    return this.#written();
  }

  batch(batch: Batch): MaybePromise<void> {
    this.admitBatch(batch);
    batch.forEach((key, value) => {
      if (value === undefined) this.#batch._del(key);
      else this.#batch._put(key, value);
    });
    return this.#written();
  }

  scan(options: ScanOptions = {}): Cursor {
    this.admitOpen();
    if (options.snapshot !== undefined) throw this.unsupported("snapshot");
    this.#turn?.settle();
    const range = rangeOf(options);
    const iterator = this.#store.iterator({
      ...levelBounds(range),
      reverse: range.reverse,
      limit: range.limit,
      values: !range.keysOnly,
      highWaterMarkBytes: CHUNK_BYTES,
    });
    return new RocksdbCursor(this, iterator);
  }

  snapshot(): Snapshot {
    throw this.unsupported("snapshot");
  }

  /** A synced write after all others: RocksDB syncs the log, and so all before it. */
  flush(): void {
    this.admitOpen();
    this.#turn?.settle();
    this.#batch._del(NOBODYS_KEY);
    this.#commit(true);
  }

  stats(): EngineStats {
    if (this.closed) return this.commonStats();
    const property = (name: string): number => Number(this.#store.getProperty(`rocksdb.${name}`));
    return {
      ...this.commonStats(),
      compactionDebtBytes: property("estimate-pending-compaction-bytes"),
      memoryBytes: {
        memtables: property("cur-size-all-mem-tables"),
        cache: property("block-cache-usage"),
        tableReaders: property("estimate-table-readers-mem"),
      },
    };
  }

  protected async closeStore(): Promise<void> {
    this.#turn?.settle();
    await this.#store.close();
  }

  #written(): MaybePromise<void> {
    if (this.#turn !== undefined) return this.#turn.join();
    this.#commit();
    return undefined;
  }

  #commit(sync = this.#writeOptions.sync): void {
    try {
      this.#batch._writeSync(sync ? SYNCED : UNSYNCED);
    } catch (error) {
      throw this.failure(error, "write");
    } finally {
      this.#batch._clear();
    }
  }
}

const SYNCED = { sync: true };
const UNSYNCED = { sync: false };

export const rocksdbModule: EngineModule = {
  name: "rocksdb",
  description: "RocksDB through the package @nxtedition/rocksdb",
  version: () => `${PACKAGE} ${packageVersion(PACKAGE)}`,
  supports: {
    durability: ["os", "group", "sync"],
    scan: true,
    snapshot: false,
    scanIsolation: true,
    atomicBatch: true,
    synchronous: true,
    verify: false,
    checkpoint: false,
    compact: false,
    verifiesReads: true,
    persistent: true,
    minKeyBytes: 0,
    maxKeyBytes: KEY_BYTES_MAX,
    maxValueBytes: NATIVE_VALUE_BYTES_MAX,
  },
  async open(options) {
    const native = rocksOptions(options);
    // @ts-expect-error The package has no types.
    const load = () => import("@nxtedition/rocksdb");
    const { RocksLevel } = (await loadPackage("rocksdb", PACKAGE, load)) as {
      RocksLevel: new (location: string, options: object) => RocksStore;
    };
    const folder = claimNativeFolder(rocksdbModule, options);
    try {
      const store = new RocksLevel(folder.dataDir, native);
      await store.open();
      return new RocksdbEngine(options, folder, store);
    } catch (error) {
      throw openFailure(error, options, folder);
    }
  },
};
