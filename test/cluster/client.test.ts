import { describe, expect, test } from "vitest";
import type { ClusterErrorCode, WriteFate } from "../../cluster/errors.ts";
import { createKeyspace } from "../../cluster/keyspace.ts";
import { foundingOwnership } from "../../cluster/ownership/ownership.ts";
import { Ring } from "../../cluster/ring/ring.ts";
import { turnOf } from "../../cluster/slot-table.ts";
import type { AnswerMessage, PutMessage } from "../../cluster/transport/message.ts";
import { bytes, ended, FakeCluster, KV } from "./client/fake-cluster.ts";

const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);
const KEY = bytes("key");
const VALUE = bytes("value");

const refusal = (code: ClusterErrorCode, fate: WriteFate = "not-done"): Partial<AnswerMessage> => ({
  error: { code, text: "for a reason", fate },
});

describe("a request that is answered", () => {
  test("get gives every sibling, the context and who answered", async () => {
    const cluster = new FakeCluster();
    const got = cluster.client.get("kv", KEY, { consistency: { count: 2 } });
    await cluster.settle();
    expect(cluster.asked).toHaveLength(1);
    const [{ message, answer }] = cluster.asked as [(typeof cluster.asked)[0]];
    expect(message).toMatchObject({ keyspace: "kv", epoch: 1, timeoutMs: 5000 });
    expect(message).toMatchObject({ consistency: { count: 2 } });
    const answeredBy = { primaries: ["n1", "n3"], fallbacks: ["n9"] };
    answer({ values: [bytes("a"), bytes("b")], context: bytes("ctx"), answeredBy });
    const { values, context, ...rest } = await got;
    expect(values.map(text)).toEqual(["a", "b"]);
    expect(text(context)).toBe("ctx");
    expect(rest).toEqual({ answeredBy, attempts: 1 });
    expect(cluster.client.pending).toBe(0);
  });

  test("put and delete carry the context, and a new request id each", async () => {
    const cluster = new FakeCluster();
    const put = cluster.client.put("kv", KEY, VALUE, { context: bytes("ctx") });
    const gone = cluster.client.delete("kv", KEY, { wantsValues: true });
    await cluster.settle();
    const [first, second] = cluster.asked.map(({ message }) => message as PutMessage);
    expect(text(first!.value)).toBe("value");
    expect(text(first!.context)).toBe("ctx");
    expect(second!.value).toBeUndefined();
    expect(second!.context).toBeUndefined();
    expect([first!.wantsValues, second!.wantsValues]).toEqual([false, true]);
    expect(first!.id.client).toBe(second!.id.client);
    expect(first!.id.number).not.toBe(second!.id.number);
    for (const { answer } of cluster.asked) answer({ context: bytes("new") });
    expect(text((await put).context)).toBe("new");
    expect((await gone).attempts).toBe(1);
  });

  test("two clients of one seed's parts have different numbers", async () => {
    const ids = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = new FakeCluster(undefined, {}, seed);
      void cluster.client.put("kv", KEY, VALUE);
      await cluster.settle();
      const { client } = (cluster.asked[0]!.message as PutMessage).id;
      expect(Number.isSafeInteger(client) && client >= 1).toBe(true);
      ids.add(client);
    }
    expect(ids.size).toBe(20);
  });

  test("compare-and-set says what was there instead", async () => {
    const keyspace = createKeyspace({ ...KV, conflicts: "linearizable" });
    const cluster = new FakeCluster(undefined, { keyspaces: [keyspace] });
    const swapped = cluster.client.compareAndSet("kv", KEY, undefined, VALUE);
    const refused = cluster.client.compareAndSet("kv", KEY, bytes("old"), undefined);
    await cluster.settle();
    const [first, second] = cluster.asked;
    expect(first!.message).toMatchObject({ expected: undefined });
    expect(second!.message).toMatchObject({ value: undefined });
    first!.answer({ isSwapped: true });
    second!.answer({ isSwapped: false, values: [bytes("other")] });
    expect(await swapped).toMatchObject({ isSwapped: true, found: undefined });
    const { isSwapped, found } = await refused;
    expect([isSwapped, text(found)]).toEqual([false, "other"]);
  });

  test("getMany gives what each key has, or why it could not be read", async () => {
    const cluster = new FakeCluster();
    const got = cluster.client.getMany("kv", [bytes("a"), bytes("b")]);
    await cluster.settle();
    const error = { code: "CLUSTER_QUORUM", text: "down" } as const;
    cluster.asked[0]!.answerMany({
      entries: [
        { key: bytes("a"), values: [VALUE], context: undefined },
        { key: bytes("b"), values: [], context: undefined, error },
      ],
    });
    const { entries } = await got;
    expect(entries.map(({ key }) => text(key))).toEqual(["a", "b"]);
    expect(entries[1]!.error).toEqual(error);
  });

  test("a scan goes on from where each page ended, and can be resumed there", async () => {
    const cluster = new FakeCluster();
    const pages = cluster.client.scan("kv", { to: bytes("z"), pageKeys: 2 });
    const entry = (key: string) => ({ key: bytes(key), values: [VALUE], context: undefined });
    const first = pages.next();
    await cluster.settle();
    expect(cluster.asked[0]!.message).toMatchObject({ from: new Uint8Array(0), limit: 2 });
    cluster.asked[0]!.answerMany({ entries: [entry("a"), entry("b")], next: bytes("c") });
    expect((await first).value!.entries.map(({ key }) => text(key))).toEqual(["a", "b"]);
    const second = pages.next();
    await cluster.settle();
    expect(text((cluster.asked[1]!.message as { from: Uint8Array }).from)).toBe("c");
    cluster.asked[1]!.answer(refusal("CLUSTER_QUORUM"));
    await expect(second).rejects.toMatchObject({ code: "CLUSTER_QUORUM" });
    const again = cluster.client.scan("kv", { from: bytes("c"), to: bytes("z") });
    const third = again.next();
    await cluster.settle();
    cluster.asked[2]!.answerMany({ entries: [entry("c")] });
    expect((await third).value!.next).toBeUndefined();
    expect((await again.next()).done).toBe(true);
  });

  test("bytes that are no answer, or one to something else, change nothing", async () => {
    const cluster = new FakeCluster();
    const end = ended(cluster.client.get("kv", KEY));
    await cluster.settle();
    const [{ raw, answer, answerMany, message }] = cluster.asked as [(typeof cluster.asked)[0]];
    raw(bytes("nonsense"));
    raw(new Uint8Array(0));
    answerMany({});
    answer({ attempt: message.attempt + 1 });
    answer({ attempt: message.attempt + 16 });
    answer({ attempt: 3 });
    await cluster.settle();
    expect(end).toEqual({});
    answer({ values: [VALUE] });
    answer(refusal("CLUSTER_QUORUM"));
    await cluster.settle();
    expect(text(end.value!.values[0])).toBe("value");
  });
});

