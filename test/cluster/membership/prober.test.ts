// Probes, by one real member among others that the test plays.

import { describe, expect, test } from "vitest";
import { PartKind } from "../../../cluster/membership/messages.ts";
import type { NodeId } from "../../../cluster/runtime.ts";
import { OneMember, type Sent } from "./one-member.ts";

/** `cut`: for all but me. */
type Behaviour = "acks" | "silent" | "nacks" | "cut";

/** Others answer at once, as they behave; pings on behalf of others are answered by helpers. */
async function run(
  others: Readonly<Record<NodeId, Behaviour>>,
  forMs: number,
  onSent: (me: OneMember, sent: Sent) => void = () => {},
): Promise<OneMember> {
  const me = new OneMember();
  await me.membership.start();
  for (const node of Object.keys(others)) me.hear(node, me.alive(node, 1));
  const { scheduler } = me.time;
  const answer = (): void => {
    for (const sent of me.take()) {
      onSent(me, sent);
      for (const part of sent.parts) {
        const behaviour = others[sent.to];
        if (part.kind === PartKind.ping && behaviour === "acks") {
          me.hear(sent.to, { kind: PartKind.ack, number: part.number });
        }
        if (part.kind !== PartKind.pingRequest) continue;
        const isThere = ["acks", "cut"].includes(others[part.target]!);
        const reaches = isThere ? PartKind.ack : PartKind.nack;
        const { number } = part;
        if (behaviour !== "acks" && behaviour !== "nacks") continue;
        const kind = behaviour === "nacks" ? PartKind.nack : reaches;
        const delayMs = kind === PartKind.nack ? 400 : 1;
        scheduler.schedule(delayMs * 1000, () => me.hear(sent.to, { kind, number }), "plain");
      }
    }
    scheduler.schedule(1000, answer, "plain");
  };
  answer();
  await me.time.pass(forMs);
  return me;
}

/** Nobody answers but when the test does. */
async function alone(...others: readonly NodeId[]): Promise<OneMember> {
  const me = new OneMember();
  await me.membership.start();
  for (const node of others) me.hear(node, me.alive(node, 1));
  return me;
}

function pings(sent: readonly Sent[]): number {
  return sent.filter(({ parts }) => parts.some(({ kind }) => kind === PartKind.ping)).length;
}

