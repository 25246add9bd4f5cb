// What is believed of whom after which words: the cases of memberlist's state_test.go, and those of
// its issue 311.

import { describe, expect, test } from "vitest";
import { PartKind } from "../../../cluster/membership/messages.ts";
import { dead, knowing, started, suspect } from "./one-member.ts";

describe("alive", () => {
  test("of a new node: it is met, up, and told on", async () => {
    const me = await started();
    me.hear("x", me.alive("a", 1, Uint8Array.from([104, 105])));
    expect(me.events).toEqual([
      expect.objectContaining({ kind: "joined", node: "me", by: "me" }),
      { kind: "alive", atMs: 0, node: "a", incarnation: 1, by: "a" },
    ]);
    expect(me.metas).toEqual([["a", "hi"]]);
    expect([me.membership.isUp("a"), me.membership.isUp("b")]).toEqual([true, false]);
    await me.time.pass(1000);
    expect(me.takeParts(PartKind.alive)[0]).toMatchObject({ node: "a", incarnation: 1 });
  });

  test("replayed is nothing new: not while alive, suspect or dead", async () => {
    const me = await knowing("a", "b", "c");
    me.hear("x", me.alive("a", 11));
    expect([me.held("a"), me.events]).toEqual(["alive 11", []]);
    me.hear("x", suspect("a", 11, "b"));
    me.hear("x", me.alive("a", 11));
    expect(me.held("a")).toBe("suspect 11");
    me.hear("x", dead("a", 11, "b"));
    me.hear("x", me.alive("a", 11));
    expect(me.held("a")).toBe("dead 11");
    me.hear("x", me.alive("a", 12));
    expect(me.held("a")).toBe("alive 12");
    expect(me.kinds()).toEqual(["suspect", "dead", "alive"]);
    expect(me.changes).toEqual([
      ["a", false],
      ["a", true],
    ]);
  });

  test("with another meta and a higher incarnation tells of the change", async () => {
    const me = await knowing("a");
    me.metas.length = 0;
    me.hear("x", me.alive("a", 11, Uint8Array.from([65])));
    expect(me.metas).toEqual([]);
    me.hear("x", me.alive("a", 12, Uint8Array.from([65])));
    me.hear("x", me.alive("a", 13, Uint8Array.from([65])));
    expect(me.metas).toEqual([["a", "A"]]);
    expect(me.events).toEqual([]);
  });

  test("refutes a suspicion, which never times out then", async () => {
    const me = await knowing("a", "b");
    me.hear("x", suspect("a", 11, "b"));
    me.hear("x", me.alive("a", 12));
    await me.time.pass(200);
    expect(me.held("a")).toBe("alive 12");
  });

  test("that is stale and its own is answered with the accusation", async () => {
    const me = await knowing("a", "b");
    me.hear("x", dead("a", 100, "b"));
    await me.time.pass(50_000);
    me.take();
    me.boots.set("a", 2);
    me.hear("a", me.alive("a", 1));
    const answers = me.take().filter(({ to }) => to === "a");
    expect(answers.at(-1)!.parts).toContainEqual(dead("a", 100, "b"));
    expect(me.held("a")).toBe("dead 100");
    // From somebody else it is old news.
    me.take();
    me.hear("x", me.alive("a", 1));
    expect(me.take()).toEqual([]);
  });

  test("of a new process, lower than what is held of it alive, is answered too", async () => {
    const me = await knowing("a");
    me.boots.set("a", 2);
    me.hear("a", me.alive("a", 3));
    const [answer] = me.take();
    expect(answer!.to).toBe("a");
    expect(answer!.parts[0]).toMatchObject({ node: "a", incarnation: 11, boot: 1 });
    me.hear("a", me.alive("a", 12));
    expect(me.view("a")).toMatchObject({ state: "alive", incarnation: 12, boot: 2 });
  });
});

