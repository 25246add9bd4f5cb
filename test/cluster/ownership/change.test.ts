// A change of the ring under requests, step by step: real nodes that are told of each step by hand,
// one after the other, so that some are always a step behind.

import { describe, expect, test } from "vitest";
import type { ClusterClient } from "../../../cluster/client.ts";
import { ClusterError } from "../../../cluster/errors.ts";
import {
  beginChange,
  foundingOwnership,
  type Ownership,
  settle,
  switchOver,
} from "../../../cluster/ownership/ownership.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import { Random } from "../../../workloads/random.ts";
import { bytes, inCluster, type SmallCluster, texts } from "../replication/small-cluster.ts";

const KEYS = Array.from({ length: 40 }, (_, i) => `key ${i}`);
const antiEntropy = { intervalMs: 2000, confirmMs: 100 };

/** From three nodes to four, or back. */
function changeOf(cluster: SmallCluster, from: Ownership, members: number): Ownership {
  const rules = { replicas: cluster.keyspace.replicas };
  const nodes = cluster.ringNodes.slice(0, members);
  const planned = plan(from.ring, nodes, rules, fixedPartitions(16), new Random(2));
  const voters = ["n1", "n2", "n3"];
  return beginChange(from, { ring: planned.ring, voters, gone: [] });
}

/** Asks until it is answered; the client is told of the newest when its epoch is refused. */
async function retried<T>(ask: () => Promise<T>, learn: () => Promise<void>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isMoved = error instanceof ClusterError && RETRIED.has(error.code);
      if (!isMoved || tries === 50) throw error;
      await learn();
    }
  }
}

/** With these each replica that is read must have everything. */
const ONE = { consistency: { count: 1 }, mode: { fanOut: "r", repair: "off" } } as const;
const ALL = { consistency: { count: 3 } };
const RETRIED = new Set(["CLUSTER_EPOCH", "CLUSTER_QUORUM", "CLUSTER_TIMEOUT"]);

class Change {
  readonly cluster: SmallCluster;
  readonly client: ClusterClient;
  newest: Ownership;
  #writes = 0;
  /** By key, the last value that was acknowledged. */
  readonly written = new Map<string, string>();

  constructor(cluster: SmallCluster, founding: Ownership) {
    this.cluster = cluster;
    this.client = cluster.client({ timeoutMs: 400 });
    this.newest = founding;
  }

  /** One node after the other is told, while reads and writes go on. */
  async step(ownership: Ownership): Promise<void> {
    this.newest = ownership;
    let told = 0;
    for (const node of this.cluster.nodes.values()) {
      this.cluster.world.scheduler.schedule(150_000 * told++, () => node.learn(ownership));
    }
    await this.work(25);
    await this.cluster.sleep(150 * told);
  }

  async work(rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      const key = KEYS[this.#writes % KEYS.length]!;
      await this.write(key, `v${this.#writes++}`);
      await this.check(KEYS[(this.#writes * 7) % KEYS.length]!);
    }
  }

  async write(key: string, value: string): Promise<void> {
    await this.#ask(async () => {
      const { context } = await this.client.get("data", bytes(key), ONE);
      const seen = context === undefined ? {} : { context };
      await this.client.put("data", bytes(key), bytes(value), { ...ALL, ...seen });
    });
    this.written.set(key, value);
  }

  async check(key: string): Promise<void> {
    const { values } = await this.#ask(() => this.client.get("data", bytes(key), ONE));
    const expected = this.written.get(key);
    // A write that was asked for again may be there twice.
    expect([...new Set(texts(values))]).toEqual(expected === undefined ? [] : [expected]);
  }

  /** Which keys a node holds in their newest version. */
  async heldBy(node: string): Promise<number> {
    let held = 0;
    for (const [key, value] of this.written) {
      if ((await this.cluster.held(node, key)).includes(value)) held++;
    }
    return held;
  }

  #ask<T>(ask: () => Promise<T>): Promise<T> {
    return retried(ask, () => this.cluster.sleep(20));
  }
}

