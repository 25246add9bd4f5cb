// The numbers of a client's attempts.

import { describe, expect, test } from "vitest";
import { SLOTS, turnOf } from "../../../cluster/slot-table.ts";
import { Kind } from "../../../cluster/transport/message.ts";
import { bytes, ended, FakeCluster } from "./fake-cluster.ts";

const KEY = bytes("key");
const VALUE = bytes("value");

describe("another attempt is sent", () => {
  test("under a number that is a turn after all that were sent before", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 100, attemptsMax: 3 });
    const put = cluster.client.put("kv", KEY, VALUE);
    await cluster.advance(90);
    const others = Array.from({ length: 50 }, () => ended(cluster.client.get("kv", KEY)));
    await cluster.advance(120);
    const numbers = cluster.asked.map(({ message }) => message.attempt);
    expect(cluster.asked.filter(({ message }) => message.kind === Kind.put)).toHaveLength(3);
    expect(numbers.map(turnOf)).toEqual([...numbers.map(turnOf)].sort((a, b) => a - b));
    expect(new Set(numbers.map(turnOf)).size).toBe(numbers.length);
    expect(cluster.client.pending).toBe(51);
    // Any of them may answer; then all of them are closed.
    cluster.asked[51]!.answer();
    expect(await put).toMatchObject({ attempts: 3 });
    expect(cluster.client.pending).toBe(50);
    for (const { answer } of cluster.asked) answer();
    await cluster.settle();
    expect(cluster.client.pending).toBe(0);
    expect(others.every(({ value }) => value !== undefined)).toBe(true);
  });

  test("but not as long as there is no number for it", async () => {
    const cluster = new FakeCluster(undefined, { attemptTimeoutMs: 100 });
    const put = ended(cluster.client.put("kv", KEY, VALUE));
    const gets = Array.from({ length: SLOTS - 1 }, () => ended(cluster.client.get("kv", KEY)));
    await expect(cluster.client.get("kv", KEY)).rejects.toMatchObject({
      code: "CLUSTER_OVERLOADED",
    });
    await cluster.advance(60);
    expect(cluster.asked).toHaveLength(SLOTS);
    for (const { answer } of cluster.asked.slice(2)) answer();
    while (cluster.client.pending > 2) await cluster.settle();
    await cluster.advance(60);
    expect(cluster.asked).toHaveLength(SLOTS + 2);
    cluster.asked[0]!.answer();
    await cluster.settle();
    expect(put.value).toMatchObject({ attempts: 2 });
    expect(gets.filter(({ value }) => value !== undefined)).toHaveLength(SLOTS - 2);
  });
});
