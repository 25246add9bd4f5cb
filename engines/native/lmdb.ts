// Engine `lmdb`: LMDB through the package lmdb 3.5 (lmdb-js).
//
// Paths, the fastest that the package has for a store whose data is in the page cache:
//  - get: `getBinaryFast`, in this thread, and a copy for the caller (R3); the package's own
//    copying `getBinary` is a fifth slower.
//  - put, delete: a synchronous write transaction in this thread, for one write 8 us against 80
//    by the package's promise; with writers grouped by tick, or at `group`, all of a turn share
//    one transaction.
//  - scan: the package's range iterator, copied into flat chunks.
//
// Durability. LMDB has no log: a commit writes the changed pages and then a meta page.
//  - `os`: `noSync`. The pages are written with pwrite(2) and then the meta page, no sync:
//    a committed transaction is in the kernel, and survives kill -9. After a power loss the file
//    may be damaged, which `os` does not promise against.
//  - `group`: the package's `overlappingSync` off, so a commit is LMDB's own: fdatasync of the
//    pages, then the meta page written through a descriptor opened with O_DSYNC. One for all
//    writers of a turn.
//  - `sync`: the same, one transaction for each write.
//  - `memory`: not given; a commit always reaches the kernel.
//
// Arguments (R2): a write is done, or copied into the batch of its turn, when the call returns.
// Reads: pages carry no checksum, so `verifiesReads` is false. Keys are 1 to 1978 bytes.
// `cacheBytes` does not apply: the cache is the kernel's page cache (`stats().recovery.cache`).

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
import { readSettings } from "../settings.ts";
import { GatheringEngine } from "./gathering-engine.ts";
import { LmdbCursor, LmdbSnapshot, type OpenReaders } from "./lmdb-cursor.ts";
import {
  isEmptyRange,
  LMDB_KEY_BYTES_MAX,
  type LmdbPackage,
  type LmdbStore,
  lmdbRange,
  openLmdbStore,
  syncLmdbStore,
} from "./lmdb-store.ts";
import {
  claimNativeFolder,
  NATIVE_VALUE_BYTES_MAX,
  type NativeFolder,
  openFailure,
} from "./native-engine.ts";
import { loadPackage, packageVersion } from "./package.ts";
import { rangeOf } from "./range.ts";

const PACKAGE = "lmdb";
/** Committed when it returns; synced too unless the store was opened with `noSync`. */
const SYNCHRONOUS_COMMIT = 2;

class LmdbEngine extends GatheringEngine implements Engine {
  readonly #package: LmdbPackage;
  readonly #store: LmdbStore;
  readonly #open: OpenReaders = new Set();

  constructor(
    options: EngineOptions,
    folder: NativeFolder,
    lmdbPackage: LmdbPackage,
    store: LmdbStore,
  ) {
    super(lmdbModule, options, folder);
    this.#package = lmdbPackage;
    this.#store = store;
  }

