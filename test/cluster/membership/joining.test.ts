// Who is let in, and who is not: both sides are told why.

import { describe, expect, test } from "vitest";
import { encodeDatagram, encodePart } from "../../../cluster/membership/codec.ts";
import type { RefusedEvent } from "../../../cluster/membership/events.ts";
import { hashName } from "../../../cluster/membership/incarnation-file.ts";
import { Detector, type Part, PartKind } from "../../../cluster/membership/messages.ts";
import { CLUSTER, datagramOf, NO_META, OneMember, suspect } from "./one-member.ts";
import { createTime } from "./virtual-time.ts";

const JOIN = { kind: PartKind.join, cluster: CLUSTER, wallMs: 0, detector: Detector.swim } as const;

function refusals(me: OneMember): RefusedEvent[] {
  return me.events.filter((it): it is RefusedEvent => it.kind === "refused");
}

/** Datagrams between real members that are the only ones of their names. */
function connect(...members: readonly [string, OneMember][]): void {
  const time = members[0]![1].time;
  const deliver = (): void => {
    for (const [from, me] of members) {
      for (const { to, parts } of me.take()) {
        const cluster = hashName(me.cluster);
        const { boot, incarnation } = me.view(from)!;
        const bytes = encodeDatagram({ cluster, boot, incarnation }, parts.map(encodePart));
        for (const [name, other] of members) {
          if (name === to && other !== me) other.membership.receive(from, bytes);
        }
      }
    }
    time.scheduler.schedule(1000, deliver, "plain");
  };
  deliver();
}

describe("a newcomer", () => {
  test("asks its seeds until one lets it in, and not itself", async () => {
    const me = new OneMember({ seeds: ["me", "s1", "s2"] });
    await me.membership.start();
    await me.time.pass(3500);
    const asked = me.take().filter(({ parts }) => parts[0]!.kind === PartKind.join);
    expect(asked.map(({ to }) => to)).toEqual(["s1", "s2", "s1", "s2", "s1", "s2"]);
    expect(me.events).toEqual([]);
    const head = { kind: PartKind.exchange, list: 3 } as const;
    me.hear("s2", head, { kind: PartKind.welcome, wallMs: 3500, members: 2 }, me.state("a", 0, 1));
    expect(me.events[0]).toEqual({ kind: "joined", atMs: 3500, node: "me", by: "s2" });
    expect(me.held("a")).toBe("alive 1");
  });

  test("asks again when it knows fewer than there are", async () => {
    const me = new OneMember({ seeds: ["s"] });
    await me.membership.start();
    me.take();
    const head = { kind: PartKind.exchange, list: 3 } as const;
    me.hear("s", head, { kind: PartKind.welcome, wallMs: 0, members: 3 }, me.state("s", 0, 1));
    await me.time.pass(1500);
    expect(me.takeParts(PartKind.join)).toHaveLength(1);
    me.hear("s", head, { kind: PartKind.welcome, wallMs: 0, members: 3 }, me.state("a", 0, 1));
    await me.time.pass(15_000);
    expect(me.takeParts(PartKind.join)).toEqual([]);
    // Not when some of them die either.
    await me.time.pass(60_000);
    expect([me.held("a"), me.takeParts(PartKind.join)]).toEqual(["dead 1", []]);
  });

  test("without seeds is the first", async () => {
    const me = new OneMember({ seeds: ["me"] });
    await me.membership.start();
    expect(me.events).toEqual([{ kind: "joined", atMs: 0, node: "me", by: "me" }]);
    expect(me.membership.isUp("me")).toBe(true);
  });

  test("gets the whole list, in datagrams that fit", async () => {
    const me = new OneMember();
    await me.membership.start();
    const meta = new Uint8Array(100).fill(7);
    for (let i = 0; i < 100; i++) me.hear(`n${i}`, me.alive(`n${i}`, 1, meta));
    await me.time.pass(20_000);
    me.take();
    me.boots.set("new", 5);
    me.hear("new", JOIN, me.alive("new", 1));
    const pages = me.take().filter(({ to }) => to === "new");
    expect(pages.length).toBeGreaterThan(8);
    const states = pages.flatMap(({ parts }) => parts).filter((it) => it.kind === PartKind.state);
    expect(states).toHaveLength(102);
    for (const { parts } of pages) {
      expect(parts[0]).toEqual({ kind: PartKind.exchange, list: 3 });
      expect(parts[1]).toMatchObject({ kind: PartKind.welcome, members: 102 });
      expect(datagramOf(1, ...(parts as Part[])).length).toBeLessThanOrEqual(1400);
    }
  });
});

