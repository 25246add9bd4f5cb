// The writes of the stores that are written in this thread by transactions: one transaction each,
// or gathered, and one for all of a turn.

import { WriteBatch } from "../batch.ts";
import type { Batch, EngineModule, EngineOptions, MaybePromise, Snapshot } from "../engine.ts";
import { NativeEngine, type NativeFolder, sharesCommits } from "./native-engine.ts";
import { Turn } from "./turn.ts";

export abstract class GatheringEngine extends NativeEngine {
  readonly #turn: Turn | undefined;
  readonly #gathered = new WriteBatch();

  constructor(
    module: Pick<EngineModule, "name" | "supports">,
    options: EngineOptions,
    folder: NativeFolder,
  ) {
    super(module, options, folder);
    this.#turn = sharesCommits(options) ? new Turn(() => this.#commitTurn()) : undefined;
  }

  /** A transaction of one put, committed at the engine's level when it returns. */
  protected abstract commitPut(key: Uint8Array, value: Uint8Array): void;
  protected abstract commitDelete(key: Uint8Array): void;
  /** One transaction for the batch, which is not empty; rolled back when it throws. */
  protected abstract commitBatch(batch: Batch): void;
  /** The value, a copy of its own, or undefined. */
  protected abstract read(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined;

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    this.admitKey(key);
    let value: Uint8Array | undefined;
    try {
      value = this.read(key, snapshot);
    } catch (error) {
      throw this.failure(error, "get");
    }
    if (value !== undefined) this.userBytesRead += key.length + value.length;
    return value;
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    this.admitOpen();
    return keys.map((key) => this.get(key, snapshot));
  }

  put(key: Uint8Array, value: Uint8Array): MaybePromise<void> {
    this.admitWrite(key, value);
    if (this.#turn !== undefined) {
      this.#gathered.put(key, value);
      return this.#turn.join();
    }
    try {
      this.commitPut(key, value);
    } catch (error) {
      throw this.failure(error, "put");
    }
    return undefined;
  }

  delete(key: Uint8Array): MaybePromise<void> {
    this.admitKey(key);
    this.userBytesWritten += key.length;
    if (this.#turn !== undefined) {
      this.#gathered.delete(key);
      return this.#turn.join();
    }
    try {
      this.commitDelete(key);
    } catch (error) {
      throw this.failure(error, "delete");
    }
    return undefined;
  }

  batch(batch: Batch): MaybePromise<void> {
    this.admitBatch(batch);
    if (batch.count === 0) return undefined;
    if (this.#turn !== undefined) {
      batch.forEach(this.#gather);
      return this.#turn.join();
    }
    this.#commit(batch);
    return undefined;
  }

  /** Commits what was gathered, so that a scan or a snapshot sees it. */
  protected settleTurn(): void {
    this.#turn?.settle();
  }

  #commit(batch: Batch): void {
    try {
      this.commitBatch(batch);
    } catch (error) {
      throw this.failure(error, "batch");
    }
  }

  #commitTurn(): void {
    try {
      this.#commit(this.#gathered);
    } finally {
      this.#gathered.clear();
    }
  }

  readonly #gather = (key: Uint8Array, value: Uint8Array | undefined): void => {
    if (value === undefined) this.#gathered.delete(key);
    else this.#gathered.put(key, value);
  };
}
