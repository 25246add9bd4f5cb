// Engine `leveldb`: LevelDB 1.20 through classic-level 3.
//
// Paths, the fastest that the package has:
//  - get: `getSync`, in this thread. A get by promise is four times dearer.
//  - put, delete: the package has no synchronous write, so each goes to a worker thread (`put`);
//    with writers grouped by tick, or at `group`, all of a turn go as one chained batch. At most
//    one commit is under way: the order of the calls is the order in the log, and what comes
//    meanwhile is gathered for the next.
//  - scan: `nextv` by the thousand.
//
// Durability:
//  - `os`: `sync: false`. LevelDB's log writer hands each record, a whole batch, to write(2)
//    before the write returns, so it survives kill -9.
//  - `group`: one batch for all that wait, `sync: true`: fdatasync of the log.
//  - `sync`: a batch of its own for each write, `sync: true`, one after the other (side by side,
//    LevelDB would merge them into one fdatasync).
//  - `memory`: not given; there is always a write(2).
//
// Arguments (R2): the binding copies keys and values before its calls return. Reads: LevelDB
// checks no checksum of table blocks by default and the binding cannot ask it to, so
// `verifiesReads` is false; a damaged log is cut at the damage, silently.
//
// `cacheBytes`: half for the block cache, half for the two memtables (`writeBufferBytes`, 1/4 of
// it each). `compression` (default true, as the package has it): snappy for table blocks.

import type {
  Batch,
  Cursor,
  Engine,
  EngineModule,
  EngineOptions,
  EngineStats,
  ScanChunk,
  ScanOptions,
  Snapshot,
} from "../engine.ts";
import { KEY_BYTES_MAX } from "../engine.ts";
import { readSettings } from "../settings.ts";
import type { CommitQueue } from "./commit-queue.ts";
import { GroupedCommits, SingleCommits } from "./commit-queue.ts";
import type { ClassicLevelConstructor, LevelIterator, LevelSnapshot, LevelStore } from "./level.ts";
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
import { levelBounds, type Range, rangeOf } from "./range.ts";
import { PairsChunk } from "./rows-chunk.ts";

const PACKAGE = "classic-level";
const MIB = 1024 * 1024;

class LeveldbSnapshot implements Snapshot {
  readonly native: LevelSnapshot;

  constructor(native: LevelSnapshot) {
    this.native = native;
  }

  close(): void {
    // The release itself is synchronous; the promise only says so.
    void this.native.close();
  }
}

class LeveldbCursor implements Cursor {
  readonly #engine: NativeEngine;
  readonly #iterator: LevelIterator;
  readonly #keysOnly: boolean;
  #ended = false;

  constructor(engine: NativeEngine, iterator: LevelIterator, keysOnly: boolean) {
    this.#engine = engine;
    this.#iterator = iterator;
    this.#keysOnly = keysOnly;
  }

  async next(): Promise<ScanChunk | undefined> {
    this.#engine.admitOpen();
    if (this.#ended) return undefined;
    let rows: [Uint8Array, Uint8Array | undefined][];
    try {
      rows = await this.#iterator.nextv(CHUNK_RECORDS);
    } catch (error) {
      throw this.#engine.scanFailure(error);
    }
    if (rows.length === 0) {
      this.#ended = true;
      return undefined;
    }
    let bytes = 0;
    for (const row of rows) {
      if (this.#keysOnly) row[1] = undefined;
      bytes += row[0].length + (row[1]?.length ?? 0);
    }
    this.#engine.countRead(bytes);
    return new PairsChunk(rows);
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#iterator.close();
  }
}

class LeveldbEngine extends NativeEngine implements Engine {
  readonly #store: LevelStore;
  readonly #commits: CommitQueue;

  constructor(options: EngineOptions, folder: NativeFolder, store: LevelStore) {
    super(leveldbModule, options, folder);
    this.#store = store;
    const sync = options.durability !== "os";
    const fail = (error: unknown): Error => this.failure(error, "write");
    this.#commits = sharesCommits(options)
      ? new GroupedCommits(store, sync, fail)
      : new SingleCommits(store, sync, fail);
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    this.admitKey(key);
    let value: Uint8Array | undefined;
    try {
      value =
        snapshot === undefined
          ? this.#store.getSync(key)
          : this.#store.getSync(key, { snapshot: (snapshot as LeveldbSnapshot).native });
    } catch (error) {
      throw this.failure(error, "get");
    }
    if (value !== undefined) this.userBytesRead += key.length + value.length;
    return value;
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.admitWrite(key, value);
    return this.#commits.put(key, value);
  }

  delete(key: Uint8Array): Promise<void> {
    this.admitKey(key);
    this.userBytesWritten += key.length;
    return this.#commits.delete(key);
  }

  batch(batch: Batch): Promise<void> {
    this.admitBatch(batch);
    return this.#commits.batch(batch);
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    this.admitOpen();
    return keys.map((key) => this.get(key, snapshot));
  }

  scan(options: ScanOptions = {}): Cursor {
    this.admitOpen();
    const range: Range = rangeOf(options);
    const snapshot = options.snapshot as LeveldbSnapshot | undefined;
    const iterator = this.#store.iterator({
      ...levelBounds(range),
      reverse: range.reverse,
      limit: range.limit,
      values: !range.keysOnly,
      highWaterMarkBytes: CHUNK_BYTES,
      ...(snapshot === undefined ? {} : { snapshot: snapshot.native }),
    });
    return new LeveldbCursor(this, iterator, range.keysOnly);
  }

