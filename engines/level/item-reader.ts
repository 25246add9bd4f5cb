// What iterators of Level hand out, an item for each record of a range. One class for entries, keys
// and values, so that the iterators are thin shells. Errors come in the words of Level, and a
// signal is heard while a read is under way.

import type { MaybePromise } from "../engine.ts";
import { abortError, levelError } from "./level-error.ts";
import type { RecordReader } from "./record-reader.ts";

export class ItemReader<T> {
  readonly #reader: RecordReader;
  readonly #take: (reader: RecordReader) => T;
  readonly #signal: AbortSignal | undefined;

  /** `take` makes an item of the record that is next; what it keeps of the record it copies. */
  constructor(
    reader: RecordReader,
    take: (reader: RecordReader) => T,
    signal: AbortSignal | undefined,
  ) {
    this.#reader = reader;
    this.#take = take;
    this.#signal = signal;
  }

  /** The next item, undefined at the end. `most`, at least 1, is what the limit leaves. */
  next(most: number): MaybePromise<T | undefined> {
    if (this.#signal !== undefined) return this.#nextUnlessAborted(most);
    const reader = this.#reader;
    try {
      if (!reader.ready) {
        const waiting = reader.advance(1, most);
        if (waiting !== undefined) return this.#nextAfter(waiting);
        if (!reader.ready) return undefined;
      }
      return this.#takeOne();
    } catch (error) {
      throw levelError(error);
    }
  }

  /** Up to `size` items, at least 1 and at most `most`; none at the end. */
  async nextv(size: number, most: number): Promise<T[]> {
    const reader = this.#reader;
    const items: T[] = [];
    try {
      while (items.length < size) {
        await reader.advance(size - items.length, most - items.length);
        if (this.#signal?.aborted) throw abortError();
        if (!reader.ready) break;
        const count = Math.min(reader.readyCount, size - items.length);
        for (let i = 0; i < count; i++) items.push(this.#takeOne());
      }
    } catch (error) {
      throw levelError(error);
    }
    return items;
  }

  seek(target: Uint8Array): void {
    this.#reader.seek(target);
  }

  async close(): Promise<void> {
    try {
      await this.#reader.close();
    } catch (error) {
      throw levelError(error);
    }
  }

  #takeOne(): T {
    const item = this.#take(this.#reader);
    this.#reader.step();
    return item;
  }

  async #nextAfter(waiting: Promise<void>): Promise<T | undefined> {
    try {
      await waiting;
      return this.#reader.ready ? this.#takeOne() : undefined;
    } catch (error) {
      throw levelError(error);
    }
  }

  async #nextUnlessAborted(most: number): Promise<T | undefined> {
    const [item] = await this.nextv(1, most);
    return item;
  }
}