describe("a probe", () => {
  test("goes to each of the others in each round, and finds nobody silent", async () => {
    const asked: NodeId[] = [];
    const me = await run({ a: "acks", b: "acks", c: "acks" }, 9500, (_, { to, parts }) => {
      if (parts.some(({ kind }) => kind === PartKind.ping)) asked.push(to);
    });
    expect(asked.length).toBeGreaterThanOrEqual(9);
    for (let round = 0; round < 3; round++) {
      expect(asked.slice(3 * round, 3 * round + 3).sort()).toEqual(["a", "b", "c"]);
    }
    expect(me.kinds()).not.toContain("suspect");
  });

  test("without an answer is made by others, and makes a suspect at its end", async () => {
    let askedAtMs: number[] = [];
    const me = await run({ a: "silent", b: "acks", c: "acks" }, 4000, (_, { atMs, parts }) => {
      if (parts.some(({ kind }) => kind === PartKind.pingRequest)) askedAtMs.push(atMs);
    });
    const found = me.events.find(({ kind }) => kind === "suspect")!;
    expect(found).toMatchObject({ node: "a", incarnation: 1, by: "me" });
    askedAtMs = askedAtMs.filter((atMs) => atMs < found.atMs);
    // Both helpers, half a second after the ping and half a second before the verdict.
    expect(askedAtMs.map((atMs) => Math.round(found.atMs - atMs))).toEqual([500, 500]);
    // Both said that they were there: it counts nothing against me.
    expect(me.held("a")).toBe("suspect 1");
  });

  test("that others can make finds nobody silent", async () => {
    const me = await run({ a: "cut", b: "acks" }, 20_000);
    expect(me.kinds()).not.toContain("suspect");
  });

  test("a node that hears nobody probes ever more slowly: it is its own fault", async () => {
    const pingsOf = async (behaviour: Behaviour): Promise<number> => {
      let asked = 0;
      // Few enough to be suspects all the while.
      await run({ a: behaviour, b: behaviour, c: behaviour }, 16_000, (_, sent) => {
        asked += pings([sent]);
      });
      return asked;
    };
    expect(await pingsOf("acks")).toBeGreaterThanOrEqual(15);
    // One interval, then five when three helpers were silent, then eight.
    expect(await pingsOf("silent")).toBeLessThanOrEqual(7);
  });

  test("each nack that is missing counts, and one that is there does not", async () => {
    const healthOf = async (helpers: Behaviour): Promise<number> => {
      let asked = 0;
      await run({ a: "silent", b: helpers, c: helpers, d: helpers }, 30_000, (me, sent) => {
        if (me.time.clock.nowMs() > 10_000) asked += pings([sent]);
      });
      return asked;
    };
    // Those who nack answer no pings here, and so are found silent too.
    expect(await healthOf("nacks")).toBeGreaterThan(await healthOf("silent"));
  });

  test("for another: the answer goes there, or a nack shortly before its probe ends", async () => {
    const me = await alone("a", "b");
    me.take();
    me.hear("b", { kind: PartKind.pingRequest, number: 77, target: "a" });
    const [ping] = me.takeParts(PartKind.ping);
    await me.time.pass(100);
    me.hear("a", { kind: PartKind.ack, number: ping!.number });
    const answer = me.take().at(-1)!;
    expect([answer.to, answer.parts[0]]).toEqual(["b", { kind: PartKind.ack, number: 77 }]);
    me.hear("b", { kind: PartKind.pingRequest, number: 78, target: "a" });
    await me.time.pass(399);
    expect(me.takeParts(PartKind.nack)).toEqual([]);
    await me.time.pass(2);
    expect(me.takeParts(PartKind.nack)).toEqual([{ kind: PartKind.nack, number: 78 }]);
  });

  test("is answered, and whoever is not known is asked who it is", async () => {
    const me = await alone("a");
    me.take();
    me.hear("a", { kind: PartKind.ping, number: 5 });
    expect(me.take()[0]!.parts[0]).toEqual({ kind: PartKind.ack, number: 5 });
    me.hear("z", { kind: PartKind.ping, number: 6 });
    const [{ to, parts }] = me.take() as [Sent];
    expect(to).toBe("z");
    expect(parts.slice(0, 2)).toEqual([
      { kind: PartKind.ack, number: 6 },
      { kind: PartKind.want, nodes: ["z"] },
    ]);
    // A new process of a known name too.
    me.boots.set("a", 9);
    me.hear("a", { kind: PartKind.ping, number: 7 });
    expect(me.takeParts(PartKind.want)).toEqual([{ kind: PartKind.want, nodes: ["a"] }]);
    // As many as there are, in datagrams that fit.
    for (let i = 0; i < 40; i++) me.hear("x", me.alive(`n${i}`, 1, new Uint8Array(100)));
    me.take();
    me.hear("a", { kind: PartKind.want, nodes: Array.from({ length: 40 }, (_, i) => `n${i}`) });
    expect(me.take().length).toBeGreaterThan(3);
    me.hear("a", { kind: PartKind.want, nodes: ["me", "nobody"] });
    expect(me.takeParts(PartKind.alive)[0]).toMatchObject({ node: "me", incarnation: 1 });
  });

  test("of a suspect tells it what it is accused of (buddy system)", async () => {
    const me = await alone("a", "b");
    me.hear("b", { kind: PartKind.suspect, node: "a", incarnation: 1, by: "b" });
    me.take();
    me.hear("a", { kind: PartKind.ping, number: 5 });
    expect(me.take()[0]!.parts).toContainEqual({
      ...{ kind: PartKind.suspect, node: "a", incarnation: 1, by: "b" },
    });
  });
});