describe("a node that joins", () => {
  const options = { nodes: { dc1: 4 }, members: 3, antiEntropy, client: { attemptsMax: 4 } };

  test("gets its keys while requests go on, and no read misses a write", async () => {
    await inCluster(options, async (cluster) => {
      const founding = foundingOwnership("ringbench", cluster.ring, ["n1", "n2", "n3"]);
      const change = new Change(cluster, founding);
      for (const key of KEYS) await change.write(key, `first of ${key}`);
      const transfer = changeOf(cluster, founding, 4);
      await change.step(transfer);
      await cluster.sleep(8000);
      const switched = switchOver(transfer);
      await change.step(switched);
      await change.step(settle(switched));
      for (const key of KEYS) await change.check(key);
      expect(await change.heldBy("n4")).toBeGreaterThan(KEYS.length / 2);
    });
  });

  test("is brought in by the nodes alone, and they all go by one ring at the end", async () => {
    await inCluster(options, async (cluster) => {
      const founding = foundingOwnership("ringbench", cluster.ring, ["n1", "n2", "n3"]);
      const change = new Change(cluster, founding);
      for (const key of KEYS) await change.write(key, `first of ${key}`);
      const begun = await cluster.nodes
        .get("n2")!
        .beginChange((current) => changeOf(cluster, current, 4).change!);
      expect(begun).toMatchObject({ epoch: 2, step: "transfer" });
      const second = cluster.nodes.get("n3")!.beginChange(() => begun.change!);
      await expect(second).rejects.toMatchObject({ code: "CLUSTER_CHANGE" });
      const ends = (): string[] =>
        [...cluster.nodes.values()].map(({ ownership }) => `${ownership.epoch} ${ownership.step}`);
      for (let i = 0; i < 100 && new Set([...ends(), "4 stable"]).size > 1; i++) {
        await change.work(2);
        await cluster.sleep(200);
      }
      expect(ends()).toEqual(Array.from({ length: 4 }, () => "4 stable"));
      for (const key of KEYS) await change.check(key);
      expect(await change.heldBy("n4")).toBeGreaterThan(KEYS.length / 2);
    });
  });

  test("waits for a replica that is down: it may hold what nobody else has", async () => {
    await inCluster(options, async (cluster) => {
      const stepOf = (): string => cluster.nodes.get("n2")!.ownership.step;
      cluster.believe("n1", false);
      await cluster.nodes
        .get("n2")!
        .beginChange((current) => changeOf(cluster, current, 4).change!);
      await cluster.sleep(8000);
      expect(stepOf()).toBe("transfer");
      cluster.believe("n1", true);
      await cluster.sleep(8000);
      expect([stepOf(), cluster.nodes.get("n4")!.ownership.epoch]).toEqual(["stable", 4]);
    });
  });

  test("cannot come where keys cannot move", async () => {
    const begin = (cluster: SmallCluster): Promise<unknown> =>
      cluster.nodes.get("n1")!.beginChange((current) => changeOf(cluster, current, 4).change!);
    const refusal = { code: "CLUSTER_CHANGE", fate: "not-done" };
    await inCluster({ nodes: { dc1: 4 }, members: 3 }, async (cluster) => {
      await expect(begin(cluster)).rejects.toMatchObject(refusal);
    });
    const keyspace = { conflicts: "linearizable" } as const;
    await inCluster({ ...options, keyspace }, async (cluster) => {
      await expect(begin(cluster)).rejects.toMatchObject(refusal);
    });
  });

  test("gives a request of an older epoch an error that says so", async () => {
    await inCluster(options, async (cluster) => {
      const founding = foundingOwnership("ringbench", cluster.ring, ["n1", "n2", "n3"]);
      const transfer = changeOf(cluster, founding, 4);
      for (const node of cluster.nodes.values()) node.learn(transfer);
      const client = cluster.client({ attemptsMax: 1 });
      await expect(client.get("data", bytes("x"))).rejects.toMatchObject({ code: "CLUSTER_EPOCH" });
      await cluster.sleep(30);
      await expect(client.get("data", bytes("x"))).resolves.toMatchObject({ values: [] });
      for (const node of cluster.nodes.values()) node.learn(founding);
      await expect(client.get("data", bytes("x"))).resolves.toMatchObject({ values: [] });
    });
  });
});

test("requests that are open when the epoch changes end at once, with their fate", async () => {
  const options = { nodes: { dc1: 4 }, members: 3 };
  await inCluster(options, async (cluster) => {
    const founding = foundingOwnership("ringbench", cluster.ring, ["n1", "n2", "n3"]);
    const client = cluster.client({ attemptsMax: 1, at: "n1" });
    for (const node of ["n2", "n3"]) cluster.silence(node, true);
    const ends = [
      client.put("data", bytes("a"), bytes("b")),
      client.get("data", bytes("a")),
      client.scanPage("data", {}),
    ].map((it) =>
      it.then(
        () => "done",
        ({ code, fate }: ClusterError) => `${code} ${fate}`,
      ),
    );
    await cluster.sleep(30);
    cluster.nodes.get("n1")!.learn(changeOf(cluster, founding, 4));
    const told = await Promise.all(ends);
    expect(told).toEqual([
      "CLUSTER_EPOCH unknown",
      "CLUSTER_EPOCH not-done",
      "CLUSTER_EPOCH not-done",
    ]);
    expect(cluster.nodes.get("n1")!.stats().openRequests).toBe(0);
  });
});
