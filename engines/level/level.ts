// `ringbench/level`: our engines wherever a Level database is wanted. RingbenchLevel is what
// classic-level is, over any engine: the API is that of abstract-level, and so is its behaviour.
// The methods with an underscore are those that abstract-level calls; keys and values are encoded
// by then, and what may go wrong with arguments and states is behind them.
//
// Invariants:
//  I1. There is a store, and with it an open engine, exactly while the status is `open` or
//      `closing`; a store whose close failed stays until the next.

import path from "node:path";
import type { AbstractChainedBatch } from "abstract-level";
import type { WriteBatch } from "../batch.ts";
import type { Engine, EngineModule, MaybePromise } from "../engine.ts";
import { LevelBase, type Owner, type Stored, type SyncOption } from "./abstract.ts";
import { ChainedBatch } from "./chained-batch.ts";
import { EntryIterator, type IteratorOptions, KeyIterator, ValueIterator } from "./iterators.ts";
import { LevelError, levelError } from "./level-error.ts";
import {
  type EngineChoices,
  engineChoices,
  levelOptions,
  manifestOf,
  type OpenOptions,
  openLevelEngine,
  type RingbenchLevelOptions,
} from "./level-options.ts";
import { type ClearRange, LevelStore, type Operation } from "./level-store.ts";
import { LevelSnapshot } from "./snapshot.ts";
import type { Format } from "./text.ts";

export { LevelError } from "./level-error.ts";
export type { RingbenchLevelOptions } from "./level-options.ts";

interface SnapshotOption {
  readonly snapshot?: unknown;
}

interface GetOptions extends SnapshotOption {
  readonly valueEncoding: Format;
}

/**
 * A Level database in the folder `location`, which is created when it is absent. Errors of the
 * engine come as LevelError with a code of abstract-level and the EngineError as `cause`.
 */
export class RingbenchLevel<K = string, V = string> extends LevelBase<K, V> {
  readonly #location: string;
  readonly #dir: string;
  readonly #module: string | EngineModule;
  readonly #choices: EngineChoices;
  #store: LevelStore | undefined;

  /** Throws TypeError when the location is not a path or no engine is named. */
  constructor(location: string, options: RingbenchLevelOptions<K, V>) {
    if (typeof location !== "string" || location === "") {
      throw new TypeError("The first argument 'location' must be a non-empty string");
    }
    const engine = options?.engine;
    if (typeof engine !== "string" && typeof engine?.open !== "function") {
      throw new TypeError("The option 'engine' must be the name of an engine or its module");
    }
    const manifest = manifestOf(typeof engine === "string" ? undefined : engine.supports);
    super(manifest, levelOptions(options));
    this.#location = location;
    // Now: the working directory may be another when it is opened again.
    this.#dir = path.resolve(location);
    this.#module = engine;
    this.#choices = engineChoices(options);
  }

  /** The location as it was given. */
  get location(): string {
    return this.#location;
  }

  /** The engine below. Throws LEVEL_DATABASE_NOT_OPEN when the database is not open. */
  get engine(): Engine {
    return this.#opened().engine;
  }

  /**
   * Compacts the store, all of it, for an engine has no compaction of a range; `start` and `end`
   * are those of classic-level, and required as there. Settles when it is done.
   */
  async compactRange<A = K>(start: A, end: A): Promise<void> {
    if (start === undefined || end === undefined) {
      throw new TypeError("The arguments 'start' and 'end' are required");
    }
    if (this.status === "opening") return this.deferAsync(() => this.compactRange(start, end));
    return this.#opened().compact();
  }

  async _open(options: OpenOptions): Promise<void> {
    try {
      const chosen = { ...this.#choices, ...options };
      this.#store = new LevelStore(await openLevelEngine(this.#dir, this.#module, chosen));
    } catch (error) {
      throw levelError(error);
    }
  }

  async _close(): Promise<void> {
    await this.#opened().close();
    this.#store = undefined;
  }

  _get(key: Stored, options: GetOptions): MaybePromise<Stored | undefined> {
    return this.#opened().get(key, options.valueEncoding, options.snapshot);
  }

  _getSync(key: Stored, options: GetOptions): Stored | undefined {
    return this.#opened().getNow(key, options.valueEncoding, options.snapshot);
  }

  _getMany(keys: readonly Stored[], options: GetOptions): Promise<(Stored | undefined)[]> {
    return this.#opened().getMany(keys, options.valueEncoding, options.snapshot);
  }

  async _has(key: Stored, options: SnapshotOption): Promise<boolean> {
    return (await this.#opened().has([key], options.snapshot))[0]!;
  }

  _hasMany(keys: readonly Stored[], options: SnapshotOption): Promise<boolean[]> {
    return this.#opened().has(keys, options.snapshot);
  }

  _put(key: Stored, value: Stored, options: SyncOption): MaybePromise<void> {
    return this.#opened().put(key, value, options.sync === true);
  }

  _del(key: Stored, options: SyncOption): MaybePromise<void> {
    return this.#opened().delete(key, options.sync === true);
  }

  _batch(operations: readonly Operation[], options: SyncOption): MaybePromise<void> {
    return this.#opened().batch(operations, options.sync === true);
  }

  _chainedBatch(): AbstractChainedBatch<this, K, V> {
    const store = this.#opened();
    const commit = (batch: WriteBatch, sync: boolean) => store.commit(batch, sync);
    const batch: unknown = new ChainedBatch(this.#owner, commit, store.keys, store.values);
    return batch as AbstractChainedBatch<this, K, V>;
  }

  _clear(options: ClearRange & SyncOption): Promise<void> {
    return this.#opened().clear(options, options.sync === true);
  }

  _iterator(options: IteratorOptions & SnapshotOption): object {
    const { engine } = this;
    const snapshot = LevelSnapshot.engineSnapshot(options.snapshot, engine);
    return new EntryIterator(this.#owner, engine, options, snapshot);
  }

  _keys(options: IteratorOptions & SnapshotOption): object {
    const { engine } = this;
    const snapshot = LevelSnapshot.engineSnapshot(options.snapshot, engine);
    return new KeyIterator(this.#owner, engine, options, snapshot);
  }

  _values(options: IteratorOptions & SnapshotOption): object {
    const { engine } = this;
    const snapshot = LevelSnapshot.engineSnapshot(options.snapshot, engine);
    return new ValueIterator(this.#owner, engine, options, snapshot);
  }

  _snapshot(options: object): LevelSnapshot {
    try {
      return new LevelSnapshot(options, this.engine);
    } catch (error) {
      throw levelError(error);
    }
  }

  /** For the constructors of abstract-level, which take a database of any types. */
  get #owner(): Owner {
    return this as unknown as Owner;
  }

  #opened(): LevelStore {
    if (this.#store !== undefined) return this.#store;
    throw new LevelError("LEVEL_DATABASE_NOT_OPEN", "Database is not open");
  }
}
