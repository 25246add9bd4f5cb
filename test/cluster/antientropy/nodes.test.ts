// Anti-entropy among whole nodes: no reads, no hints, and yet replicas come to hold the same.

import { describe, expect, test } from "vitest";
import type { AntiEntropyEvent } from "../../../cluster/antientropy/events.ts";
import { bytes, inCluster, type SmallCluster } from "../replication/small-cluster.ts";

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`);
const antiEntropy = { intervalMs: 4000, confirmMs: 300 };

async function writeAll(cluster: SmallCluster): Promise<void> {
  const client = cluster.client({ timeoutMs: 5000 });
  for (const key of KEYS) await client.put("data", bytes(key), bytes(`of ${key}`));
  client.close();
}

async function copiesOf(cluster: SmallCluster, node: string): Promise<number> {
  let copies = 0;
  for (const key of KEYS) {
    const held = await cluster.held(node, key);
    if (held.length > 0) expect(held).toEqual([`of ${key}`]);
    copies += held.length;
  }
  return copies;
}

describe.each(["memory", "hashlog", "lsm"])("nodes on %s", (engine) => {
  test("fill a disk that was lost, and then have nothing more to repair", async () => {
    const events: AntiEntropyEvent[] = [];
    const onAntiEntropy = (event: AntiEntropyEvent): number => events.push(event);
    await inCluster({ engine, nodes: { dc1: 3 }, antiEntropy, onAntiEntropy }, async (cluster) => {
      await writeAll(cluster);
      expect(await copiesOf(cluster, "n2")).toBe(KEYS.length);
      cluster.world.machines.get("n2")!.loseDisk();
      cluster.world.machines.get("n2")!.start();
      await cluster.sleep(50);
      expect(await copiesOf(cluster, "n2")).toBeLessThan(KEYS.length / 2);
      await cluster.sleep(15_000);
      expect(await copiesOf(cluster, "n2")).toBe(KEYS.length);
      events.length = 0;
      await cluster.sleep(10_000);
      expect(events.length).toBeGreaterThan(10);
      expect(events.filter(({ end }) => end !== "equal")).toEqual([]);
    });
  });
});

test("a stop and a start in between keep the index, so that nothing is built anew", async () => {
  const events: AntiEntropyEvent[] = [];
  const onAntiEntropy = (event: AntiEntropyEvent): number => events.push(event);
  await inCluster({ nodes: { dc1: 3 }, antiEntropy, onAntiEntropy }, async (cluster) => {
    await writeAll(cluster);
    const machine = cluster.world.machines.get("n1")!;
    await cluster.nodes.get("n1")!.stop();
    const names = [...machine.disk.files().keys()];
    expect(names).toContain("/node/keyspaces/data/index/TREES");
    machine.kill();
    machine.start();
    await cluster.sleep(9000);
    expect(events.length).toBeGreaterThan(10);
    expect(events.filter(({ end }) => end !== "equal")).toEqual([]);
  });
});
