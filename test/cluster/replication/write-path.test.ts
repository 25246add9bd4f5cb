import { describe, expect, it } from "vitest";
import { bytes, inCluster, texts } from "./small-cluster.ts";

const QUORUM = { consistency: { level: "QUORUM" } } as const;

describe("a write", () => {
  it("is on all replicas, and an overwrite with its context takes its place", async () => {
    await inCluster({}, async (cluster) => {
      const client = cluster.client();
      const first = await client.put("data", bytes("k"), bytes("a"), QUORUM);
      expect(first.answeredBy.primaries.length).toBeGreaterThanOrEqual(2);
      expect(first.answeredBy.fallbacks).toEqual([]);
      const { values, context } = await client.get("data", bytes("k"), QUORUM);
      expect(texts(values)).toEqual(["a"]);
      await client.put("data", bytes("k"), bytes("b"), { ...QUORUM, context: context! });
      await cluster.sleep(100);
      for (const node of cluster.primariesOf("k")) {
        expect(await cluster.held(node, "k")).toEqual(["b"]);
      }
      for (const node of cluster.othersOf("k")) expect(await cluster.held(node, "k")).toEqual([]);
    });
  });

  it("without a context becomes a sibling, and a delete with both takes both away", async () => {
    await inCluster({}, async (cluster) => {
      const client = cluster.client();
      await client.put("data", bytes("k"), bytes("a"));
      await client.put("data", bytes("k"), bytes("b"));
      const { values, context } = await client.get("data", bytes("k"));
      expect(texts(values)).toEqual(["a", "b"]);
      await client.delete("data", bytes("k"), { context: context! });
      expect((await client.get("data", bytes("k"))).values).toEqual([]);
    });
  });

  it("can be asked of any node", async () => {
    await inCluster({}, async (cluster) => {
      for (const at of cluster.nodes.keys()) {
        const client = cluster.client({ at });
        await client.put("data", bytes(`k-${at}`), bytes(at));
        expect(texts((await client.get("data", bytes(`k-${at}`))).values)).toEqual([at]);
      }
    });
  });

  it("with too few replicas up is refused before anything is sent", async () => {
    await inCluster({}, async (cluster) => {
      const [first, second] = cluster.primariesOf("k");
      cluster.believe(first!, false);
      cluster.believe(second!, false);
      const { sent } = cluster;
      const put = cluster.client().put("data", bytes("k"), bytes("a"), QUORUM);
      await expect(put).rejects.toMatchObject({ code: "CLUSTER_UNAVAILABLE", fate: "not-done" });
      expect(cluster.sent).toBe(sent);
      const one = { consistency: { count: 1 } };
      await cluster.client().put("data", bytes("k"), bytes("a"), one);
    });
  });

  it("that too few acknowledge in time may have happened, and is handed on later", async () => {
    await inCluster({}, async (cluster) => {
      const [, second, third] = cluster.primariesOf("k");
      const at = cluster.primariesOf("k")[0]!;
      cluster.silence(second!, true);
      cluster.silence(third!, true);
      const put = cluster.client({ at }).put("data", bytes("k"), bytes("a"), {
        ...QUORUM,
        timeoutMs: 400,
      });
      await expect(put).rejects.toMatchObject({ code: "CLUSTER_TIMEOUT", fate: "unknown" });
      cluster.silence(second!, false);
      cluster.silence(third!, false);
      await cluster.sleep(5000);
      expect(await cluster.held(third!, "k")).toEqual(["a"]);
      expect(cluster.nodes.get(at)!.stats().hints).toBe(0);
    });
  });

  it("with replicas that cannot store it fails as soon as that is certain", async () => {
    await inCluster({}, async (cluster) => {
      const [first, second, third] = cluster.primariesOf("k");
      cluster.failing.add(second!);
      const all = { consistency: { level: "ALL" } } as const;
      const put = cluster.client({ at: first! }).put("data", bytes("k"), bytes("a"), all);
      await expect(put).rejects.toMatchObject({
        code: "CLUSTER_QUORUM",
        fate: "unknown",
        message: expect.stringContaining("of 3"),
      });
      cluster.failing.add(third!);
      const quorum = cluster.client({ at: first! }).put("data", bytes("k"), bytes("b"), QUORUM);
      await expect(quorum).rejects.toMatchObject({ code: "CLUSTER_QUORUM" });
    });
  });

  it("is made elsewhere when the coordinator's own disk is full", async () => {
    await inCluster({}, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      cluster.failing.add(first!);
      await cluster.client({ at: first! }).put("data", bytes("k"), bytes("a"), QUORUM);
      expect(texts((await cluster.client().get("data", bytes("k"))).values)).toEqual(["a"]);
    });
  });

  it("that passes over a silent replica is one write", async () => {
    await inCluster({ client: { timeoutMs: 2000, attemptTimeoutMs: 2000 } }, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      const [at] = cluster.othersOf("k");
      // It takes the write and its answer is lost.
      cluster.world.network.link(first!, at!).oneWayCuts++;
      await cluster.client({ at: at! }).put("data", bytes("k"), bytes("a"), QUORUM);
      cluster.world.network.link(first!, at!).oneWayCuts--;
      await cluster.sleep(5000);
      const found = await cluster.client().get("data", bytes("k"), QUORUM);
      expect(texts(found.values)).toEqual(["a"]);
      await cluster.client().put("data", bytes("k"), bytes("b"), { context: found.context! });
      expect(texts((await cluster.client().get("data", bytes("k"))).values)).toEqual(["b"]);
    });
  });

  it("asked again of another node has no second effect", async () => {
    const client = {
      attemptsMax: 3,
      attemptTimeoutMs: 200,
      timeoutMs: 3000,
      route: "any",
    } as const;
    await inCluster({ client }, async (cluster) => {
      for (let i = 0; i < 10; i++) {
        const id = `client${i + 1}`;
        const mine = cluster.client();
        // No answer reaches the client for a while; its requests do arrive.
        for (const node of cluster.nodes.keys()) cluster.world.network.link(node, id).oneWayCuts++;
        const put = mine.put("data", bytes(`k${i}`), bytes("a"));
        await cluster.sleep(250);
        for (const node of cluster.nodes.keys()) cluster.world.network.link(node, id).oneWayCuts--;
        expect((await put).attempts).toBeGreaterThan(1);
      }
      for (let i = 0; i < 10; i++) {
        const found = await cluster.client().get("data", bytes(`k${i}`));
        expect(texts(found.values)).toEqual(["a"]);
      }
    });
  });

  it("without a context over the sibling bound is refused, and nothing is dropped", async () => {
    await inCluster({ keyspace: { siblingsMax: 3 } }, async (cluster) => {
      const at = cluster.primariesOf("k")[0]!;
      const client = cluster.client({ at });
      for (const value of ["a", "b", "c"]) await client.put("data", bytes("k"), bytes(value));
      const put = client.put("data", bytes("k"), bytes("d"));
      await expect(put).rejects.toMatchObject({ code: "CLUSTER_SIBLINGS", fate: "not-done" });
      const { values, context } = await client.get("data", bytes("k"));
      expect(texts(values)).toEqual(["a", "b", "c"]);
      await client.put("data", bytes("k"), bytes("abc"), { context: context! });
      expect(texts((await client.get("data", bytes("k"))).values)).toEqual(["abc"]);
    });
  });
});

