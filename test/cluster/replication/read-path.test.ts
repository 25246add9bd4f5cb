import { describe, expect, it } from "vitest";
import { SLOTS } from "../../../cluster/slot-table.ts";
import { encode } from "../../../cluster/transport/codec.ts";
import { Kind, type Message } from "../../../cluster/transport/message.ts";
import { bytes, inCluster, type SmallCluster, texts } from "./small-cluster.ts";

const QUORUM = { consistency: { level: "QUORUM" } } as const;

/** Leaves the key with "old" on one replica and "new", which has seen it, on the two others. */
async function leaveBehind(cluster: SmallCluster, key: string): Promise<readonly string[]> {
  const primaries = cluster.primariesOf(key);
  const [first, , third] = primaries;
  const client = cluster.client({ at: first! });
  await client.put("data", bytes(key), bytes("old"), { consistency: { level: "ALL" } });
  const { context } = await client.get("data", bytes(key), QUORUM);
  cluster.silence(third!, true);
  await client.put("data", bytes(key), bytes("new"), { ...QUORUM, context: context! });
  // No hint brings it there: who would send one is asked to forget it by a new disk below.
  return primaries;
}

describe("a read", () => {
  it("of a key that was never written is empty, without a context", async () => {
    await inCluster({}, async (cluster) => {
      const found = await cluster.client().get("data", bytes("nothing"), QUORUM);
      expect(found).toMatchObject({ values: [], context: undefined });
      expect(found.answeredBy.primaries.length).toBeGreaterThanOrEqual(2);
    });
  });

  it.each(["background", "blocking"] as const)(
    "that finds replicas apart answers with the newest, and repairs (%s)",
    async (repair) => {
      await inCluster({}, async (cluster) => {
        const [first, second, third] = await leaveBehind(cluster, "k");
        cluster.silence(third!, false);
        // Hints wait for a look: the read comes first.
        cluster.believe(third!, false);
        cluster.believe(third!, true);
        cluster.silence(second!, true);
        const mode = { repair, hedge: false, digests: true, fanOut: "all" } as const;
        const { values } = await cluster
          .client({ at: third! })
          .get("data", bytes("k"), { ...QUORUM, mode });
        expect(texts(values)).toEqual(["new"]);
        if (repair === "background") await cluster.sleep(50);
        expect(await cluster.held(third!, "k")).toEqual(["new"]);
        expect(await cluster.held(first!, "k")).toEqual(["new"]);
      });
    },
  );

  it("asks one for versions, others for digests, and just R of them with fan-out r", async () => {
    await inCluster({}, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      const client = cluster.client({ at: first! });
      await client.put("data", bytes("k"), bytes("a".repeat(10_000)), {
        consistency: { level: "ALL" },
      });
      await cluster.sleep(100);
      const before = cluster.sent;
      const all = { fanOut: "all", repair: "off" } as const;
      await client.get("data", bytes("k"), { ...QUORUM, mode: all });
      await cluster.sleep(100);
      // Two are asked, two answer; the coordinator reads its own.
      expect(cluster.sent - before).toBe(4);
      const few = { fanOut: "r", repair: "off" } as const;
      await client.get("data", bytes("k"), { ...QUORUM, mode: few });
      await cluster.sleep(100);
      expect(cluster.sent - before).toBe(6);
    });
  });

  it("with fan-out r goes to another replica when one cannot read", async () => {
    await inCluster({}, async (cluster) => {
      const [first, second] = cluster.primariesOf("k");
      const client = cluster.client({ at: first! });
      await client.put("data", bytes("k"), bytes("a"), { consistency: { level: "ALL" } });
      await cluster.nodes.get(second!)!.stop();
      const mode = { fanOut: "r", hedge: false } as const;
      const slow = client.get("data", bytes("k"), { ...QUORUM, mode, timeoutMs: 300 });
      await expect(slow).rejects.toMatchObject({ code: "CLUSTER_TIMEOUT" });
    });
  });

  it("PR counts primaries, and ALL waits for everybody", async () => {
    await inCluster({ keyspace: { quorum: "sloppy" } }, async (cluster) => {
      const [first] = cluster.primariesOf("k");
      cluster.believe(first!, false);
      const client = cluster.client();
      await client.put("data", bytes("k"), bytes("a"), { consistency: { level: "ALL" } });
      const all = await client.get("data", bytes("k"), { consistency: { level: "ALL" } });
      expect(texts(all.values)).toEqual(["a"]);
      expect(all.answeredBy.fallbacks).toHaveLength(1);
      const primaries = { consistency: { count: 2, primaries: 3 } };
      await expect(client.get("data", bytes("k"), primaries)).rejects.toMatchObject({
        code: expect.stringMatching(/CLUSTER_(UNAVAILABLE|SETTINGS)/),
      });
    });
  });

  it("of many keys answers each for itself", async () => {
    await inCluster({ nodes: { dc1: 6 } }, async (cluster) => {
      const client = cluster.client();
      const keys = ["a", "b", "c", "d", "e", "f"];
      for (const key of keys) await client.put("data", bytes(key), bytes(`${key}!`));
      cluster.believe("n1", false);
      cluster.believe("n2", false);
      const { entries } = await client.getMany("data", [...keys, "none"].map(bytes), QUORUM);
      for (const [i, key] of keys.entries()) {
        const up = cluster.primariesOf(key).filter((node) => node !== "n1" && node !== "n2");
        if (up.length >= 2) expect(texts(entries[i]!.values)).toEqual([`${key}!`]);
        else expect(entries[i]!.error).toMatchObject({ code: "CLUSTER_UNAVAILABLE" });
      }
    });
  });
});

