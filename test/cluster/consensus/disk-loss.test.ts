// Lost disks, one by one: what a new disk may say, when it may say it, and how it is filled again.

import { describe, expect, test } from "vitest";
import { SmallCluster } from "./small-cluster.ts";

const NODES = ["n1", "n2", "n3"];
const KEYS = Array.from({ length: 20 }, (_, i) => `k${i}`);
const seed = 3;

async function fill(cluster: SmallCluster, value: string, keys = KEYS): Promise<void> {
  for (const key of keys) expect(await cluster.put("n1", key, `${value}-${key}`)).toBe("done");
}

describe("a lost disk", () => {
  test("is filled again, so that all can be lost in turn", async () => {
    // More keys than a page of a list has.
    const keys = Array.from({ length: 150 }, (_, i) => `k${i}`);
    const world = await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await fill(cluster, "a", keys);
      for (const node of [...NODES, ...NODES]) {
        cluster.machine(node).loseDisk();
        await cluster.sleep(100);
        await cluster.restart(node);
        await cluster.until(`${node} is whole`, () => cluster.registers(node).isWhole);
      }
      for (const key of keys) expect(await cluster.get("n2", key)).toBe(`a-${key}`);
    });
    expect(world.probes.marks()["consensus walked a peer"]).toBeGreaterThanOrEqual(12);
  });

  test("does not make a majority with a voter that missed the write", async () => {
    const options = { seed, nodes: NODES, hasPeers: false };
    const script = async (cluster: SmallCluster): Promise<void> => {
      await fill(cluster, "a");
      cluster.machine("n3").kill();
      await fill(cluster, "b");
      cluster.machine("n1").loseDisk();
      await cluster.sleep(10);
      await cluster.restart("n3");
      await cluster.restart("n1");
      // n1 becomes known to both, and is asked for one key, which it gets back.
      expect(await cluster.get("n1", "k0")).toBe("b-k0");
      cluster.machine("n2").kill();
      // The only one that has the last write of the others is away.
      for (const key of KEYS.slice(1, 4)) {
        expect(await cluster.get("n3", key)).toBe("CLUSTER_TIMEOUT not-done");
      }
      expect(await cluster.get("n3", "k0")).toBe("b-k0");
      await cluster.restart("n2");
      for (const key of KEYS) expect(await cluster.get("n3", key)).toBe(`b-${key}`);
    };
    await SmallCluster.run(options, script);
    const planted = SmallCluster.run({ ...options, planted: "consensus-amnesia-votes" }, script);
    await expect(planted).rejects.toThrow("a-k1");
  });

  test("is not whole while a listed key cannot be had back", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await fill(cluster, "a");
      cluster.machine("n3").kill();
      expect(await cluster.put("n1", "k0", "b")).toBe("done");
      expect(await cluster.put("n1", "only", "c")).toBe("done");
      cluster.machine("n1").loseDisk();
      await cluster.sleep(10);
      await cluster.restart("n3");
      await cluster.restart("n1");
      const knownTo = () => cluster.world.probes.marks()["consensus disk after another"] ?? 0;
      await cluster.until("n1 is known", () => knownTo() === 2);
      // n2 lists what it has, but n1 needs n3 as well to have it back.
      cluster.machine("n3").kill();
      await cluster.sleep(4000);
      cluster.machine("n2").kill();
      // What n2 said still counts until n1 asks anew.
      await cluster.sleep(4000);
      await cluster.restart("n3");
      await cluster.sleep(4000);
      expect(await cluster.get("n3", "only")).toBe("CLUSTER_TIMEOUT not-done");
      expect(await cluster.get("n3", "k0")).toBe("CLUSTER_TIMEOUT not-done");
      await cluster.restart("n2");
      await cluster.until("n1 is whole", () => cluster.registers("n1").isWhole);
      cluster.machine("n2").kill();
      expect(await cluster.get("n3", "only")).toBe("c");
      expect(await cluster.get("n3", "k0")).toBe("b");
    });
  });

  test("of a majority makes keys unavailable, never empty", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await fill(cluster, "a");
      for (const node of ["n1", "n2"]) cluster.machine(node).loseDisk();
      await cluster.sleep(10);
      for (const node of ["n1", "n2"]) await cluster.restart(node);
      for (const node of NODES) {
        expect(await cluster.get(node, "k1")).toBe("CLUSTER_TIMEOUT not-done");
        expect(await cluster.put(node, "k1", "b")).toBe("CLUSTER_TIMEOUT not-done");
      }
      expect(cluster.registers("n1").isWhole).toBe(false);
    });
  });

  test("of a node that was filled again needs nobody for keys that are new", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await fill(cluster, "a");
      cluster.machine("n1").loseDisk();
      await cluster.sleep(10);
      await cluster.restart("n1");
      await cluster.until("n1 is whole", () => cluster.registers("n1").isWhole);
      cluster.machine("n2").kill();
      expect(await cluster.put("n1", "new", "x")).toBe("done");
      cluster.machine("n3").kill();
      cluster.machine("n1").kill();
      for (const node of ["n1", "n3"]) await cluster.restart(node);
      expect(await cluster.get("n3", "new")).toBe("x");
    });
  });

  test("of two voters of five at a time is one of a minority", async () => {
    const nodes = ["n1", "n2", "n3", "n4", "n5"];
    await SmallCluster.run({ seed, nodes }, async (cluster) => {
      await fill(cluster, "a");
      for (const node of ["n1", "n4"]) cluster.machine(node).loseDisk();
      await cluster.sleep(10);
      for (const node of ["n1", "n4"]) await cluster.restart(node);
      for (const key of KEYS) expect(await cluster.get("n1", key)).toBe(`a-${key}`);
      await cluster.sleep(3000);
      // Neither may take the word of the other for all that it lost.
      for (const node of ["n1", "n4"]) expect(cluster.registers(node).isWhole).toBe(false);
      for (const node of ["n2", "n5"]) expect(cluster.registers(node).isWhole).toBe(true);
      cluster.machine("n2").kill();
      cluster.machine("n3").kill();
      for (const key of KEYS) expect(await cluster.get("n5", key)).toBe(`a-${key}`);
    });
  });
});

describe("a new cluster", () => {
  test("begins to vote when everybody was up once, and then needs a majority", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      for (const node of NODES) cluster.machine(node).loseDisk();
      for (const node of ["n1", "n2"]) await cluster.restart(node);
      expect(await cluster.put("n1", "k", "a")).toBe("CLUSTER_TIMEOUT not-done");
      await cluster.restart("n3");
      expect(await cluster.put("n1", "k", "a")).toBe("done");
      cluster.machine("n3").kill();
      cluster.machine("n1").kill();
      await cluster.restart("n1");
      expect(await cluster.get("n1", "k")).toBe("a");
    });
  });

  test("of one node is a majority", async () => {
    await SmallCluster.run({ seed, nodes: ["n1"] }, async (cluster) => {
      expect(await cluster.get("n1", "k")).toBe(null);
      expect(await cluster.put("n1", "k", "a")).toBe("done");
      cluster.machine("n1").losePower();
      await cluster.restart("n1");
      expect(await cluster.get("n1", "k")).toBe("a");
      expect(await cluster.put("n1", "k", null)).toBe("done");
      expect(await cluster.get("n1", "k")).toBe(null);
    });
  });
});
