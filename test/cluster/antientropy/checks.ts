// Named checks of what anti-entropy must do, each of which a planted mistake makes fail.

import { expect } from "vitest";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { expectTrueIndex } from "./index-state.ts";
import { bytes, exchangeAll, SmallNetwork } from "./small-network.ts";

type Check = (seed: number, planted?: string) => Promise<void>;

async function two(seed: number, planted: string | undefined, options: object = {}) {
  const given = planted === undefined ? {} : { planted };
  const network = new SmallNetwork({ seed, ...given, ...options });
  const a = await network.open("a");
  const b = await network.open("b");
  await network.ready(a);
  await network.ready(b);
  return { network, a, b };
}

async function copy(from: EntropyNode, to: EntropyNode, key: string): Promise<void> {
  await to.merge(bytes(key), (await from.read(bytes(key)))!);
}

/** Writes of some of so many keys, all at once. */
async function writeAtOnce(node: EntropyNode, random: Random, count: number, keys: number) {
  const works = Array.from({ length: count }, () => {
    const key = `k${random.nextBelow(keys)}`;
    const kind = random.nextBelow(8);
    return kind === 0 ? node.put(key) : node.put(key, `v${random.nextBelow(1000)}`);
  });
  await node.network.until(Promise.allSettled(works));
}

export const CHECKS: Readonly<Record<string, Check>> = {
  "the index follows the data": async (seed, planted) => {
    const { network, a } = await two(seed, planted, { durability: "group" });
    const random = new Random(seed);
    for (let round = 0; round < 8; round++) {
      if (round % 3 === 2) a.disk.capacityBytes = 0;
      await writeAtOnce(a, random, 60, 60);
      a.disk.capacityBytes = Number.POSITIVE_INFINITY;
      await network.ready(a);
      await expectTrueIndex(a, `seed ${seed}, round ${round}`);
    }
  },

  "trees grow beside writes": async (seed, planted) => {
    const { network, a } = await two(seed, planted, { tokens: [0] });
    const random = new Random(seed);
    for (let round = 0; round < 30; round++) await writeAtOnce(a, random, 40, 3000);
    await network.ready(a);
    await network.until(network.sleep(1000));
    expect(a.index.treeOf(network.partitions[0]!)!.level).toBeGreaterThan(4);
    await expectTrueIndex(a, `seed ${seed}`);
  },

  "an index is made beside writes": async (seed, planted) => {
    const given = planted === undefined ? {} : { planted };
    const network = new SmallNetwork({ seed, ...given });
    const disk = new MemoryDisk();
    const before = await network.open("a", disk);
    for (let i = 0; i < 3000; i++) await before.put(`k${i}`, "v");
    disk.kill();
    const node = await network.open("a", disk);
    const random = new Random(seed);
    while (!node.index.isReady) await writeAtOnce(node, random, 40, 3000);
    await network.ready(node);
    await expectTrueIndex(node, `seed ${seed}`);
  },

  "replicas come together": async (seed, planted) => {
    const { network, a, b } = await two(seed, planted, { tokens: [0] });
    const random = new Random(seed);
    for (let i = 0; i < 300; i++) {
      await a.put(`k${i}`, `v${i}`);
      if (random.nextBelow(4) > 0) await copy(a, b, `k${i}`);
    }
    // Deletes that the other has not heard of, and the only key behind all others.
    for (let i = 0; i < 300; i += 7) await b.put(`k${i}`);
    for (let i = 0; i < 20; i++) await a.put(`deleted${i}`);
    for (let round = 0; round < 2; round++) await exchangeAll(network, a, "b");
    expect(await a.contents()).toEqual(await b.contents());
  },

  "a second round transfers nothing": async (seed, planted) => {
    const { network, a, b } = await two(seed, planted);
    for (let i = 0; i < 200; i++) await (i % 2 === 0 ? a : b).put(`k${i}`, "v");
    await exchangeAll(network, a, "b");
    await network.until(network.sleep(5000));
    const merges = a.merges + b.merges;
    const events = await exchangeAll(network, b, "a");
    expect(events.map(({ end }) => end)).toEqual(events.map(() => "equal"));
    expect(a.merges + b.merges).toBe(merges);
  },

  "writes on their way are left alone": async (seed, planted) => {
    const { network, a, b } = await two(seed, planted);
    for (let i = 0; i < 100; i++) {
      await a.put(`k${i}`, "v");
      network.scheduler.schedule(1_000_000, () => network.watch(copy(a, b, `k${i}`)));
    }
    await exchangeAll(network, a, "b");
    await network.until(network.sleep(5000));
    expect(b.merges).toBe(100);
  },

  "equal leaves of unequal trees are not listed": async (seed, planted) => {
    const { network, a, b } = await two(seed, planted, { tokens: [0] });
    for (let i = 0; i < 200; i++) {
      await a.put(`k${i}`, "v");
      await copy(a, b, `k${i}`);
    }
    for (let i = 0; i < 600; i++) await a.put(`gone${i}`, "v");
    await network.until(network.sleep(1000));
    for (let i = 0; i < 600; i++) await a.remove(`gone${i}`);
    await network.ready(a);
    await a.put("k7", "w");
    const levels = [a, b].map((node) => node.index.treeOf(network.partitions[0]!)!.level);
    expect(levels[0]).toBeGreaterThan(levels[1]!);
    const [event] = await exchangeAll(network, a, "b");
    expect(event!.keysCompared).toBeLessThan(50);
    expect(await a.contents()).toEqual(await b.contents());
  },

  "a pull brings everything": async (seed, planted) => {
    const { network, a, b } = await two(seed, planted, { tokens: [0] });
    for (let i = 0; i < 700; i++) await b.put(`k${i}`, i % 9 === 0 ? undefined : "v");
    await network.ready(b);
    await network.until(a.entropy.pull("b", network.partitions[0]!));
    expect(await a.contents()).toEqual(await b.contents());
  },
};