describe("refused with the reason, on both sides", () => {
  test("a node of another cluster", async () => {
    const time = createTime();
    const inside = new OneMember({ time, node: "inside" });
    const outside = new OneMember({ time, node: "out", cluster: "there", seeds: ["inside"] });
    connect(["inside", inside], ["out", outside]);
    await inside.membership.start();
    await outside.membership.start();
    await time.pass(5000);
    expect(refusals(inside)).toHaveLength(1);
    expect(refusals(inside)[0]).toMatchObject({ node: "out", by: "inside", reason: "cluster" });
    expect(refusals(outside)[0]).toMatchObject({ node: "out", by: "inside", reason: "cluster" });
    expect(refusals(outside)[0]!.message).toBe(
      'out was refused by inside: this node is of the cluster "there", the other of the cluster ' +
        '"here": give both the same name, or take that node out of the seeds',
    );
    expect([inside.held("out"), outside.held("inside")]).toEqual(["unknown", "unknown"]);
  });

  test("a node whose clock is far ahead, or behind", async () => {
    for (const aheadMs of [61_000, -61_000]) {
      const time = createTime();
      const wall = (byMs: number) => () => 1e12 + time.clock.nowMs() + byMs;
      const inside = new OneMember({ time, node: "inside", wallMs: wall(0) });
      const outside = new OneMember({
        time,
        node: "out",
        wallMs: wall(aheadMs),
        seeds: ["inside"],
      });
      connect(["inside", inside], ["out", outside]);
      await inside.membership.start();
      await outside.membership.start();
      await time.pass(5000);
      const [told] = refusals(outside);
      expect(told).toMatchObject({ node: "out", by: "inside", reason: "clock" });
      const where = aheadMs > 0 ? "behind" : "ahead of";
      expect(told!.message).toMatch(new RegExp(`6[01]\\d+ ms ${where} the one here, and 60000 ms`));
      expect(refusals(inside)[0]).toMatchObject({ node: "out", by: "inside", reason: "clock" });
      expect([inside.held("out"), outside.held("inside")]).toEqual(["unknown", "unknown"]);
    }
  });

  test("a welcome from whoever's clock is far off is none", async () => {
    const me = new OneMember({ seeds: ["s"] });
    await me.membership.start();
    const head = { kind: PartKind.exchange, list: 3 } as const;
    me.hear("s", head, { kind: PartKind.welcome, wallMs: 1e9, members: 1 }, me.state("s", 0, 1));
    expect(me.held("s")).toBe("unknown");
    expect(refusals(me)[0]).toMatchObject({ node: "me", by: "s", reason: "clock" });
  });

  test("a node with the other detector", async () => {
    const time = createTime();
    const inside = new OneMember({ time, node: "inside" });
    const outside = new OneMember({ time, node: "out", detector: "phi", seeds: ["inside"] });
    connect(["inside", inside], ["out", outside]);
    await inside.membership.start();
    await outside.membership.start();
    await time.pass(3000);
    expect(refusals(outside)[0]).toMatchObject({ node: "out", reason: "detector" });
    expect(refusals(inside)[0]).toMatchObject({ node: "out", reason: "detector" });
  });
});

