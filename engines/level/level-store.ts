// Reads and writes of a database on its open engine, in the bytes of the engine and the words of
// Level.
//
// Write path (`put`, `delete`, `batch`, `clear`):
//   1. encode     keys and values into bytes that are used again at the next call
//   2. engine     put, delete or batch: visible; done at the level of the engine
//   3. sync       if asked for, and the level is below `group`: a flush           -> acknowledged
// Read path (`get`, `getNow`, `getMany`): encode the key, ask the engine, hand out its answer; that
// belongs to the caller already, and is not copied.
//
// Invariants:
//  I1. The engine is closed when no call to it is under way.

import assert from "node:assert";
import { WriteBatch } from "../batch.ts";
import type { Engine, MaybePromise } from "../engine.ts";
import type { Stored } from "./abstract.ts";
import { type RangeOptions, readRange } from "./iterators.ts";
import { LevelError, levelError, writeError } from "./level-error.ts";
import { RecordReader } from "./record-reader.ts";
import { LevelSnapshot } from "./snapshot.ts";
import { type Format, present, TextEncoding } from "./text.ts";

/** Keys that `clear` deletes in one batch. */
const CLEAR_KEYS = 1000;
/** A batch that grew beyond this is not kept for the next. */
const KEPT_BATCH_BYTES_MAX = 1024 * 1024;

/** One operation of `batch`, as abstract-level hands it down: the value of a deletion is absent. */
export interface Operation {
  readonly type: "put" | "del";
  readonly key: Stored;
  readonly value: Stored;
}

export interface ClearRange extends RangeOptions {
  /** -1: all. Never 0. */
  readonly limit: number;
  readonly snapshot?: unknown;
}

export class LevelStore {
  readonly engine: Engine;
  readonly keys = new TextEncoding();
  readonly values = new TextEncoding();
  readonly #underWay = new Set<Promise<unknown>>();
  /** A write is not on the device when the engine acknowledges it. */
  readonly #syncNeedsFlush: boolean;
  #batch = new WriteBatch();
  #hasLetGo = false;

  constructor(engine: Engine) {
    this.engine = engine;
    this.#syncNeedsFlush = engine.durability === "memory" || engine.durability === "os";
  }

  /** The value in the format, undefined when there is none; `snapshot` as the user gave it. */
  get(key: Stored, format: Format, snapshot: unknown): MaybePromise<Stored | undefined> {
    const value = this.#read(key, snapshot);
    if (value instanceof Promise) {
      return value.then((late) => (late === undefined ? undefined : present(late, format)));
    }
    return value === undefined ? undefined : present(value, format);
  }

  /** The same, at once. Throws LEVEL_NOT_SUPPORTED when the engine answers by a promise. */
  getNow(key: Stored, format: Format, snapshot: unknown): Stored | undefined {
    const value = this.#read(key, snapshot);
    if (value === undefined) return undefined;
    if (!(value instanceof Promise)) return present(value, format);
    value.catch(() => {});
    throw new LevelError("LEVEL_NOT_SUPPORTED", `${this.engine.name} cannot answer getSync()`);
  }

  async getMany(
    keys: readonly Stored[],
    format: Format,
    snapshot: unknown,
  ): Promise<(Stored | undefined)[]> {
    const values: (Stored | undefined)[] = new Array(keys.length);
    for (let i = 0; i < keys.length; i++) {
      let value = this.#read(keys[i]!, snapshot);
      if (value instanceof Promise) value = await value;
      values[i] = value === undefined ? undefined : present(value, format);
    }
    return values;
  }

  async has(keys: readonly Stored[], snapshot: unknown): Promise<boolean[]> {
    const found: boolean[] = new Array(keys.length);
    for (let i = 0; i < keys.length; i++) {
      let value = this.#read(keys[i]!, snapshot);
      if (value instanceof Promise) value = await value;
      found[i] = value !== undefined;
    }
    return found;
  }