describe("a scan", () => {
  const keys = Array.from({ length: 120 }, (_, i) => `key${String(i).padStart(3, "0")}`);

  it("goes over all keys in order, page after page, without what was deleted", async () => {
    await inCluster({ engine: "lsm" }, async (cluster) => {
      const client = cluster.client();
      for (const key of keys) await client.put("data", bytes(key), bytes(`of ${key}`));
      const { context } = await client.get("data", bytes("key007"));
      await client.delete("data", bytes("key007"), { context: context! });
      for (const pageKeys of [7, 50, 1000]) {
        const found: string[] = [];
        for await (const page of client.scan("data", { pageKeys })) {
          expect(page.entries.length).toBeLessThanOrEqual(pageKeys);
          for (const { key, values } of page.entries) {
            found.push(...texts([key]));
            expect(texts(values)).toEqual([`of ${texts([key])[0]}`]);
          }
        }
        expect(found).toEqual(keys.filter((key) => key !== "key007"));
      }
      const some = await client.scanPage("data", {
        from: bytes("key010"),
        to: bytes("key013"),
      });
      expect(texts(some.entries.map(({ key }) => key))).toEqual(["key010", "key011", "key012"]);
      expect(some.next).toBeUndefined();
    });
  });

  it("goes around a node that is down, and sees what R + W > N promises", async () => {
    await inCluster({}, async (cluster) => {
      const client = cluster.client();
      for (const key of keys) await client.put("data", bytes(key), bytes("a"), QUORUM);
      cluster.believe("n2", false);
      const page = await client.scanPage("data", { pageKeys: 500 }, QUORUM);
      expect(page.entries).toHaveLength(keys.length);
      expect(page.answeredBy.primaries).not.toContain("n2");
      cluster.believe("n1", false);
      cluster.believe("n3", false);
      await expect(client.scanPage("data", {}, QUORUM)).rejects.toMatchObject({
        code: "CLUSTER_UNAVAILABLE",
      });
    });
  });
});