describe("another coordinator is asked", () => {
  test("when one does not answer in its time: the same id, and the time that is left", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 300, timeoutMs: 1000 });
    const put = cluster.client.put("kv", KEY, VALUE);
    await cluster.advance(290);
    expect(cluster.asked).toHaveLength(1);
    await cluster.advance(20);
    expect(cluster.asked).toHaveLength(2);
    const [first, second] = cluster.asked;
    expect(second!.node).not.toBe(first!.node);
    expect((second!.message as PutMessage).id).toEqual((first!.message as PutMessage).id);
    expect(turnOf(second!.message.attempt)).toBeGreaterThan(turnOf(first!.message.attempt));
    expect(first!.message).toMatchObject({ ageMs: 0, aloneMs: 300 });
    expect(second!.message).toMatchObject({ ageMs: 1000 - second!.message.timeoutMs, aloneMs: 0 });
    expect(second!.message.timeoutMs).toBeLessThanOrEqual(700);
    expect(second!.message.timeoutMs).toBeGreaterThan(680);
    // The first one was only slow.
    first!.answer({ context: bytes("late") });
    expect(await put).toMatchObject({ attempts: 2 });
    second!.answer(refusal("CLUSTER_QUORUM"));
    await cluster.advance(5000);
    expect(cluster.asked).toHaveLength(2);
    expect(cluster.timers).toBe(0);
  });

  test.each(["CLUSTER_OVERLOADED", "CLUSTER_EPOCH", "CLUSTER_CLOSED"] as const)(
    "after %s, with growing pauses, as often as allowed",
    async (code) => {
      const cluster = new FakeCluster(undefined, { attemptsMax: 3, backoffMs: 100 });
      const end = ended(cluster.client.put("kv", KEY, VALUE));
      await cluster.settle();
      const times = [cluster.nowMs];
      for (let attempt = 1; attempt <= 2; attempt++) {
        cluster.asked.at(-1)!.answer(refusal(code));
        while (cluster.asked.length === attempt) await cluster.advance(1);
        times.push(cluster.nowMs);
      }
      expect(new Set(cluster.asked.map(({ node }) => node)).size).toBe(3);
      const [first, second] = [times[1]! - times[0]!, times[2]! - times[1]!];
      expect(first).toBeGreaterThanOrEqual(50);
      expect(first).toBeLessThanOrEqual(111);
      expect(second).toBeGreaterThanOrEqual(100);
      expect(second).toBeLessThanOrEqual(211);
      expect(end).toEqual({});
      cluster.asked.at(-1)!.answer(refusal(code));
      await cluster.advance(1000);
      expect(end.error).toMatchObject({ code, fate: "not-done", message: "for a reason" });
      expect(cluster.asked).toHaveLength(3);
      const refused = cluster.asked.map(({ node }) => node);
      expect(cluster.ringAsked).toEqual(code === "CLUSTER_EPOCH" ? refused : []);
    },
  );

  test("not after an error that another would give too", async () => {
    for (const code of ["CLUSTER_QUORUM", "CLUSTER_UNAVAILABLE", "CLUSTER_SIBLINGS"] as const) {
      const cluster = new FakeCluster();
      const end = ended(cluster.client.put("kv", KEY, VALUE));
      await cluster.settle();
      cluster.asked[0]!.answer(refusal(code, "unknown"));
      await cluster.settle();
      expect(end.error).toMatchObject({ code, fate: "unknown" });
      await cluster.advance(6000);
      expect(cluster.asked).toHaveLength(1);
    }
  });

  test("not when the pause would outlast the deadline", async () => {
    const cluster = new FakeCluster(undefined, { timeoutMs: 50, backoffMs: 200 });
    const end = ended(cluster.client.get("kv", KEY));
    await cluster.settle();
    cluster.asked[0]!.answer(refusal("CLUSTER_OVERLOADED"));
    await cluster.settle();
    expect(end.error).toMatchObject({ code: "CLUSTER_OVERLOADED" });
  });

  test("a refusal of an attempt that was given up does not end the one after it", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 100 });
    const put = cluster.client.put("kv", KEY, VALUE);
    await cluster.advance(120);
    expect(cluster.asked).toHaveLength(2);
    cluster.asked[0]!.answer(refusal("CLUSTER_QUORUM", "unknown"));
    await cluster.settle();
    cluster.asked[1]!.answer();
    expect(await put).toMatchObject({ attempts: 2 });
  });

  test("with the ring that holds by then", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 100 });
    void cluster.client.get("kv", KEY);
    await cluster.settle();
    const { strategy, nodes, tokens, owners } = cluster.ring;
    cluster.client.useOwnership(
      foundingOwnership("any", new Ring({ epoch: 7, strategy, nodes, tokens, owners }), []),
    );
    await cluster.advance(120);
    expect(cluster.asked.map(({ message }) => message.epoch)).toEqual([1, 7]);
  });
});