describe("quorums", () => {
  it("a stand-in counts for W in a sloppy keyspace, and never for PW", async () => {
    await inCluster({ keyspace: { quorum: "sloppy" } }, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      cluster.believe(first!, false);
      const all = { consistency: { level: "ALL" } } as const;
      const { answeredBy } = await cluster.client().put("data", bytes("k"), bytes("a"), all);
      expect(answeredBy.primaries).toHaveLength(2);
      expect(answeredBy.fallbacks).toHaveLength(1);
      const primaries = { consistency: { count: 3, primaries: 3 } };
      const put = cluster.client().put("data", bytes("k"), bytes("b"), primaries);
      await expect(put).rejects.toMatchObject({
        code: "CLUSTER_UNAVAILABLE",
        message: expect.stringContaining("2 of 3 primaries"),
      });
    });
  });

  it("in a strict keyspace nobody stands in", async () => {
    await inCluster({}, async (cluster) => {
      cluster.believe(cluster.primariesOf("k")[0]!, false);
      const all = { consistency: { level: "ALL" } } as const;
      const put = cluster.client().put("data", bytes("k"), bytes("a"), all);
      await expect(put).rejects.toMatchObject({ code: "CLUSTER_UNAVAILABLE" });
    });
  });

  it("EACH_QUORUM is asked of every data centre, LOCAL_QUORUM of one", async () => {
    await inCluster({ nodes: { dc1: 3, dc2: 3 } }, async (cluster) => {
      cluster.believe("n4", false);
      cluster.believe("n5", false);
      const client = cluster.client({ dc: "dc1" });
      // Four of six are up, as many as QUORUM needs.
      await client.put("data", bytes("k"), bytes("a"), QUORUM);
      await client.put("data", bytes("k"), bytes("b"), { consistency: { level: "LOCAL_QUORUM" } });
      const each = { consistency: { level: "EACH_QUORUM" } } as const;
      await expect(client.put("data", bytes("k"), bytes("c"), each)).rejects.toMatchObject({
        code: "CLUSTER_UNAVAILABLE",
        message: expect.stringContaining("dc2: 1 of 2"),
      });
      const far = cluster.client({ dc: "dc2", at: "n6" });
      const local = { consistency: { level: "LOCAL_QUORUM" } } as const;
      await expect(far.put("data", bytes("k"), bytes("d"), local)).rejects.toMatchObject({
        code: "CLUSTER_UNAVAILABLE",
      });
    });
  });

  it("a node that will be a replica takes writes and raises W, and is not read", async () => {
    const pending = (): readonly string[] => ["n5"];
    await inCluster({ nodes: { dc1: 5 }, pending }, async (cluster) => {
      const key = ["k1", "k2", "k3", "k4", "k5", "k6"].find(
        (it) => !cluster.primariesOf(it).includes("n5"),
      )!;
      const [first, second] = cluster.primariesOf(key);
      const client = cluster.client({ at: first! });
      await client.put("data", bytes(key), bytes("a"), QUORUM);
      await cluster.sleep(100);
      expect(await cluster.held("n5", key)).toEqual(["a"]);
      // Without the pending node two would be enough; with it three of four must have it.
      cluster.failing.add(second!);
      cluster.failing.add("n5");
      const put = client.put("data", bytes(key), bytes("b"), QUORUM);
      await expect(put).rejects.toMatchObject({ code: "CLUSTER_QUORUM" });
      expect((await client.get("data", bytes(key), QUORUM)).answeredBy.primaries).not.toContain(
        "n5",
      );
    });
  });
});

