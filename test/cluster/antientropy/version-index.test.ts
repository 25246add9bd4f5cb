// The index and the trees follow the data engine through random histories: writes, merges,
// removals, growth, failed commits, clean stops and crashes.

import { describe, expect, test } from "vitest";
import { partitionsOf } from "../../../cluster/antientropy/partition.ts";
import type { Durability } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { expectTrueIndex } from "./index-state.ts";
import { bytes, SmallNetwork } from "./small-network.ts";

const ENGINES = ["memory", "lsm", "hashlog"];

/** Some writes of some keys at once, of which some may fail. */
async function writeSome(node: EntropyNode, random: Random, count: number): Promise<number> {
  const works = Array.from({ length: count }, () => {
    const key = `k${random.nextBelow(400)}`;
    const kind = random.nextBelow(8);
    if (kind === 0) return node.remove(key);
    return kind === 1 ? node.put(key) : node.put(key, `v${random.nextBelow(1000)}`);
  });
  const ends = await node.network.until(Promise.allSettled(works));
  return ends.filter(({ status }) => status === "rejected").length;
}

async function opened(
  seed: number,
  engine: string,
  options: { durability?: Durability; planted?: string } = {},
): Promise<EntropyNode> {
  const network = new SmallNetwork({ seed, engine, ...options });
  const node = await network.open("a");
  await network.ready(node);
  return node;
}

describe.each(ENGINES)("over %s", (engine) => {
  test("the index is what the data are after any history", async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const node = await opened(seed, engine);
      const random = new Random(seed);
      for (let round = 0; round < 6; round++) {
        await writeSome(node, random, 150);
        await node.network.ready(node);
        await expectTrueIndex(node, `${engine}, seed ${seed}, round ${round}`);
      }
      // 400 keys in 4 partitions: trees have grown and shrunk.
      for (let i = 0; i < 400; i++) await node.remove(`k${i}`);
      await node.network.ready(node);
      await expectTrueIndex(node, `${engine}, seed ${seed}, at the end`);
      expect(node.index.keys).toBe(0);
      for (const it of node.index.partitions) expect(node.index.treeOf(it)!.level).toBe(0);
    }
  });

  test("writes that fail after they were shown leave the index true", async () => {
    let failed = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const node = await opened(seed, engine, { durability: "group" });
      const random = new Random(seed);
      for (let round = 0; round < 8; round++) {
        // A full disk for a while: commits fail, and what they showed is undone.
        if (round % 2 === 1) node.disk.capacityBytes = 0;
        failed += await writeSome(node, random, 40);
        node.disk.capacityBytes = Number.POSITIVE_INFINITY;
        await node.network.ready(node);
        await expectTrueIndex(node, `${engine}, seed ${seed}, round ${round}`);
      }
    }
    expect(failed).toBeGreaterThan(100);
  });

  test("after a clean stop it is believed, and after a crash made anew", async () => {
    const network = new SmallNetwork({ seed: 5, engine, durability: "group" });
    const disk = new MemoryDisk();
    let node = await network.open("a", disk);
    await network.ready(node);
    await writeSome(node, new Random(5), 300);
    await network.until(node.stop());
    node = await network.open("a", disk);
    expect(node.index.isReady).toBe(true);
    await expectTrueIndex(node, "after a clean stop");
    await writeSome(node, new Random(6), 100);
    disk.kill();
    node = await network.open("a", disk);
    expect(node.index.isReady).toBe(false);
    await writeSome(node, new Random(7), 100);
    await network.ready(node);
    await expectTrueIndex(node, "after a crash");
    disk.losePower(new Random(8));
    node = await network.open("a", disk);
    await network.ready(node);
    await expectTrueIndex(node, "after a loss of power");
  });

  test("it is made from what is there while writes go on", async () => {
    const network = new SmallNetwork({ seed: 9, engine });
    const disk = new MemoryDisk();
    let node = await network.open("a", disk);
    for (let i = 0; i < 2500; i++) await node.put(`old${i}`, "v");
    for (let i = 0; i < 400; i++) await node.put(`k${i}`, "v");
    disk.kill();
    node = await network.open("a", disk);
    const random = new Random(9);
    let rounds = 0;
    for (; !node.index.isReady && rounds < 500; rounds++) await writeSome(node, random, 20);
    expect(rounds).toBeGreaterThan(3);
    await network.ready(node);
    await expectTrueIndex(node, "built beside writes");
  });

  test("another plan has other trees, and the old ones where they are the same", async () => {
    const node = await opened(3, engine);
    await writeSome(node, new Random(3), 300);
    await node.network.ready(node);
    const kept = node.index.partitions[3]!;
    const tree = node.index.treeOf(kept);
    const tokens = [1000, 2 ** 29, 2 ** 30, 2 ** 31, 3 * 2 ** 30, 2 ** 32 - 5];
    node.index.setPartitions(partitionsOf({ tokens: Uint32Array.from(tokens) }));
    expect(node.index.treeOf(kept)).toBe(tree);
    await writeSome(node, new Random(4), 100);
    await node.network.ready(node);
    await expectTrueIndex(node, "another plan");
  });
});