describe("refused", () => {
  it.each([
    [{ consistency: { count: 4 } }, "CLUSTER_SETTINGS"],
    [{ consistency: { count: 0 } }, "CLUSTER_SETTINGS"],
    [{ consistency: { count: 2, primaries: 4 } }, "CLUSTER_SETTINGS"],
    [{ consistency: { level: "ANY" } as const }, "CLUSTER_SETTINGS"],
  ])("a read with %j: %s", async (options, code) => {
    await inCluster({}, async (cluster) => {
      const { sent } = cluster;
      const get = cluster.client().get("data", bytes("k"), options);
      await expect(get).rejects.toMatchObject({ code, fate: "not-done" });
      expect(cluster.sent).toBe(sent);
    });
  });

  it("by the node too, whatever the client has checked", async () => {
    await inCluster({ keyspace: { keyBytesMax: 8, valueBytesMax: 16 } }, async (cluster) => {
      const { network } = cluster.world;
      const answers: Uint8Array[] = [];
      network.attach("clientX", (_from, datagram) => answers.push(datagram) > 0);
      const asked = { attempt: 1, epoch: 0, timeoutMs: 1000, id: { client: 1, number: 1 } };
      const put = { kind: Kind.put, ...asked, keyspace: "data", key: bytes("k") } as const;
      const times = { ageMs: 0, aloneMs: 1000 };
      const how = { context: undefined, consistency: {}, wantsValues: false, ...times };
      const rest = { value: bytes("v"), ...how };
      const wrong = [
        { ...put, ...rest, keyspace: "other" },
        { ...put, ...rest, key: bytes("123456789") },
        { ...put, ...rest, value: bytes("x".repeat(17)) },
        { ...put, ...rest, context: bytes("no context") },
        { ...put, ...rest, epoch: 77 },
        { ...put, ...rest, consistency: { count: 9 } },
      ];
      const { sent } = cluster;
      for (const [turn, message] of wrong.entries()) {
        network.send("clientX", "n1", encode({ ...message, attempt: turn * SLOTS }));
      }
      network.send("clientX", "n1", bytes("no message at all"));
      await cluster.sleep(100);
      expect(answers).toHaveLength(wrong.length);
      expect(cluster.sent).toBe(sent);
      expect(cluster.nodes.get("n1")!.stats().malformed).toBe(1);
      expect((await cluster.client().get("data", bytes("k"))).values).toEqual([]);
    });
  });

  it("more requests than a node takes, at once and with nothing done", async () => {
    await inCluster({ requestsMax: 2 }, async (cluster) => {
      const at = cluster.primariesOf("k")[0]!;
      const client = cluster.client({ at });
      const puts = Array.from({ length: 6 }, (_, i) =>
        client.put("data", bytes(`k${i}`), bytes("a")).then(
          () => "done",
          ({ code, fate }) => `${code} ${fate}`,
        ),
      );
      const ends = await Promise.all(puts);
      expect(ends).toContain("done");
      expect(ends).toContain("CLUSTER_OVERLOADED not-done");
      expect(cluster.nodes.get(at)!.stats().shedRequests).toBeGreaterThan(0);
    });
  });
});

describe("what others send", () => {
  it("that cannot be believed stops nobody, and a read that fails late is not kept", async () => {
    await inCluster({}, async (cluster) => {
      const [first, second] = cluster.primariesOf("k");
      const client = cluster.client({ at: first! });
      await client.put("data", bytes("k"), bytes("a"), { consistency: { level: "ALL" } });
      // Answers to nobody's request, with versions that are none.
      const set = bytes("no versions");
      for (const number of [1, 2, 3]) {
        const answer = { kind: Kind.readAnswer, number, status: 0, isDigest: false, digest: 0 };
        cluster.world.network.send(second!, first!, encode({ ...answer, set } as Message));
        const merge = { kind: Kind.merge, number, epoch: 1, keyspace: "data", key: bytes("k") };
        const whole = { ...merge, set, standsInFor: undefined } as Message;
        cluster.world.network.send(second!, first!, encode(whole));
      }
      await cluster.sleep(100);
      const one = { consistency: { level: "ONE" } } as const;
      for (let i = 0; i < 20; i++) {
        expect(texts((await client.get("data", bytes("k"), one)).values)).toEqual(["a"]);
      }
      await cluster.sleep(100);
      expect(cluster.nodes.get(first!)!.stats().openRequests).toBe(0);
    });
  });

  it("with fan-out r a failing replica is replaced by one of its data centre", async () => {
    const client = { timeoutMs: 500, attemptTimeoutMs: 500 };
    await inCluster({ nodes: { dc1: 3, dc2: 3 }, client }, async (cluster) => {
      const each = { consistency: { level: "EACH_QUORUM" }, mode: { fanOut: "r" } } as const;
      const near = cluster.client({ at: "n1" });
      await near.put("data", bytes("k"), bytes("a"), { consistency: { level: "ALL" } });
      for (const node of ["n4", "n5", "n6"]) {
        cluster.failingReads.add(node);
        expect(texts((await near.get("data", bytes("k"), each)).values), node).toEqual(["a"]);
        cluster.failingReads.delete(node);
      }
      await cluster.sleep(600);
      expect(cluster.nodes.get("n1")!.stats().openRequests).toBe(0);
    });
  });
});