describe("hints", () => {
  const standIn = { keyspace: { quorum: "sloppy" } } as const;

  it("bring to a primary what others kept for it, and are gone then", async () => {
    await inCluster(standIn, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      cluster.believe(first!, false);
      await cluster.client().put("data", bytes("k"), bytes("a"), QUORUM);
      const hints = (): number[] => [...cluster.nodes.values()].map((node) => node.stats().hints);
      await cluster.sleep(100);
      expect(hints().reduce((a, b) => a + b)).toBe(1);
      expect(await cluster.held(first!, "k")).toEqual([]);
      cluster.believe(first!, true);
      await cluster.sleep(3000);
      expect(await cluster.held(first!, "k")).toEqual(["a"]);
      expect(hints()).toEqual([0, 0, 0, 0, 0]);
    });
  });

  it("outlive the node that keeps them", async () => {
    await inCluster(standIn, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      cluster.believe(first!, false);
      const { answeredBy } = await cluster.client().put("data", bytes("k"), bytes("a"), {
        consistency: { level: "ALL" },
      });
      const [keeper] = answeredBy.fallbacks;
      const machine = cluster.world.machines.get(keeper!)!;
      machine.losePower();
      machine.recover();
      await cluster.sleep(2000);
      expect(cluster.nodes.get(keeper!)!.stats().hints).toBe(1);
      cluster.believe(first!, true);
      await cluster.sleep(3000);
      expect(await cluster.held(first!, "k")).toEqual(["a"]);
      expect(cluster.nodes.get(keeper!)!.stats().hints).toBe(0);
    });
  });

  it("are enough for ANY when no primary is up", async () => {
    await inCluster({}, async (cluster) => {
      const primaries = cluster.primariesOf("k");
      for (const node of primaries) cluster.believe(node, false);
      const [at] = cluster.othersOf("k");
      const any = { consistency: { level: "ANY" } } as const;
      await cluster.client({ at: at! }).put("data", bytes("k"), bytes("a"), any);
      const one = cluster.client({ at: at! }).put("data", bytes("k"), bytes("b"), {
        consistency: { level: "ONE" },
      });
      await expect(one).rejects.toMatchObject({ code: "CLUSTER_UNAVAILABLE" });
      for (const node of primaries) cluster.believe(node, true);
      await cluster.sleep(4000);
      for (const node of primaries) expect(await cluster.held(node, "k")).toEqual(["a"]);
    });
  });
});
