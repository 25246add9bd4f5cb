import { describe, expect, test } from "vitest";
import { ClusterError, type ClusterErrorCode } from "../../../cluster/errors.ts";
import { createKeyspace } from "../../../cluster/keyspace.ts";
import { foundingOwnership } from "../../../cluster/ownership/ownership.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import { bytes, ended, FakeCluster, KV, ringOf } from "./fake-cluster.ts";

const KEY = bytes("key");
const VALUE = bytes("value");

describe("whom it asks", () => {
  test("replicas of the key, taking turns", async () => {
    const nodes = ["n1", "n2", "n3", "n4", "n5", "n6"].map((id) => ({ id }));
    const cluster = new FakeCluster(nodes);
    const lists = new PreferenceLists(cluster.ring, KV.replicas);
    const counts = new Map<string, number>();
    for (let i = 0; i < 600; i++) {
      const key = bytes(`key ${i}`);
      void cluster.client.get("kv", key).catch(() => {});
      await cluster.settle();
      const { node } = cluster.asked.at(-1)!;
      expect(lists.of(positionOf(key)).nodes).toContain(node);
      counts.set(node, (counts.get(node) ?? 0) + 1);
      cluster.asked.at(-1)!.answer();
    }
    for (const { id } of nodes) expect(counts.get(id)).toBeGreaterThan(60);
  });

  test("near ones first, far ones when all near ones were tried", async () => {
    const keyspace = createKeyspace({ name: "kv", replicas: { east: 2, west: 2 } });
    const nodes = ["e1", "e2", "e3", "w1", "w2", "w3"].map((id) => {
      return { id, dc: id.startsWith("e") ? "east" : "west" };
    });
    const some = { keyspaces: [keyspace], dc: "west", attemptTimeoutMs: 50, attemptsMax: 6 };
    const cluster = new FakeCluster(nodes, some);
    const asked = async (level: "QUORUM" | "LOCAL_QUORUM"): Promise<string> => {
      cluster.asked.length = 0;
      const get = ended(cluster.client.get("kv", KEY, { consistency: { level } }));
      await cluster.advance(400);
      cluster.asked[0]!.answer();
      await cluster.settle();
      expect(get.value).toBeDefined();
      return cluster.asked.map(({ node }) => node[0]).join("");
    };
    expect(await asked("QUORUM")).toBe("wweeww");
    expect(await asked("LOCAL_QUORUM")).toBe("wwwwww");
  });

  test("with route any: every node", async () => {
    const nodes = ["n1", "n2", "n3", "n4", "n5"].map((id) => ({ id }));
    const cluster = new FakeCluster(nodes, { route: "any" });
    for (let i = 0; i < 5; i++) void cluster.client.get("kv", KEY);
    await cluster.settle();
    expect(new Set(cluster.asked.map(({ node }) => node)).size).toBe(5);
  });
});

describe("what cannot be is refused before anything is sent", () => {
  const long = new Uint8Array(KV.keyBytesMax + 1);
  const small = createKeyspace({ name: "kv", replicas: { dc1: 3 }, valueBytesMax: 3 });

  const refused: [string, ClusterErrorCode, (cluster: FakeCluster) => Promise<unknown>][] = [
    ["W over N", "CLUSTER_SETTINGS", ({ client }) => put(client, { count: 4 })],
    ["R of 0", "CLUSTER_SETTINGS", ({ client }) => get(client, { count: 0 })],
    ["ANY for a read", "CLUSTER_SETTINGS", ({ client }) => get(client, { level: "ANY" })],
    ["a level and a count", "CLUSTER_SETTINGS", ({ client }) => put(client, both)],
    ["a timeout of 0", "CLUSTER_SETTINGS", ({ client }) => client.get("kv", KEY, { timeoutMs: 0 })],
    ["an unknown keyspace", "CLUSTER_KEYSPACE", ({ client }) => client.get("vk", KEY)],
    ["a long key", "CLUSTER_LIMIT", ({ client }) => client.get("kv", long)],
    ["a long key of many", "CLUSTER_LIMIT", ({ client }) => client.getMany("kv", [KEY, long])],
    ["a long value", "CLUSTER_LIMIT", ({ client }) => client.put("kv", KEY, VALUE)],
    ["a cas", "CLUSTER_KEYSPACE", ({ client }) => client.compareAndSet("kv", KEY, KEY, KEY)],
    ["no keys a page", "CLUSTER_SETTINGS", ({ client }) => client.scanPage("kv", { pageKeys: 0 })],
  ];
  const both = { level: "ONE", count: 1 } as const;
  type Client = FakeCluster["client"];
  const put = (client: Client, consistency: object) =>
    client.put("kv", KEY, bytes("v"), { consistency });
  const get = (client: Client, consistency: object) => client.get("kv", KEY, { consistency });

  test.each(refused)("%s: %s", async (_what, code, ask) => {
    const cluster = new FakeCluster(undefined, { keyspaces: [small] });
    const error = await ask(cluster).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toMatchObject({ code, fate: "not-done" });
    await cluster.advance(10_000);
    expect(cluster.asked).toHaveLength(0);
    expect(cluster.timers).toBe(0);
  });

  test("a level for a linearizable keyspace", async () => {
    const keyspace = createKeyspace({ ...KV, conflicts: "linearizable" });
    const { client } = new FakeCluster(undefined, { keyspaces: [keyspace] });
    const got = client.get("kv", KEY, { consistency: { level: "ONE" } });
    await expect(got).rejects.toMatchObject({ code: "CLUSTER_SETTINGS" });
  });

  test.each([
    [{ dc: "nowhere" }, /no node is in data centre "nowhere": there are dc1/],
    [{ timeoutMs: -1 }, /timeoutMs is -1/],
    [{ attemptTimeoutMs: Number.NaN }, /attemptTimeoutMs is NaN/],
    [{ attemptsMax: 17 }, /attemptsMax is 17: give an integer from 1 to 16/],
    [{ backoffMs: 0 }, /backoffMs is 0/],
  ])("a client with %j", (options, message) => {
    expect(() => new FakeCluster(undefined, options)).toThrow(message);
  });

  test("a ring without the client's data centre leaves the old one in force", async () => {
    const cluster = new FakeCluster(undefined, { dc: "dc1" });
    const moved = createKeyspace({ name: "kv", replicas: { dc2: 1 } });
    const other = foundingOwnership("any", ringOf([{ id: "m1", dc: "dc2" }], moved), []);
    expect(() => cluster.client.useOwnership(other)).toThrow(/dc1/);
    void cluster.client.get("kv", KEY);
    await cluster.settle();
    expect(cluster.asked).toHaveLength(1);
  });
});
