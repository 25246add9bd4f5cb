import { describe, expect, test } from "vitest";
import { encode } from "../../../cluster/antientropy/codec.ts";
import { decode } from "../../../cluster/antientropy/decode.ts";
import { differingOffsets } from "../../../cluster/antientropy/hash-list.ts";
import { Kind } from "../../../cluster/antientropy/messages.ts";
import { partitionsOf } from "../../../cluster/antientropy/partition.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { EngineError } from "../../../engines/errors.ts";
import { Random } from "../../../workloads/random.ts";
import { collidingKey } from "./colliding-key.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { expectTrueIndex } from "./index-state.ts";
import { bytes, exchangeAll, type NetworkOptions, SmallNetwork } from "./small-network.ts";

const ENGINES = ["memory", "lsm", "hashlog"];

async function two(options: NetworkOptions): Promise<[SmallNetwork, EntropyNode, EntropyNode]> {
  const network = new SmallNetwork(options);
  const a = await network.open("a");
  const b = await network.open("b");
  await network.ready(a);
  await network.ready(b);
  return [network, a, b];
}

/** Writes and deletes at either node, of which the other one hears or not. */
async function writeApart(a: EntropyNode, b: EntropyNode, random: Random, count: number) {
  for (let i = 0; i < count; i++) {
    const key = `k${random.nextBelow(count)}`;
    const [at, other] = random.nextBelow(2) === 0 ? [a, b] : [b, a];
    await at.put(key, random.nextBelow(6) === 0 ? undefined : `v${i}`);
    const set = await at.read(bytes(key));
    if (random.nextBelow(4) > 0) await other.merge(bytes(key), set!);
  }
}

describe.each(ENGINES)("two replicas over %s", (engine) => {
  test("come together over a bad network, and then are left alone", async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const bad = { loss: 0.2, doubles: 0.2, delayMaxMs: 1500 };
      const policy = (["dvv", "vector-clock", "lww"] as const)[seed % 3]!;
      const [network, a, b] = await two({ seed, engine, policy, ...bad });
      await writeApart(a, b, new Random(seed), 300);
      await network.ready(a);
      await network.ready(b);
      let rounds = 0;
      while (
        JSON.stringify([...(await a.contents())]) !== JSON.stringify([...(await b.contents())])
      ) {
        await exchangeAll(network, rounds % 2 === 0 ? a : b, rounds % 2 === 0 ? "b" : "a");
        expect(++rounds, `seed ${seed}`).toBeLessThan(8);
      }
      expect(rounds).toBeGreaterThan(0);
      await expectTrueIndex(a, `seed ${seed}, a`);
      await expectTrueIndex(b, `seed ${seed}, b`);
      // What was doubled may still be on its way.
      await network.until(network.sleep(5000));
      const merges = a.merges + b.merges;
      for (const event of await exchangeAll(network, a, "b")) {
        expect(["equal", "timeout"], `seed ${seed}`).toContain(event.end);
        expect(event.keysCompared + event.keysFetched + event.keysPushed).toBe(0);
      }
      expect(a.merges + b.merges, `seed ${seed}: a second round transfers 0 keys`).toBe(merges);
    }
  });
});

