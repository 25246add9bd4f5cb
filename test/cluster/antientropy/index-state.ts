// What the index and the trees of a node must be: made anew from what its data engine holds.

import { expect } from "vitest";
import { recordHashOf } from "../../../cluster/antientropy/version-hash.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import type { EntropyNode } from "./entropy-node.ts";

const HASH_BOUND = 2 ** 48;

const hex = (key: Uint8Array): string => Buffer.from(key).toString("hex");

/** Throws when an entry, a sum of any node or a count is not what the data engine says. */
export async function expectTrueIndex(node: EntropyNode, what: string): Promise<void> {
  const { index, data } = node;
  expect(index.isReady, `${what}: ready`).toBe(true);
  const expected = new Map<string, number>();
  const cursor = data.scan();
  for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
    for (let i = 0; i < chunk.count; i++) {
      const key = chunk.key(i).slice();
      expected.set(hex(key), recordHashOf(key, chunk.value(i)));
    }
  }
  await cursor.close();
  const found = new Map<string, number>();
  for (const partition of index.partitions) {
    const tree = index.treeOf(partition)!;
    const sums = new Array<bigint>(2 ** tree.level).fill(0n);
    let keys = 0;
    let last = -1;
    const scan = await index.scan(partition, [partition.all]);
    for (let page = await scan.next(); page !== undefined; page = await scan.next()) {
      for (let i = 0; i < page.count; i++) {
        const offset = partition.offsetOf(page.position(i));
        expect(page.position(i)).toBe(positionOf(page.key(i)));
        expect(offset).toBeGreaterThanOrEqual(last);
        expect(offset).toBeLessThan(partition.size);
        last = offset;
        keys++;
        found.set(hex(page.key(i)), page.hash(i));
      }
    }
    await scan.close();
    for (const [key, hash] of expected) {
      const offset = partition.offsetOf(positionOf(Buffer.from(key, "hex")));
      if (offset < partition.size) sums[partition.nodeOf(offset, tree.level)]! += BigInt(hash);
    }
    expect(tree.keys, `${what}: keys of ${partition}`).toBe(keys);
    expect(
      Array.from(sums, (_, leaf) => tree.leaf(leaf)),
      `${what}: leaves of ${partition}`,
    ).toEqual(sums.map((sum) => Number(sum % BigInt(HASH_BOUND))));
  }
  expect(new Map([...found].sort()), `${what}: entries`).toEqual(new Map([...expected].sort()));
}