describe("what is known of a write that failed", () => {
  test("a deadline without an answer: unknown; of a read: not done", async () => {
    const cluster = new FakeCluster(undefined, { timeoutMs: 500, attemptTimeoutMs: 200 });
    const put = ended(cluster.client.put("kv", KEY, VALUE));
    const get = ended(cluster.client.get("kv", KEY, { timeoutMs: 200 }));
    await cluster.advance(190);
    expect(get).toEqual({});
    await cluster.advance(30);
    expect(get.error).toMatchObject({ code: "CLUSTER_TIMEOUT", fate: "not-done" });
    await cluster.advance(270);
    expect(put).toEqual({});
    await cluster.advance(30);
    expect(put.error).toMatchObject({ code: "CLUSTER_TIMEOUT", fate: "unknown" });
    expect(put.error!.message).toContain("asked 3 times");
  });

  test("every attempt must be known to be not done", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 100, attemptsMax: 2 });
    const one = ended(cluster.client.put("kv", KEY, VALUE));
    await cluster.advance(120);
    cluster.asked[1]!.answer(refusal("CLUSTER_OVERLOADED"));
    await cluster.settle();
    expect(one.error).toMatchObject({ code: "CLUSTER_OVERLOADED", fate: "unknown" });
    const other = ended(cluster.client.put("kv", KEY, VALUE));
    await cluster.advance(120);
    cluster.asked[2]!.answer(refusal("CLUSTER_QUORUM"));
    await cluster.settle();
    cluster.asked[3]!.answer(refusal("CLUSTER_SIBLINGS"));
    await cluster.settle();
    expect(other.error).toMatchObject({ code: "CLUSTER_SIBLINGS", fate: "not-done" });
  });

  test("close ends what is pending, and refuses what comes later", async () => {
    const cluster = new FakeCluster();
    const put = ended(cluster.client.put("kv", KEY, VALUE));
    const get = ended(cluster.client.get("kv", KEY));
    await cluster.settle();
    cluster.client.close();
    cluster.client.close();
    await cluster.settle();
    expect(put.error).toMatchObject({ code: "CLUSTER_CLOSED", fate: "unknown" });
    expect(get.error).toMatchObject({ code: "CLUSTER_CLOSED", fate: "not-done" });
    expect(cluster.timers).toBe(0);
    for (const { answer } of cluster.asked) answer();
    await cluster.settle();
    const later = cluster.client.put("kv", KEY, VALUE);
    await expect(later).rejects.toMatchObject({ code: "CLUSTER_CLOSED", fate: "not-done" });
  });
});