describe("suspect", () => {
  test("of a node that nobody knows is nothing", async () => {
    const me = await knowing("a");
    me.hear("x", suspect("z", 1, "a"));
    expect(me.held("z")).toBe("unknown");
  });

  test("of an old incarnation is nothing", async () => {
    const me = await knowing("a", "b");
    me.hear("x", suspect("a", 10, "b"));
    expect(me.held("a")).toBe("alive 11");
  });

  test("twice from one accuser is told on once", async () => {
    const me = await knowing("a", "b");
    me.hear("x", suspect("a", 11, "b"));
    await me.time.pass(1600);
    expect(me.takeParts(PartKind.suspect).length).toBeGreaterThan(0);
    me.hear("x", suspect("a", 11, "b"));
    await me.time.pass(300);
    const told = me.take().flatMap(({ to, parts }) => (to === "a" ? [] : parts));
    expect(told.filter(({ kind }) => kind === PartKind.suspect)).toEqual([]);
    expect(me.kinds().filter((kind) => kind === "suspect")).toHaveLength(1);
  });

  test("of a suspect, of a higher incarnation, begins anew", async () => {
    const me = await knowing("a", "b");
    me.hear("x", suspect("a", 11, "b"));
    me.hear("x", suspect("a", 13, "b"));
    expect(me.held("a")).toBe("suspect 13");
    me.hear("x", me.alive("a", 12));
    expect(me.held("a")).toBe("suspect 13");
  });

  test("does not wake the dead of its incarnation", async () => {
    const me = await knowing("a", "b");
    me.hear("x", dead("a", 11, "b"));
    me.hear("x", suspect("a", 11, "b"));
    expect(me.held("a")).toBe("dead 11");
  });

  test("times out", async () => {
    const me = await knowing("a", "b");
    // Two members besides are fewer than the confirmations that are wanted: 4 seconds, no more.
    me.hear("x", suspect("a", 11, "b"));
    await me.time.pass(3900);
    me.take();
    await me.time.pass(200);
    // A last word, within the timeout of a probe.
    const asked = me.take().filter(({ to }) => to === "a");
    const accused = asked.filter(({ parts }) => {
      return parts[0]!.kind === PartKind.suspect && parts[1]!.kind === PartKind.ping;
    });
    expect(accused.length).toBeGreaterThan(0);
    expect(me.held("a")).toBe("suspect 11");
    await me.time.pass(500);
    expect(me.held("a")).toBe("dead 11");
    expect(me.events.at(-1)).toMatchObject({ kind: "dead", node: "a", by: "me" });
  });

  test("of myself is refuted by going above it, and counts against my health", async () => {
    const me = await knowing("a");
    const own = me.view("me")!.incarnation;
    me.hear("a", suspect("me", own, "a"));
    expect(me.held("me")).toBe(`alive ${own + 1}`);
    me.hear("a", suspect("me", own + 50, "a"));
    expect(me.held("me")).toBe(`alive ${own + 51}`);
    const refuted = me.events.filter(({ kind }) => kind === "refuted");
    expect(refuted).toHaveLength(2);
    expect(refuted[1]).toMatchObject({ node: "me", incarnation: own + 51, by: "a" });
    const [answer] = me.take();
    expect(answer!.to).toBe("a");
    expect(answer!.parts[0]).toMatchObject({ node: "me", incarnation: own + 1 });
    // The probes that follow are so much further apart: health 2.
    await me.time.pass(10_000);
    const pings = me.take().filter(({ parts }) => parts.some((it) => it.kind === PartKind.ping));
    expect(pings.length).toBeLessThan(5);
  });

  test("of myself, stale, is answered with what I say now", async () => {
    const me = await knowing("a");
    me.hear("a", suspect("me", me.view("me")!.incarnation + 5, "b"));
    me.take();
    const own = me.view("me")!.incarnation;
    me.hear("b", suspect("me", own - 1, "b"));
    expect(me.held("me")).toBe(`alive ${own}`);
    const [answer] = me.take();
    expect(answer!.to).toBe("b");
    expect(answer!.parts[0]).toMatchObject({ node: "me", incarnation: own });
  });
});

describe("dead", () => {
  test("of a node that nobody knows is nothing", async () => {
    const me = await knowing("a");
    me.hear("x", dead("z", 1, "a"));
    expect(me.held("z")).toBe("unknown");
  });

  test("of an old incarnation is nothing", async () => {
    const me = await knowing("a", "b");
    me.hear("x", dead("a", 1, "b"));
    expect([me.held("a"), me.events]).toEqual(["alive 11", []]);
  });

  test("wins at the incarnation of one who is alive, or suspect", async () => {
    const me = await knowing("a", "b", "c");
    me.hear("x", dead("a", 11, "c"));
    me.hear("x", suspect("b", 11, "c"));
    me.hear("x", dead("b", 11, "c"));
    expect([me.held("a"), me.held("b")]).toEqual(["dead 11", "dead 11"]);
    await me.time.pass(60_000);
    expect(me.kinds().filter((kind) => kind === "dead").length).toBeGreaterThanOrEqual(2);
  });

  test("twice is once, and a higher one is remembered", async () => {
    const me = await knowing("a", "b");
    me.hear("x", dead("a", 11, "b"));
    me.hear("x", dead("a", 11, "c"));
    me.hear("x", dead("a", 13, "c"));
    expect(me.held("a")).toBe("dead 13");
    expect(me.kinds()).toEqual(["dead"]);
    me.hear("x", me.alive("a", 13));
    expect(me.held("a")).toBe("dead 13");
  });

  test("of itself means that it left, which no death at that incarnation changes", async () => {
    const me = await knowing("a", "b");
    me.hear("x", dead("a", 11, "a"));
    expect(me.held("a")).toBe("left 11");
    me.hear("x", dead("a", 11, "b"));
    expect(me.held("a")).toBe("left 11");
    me.hear("x", dead("b", 11, "a"));
    me.hear("x", dead("b", 11, "b"));
    expect(me.held("b")).toBe("left 11");
    me.hear("a", me.alive("a", 12));
    expect(me.held("a")).toBe("alive 12");
  });

  test("of myself is refuted, but when I leave", async () => {
    const me = await knowing("a");
    const own = me.view("me")!.incarnation;
    me.hear("a", dead("me", own, "a"));
    expect(me.held("me")).toBe(`alive ${own + 1}`);
    const left = me.membership.leave();
    me.hear("a", dead("me", own + 1, "a"));
    me.hear("a", suspect("me", own + 1, "a"));
    // Nor does what it says of itself replace its last word.
    me.membership.updateMeta();
    expect(me.held("me")).toBe(`left ${own + 1}`);
    await me.time.pass(6000);
    await left;
    expect(me.membership.members()).toEqual([]);
    expect(me.membership.isUp("me")).toBe(false);
  });
});