describe("an exchange", () => {
  test("leaves writes on their way alone", async () => {
    const [network, a, b] = await two({ seed: 3 });
    for (let i = 0; i < 400; i++) {
      await a.put(`k${i}`, "v");
      const set = await a.read(bytes(`k${i}`));
      // The other replica has it a second later.
      network.scheduler.schedule(1_000_000, () => network.watch(b.merge(bytes(`k${i}`), set!)));
    }
    const events = await exchangeAll(network, a, "b");
    expect(b.merges).toBe(400);
    expect(events.reduce((sum, { keysDiffering }) => sum + keysDiffering, 0)).toBe(0);
    expect(events[0]!.keysCompared + events[0]!.treeBytes).toBeGreaterThan(300);
  });

  test("of trees of unequal depth lists no more than differs", async () => {
    const [network, a, b] = await two({ seed: 4, tokens: [0] });
    for (let i = 0; i < 2000; i++) {
      await a.put(`k${i}`, "v");
      await b.merge(bytes(`k${i}`), (await a.read(bytes(`k${i}`)))!);
    }
    // A tree that has grown, and one that is made anew for as many keys.
    for (let i = 0; i < 2500; i++) await a.put(`gone${i}`, "v");
    await network.ready(a);
    await network.until(network.sleep(1000));
    for (let i = 0; i < 2500; i++) await a.remove(`gone${i}`);
    await network.ready(a);
    const [partition] = network.partitions;
    const levels = [a, b].map((node) => node.index.treeOf(partition!)!.level);
    expect(levels[0]).not.toBe(levels[1]);
    await a.put("k7", "w");
    await b.put("k9", "w");
    for (const [from, to] of [[a, "b"] as const, [b, "a"] as const]) {
      const report = await network.until(from.entropy.exchange(to, partition!));
      expect(report.end).toBe(from === a ? "repaired" : "equal");
      expect(report.keysDiffering).toBe(from === a ? 2 : 0);
      expect(report.keysCompared).toBeLessThan(100);
    }
    expect(await a.contents()).toEqual(await b.contents());
  });

  test("with another plan, nobody there or an index that is not ready ends quietly", async () => {
    const [network, a, b] = await two({ seed: 5, delayMaxMs: 1 });
    const [partition] = network.partitions;
    await a.put("k1", "v");
    const other = await network.until(a.entropy.exchange("nobody", partition!));
    expect(other).toMatchObject({ end: "timeout", keysFetched: 0 });
    b.index.setPartitions(partitionsOf({ tokens: Uint32Array.of(5, 2 ** 31) }));
    await network.ready(b);
    expect(await network.until(a.entropy.exchange("b", partition!))).toMatchObject({
      end: "other-plan",
    });
    b.index.setPartitions(network.partitions);
    await network.ready(b);
    const get = b.data.get.bind(b.data);
    b.data.get = () => {
      throw new EngineError("ENGINE_IO", "the disk does not answer");
    };
    b.index.doubt(bytes("k1"));
    expect(await network.until(a.entropy.exchange("b", partition!))).toMatchObject({
      end: "not-ready",
    });
    b.data.get = get;
    await network.ready(b);
    const ended = a.entropy.exchange("b", partition!);
    a.entropy.stop();
    expect(await network.until(ended)).toMatchObject({ end: "stopped" });
    expect(b.merges).toBe(0);
  });

  test("brings versions of any number and size, and goes on around those that fail", async () => {
    const [network, a, b] = await two({ seed: 6, tokens: [0] });
    const big = "x".repeat(300_000);
    await a.put("big1", big);
    await b.put("big2", big);
    for (let i = 0; i < 1500; i++) await (i % 2 === 0 ? a : b).put(`k${i}`, `v${i}`);
    await a.put("poor", "v");
    const merge = b.merge.bind(b);
    b.merge = (key, set) => {
      if (Buffer.from(key).toString() !== "poor") return merge(key, set);
      throw new EngineError("ENGINE_NO_SPACE", "the disk is full");
    };
    await network.ready(a);
    await network.ready(b);
    const [partition] = network.partitions;
    const report = await network.until(a.entropy.exchange("b", partition!));
    expect(report).toMatchObject({ end: "partly", keysFailed: 1, keysDiffering: 1503 });
    expect(report).toMatchObject({ keysFetched: 751, keysPushed: 751 });
    b.merge = merge;
    expect(await network.until(a.entropy.exchange("b", partition!))).toMatchObject({
      ...{ end: "repaired", keysDiffering: 1, keysPushed: 1 },
    });
    expect(await a.contents()).toEqual(await b.contents());
  });

  test("of few keys with many goes through long answers part by part", async () => {
    const [network, a, b] = await two({ seed: 9, tokens: [0] });
    const keyOf = (i: number): string => `k${i}${"-".repeat(300)}`;
    for (let i = 0; i < 4500; i++) await b.put(keyOf(i), "v");
    for (let i = 0; i < 10; i++) await a.merge(bytes(keyOf(i)), (await b.read(bytes(keyOf(i))))!);
    await network.ready(b);
    await network.until(network.sleep(1000));
    const [partition] = network.partitions;
    expect(a.index.treeOf(partition!)!.level).toBe(0);
    const report = await network.until(a.entropy.exchange("b", partition!));
    expect(report).toMatchObject({ end: "repaired", keysFetched: 4490, keysPushed: 0 });
    expect(await a.contents()).toEqual(await b.contents());
  });

  test("never cuts an answer between keys of one position", async () => {
    const [network, a, b] = await two({ seed: 10, tokens: [0] });
    for (let i = 0; i < 4200; i++) {
      const key = Buffer.from(collidingKey(i)).toString("latin1");
      await a.change(Buffer.from(key, "latin1"), (stored) => stored ?? recordFor(a, i));
      if (i % 500 !== 0) await b.merge(Buffer.from(key, "latin1"), recordFor(a, i).subarray(1));
    }
    await network.ready(a);
    await network.ready(b);
    const [partition] = network.partitions;
    const report = await network.until(b.entropy.exchange("a", partition!));
    expect(report).toMatchObject({ end: "repaired", keysDiffering: 9, keysCompared: 4200 });
    expect(await a.contents()).toEqual(await b.contents());
  });

  test("believes the node that was asked alone", async () => {
    const [network, a, b] = await two({ seed: 11 });
    for (let i = 0; i < 50; i++) await b.put(`k${i}`, "v");
    await network.ready(b);
    const [partition] = network.partitions;
    const send = network.send.bind(network);
    network.send = (from, to, payload) => {
      const asked = decode(payload);
      if (from === "a" && asked.kind === Kind.sums) {
        // Somebody else says that there is nothing either.
        const answer = {
          kind: Kind.sumsAnswer,
          number: asked.number,
          level: 0,
          keys: 0,
          sums: [0],
        };
        a.entropy.receive("c", encode(answer));
      }
      send(from, to, payload);
    };
    const report = await network.until(a.entropy.exchange("b", partition!));
    expect(report.end).toBe("repaired");
  });

  test("waits for a node that has sent as much as it may", async () => {
    const [network, a, b] = await two({ seed: 12, tokens: [0] });
    await b.put("k1", "v");
    // A debt of five seconds.
    b.budget.charge(6e9);
    const report = await network.until(a.entropy.exchange("b", network.partitions[0]!));
    expect(report.end).toBe("repaired");
    expect(report.durationMs).toBeGreaterThan(4900 + 2000);
  });

  test("waits where the budget says so, and still comes to its end", async () => {
    const [network, a, b] = await two({ seed: 7, tokens: [0], bytesPerSecond: 20_000 });
    for (let i = 0; i < 300; i++) await a.put(`k${i}`, "v".repeat(1000));
    await network.ready(a);
    const [partition] = network.partitions;
    const report = await network.until(a.entropy.exchange("b", partition!));
    expect(report.end).toBe("repaired");
    // A burst is free; both nodes count what they send and what they get.
    const leastMs = ((report.treeBytes + report.dataBytes - 2 * 20_000) / 20_000) * 1000;
    expect(report.durationMs).toBeGreaterThan(Math.max(5000, leastMs * 0.8));
    expect(await a.contents()).toEqual(await b.contents());
  });
});