  scan(options: ScanOptions = {}): Cursor {
    this.admitOpen();
    this.settleTurn();
    const range = rangeOf(options);
    const { transaction } = (options.snapshot as LmdbSnapshot | undefined) ?? {};
    const records = isEmptyRange(range) ? [] : this.#store.getRange(lmdbRange(range, transaction));
    return new LmdbCursor(this, records[Symbol.iterator](), range.keysOnly, this.#open);
  }

  snapshot(): Snapshot {
    this.admitOpen();
    this.settleTurn();
    return new LmdbSnapshot(this.#store.useReadTransaction(), this.#open);
  }

  async flush(): Promise<void> {
    this.admitOpen();
    this.settleTurn();
    // At `group` and `sync` every commit was synced.
    if (this.durability !== "os") return;
    try {
      await syncLmdbStore(this.#store);
    } catch (error) {
      throw this.failure(error, "flush");
    }
  }

  /** Copied from a read transaction in key order: exactly the state of the call. */
  override async checkpoint(dir: string): Promise<void> {
    this.admitOpen();
    const snapshot = this.snapshot();
    try {
      await this.writeCheckpoint(dir, async (dataDir) => {
        const copy = openLmdbStore(this.#package, dataDir, true);
        try {
          await this.#copyInto(copy, snapshot);
          await syncLmdbStore(copy);
        } finally {
          await copy.close();
        }
      });
    } finally {
      snapshot.close();
    }
  }

  async #copyInto(copy: LmdbStore, snapshot: Snapshot): Promise<void> {
    const cursor = this.scan({ snapshot });
    try {
      for (let chunk = await cursor.next(); chunk; chunk = await cursor.next()) {
        let committed: Promise<boolean> | undefined;
        // Committed on the package's own thread; values must stay put until then, so copies.
        for (let i = 0; i < chunk.count; i++) {
          committed = copy.put(chunk.key(i), chunk.value(i).slice());
        }
        await committed;
      }
    } finally {
      await cursor.close();
    }
  }

  stats(): EngineStats {
    const common = this.commonStats();
    if (this.closed) return common;
    const { entryCount } = this.#store.getStats();
    return {
      ...common,
      ...(entryCount === undefined ? {} : { keys: entryCount }),
      recovery: { cache: "the kernel's page cache; cacheBytes does not apply" },
    };
  }

  protected read(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    const store = this.#store;
    const found =
      snapshot === undefined
        ? store.getBinaryFast(key)
        : store.getBinaryFast(key, { transaction: (snapshot as LmdbSnapshot).transaction });
    if (found === undefined) return undefined;
    // The package's buffer, used for every read, or a view of the map: copied at once.
    const value = Buffer.allocUnsafe(store.lastSize);
    if (Buffer.isBuffer(found)) found.copy(value, 0, 0, value.length);
    else value.set(found);
    return value;
  }

  protected commitPut(key: Uint8Array, value: Uint8Array): void {
    this.#store.putSync(key, value);
  }

  protected commitDelete(key: Uint8Array): void {
    this.#store.removeSync(key);
  }

  protected commitBatch(batch: Batch): void {
    this.#store.transactionSync(() => batch.forEach(this.#apply), SYNCHRONOUS_COMMIT);
  }

  readonly #apply = (key: Uint8Array, value: Uint8Array | undefined): void => {
    // Inside a write transaction both are done when they return; the promise is a constant.
    if (value === undefined) void this.#store.remove(key);
    else void this.#store.put(key, value);
  };

  protected async closeStore(): Promise<void> {
    this.settleTurn();
    for (const one of [...this.#open]) one.close();
    await this.#store.close();
  }
}

export const lmdbModule: EngineModule = {
  name: "lmdb",
  description: "LMDB through the package lmdb",
  version: () => `${PACKAGE} ${packageVersion(PACKAGE)}`,
  supports: {
    durability: ["os", "group", "sync"],
    scan: true,
    snapshot: true,
    scanIsolation: true,
    atomicBatch: true,
    synchronous: true,
    verify: false,
    checkpoint: true,
    compact: false,
    verifiesReads: false,
    persistent: true,
    minKeyBytes: 1,
    maxKeyBytes: LMDB_KEY_BYTES_MAX,
    maxValueBytes: NATIVE_VALUE_BYTES_MAX,
  },
  async open(options) {
    readSettings("lmdb", options.settings, {});
    const load = () => import("lmdb");
    const lmdbPackage = (await loadPackage("lmdb", PACKAGE, load)) as LmdbPackage;
    const folder = claimNativeFolder(lmdbModule, options);
    try {
      const store = openLmdbStore(lmdbPackage, folder.dataDir, options.durability === "os");
      return new LmdbEngine(options, folder, lmdbPackage, store);
    } catch (error) {
      throw openFailure(error, options, folder);
    }
  },
};