test("an index whose engine fails is made anew once it works again", async () => {
  const node = await opened(4, "memory");
  // So few that no tree grows, which would make it anew as well.
  await writeSome(node, new Random(4), 25);
  const put = node.indexEngine.put.bind(node.indexEngine);
  node.indexEngine.put = () => {
    throw new EngineError("ENGINE_NO_SPACE", "the disk is full");
  };
  await writeSome(node, new Random(5), 25);
  expect(node.index.isReady).toBe(false);
  node.indexEngine.put = put;
  await node.network.ready(node);
  await expectTrueIndex(node, "after a failure of its engine");
});

test("an index whose engine takes its time is true as well", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const network = new SmallNetwork({ seed, isLate: true, durability: "group" });
    const disk = new MemoryDisk();
    let node = await network.open("a", disk);
    await network.ready(node);
    const random = new Random(seed);
    for (let round = 0; round < 10; round++) {
      if (round % 4 === 3) disk.capacityBytes = 0;
      const writes = writeSome(node, random, 80);
      await network.until(network.sleep(random.nextBelow(30)));
      await writes;
      disk.capacityBytes = Number.POSITIVE_INFINITY;
    }
    // The engine of the index may have failed as well; then it is made anew.
    await network.ready(node);
    await network.until(network.sleep(1000));
    await network.ready(node);
    await expectTrueIndex(node, `seed ${seed}`);
    const stopped = network.until(node.stop());
    await stopped;
    node = await network.open("a", disk);
    await network.ready(node);
    await expectTrueIndex(node, `seed ${seed}, after a stop`);
  }
});

test("plans that follow each other while trees are made leave the last one's", async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const node = await opened(seed, "memory");
    for (let i = 0; i < 2000; i++) await node.put(`many${i}`, "v");
    const random = new Random(seed);
    for (let plan = 0; plan < 6; plan++) {
      const tokens = Array.from({ length: 1 + random.nextBelow(5) }, () =>
        random.nextBelow(2 ** 32),
      );
      node.index.setPartitions(partitionsOf({ tokens: Uint32Array.from(tokens) }));
      await node.network.until(node.network.sleep(random.nextBelow(3)));
      await writeSome(node, random, 20);
    }
    await node.network.ready(node);
    await expectTrueIndex(node, `seed ${seed}`);
  }
});

describe("a write between a failure and its news", () => {
  test("is counted from what the index has, not from what it found", async () => {
    const node = await opened(6, "memory");
    const [one, two] = await records(node);
    const key = bytes("k");
    let fail = (): void => {};
    const failing = new Promise<void>((_, reject) => {
      fail = () => reject(new EngineError("ENGINE_NO_SPACE", "the disk is full"));
    });
    node.index.stored(key, undefined, one, failing);
    // The engine has undone it, and the next write finds nothing: before anybody was told.
    await node.data.put(key, two);
    node.index.stored(key, undefined, two, undefined);
    fail();
    await node.network.until(node.network.sleep(10));
    await node.network.ready(node);
    await expectTrueIndex(node, "after the news");
  });

  test("is seen by one who looks the key up meanwhile", async () => {
    const node = await opened(7, "memory");
    const [one, two] = await records(node);
    const key = bytes("k");
    await node.data.put(key, one);
    node.index.stored(key, undefined, one, undefined);
    const get = node.data.get.bind(node.data);
    node.data.get = async (asked) => {
      const found = await get(asked);
      await node.network.sleep(100);
      return found;
    };
    node.index.doubt(key);
    await node.network.until(node.network.sleep(50));
    await node.data.put(key, two);
    node.index.stored(key, one, two, undefined);
    expect(node.index.isReady).toBe(false);
    await node.network.until(node.network.sleep(500));
    node.data.get = get;
    await expectTrueIndex(node, "after the doubt");
  });
});

/** Two records of a key that were made by two writes. */
async function records(node: EntropyNode): Promise<[Uint8Array, Uint8Array]> {
  const made: Uint8Array[] = [];
  for (const value of ["one", "two"]) {
    await node.put("other", value);
    made.push((await node.data.get(bytes("other")))!);
  }
  return [made[0]!, made[1]!];
}