test("three replicas come together, whoever asks whom", async () => {
  const network = new SmallNetwork({ seed: 8, loss: 0.1, doubles: 0.1 });
  const nodes = [await network.open("a"), await network.open("b"), await network.open("c")];
  for (const node of nodes) await network.ready(node);
  const random = new Random(8);
  for (let i = 0; i < 400; i++) {
    await nodes[random.nextBelow(3)]!.put(`k${random.nextBelow(300)}`, `v${i}`);
  }
  for (const node of nodes) await network.ready(node);
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 0],
    [0, 1],
  ] as const) {
    await exchangeAll(network, nodes[from]!, nodes[to]!.id);
  }
  const contents = await Promise.all(nodes.map((node) => node.contents()));
  expect(contents[1]).toEqual(contents[0]);
  expect(contents[2]).toEqual(contents[0]);
  const merges = nodes.reduce((sum, node) => sum + node.merges, 0);
  for (const from of nodes) {
    for (const to of nodes) if (from !== to) await exchangeAll(network, from, to.id);
  }
  expect(nodes.reduce((sum, node) => sum + node.merges, 0)).toBe(merges);
});

function recordFor(node: EntropyNode, i: number): Uint8Array {
  const written = node.policy.update(undefined, {
    ...{ request: { client: 1, number: i }, actor: { node: "n1", epoch: 1 + i }, nowWallMs: 1 },
    value: bytes("v"),
  });
  if (written.outcome === "refused") throw new Error("refused");
  return new Uint8Array([0, ...node.policy.encode(written.set)]);
}

test("keys that are made to collide do", () => {
  const positions = new Set(Array.from({ length: 100 }, (_, i) => positionOf(collidingKey(i))));
  expect(positions.size).toBe(1);
});

test("hashes at one offset are compared in order, and each offset once", () => {
  const a = { offsets: [1, 1, 4, 6, 6, 9], hashes: [5, 6, 7, 8, 9, 1] };
  const b = { offsets: [1, 1, 3, 4, 6, 8, 9], hashes: [5, 6, 7, 8, 8, 2, 1] };
  expect(differingOffsets(a, b)).toEqual([3, 4, 6, 8]);
  expect(differingOffsets(b, a)).toEqual([3, 4, 6, 8]);
  expect(differingOffsets(a, a)).toEqual([]);
});
