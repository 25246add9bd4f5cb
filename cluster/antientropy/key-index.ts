// The keys of a node by their position on the ring, each with the hash of its versions, in an
// engine of its own. It makes a part of the ring cheap to compare, to send and to drop, which the
// order of keys does not.
//
//   key   := position key     position: four bytes, the highest first
//   value := hash             six bytes, the highest first (hash48.ts)
//
// For example the key "k7" at position 0x0a0b0c0d with the hash 0x1122334455aa is
// `0a 0b 0c 0d 6b 37` = `11 22 33 44 55 aa`, in hexadecimal.
//
// Invariants:
//  I1. What `get` and a scan tell is what was last put, also while the engine still takes it in.
//  I2. After a put that failed nothing is told any more: `onBroken` was called.
//
// Hot: every write is a put. Where the engine answers at once nothing is made for it.

import assert from "node:assert";
import { WriteBatch } from "../../engines/batch.ts";
import type { Engine, MaybePromise } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import type { NodeProbes } from "../runtime.ts";
import { EntryScan } from "./entry-scan.ts";
import { getHash, HASH_BYTES, NO_HASH, putHash, putPosition } from "./hash48.ts";
import type { Partition, Span } from "./partition.ts";

const POSITION_BYTES = 4;
/** Keys up to this length have a buffer each for their names. */
const SHORT_KEY_BYTES = 256;
const CLEAR_KEYS = 1024;

/** A put that the engine has not taken in yet. */
interface LatePut {
  readonly hash: number;
  readonly done: Promise<void>;
}

export class KeyIndex {
  readonly #engine: Engine;
  readonly #probes: NodeProbes;
  readonly #onBroken: (error: unknown) => void;
  /** By name as text. */
  readonly #late = new Map<string, LatePut>();
  readonly #value = new Uint8Array(HASH_BYTES);
  /** By length of the key: where its name is made. */
  readonly #names: (Uint8Array | undefined)[] = new Array(SHORT_KEY_BYTES + 1).fill(undefined);

  /**
   * @param engine Of this index alone, at durability `memory`: what a crash leaves is not believed.
   * @param onBroken Told of an EngineError of a put; the index must be cleared and built anew.
   */
  constructor(engine: Engine, probes: NodeProbes, onBroken: (error: unknown) => void) {
    assert(engine.supports.scan && engine.supports.scanIsolation, "scans see one state");
    this.#engine = engine;
    this.#probes = probes;
    this.#onBroken = onBroken;
  }

  /** Sets the hash of a key; NO_HASH takes the key away. */
  put(position: number, key: Uint8Array, hash: number): void {
    const name = this.#nameOf(position, key);
    try {
      let done: MaybePromise<void>;
      if (hash === NO_HASH) done = this.#engine.delete(name);
      else {
        putHash(this.#value, 0, hash);
        done = this.#engine.put(name, this.#value);
      }
      if (done === undefined) {
        if (this.#late.size > 0) this.#late.delete(textOf(name));
      } else this.#wait(textOf(name), hash, done);
    } catch (error) {
      this.#break(error);
    }
  }

  /** The hash of a key; NO_HASH when it is not there. Throws EngineError. */
  get(position: number, key: Uint8Array): MaybePromise<number> {
    const name = this.#nameOf(position, key);
    if (this.#late.size > 0) {
      const late = this.#late.get(textOf(name));
      if (late !== undefined) return late.hash;
    }
    const found = this.#engine.get(name);
    return found instanceof Promise ? found.then(hashOf) : hashOf(found);
  }

  /**
   * Undefined when the engine has taken in all that was put: a scan in the same turn sees all.
   * Otherwise what to wait for before asking again.
   */
  settled(): Promise<unknown> | undefined {
    if (this.#late.size === 0) return undefined;
    return Promise.allSettled(Array.from(this.#late.values(), ({ done }) => done));
  }

  /** The keys at some offsets, as of this call, in the order of offsets. Only when `settled`. */
  scan(partition: Partition, spans: readonly Span[]): EntryScan {
    assert(this.#late.size === 0, "I1: a scan sees all that was put");
    return new EntryScan(this.#engine, this.#probes, partition, spans);
  }

  /** Takes away all keys. `turn` is waited for between two pieces of work. Throws EngineError. */
  async clear(turn: () => Promise<void>): Promise<void> {
    const batch = new WriteBatch();
    for (;;) {
      await this.settled();
      const cursor = this.#engine.scan({ keysOnly: true, limit: CLEAR_KEYS });
      try {
        for (;;) {
          const chunk = await cursor.next();
          if (chunk === undefined) break;
          for (let i = 0; i < chunk.count; i++) batch.delete(chunk.key(i));
        }
      } finally {
        await cursor.close();
      }
      if (batch.count === 0) return;
      await this.#engine.batch(batch);
      batch.clear();
      await turn();
    }
  }

  /** Makes all that was put durable. Throws EngineError. */
  async flush(): Promise<void> {
    await this.settled();
    await this.#engine.flush();
  }

  #wait(text: string, hash: number, done: Promise<void>): void {
    const late = { hash, done };
    this.#late.set(text, late);
    done.then(
      () => {
        if (this.#late.get(text) === late) this.#late.delete(text);
      },
      (error: unknown) => {
        if (this.#late.get(text) === late) this.#late.delete(text);
        this.#break(error);
      },
    );
  }

  #break(error: unknown): void {
    if (!(error instanceof EngineError)) throw error;
    this.#onBroken(error);
  }

  /** Valid until the next name of that length. */
  #nameOf(position: number, key: Uint8Array): Uint8Array {
    const { length } = key;
    let name = length <= SHORT_KEY_BYTES ? this.#names[length] : undefined;
    if (name === undefined) {
      name = new Uint8Array(POSITION_BYTES + length);
      if (length <= SHORT_KEY_BYTES) this.#names[length] = name;
    }
    putPosition(name, 0, position);
    name.set(key, POSITION_BYTES);
    return name;
  }
}

function hashOf(value: Uint8Array | undefined): number {
  return value === undefined ? NO_HASH : getHash(value, 0);
}

function textOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
}
