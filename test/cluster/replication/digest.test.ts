import { describe, expect, test } from "vitest";
import { digestOf } from "../../../cluster/replication/digest.ts";
import type { DvvSet } from "../../../cluster/versioning/dvv-set.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import { Random } from "../../../workloads/random.ts";
import { put } from "../versioning/writes.ts";

const RUNS = 300;

test("nothing stored is 0, and all else is 1 to 2^53 - 1", () => {
  expect(digestOf(undefined)).toBe(0);
  const random = new Random(1);
  let highest = 0;
  for (let run = 0; run < RUNS; run++) {
    const bytes = Uint8Array.from({ length: random.nextBelow(200) }, () => random.nextBelow(256));
    const digest = digestOf(bytes);
    expect(Number.isSafeInteger(digest) && digest >= 1).toBe(true);
    expect(digestOf(bytes.slice())).toBe(digest);
    highest = Math.max(highest, digest);
  }
  expect(highest).toBeGreaterThan(2 ** 52);
});

test("any other bit is another digest, and every bit of digests is used", () => {
  const bytes = Uint8Array.from({ length: 150 }, (_, i) => i * 7);
  const digests = new Set([digestOf(bytes)]);
  const bits = new Set<number>();
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const digest = digestOf(flipped);
    digests.add(digest);
    for (let i = 0; i < 53; i++) if (Math.floor(digest / 2 ** i) % 2 === 1) bits.add(i);
  }
  expect(digests.size).toBe(bytes.length * 8 + 1);
  expect(bits.size).toBe(53);
});

describe.each(["dvv", "vector-clock", "lww"] as const)("%s", (name) => {
  /** What three replicas hold after writes here and there, some of which knew of others. */
  function replicasOf(seed: number): { policy: ReturnType<typeof createPolicy>; sets: DvvSet[] } {
    const random = new Random(seed);
    const policy = createPolicy(name);
    const sets: (DvvSet | undefined)[] = [undefined, undefined, undefined];
    for (let number = 1; number <= 3 + random.nextBelow(6); number++) {
      const by = number <= 3 ? number - 1 : random.nextBelow(3);
      const seen = sets[random.nextBelow(3)];
      const context = seen === undefined ? {} : { context: policy.read(seen).context };
      const value = random.nextBelow(5) === 0 ? {} : { value: `value ${number}` };
      const write = { ...context, ...value, by: `n${by}`, number, nowWallMs: 1000 + number };
      sets[by] = put(policy, sets[by], write);
    }
    return { policy, sets: sets.map((set) => set!) };
  }

  test("replicas that merged in whatever order have one digest", () => {
    let differed = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      const { policy, sets } = replicasOf(seed);
      const orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ] as const;
      const digests = orders.map(([a, b, c]) =>
        digestOf(policy.encode(policy.merge(policy.merge(sets[a]!, sets[b]!), sets[c]!))),
      );
      expect(new Set(digests).size, `seed ${seed}`).toBe(1);
      // Nor does it matter whether what came was encoded on its way.
      const travelled = sets.map((set) => policy.decode(policy.encode(set)));
      const [a, b, c] = travelled;
      const again = policy.encode(policy.merge(a!, policy.merge(b!, c!)));
      expect(digestOf(again), `seed ${seed}`).toBe(digests[0]);
      for (const set of sets) if (digestOf(policy.encode(set)) !== digests[0]) differed++;
    }
    expect(differed).toBeGreaterThan(RUNS);
  });
});
