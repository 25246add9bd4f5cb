// The keys of one operation list: a fixed number of them, some much more often than others, and
// their near neighbours, which are mostly absent.

import type { Random } from "../../../engines/conformance/random.ts";

/** What all engines of a run take, in bytes, inclusive. */
export interface KeyLimits {
  readonly minKeyBytes: number;
  readonly maxKeyBytes: number;
}

/** Bytes at which orders and text encodings differ. */
const AWKWARD_BYTES = [0, 1, 0x2f, 0x61, 0x62, 0x7f, 0x80, 0xc3, 0xfe, 0xff];
const LONG_KEY_BYTES_MAX = 5000;
const PREFIXES = ["user", "user:", "user:profile:", "\u00ff\u00ff"].map((text) =>
  Uint8Array.from(Buffer.from(text, "latin1")),
);

export class KeyPool {
  readonly #random: Random;
  readonly #limits: KeyLimits;
  readonly #keys: Uint8Array[] = [];

  constructor(random: Random, limits: KeyLimits, count: number) {
    this.#random = random;
    this.#limits = limits;
    for (let i = 0; i < count; i++) this.#keys.push(this.#fit(this.#newKey(i)));
  }

  /** A key of the pool; the first ones more often, by the cube of a uniform draw. */
  pick(): Uint8Array {
    const draw = this.#random.below(1 << 16) / (1 << 16);
    return this.#keys[Math.floor(this.#keys.length * draw ** 3)]!;
  }

  /** A key of the pool, or one next to it: longer or shorter by a byte, or one bit apart. */
  near(): Uint8Array {
    const key = this.pick();
    const near = this.#random.below(8);
    if (near === 0) return this.#fit(concat(key, [0]));
    if (near === 1) return this.#fit(concat(key, [0xff]));
    if (near === 2) return this.#fit(key.subarray(0, -1));
    if (near === 3 && key.length > 0) {
      const flipped = key.slice();
      flipped[this.#random.below(key.length)]! ^= 1 << this.#random.below(8);
      return flipped;
    }
    return key;
  }

  #newKey(i: number): Uint8Array {
    const random = this.#random;
    const shape = random.below(100);
    if (shape < 25) return this.#awkward(random.below(4));
    if (shape < 60) {
      const digits = String(random.below(1_000_000)).padStart(8, "0");
      return concat(random.pick(PREFIXES), Buffer.from(digits, "latin1"));
    }
    if (shape < 94) return random.bytes(1 + random.below(24));
    // Long keys that differ at their very end, or early.
    const long = new Uint8Array(random.below(LONG_KEY_BYTES_MAX)).fill(random.pick([0x61, 0xff]));
    return random.below(2) === 0 ? concat(long, [i & 0xff]) : concat([i & 0xff], long);
  }

  #awkward(length: number): Uint8Array {
    const key = new Uint8Array(length);
    for (let i = 0; i < length; i++) key[i] = this.#random.pick(AWKWARD_BYTES);
    return key;
  }

  /** Cut at the front, so that what differs at the end still does; or lengthened. */
  #fit(key: Uint8Array): Uint8Array {
    const { minKeyBytes, maxKeyBytes } = this.#limits;
    if (key.length < minKeyBytes) return concat(key, new Uint8Array(minKeyBytes - key.length));
    return key.length > maxKeyBytes ? key.slice(key.length - maxKeyBytes) : key;
  }
}

function concat(a: ArrayLike<number>, b: ArrayLike<number>): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