  put(key: Stored, value: Stored, sync: boolean): MaybePromise<void> {
    const keyBytes = this.keys.encode(key);
    let done: MaybePromise<void>;
    try {
      done = this.engine.put(keyBytes, this.values.encode(value));
    } catch (error) {
      throw writeError(error, this.#isKeyOverLimit(keyBytes));
    }
    return this.#finish(done, sync);
  }

  delete(key: Stored, sync: boolean): MaybePromise<void> {
    let done: MaybePromise<void>;
    try {
      done = this.engine.delete(this.keys.encode(key));
    } catch (error) {
      throw levelError(error);
    }
    return this.#finish(done, sync);
  }

  batch(operations: readonly Operation[], sync: boolean): MaybePromise<void> {
    const batch = this.#batch;
    batch.clear();
    for (let i = 0; i < operations.length; i++) {
      const { type, key, value } = operations[i]!;
      if (type === "put") batch.put(this.keys.encode(key), this.values.encode(value));
      else batch.delete(this.keys.encode(key));
    }
    if (batch.byteLength > KEPT_BATCH_BYTES_MAX) this.#batch = new WriteBatch();
    return this.commit(batch, sync);
  }

  commit(batch: WriteBatch, sync: boolean): MaybePromise<void> {
    let done: MaybePromise<void>;
    try {
      done = this.engine.batch(batch);
    } catch (error) {
      let overLimit = false;
      batch.forEach((key) => {
        overLimit ||= this.#isKeyOverLimit(key);
      });
      throw writeError(error, overLimit);
    }
    return this.#finish(done, sync);
  }

  /** Deletes what the range holds now, or what is in it of the snapshot. Not atomic. */
  clear(range: ClearRange, sync: boolean): Promise<void> {
    return this.#track(this.#deleteRange(range, sync));
  }

  async compact(): Promise<void> {
    try {
      await this.#track(this.engine.compact());
    } catch (error) {
      throw levelError(error);
    }
  }

  /**
   * Waits for what is under way, and closes the engine. An engine lets go of its folder even when
   * that fails, so that after an error the next close succeeds, and the database can be opened.
   */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    assert(this.#underWay.size === 0, "I1: no call is under way");
    if (this.#hasLetGo) return;
    this.#hasLetGo = true;
    try {
      await this.engine.close();
    } catch (error) {
      throw levelError(error);
    }
  }

  #read(key: Stored, snapshot: unknown): MaybePromise<Uint8Array | undefined> {
    const { engine } = this;
    const from = LevelSnapshot.engineSnapshot(snapshot, engine);
    try {
      const value = engine.get(this.keys.encode(key), from);
      return value instanceof Promise ? this.#track(value) : value;
    } catch (error) {
      throw levelError(error);
    }
  }

  #finish(done: MaybePromise<void>, sync: boolean): MaybePromise<void> {
    if (sync && this.#syncNeedsFlush) return this.#track(this.#flushAfter(done));
    return done instanceof Promise ? this.#track(done) : undefined;
  }

  async #flushAfter(done: MaybePromise<void>): Promise<void> {
    await done;
    await this.engine.flush();
  }

  /** The same promise, its error in the words of Level; the engine stays open until it settles. */
  async #track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise);
    try {
      return await promise;
    } catch (error) {
      throw levelError(error);
    } finally {
      this.#underWay.delete(promise);
    }
  }

  async #deleteRange(range: ClearRange, sync: boolean): Promise<void> {
    const { engine } = this;
    const snapshot = LevelSnapshot.engineSnapshot(range.snapshot, engine);
    const reader = new RecordReader(engine, readRange(range, true), snapshot);
    const batch = new WriteBatch();
    let left = range.limit < 0 ? Number.POSITIVE_INFINITY : range.limit;
    try {
      while (left > 0) {
        await reader.advance(left, left);
        if (!reader.ready) break;
        batch.clear();
        while (reader.ready && batch.count < Math.min(left, CLEAR_KEYS)) {
          batch.delete(reader.key());
          reader.step();
        }
        left -= batch.count;
        await engine.batch(batch);
      }
    } finally {
      await reader.close();
    }
    if (sync && this.#syncNeedsFlush) await engine.flush();
  }

  #isKeyOverLimit(key: Uint8Array): boolean {
    const { minKeyBytes, maxKeyBytes } = this.engine.supports;
    return key.length < minKeyBytes || key.length > maxKeyBytes;
  }
}
