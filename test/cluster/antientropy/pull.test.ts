import { describe, expect, test } from "vitest";
import type { PullProgress } from "../../../cluster/antientropy/pull.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { type NetworkOptions, SmallNetwork } from "./small-network.ts";

async function two(options: NetworkOptions): Promise<[SmallNetwork, EntropyNode, EntropyNode]> {
  const network = new SmallNetwork({ tokens: [0], ...options });
  const a = await network.open("a");
  const b = await network.open("b");
  await network.ready(a);
  await network.ready(b);
  return [network, a, b];
}

async function fill(node: EntropyNode, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await node.put(`k${i}`, i % 10 === 0 ? undefined : "v".repeat(i % 300));
  }
  await node.network.ready(node);
}

describe.each(["memory", "lsm", "hashlog"])("a pull over %s", (engine) => {
  test("brings all to a node that has nothing, and tells how far it is", async () => {
    const [network, a, b] = await two({ seed: 1, engine, loss: 0.1, doubles: 0.1 });
    await fill(b, 3000);
    const told: PullProgress[] = [];
    const [partition] = network.partitions;
    const report = await network.until(
      a.entropy.pull("b", partition!, (progress) => told.push(progress)),
    );
    expect(report).toMatchObject({ end: "repaired", keysFetched: 3000, keysPushed: 0 });
    expect(await a.contents()).toEqual(await b.contents());
    expect(told.length).toBeGreaterThan(3);
    expect(told.every(({ keysThere }) => keysThere === 3000)).toBe(true);
    for (let i = 1; i < told.length; i++) {
      expect(told[i]!.keys).toBeGreaterThanOrEqual(told[i - 1]!.keys);
      expect(told[i]!.bytes).toBeGreaterThanOrEqual(told[i - 1]!.bytes);
      expect(told[i - 1]!.isDone).toBe(false);
    }
    expect(told.at(-1)).toMatchObject({ keys: 3000, isDone: true });
    const again = await network.until(a.entropy.pull("b", partition!));
    expect(again).toMatchObject({ end: "equal", keysFetched: 0, dataBytes: 0 });
  });
});

describe("a pull", () => {
  test("goes on where it was cut off, by comparing again", async () => {
    const [network, a, b] = await two({ seed: 2 });
    await fill(b, 3000);
    const [partition] = network.partitions;
    let pages = 0;
    const cut = await network.until(
      a.entropy.pull("b", partition!, () => {
        if (++pages === 2) network.nodes.delete("b");
      }),
    );
    expect(cut.end).toBe("timeout");
    expect(cut.keysFetched).toBeGreaterThan(200);
    network.nodes.set("b", b);
    await network.ready(a);
    const rest = await network.until(a.entropy.pull("b", partition!));
    expect(rest.end).toBe("repaired");
    expect(rest.keysFetched).toBe(3000 - cut.keysFetched);
    expect(await a.contents()).toEqual(await b.contents());
  });

  test("sends nothing, keeps what only this node has, and merges what both have", async () => {
    const [network, a, b] = await two({ seed: 3 });
    await fill(b, 100);
    for (let i = 50; i < 150; i++) await a.put(`k${i}`, "ours");
    await network.until(a.entropy.pull("b", network.partitions[0]!));
    expect(b.merges).toBe(0);
    expect((await a.contents()).size).toBe(150);
    // Where both wrote, both values are there now; a second pull finds nothing to take.
    const before = a.merges;
    const merged = await a.contents();
    await network.until(a.entropy.pull("b", network.partitions[0]!));
    expect(await a.contents()).toEqual(merged);
    expect(a.merges - before).toBe(50);
  });

  test("has what was there at its beginning, while writes go on", async () => {
    const [network, a, b] = await two({ seed: 4, delayMaxMs: 30 });
    await fill(b, 1500);
    const before = await b.contents();
    let isOver = false;
    const writes = (async () => {
      for (let i = 0; !isOver; i++) {
        await b.put(`k${i % 1500}`, `new${i}`);
        await network.sleep(1);
      }
    })();
    const report = await network.until(a.entropy.pull("b", network.partitions[0]!));
    isOver = true;
    await network.until(writes);
    expect(["equal", "repaired"]).toContain(report.end);
    const pulled = await a.contents();
    for (const key of before.keys()) expect(pulled.has(key), key).toBe(true);
  });

  test("is not done when a key there cannot be read", async () => {
    const [network, a, b] = await two({ seed: 5 });
    await fill(b, 200);
    const read = b.read.bind(b);
    b.read = (key) => {
      if (Buffer.from(key).toString() !== "k77") return read(key);
      throw new EngineError("ENGINE_CORRUPTION", "a block is damaged");
    };
    let last: PullProgress | undefined;
    const report = await network.until(
      a.entropy.pull("b", network.partitions[0]!, (progress) => (last = progress)),
    );
    expect(report).toMatchObject({ end: "partly", keysFailed: 1, keysFetched: 199 });
    expect(last!.isDone).toBe(false);
    b.read = read;
    await network.until(a.entropy.pull("b", network.partitions[0]!));
    expect(await a.contents()).toEqual(await b.contents());
  });
});
