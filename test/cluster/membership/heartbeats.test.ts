// The phi accrual detector: heartbeats by gossip, verdicts of one's own.

import { describe, expect, test } from "vitest";
import { type Part, PartKind } from "../../../cluster/membership/messages.ts";
import { dead, OneMember } from "./one-member.ts";

async function started(options: ConstructorParameters<typeof OneMember>[0] = {}) {
  const me = new OneMember({ detector: "phi", ...options });
  await me.membership.start();
  for (const node of ["a", "b"]) me.hear("x", me.alive(node, 1));
  return me;
}

function beat(node: string, heartbeat: number, incarnation = 1, wantsAnswer = false): Part {
  return { kind: PartKind.beats, wantsAnswer, beats: [{ node, incarnation, heartbeat }] };
}

/** Both beat once a second, for so long. */
async function beating(me: OneMember, seconds: number, from = 1): Promise<void> {
  for (let i = from; i < from + seconds; i++) {
    me.hear("b", beat("a", i));
    me.hear("b", beat("b", i));
    await me.time.pass(1000);
  }
}

describe("by phi accrual", () => {
  test("who is silent for 18.42 mean intervals is dead here, and nobody is told", async () => {
    const me = await started();
    await beating(me, 60);
    const lastMs = me.time.clock.nowMs() - 1000;
    me.take();
    for (let i = 61; i < 90; i++) {
      me.hear("b", beat("b", i));
      await me.time.pass(1000);
    }
    const found = me.events.find(({ kind }) => kind === "dead")!;
    expect(found).toMatchObject({ node: "a", by: "me", incarnation: 1 });
    expect(found.atMs - lastMs).toBeGreaterThan(18_000);
    expect(found.atMs - lastMs).toBeLessThan(21_000);
    expect(me.changes.at(-1)).toEqual(["a", false]);
    expect([me.held("a"), me.held("b")]).toEqual(["dead 1", "alive 1"]);
    const told = me.take().flatMap(({ parts }) => parts.map(({ kind }) => kind));
    expect(told).not.toContain(PartKind.suspect);
    expect(told).not.toContain(PartKind.dead);
    // One heartbeat, from whomever, and it is back.
    me.hear("b", beat("a", 61));
    expect([me.held("a"), me.membership.isUp("a")]).toEqual(["alive 1", true]);
  });

  test("an old heartbeat, or one of an earlier incarnation, is no sign of life", async () => {
    const me = await started();
    await beating(me, 40);
    for (let i = 0; i < 30; i++) {
      me.hear("b", beat("a", 40), beat("a", 99, 0), beat("b", 41 + i));
      await me.time.pass(1000);
    }
    expect(me.held("a")).toBe("dead 1");
  });

  test("the receiver answers with what it knows better, and asks for what is new", async () => {
    const me = await started();
    await beating(me, 3);
    me.take();
    me.hear("b", beat("a", 1, 1, true), beat("z", 1), beat("b", 9, 4));
    const sent = me.take();
    const [beats] = sent.flatMap(({ parts }) => parts).filter((it) => it.kind === PartKind.beats);
    expect(beats).toEqual(beat("a", 3));
    const wanted = sent.flatMap(({ parts }) => parts).filter((it) => it.kind === PartKind.want);
    expect(wanted.flatMap((it) => (it.kind === PartKind.want ? it.nodes : []))).toEqual(["z", "b"]);
    me.hear("b", beat("a", 1));
    expect(me.take()).toEqual([]);
  });

  test("each round its own heartbeat goes up, to one that is up", async () => {
    const me = await started();
    await me.time.pass(5500);
    const beats = me.takeParts(PartKind.beats).flatMap((it) => it.beats);
    const own = beats.filter(({ node }) => node === "me").map(({ heartbeat }) => heartbeat);
    expect(own).toEqual([1, 2, 3, 4, 5, 6].slice(0, own.length));
    expect(own.length).toBeGreaterThanOrEqual(5);
  });

  test("there is no verdict for five intervals after a stall of one's own", async () => {
    const me = await started();
    await beating(me, 30);
    // Nothing happens here for half a minute: not even timers.
    let heldUntilMs = 0;
    const { timers } = me.time;
    const after = timers.after;
    (timers as { after: typeof after }).after = (delayMs, callback) => {
      return after(Math.max(delayMs, heldUntilMs - me.time.clock.nowMs()), callback);
    };
    heldUntilMs = me.time.clock.nowMs() + 30_000;
    await me.time.pass(30_900);
    await beating(me, 10, 31);
    expect(me.kinds()).not.toContain("dead");
    expect(me.kinds().filter((kind) => kind === "stalled").length).toBe(1);
    expect(me.probes.marks()["membership reached no verdict after a stall"]).toBeGreaterThan(0);
  });

  test("by the normal model a regular rhythm is missed sooner", async () => {
    const me = await started({ profile: { phiModel: "normal" } });
    await beating(me, 60);
    const lastMs = me.time.clock.nowMs() - 1000;
    await me.time.pass(20_000);
    const found = me.events.find(({ kind }) => kind === "dead")!;
    // One interval, three of pause, and some deviations.
    expect(found.atMs - lastMs).toBeGreaterThan(4000);
    expect(found.atMs - lastMs).toBeLessThan(7000);
  });

  test("who is silent for very long is dead for all, and then forgotten", async () => {
    const me = await started({ profile: { reapMs: 60_000 } });
    const rounds = async (seconds: number, from: number): Promise<void> => {
      for (let i = from; i < from + seconds; i++) {
        me.hear("b", beat("b", i));
        await me.time.pass(1000);
      }
    };
    await rounds(90, 1);
    expect(me.held("a")).toBe("dead 1");
    expect(me.takeParts(PartKind.dead)).toEqual([]);
    await rounds(30, 91);
    const said = me.takeParts(PartKind.dead);
    expect(said[0]).toEqual(dead("a", 1, "me"));
    // From another's list it does not come back.
    me.hear("b", me.state("a", 0, 1));
    expect(me.held("a")).toBe("dead 1");
    await rounds(60, 121);
    expect([me.held("a"), me.held("b")]).toEqual(["unknown", "alive 1"]);
  });

  test("who left, or is dead to others, is not judged", async () => {
    const me = await started();
    me.hear("x", dead("a", 1, "a"));
    await me.time.pass(60_000);
    expect(me.held("a")).toBe("left 1");
    expect(me.held("b")).toBe("dead 1");
    me.hear("b", beat("a", 50));
    expect(me.held("a")).toBe("left 1");
  });
});
