// What it costs to find d differences among n keys: bytes of requests and answers, without the
// versions that are then brought. The table is printed; its growth is asserted.

import { describe, expect, test } from "vitest";
import { Random } from "../../../workloads/random.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { bytes, SmallNetwork } from "./small-network.ts";

const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
const SIZES = isNightly ? [1000, 16_000, 256_000, 1_000_000] : [500, 4000, 32_000];
const DIFFERENCES = isNightly ? [0, 1, 10, 100, 1000, 10_000] : [0, 1, 10, 100];

/** Straight into the engine and the index: a million writes through a client take too long. */
function load(
  node: EntropyNode,
  record: (i: number) => Uint8Array,
  numbers: Iterable<number>,
): void {
  for (const i of numbers) {
    const key = bytes(`user${String(i).padStart(12, "0")}`);
    const stored = node.data.get(key) as Uint8Array | undefined;
    const written = node.data.put(key, record(i));
    node.index.stored(key, stored, record(i), written);
  }
}

function recordsOf(node: EntropyNode, number: number): (i: number) => Uint8Array {
  return (i) => {
    const written = node.policy.update(undefined, {
      request: { client: 2 ** 45 + i, number },
      // Another event for each number: a sibling of those before.
      actor: { node: node.id, epoch: 2 ** 44 + number * 2 ** 30 + i },
      nowWallMs: 1,
      value: bytes("value"),
    });
    if (written.outcome === "refused") throw new Error("refused");
    return new Uint8Array([0, ...node.policy.encode(written.set)]);
  };
}

describe("the cost of finding differences", () => {
  test(isNightly ? "nightly: grows like d log n" : "grows like d log n", async () => {
    const rows: string[] = [];
    const cost = new Map<string, number>();
    for (const keys of SIZES) {
      const network = new SmallNetwork({ seed: keys, tokens: [0] });
      const a = await network.open("a");
      const b = await network.open("b");
      for (const node of [a, b]) {
        await network.ready(node);
        for (let first = 0; first < keys; first += 1000) {
          const some = Array.from({ length: Math.min(1000, keys - first) }, (_, i) => first + i);
          load(node, recordsOf(a, 1), some);
          await network.until(network.sleep(1));
        }
        await network.until(network.sleep(10_000));
        await network.ready(node);
      }
      for (const differences of DIFFERENCES.filter((count) => count <= keys / 4)) {
        const random = new Random(differences);
        const numbers = new Set<number>();
        while (numbers.size < differences) numbers.add(random.nextBelow(keys));
        load(a, recordsOf(a, 2 + differences), numbers);
        await network.until(network.sleep(1000));
        const report = await network.until(a.entropy.exchange("b", network.partitions[0]!));
        expect(report.keysDiffering).toBe(differences);
        const { treeBytes, keysCompared } = report;
        cost.set(`${keys} ${differences}`, treeBytes);
        rows.push([keys, differences, treeBytes, keysCompared].join("\t"));
      }
    }
    console.info(`keys\tdiffering\tbytes to find them\tkeys listed\n${rows.join("\n")}`);
    const of = (keys: number, differences: number): number => cost.get(`${keys} ${differences}`)!;
    for (const keys of SIZES) {
      expect(of(keys, 0), "equal replicas").toBeLessThan(100);
      for (const differences of DIFFERENCES.filter((it) => it > 0 && it <= keys / 4)) {
        // One path: 16 sums of 6 bytes for each factor of 16, and the keys of a leaf, 8 bytes each
        // and then its name once.
        const levels = Math.max(1, Math.ceil(Math.log2(keys / 16) / 4));
        const bound = 100 + differences * (levels * (16 * 6 + 40) + 32 * 9 + 150);
        expect(of(keys, differences), `${differences} of ${keys}`).toBeLessThan(bound);
      }
    }
    const [least, most] = [SIZES[0]!, SIZES.at(-1)!];
    // A key in 64 times as many, or in a thousand times: one or two levels more.
    expect(of(most, 1) / of(least, 1)).toBeLessThan(Math.log(most) / Math.log(least) + 1);
    if (isNightly) expect(of(1_000_000, 10_000)).toBeLessThan(5_000_000);
  });
});