describe("a name that is taken", () => {
  /** `answers` is the process that a ping to the name reaches, if any. */
  async function joinAgain(answers: number | undefined): Promise<OneMember> {
    const me = new OneMember();
    await me.membership.start();
    me.boots.set("a", 1);
    me.hear("a", me.alive("a", 5));
    await me.time.pass(3000);
    me.take();
    me.membership.receive("a", datagramOf(2, JOIN, { ...me.alive("a", 9), boot: 2 } as Part));
    expect(me.view("a")!.boot).toBe(1);
    const [ping] = me.takeParts(PartKind.ping);
    if (answers === undefined) await me.time.pass(600);
    else {
      me.membership.receive("a", datagramOf(answers, { kind: PartKind.ack, number: ping!.number }));
    }
    return me;
  }

  test("by a process that answers: the newcomer is refused", async () => {
    const me = await joinAgain(1);
    expect(me.view("a")).toMatchObject({ incarnation: 5, boot: 1 });
    expect(refusals(me)).toHaveLength(1);
    expect(refusals(me)[0]).toMatchObject({ node: "a", by: "me", reason: "duplicate" });
    const [refused] = me.takeParts(PartKind.refused);
    expect(refused).toMatchObject({ boot: 2, reason: 3 });
  });

  test.each([2, undefined])("by the newcomer before it was restarted: it is let in", async (it) => {
    const me = await joinAgain(it);
    expect(me.view("a")).toMatchObject({ incarnation: 9, boot: 2 });
    expect(me.takeParts(PartKind.welcome).length).toBeGreaterThan(0);
    expect(refusals(me)).toEqual([]);
  });

  test("who is refused takes no part, and another process of that name does not mind", async () => {
    const me = new OneMember({ seeds: ["s"] });
    await me.membership.start();
    const refused = { kind: PartKind.refused, reason: 3, cluster: CLUSTER, wallMs: 0 } as const;
    me.hear("s", { ...refused, boot: 12345 });
    expect(me.membership.isUp("me")).toBe(true);
    me.hear("s", { ...refused, boot: me.view("me")!.boot });
    expect(me.membership.members()).toEqual([]);
    expect(refusals(me)[0]!.message).toMatch(
      /another process has that name: give each node a name/,
    );
    me.take();
    await me.time.pass(20_000);
    expect(me.take()).toEqual([]);
  });

  test("two that got in find out by their claims, and the one that began later ends", async () => {
    for (const isLater of [true, false]) {
      const me = new OneMember({ wallMs: () => 1e12 });
      await me.membership.start();
      const { boot } = me.view("me")!;
      const rival = isLater ? boot - 1 : boot + 1;
      for (let i = 0; i < 3; i++) {
        const incarnation = (me.view("me")?.incarnation ?? 0) + 1;
        me.hear("x", { kind: PartKind.alive, node: "me", incarnation, boot: rival, meta: NO_META });
      }
      expect(refusals(me)[0]).toMatchObject({ node: "me", reason: "duplicate" });
      expect(me.membership.isUp("me")).toBe(!isLater);
    }
  });

  test("what an earlier process of the node said is no rival", async () => {
    const me = new OneMember({ wallMs: () => 1e12 });
    await me.membership.start();
    const { boot } = me.view("me")!;
    for (const incarnation of [900, 950, 900, 950, 300]) {
      const word = { node: "me", incarnation, boot: boot - 7, meta: NO_META };
      me.hear("x", { kind: PartKind.alive, ...word });
    }
    expect([me.held("me"), refusals(me)]).toEqual(["alive 951", []]);
  });
});

describe("bytes that are no message", () => {
  test("change nothing, in the middle of a datagram too", async () => {
    const me = new OneMember();
    await me.membership.start();
    me.hear("x", me.alive("a", 1));
    me.take();
    const good = datagramOf(1, suspect("a", 1, "b"));
    const broken = Uint8Array.from([...good, 99]);
    expect(() => me.membership.receive("x", broken)).toThrow(
      expect.objectContaining({ code: "CLUSTER_MESSAGE", position: good.length + 1 }),
    );
    expect([me.held("a"), me.take()]).toEqual(["alive 1", []]);
  });

  test("nor does anything before the start or after the end", async () => {
    const me = new OneMember();
    me.hear("x", me.alive("a", 1));
    await me.membership.start();
    expect(me.held("a")).toBe("unknown");
    me.membership.stop();
    me.hear("x", me.alive("a", 1));
    await me.time.pass(10_000);
    expect([me.membership.members(), me.take()]).toEqual([[], []]);
    await me.time.pass(60_000);
    expect(me.time.scheduler.pending).toBe(0);
    await me.membership.leave();
  });
});
