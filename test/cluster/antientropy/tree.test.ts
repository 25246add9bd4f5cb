import { describe, expect, test } from "vitest";
import { getHash, minus, NO_HASH, plus, putHash } from "../../../cluster/antientropy/hash48.ts";
import { LEVEL_MAX, Partition, partitionsOf } from "../../../cluster/antientropy/partition.ts";
import { SumTree } from "../../../cluster/antientropy/tree.ts";
import { Random } from "../../../workloads/random.ts";

const HASH_BOUND = 2 ** 48;
const PARTITIONS = [
  new Partition(9, 100),
  new Partition(2 ** 32 - 50, 2 ** 20),
  new Partition(7, 7),
  new Partition(2 ** 31, 2 ** 31 + 1),
  new Partition(0, 2 ** 32 - 1),
];

function randomHash(random: Random): number {
  return 1 + random.nextBelow(HASH_BOUND - 1);
}

describe("sums modulo 2^48", () => {
  test("go around, and six bytes hold them", () => {
    const random = new Random(1);
    const bytes = new Uint8Array(10);
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [randomHash(random), randomHash(random)];
      const exact = Number((BigInt(a) + BigInt(b)) % BigInt(HASH_BOUND));
      expect(plus(a, b)).toBe(exact);
      expect(minus(exact, b)).toBe(a);
      putHash(bytes, 3, a);
      expect(getHash(bytes, 3)).toBe(a);
    }
  });
});

describe.each(PARTITIONS.map((partition) => [String(partition), partition] as const))(
  "the partition %s",
  (_, partition) => {
    test("has each offset in the node that begins before it, at every level", () => {
      const random = new Random(2);
      for (let i = 0; i < 3000; i++) {
        const level = random.nextBelow(LEVEL_MAX + 1);
        const node = random.nextBelow(2 ** level);
        const start = partition.startOf(node, level);
        const end = partition.startOf(node + 1, level);
        for (const offset of [start, end - 1]) {
          if (start < end) expect(partition.nodeOf(offset, level)).toBe(node);
        }
        const offset = random.nextBelow(partition.size);
        const leaf = partition.nodeOf(offset, level);
        expect(partition.nodeOf(offset, Math.max(0, level - 3))).toBe(leaf >> Math.min(3, level));
      }
      expect(partition.startOf(2 ** LEVEL_MAX, LEVEL_MAX)).toBe(partition.size);
    });

    test("has a tree whose sums are those of its keys, after any changes", () => {
      const random = new Random(3);
      const keys = new Map<number, number>();
      let tree = new SumTree(partition, 6);
      for (let step = 0; step < 2000; step++) {
        const offset = random.nextBelow(Math.min(partition.size, 2 ** random.nextBelow(33)));
        const position = (partition.first + offset) >>> 0;
        expect(partition.offsetOf(position)).toBe(offset);
        const after = random.nextBelow(3) === 0 ? NO_HASH : randomHash(random);
        tree.change(position, keys.get(offset) ?? NO_HASH, after);
        if (after === NO_HASH) keys.delete(offset);
        else keys.set(offset, after);
        if (step === 1000) tree = restored(tree);
      }
      for (let level = tree.level; level >= 0; level--) {
        const sums = new Array(2 ** level).fill(0n);
        for (const [offset, hash] of keys) sums[partition.nodeOf(offset, level)] += BigInt(hash);
        const expected = sums.map((sum) => Number(sum % BigInt(HASH_BOUND)));
        expect(expected.map((_, node) => tree.sumOf(level, node))).toEqual(expected);
      }
      expect(tree.keys).toBe(keys.size);
      const fitted = tree.fitted();
      expect(fitted.level).toBeLessThanOrEqual(tree.level);
      for (let node = 0; node < 2 ** fitted.level; node++) {
        expect(fitted.leaf(node)).toBe(tree.sumOf(fitted.level, node));
      }
    });
  },
);

function restored(tree: SumTree): SumTree {
  const sums = Float64Array.from({ length: 2 ** tree.level }, (_, leaf) => tree.leaf(leaf));
  return SumTree.restore(tree.partition, tree.keys, sums);
}

describe("the leaves of a tree", () => {
  test("have some sixteen keys", () => {
    expect([0, 1, 16, 17, 33, 1_000_000, 10 ** 9].map((keys) => SumTree.levelFor(keys))).toEqual([
      ...[0, 0, 0, 1, 2, 16, LEVEL_MAX],
    ]);
  });

  test("are one span where they are neighbours", () => {
    const partition = new Partition(2 ** 32 - 1, 15);
    expect(partition.spansOf([0, 1, 3, 6, 7], 3)).toEqual([
      { start: 0, end: 4 },
      { start: 6, end: 8 },
      { start: 12, end: 16 },
    ]);
    // More nodes than positions: some have none.
    expect(new Partition(0, 3).spansOf([0, 1, 2, 3], 2)).toEqual([{ start: 0, end: 3 }]);
  });
});

describe("partitions of rings", () => {
  test("are cut at the tokens of all", () => {
    const cut = partitionsOf(
      { tokens: Uint32Array.of(10, 90) },
      { tokens: Uint32Array.of(10, 50) },
    );
    expect(cut.map(String)).toEqual(["(90, 10]", "(10, 50]", "(50, 90]"]);
    expect(partitionsOf({ tokens: Uint32Array.of(10) })[0]!.size).toBe(2 ** 32);
  });
});