  snapshot(): Snapshot {
    this.admitOpen();
    return new LeveldbSnapshot(this.#store.snapshot());
  }

  /** A synced write after all that were asked for: LevelDB syncs the log, and so all before it. */
  async flush(): Promise<void> {
    this.admitOpen();
    await this.#commits.settled();
    try {
      await this.#store.del(NOBODYS_KEY, { sync: true });
    } catch (error) {
      throw this.failure(error, "flush");
    }
  }

  override async compact(): Promise<void> {
    this.admitOpen();
    await this.#commits.settled();
    try {
      await this.#store.compactRange(new Uint8Array(0), LAST_KEY);
    } catch (error) {
      throw this.failure(error, "compact");
    }
  }

  stats(): EngineStats {
    if (this.closed) return this.commonStats();
    const bytes = Number(this.#store.getProperty("leveldb.approximate-memory-usage"));
    return {
      ...this.commonStats(),
      ...(Number.isFinite(bytes) ? { memoryBytes: { cacheAndMemtables: bytes } } : {}),
    };
  }

  protected async closeStore(): Promise<void> {
    await this.#commits.settled();
    await this.#store.close();
  }
}

const LAST_KEY = new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff);

export const leveldbModule: EngineModule = {
  name: "leveldb",
  description: "LevelDB 1.20 through the package classic-level",
  version: () => `${PACKAGE} ${packageVersion(PACKAGE)}`,
  supports: {
    durability: ["os", "group", "sync"],
    scan: true,
    snapshot: true,
    scanIsolation: true,
    atomicBatch: true,
    synchronous: true,
    verify: false,
    checkpoint: false,
    compact: true,
    verifiesReads: false,
    persistent: true,
    minKeyBytes: 0,
    maxKeyBytes: KEY_BYTES_MAX,
    maxValueBytes: NATIVE_VALUE_BYTES_MAX,
  },
  async open(options) {
    const settings = readSettings("leveldb", options.settings, {
      compression: { kind: "boolean", default: true },
      writeBufferBytes: {
        kind: "integer",
        default: Math.max(64 * 1024, Math.floor(options.cacheBytes / 4)),
        min: 64 * 1024,
        max: 1024 * MIB,
      },
    });
    const load = () => import("classic-level");
    const { ClassicLevel } = (await loadPackage("leveldb", PACKAGE, load)) as {
      ClassicLevel: ClassicLevelConstructor;
    };
    const folder = claimNativeFolder(leveldbModule, options);
    try {
      const store = new ClassicLevel(folder.dataDir, {
        keyEncoding: "view",
        valueEncoding: "view",
        compression: settings.compression,
        cacheSize: Math.max(0, options.cacheBytes - 2 * settings.writeBufferBytes),
        writeBufferSize: settings.writeBufferBytes,
      });
      const engine = new LeveldbEngine(options, folder, store);
      await store.open();
      return engine;
    } catch (error) {
      throw openFailure(error, options, folder);
    }
  },
};
