// A random operation list, from a seed. The weights follow Pebble's metamorphic test: reads,
// writes and cursors are the bulk; what rearranges a store is rare, but there are many lists.

import { Random } from "../../../engines/conformance/random.ts";
import { type KeyLimits, KeyPool } from "./key-pool.ts";
import type { Operation, Range, Write } from "./operation.ts";

const SLOTS = 3;
const POOL_SIZES = [6, 40, 40, 300, 300, 2000];
/** About a thousandth each. Their sum is what the dice are thrown for. */
const WEIGHTS: readonly (readonly [number, (list: Draws) => Operation])[] = [
  [410, (draws) => draws.write()],
  [180, (draws) => draws.get()],
  [110, (draws) => draws.scan()],
  [50, (draws) => draws.openCursor()],
  [140, (draws) => draws.take()],
  [25, (draws) => ({ kind: "closeCursor", slot: draws.slot() })],
  [25, (draws) => ({ kind: "openSnapshot", slot: draws.slot() })],
  [25, (draws) => ({ kind: "closeSnapshot", slot: draws.slot() })],
  [6, () => ({ kind: "flush" })],
  [3, (draws) => ({ kind: "compact", during: draws.during() })],
  [1, (draws) => ({ kind: "checkpoint", during: draws.during() })],
  [3, () => ({ kind: "verify" })],
  [4, (draws) => draws.reopen()],
];
const WEIGHT_SUM = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

export function operationList(seed: number, limits: KeyLimits, count: number): Operation[] {
  const draws = new Draws(seed, limits);
  return Array.from({ length: count }, () => draws.next());
}

class Draws {
  readonly #random: Random;
  readonly #pool: KeyPool;
  /** One of so many values is long. */
  readonly #longValueOneIn: number;
  /** Deletes of a hundred writes. */
  readonly #deletes: number;
  /** Bytes that values are cut from: the first half is repetitive, the second is not. */
  readonly #material: Uint8Array;
  #stamp = 0;

  constructor(seed: number, limits: KeyLimits) {
    this.#random = new Random(seed);
    this.#pool = new KeyPool(this.#random, limits, this.#random.pick(POOL_SIZES));
    this.#longValueOneIn = this.#random.pick([1, 4, 20, 100]);
    this.#deletes = this.#random.pick([10, 25, 45]);
    this.#material = material(this.#random);
  }

  next(): Operation {
    let dice = this.#random.below(WEIGHT_SUM);
    for (const [weight, draw] of WEIGHTS) {
      if (dice < weight) return draw(this);
      dice -= weight;
    }
    throw new Error("the dice have more sides than there are weights");
  }

  slot(): number {
    return this.#random.below(SLOTS);
  }

  write(): Operation {
    const how = this.#random.pick(["single", "single", "single", "turn", "batch"] as const);
    const count = how === "single" ? 1 : this.#random.below(8);
    return { kind: "write", how, writes: this.#writes(count) };
  }

  get(): Operation {
    const how = this.#random.below(4) === 0 ? "getMany" : "get";
    const count = how === "get" ? 1 : this.#random.below(10);
    const keys = Array.from({ length: count }, () => this.#pool.near());
    return { kind: "get", how, keys, snapshot: this.#asOf() };
  }

  scan(): Operation {
    return { kind: "scan", range: this.#range(), snapshot: this.#asOf() };
  }

  openCursor(): Operation {
    return {
      kind: "openCursor",
      slot: this.slot(),
      range: this.#range(),
      snapshot: this.#asOf(),
    };
  }

  take(): Operation {
    return { kind: "take", slot: this.slot(), records: 1 + this.#random.below(20) };
  }

  during(): Write[] {
    return this.#random.below(2) === 0 ? [] : this.#writes(this.#random.below(20));
  }

  reopen(): Operation {
    const how = this.#random.pick(["close", "leave", "kill", "kill"] as const);
    return { kind: "reopen", how, variant: this.#random.below(64) };
  }

  #asOf(): number | undefined {
    return this.#random.below(4) === 0 ? this.slot() : undefined;
  }

  #range(): Range {
    const random = this.#random;
    const bounds: Partial<Record<"gt" | "gte" | "lt" | "lte", Uint8Array>> = {};
    if (random.below(2) === 0) bounds[random.pick(["gt", "gte"] as const)] = this.#pool.near();
    if (random.below(2) === 0) bounds[random.pick(["lt", "lte"] as const)] = this.#pool.near();
    if (random.below(20) === 0) bounds[random.pick(["gt", "lte"] as const)] = this.#pool.near();
    return {
      ...bounds,
      reverse: random.below(2) === 0,
      limit: random.below(3) === 0 ? -1 : random.below(30),
      keysOnly: random.below(4) === 0,
    };
  }

  #writes(count: number): Write[] {
    return Array.from({ length: count }, () => {
      const isDelete = this.#random.below(100) < this.#deletes;
      const key = isDelete && this.#random.below(4) === 0 ? this.#pool.near() : this.#pool.pick();
      return { key, value: isDelete ? undefined : this.#value() };
    });
  }

  /** From nothing to 100 kB, mostly short; it begins with a number of its own. */
  #value(): Uint8Array {
    const random = this.#random;
    const isLong = random.below(this.#longValueOneIn) === 0;
    const longest = random.below(50) === 0 ? 100_000 : random.pick([1000, 2000, 4000, 8000]);
    const most = isLong ? longest : random.pick([0, 12, 120, 600]);
    const length = most === 0 ? 0 : random.below(most + 1);
    const start = random.below(this.#material.length - length);
    const value = this.#material.slice(start, start + length);
    this.#stamp++;
    for (let i = 0; i < Math.min(4, length); i++) value[i] = this.#stamp >>> (8 * i);
    return value;
  }
}

function material(random: Random): Uint8Array {
  const bytes = new Uint8Array(256 * 1024);
  for (let i = 0; i < bytes.length / 2; i++) bytes[i] = 0x61 + ((i >> 4) % 23);
  bytes.set(random.bytes(bytes.length / 2), bytes.length / 2);
  return bytes;
}
