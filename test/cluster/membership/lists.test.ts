// Beliefs from lists of others, over restarts, and after a long time.

import { describe, expect, test } from "vitest";
import { PartKind } from "../../../cluster/membership/messages.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { dead, knowing, started, suspect } from "./one-member.ts";

describe("a list of another (MergeState)", () => {
  test("only what is alive or left is taken at its word: the dead are suspects", async () => {
    const me = await knowing("a", "b", "c", "d", "e");
    me.hear("x", suspect("a", 11, "x"));
    me.events.length = 0;
    const head = { kind: PartKind.exchange, list: 2 } as const;
    me.hear(
      "x",
      ...[head, me.state("a", 0, 12), me.state("b", 1, 11), me.state("c", 2, 11)],
      ...[me.state("d", 0, 1), me.state("e", 3, 11), me.state("new", 0, 1)],
      ...[me.state("unknown-dead", 2, 1), me.state("unknown-left", 3, 1)],
      me.state("unknown-suspect", 1, 4),
    );
    expect(["a", "b", "c", "d", "e", "new"].map((node) => me.held(node))).toEqual([
      ...["alive 12", "suspect 11", "suspect 11", "alive 11", "left 11", "alive 1"],
    ]);
    const unknown = ["unknown-dead", "unknown-left", "unknown-suspect"];
    expect(unknown.map((node) => me.held(node))).toEqual(["unknown", "unknown", "suspect 4"]);
    expect(me.changes.map(([node]) => node)).toEqual(["e", "new", "unknown-suspect"]);
  });

  test("what both hold dead stays so, of the higher incarnation", async () => {
    const me = await knowing("a");
    me.hear("x", dead("a", 11, "b"));
    me.hear("x", me.state("a", 2, 14));
    expect(me.held("a")).toBe("dead 14");
  });

  test("my own death in it is refuted", async () => {
    const me = await knowing("a");
    const own = me.view("me")!.incarnation;
    me.hear("a", me.state("me", 2, own + 3));
    expect(me.held("me")).toBe(`alive ${own + 4}`);
  });

  test("what a newcomer learns it does not tell on", async () => {
    const me = await started({ seeds: ["x"] });
    const head = { kind: PartKind.exchange, list: 3 } as const;
    // Before it is let in it hears nothing.
    me.hear("x", me.alive("z", 1));
    me.hear("x", head, me.state("z", 0, 1));
    const welcome = { kind: PartKind.welcome, wallMs: 0, members: 3 } as const;
    me.hear("x", head, welcome, me.state("a", 0, 1), me.state("b", 0, 1));
    me.hear("x", { kind: PartKind.exchange, list: 2 }, me.state("c", 0, 1));
    await me.time.pass(3000);
    const told = new Set(me.takeParts(PartKind.alive).map(({ node }) => node));
    expect([...told].sort()).toEqual(["c", "me"]);
    expect(me.held("z")).toBe("unknown");
  });
});

describe("over restarts", () => {
  test("the incarnation goes on above where it was", async () => {
    const disk = new MemoryDisk();
    const first = await started({ disk });
    first.hear("a", first.alive("a", 1));
    first.hear("a", suspect("me", 5, "a"));
    expect(first.held("me")).toBe("alive 6");
    first.membership.stop();
    disk.kill();
    const second = await started({ disk, wallMs: () => 77 });
    expect(second.view("me")!.incarnation).toBeGreaterThan(6);
    expect(second.view("me")!.boot).not.toBe(first.bootOf("me"));
  });

  test("with a new disk it goes above what others remember", async () => {
    const me = await started();
    const boot = me.view("me")!.boot;
    me.hear("a", { ...me.alive("me", 900), boot: boot - 1 } as never);
    expect(me.held("me")).toBe("alive 901");
    me.hear("a", dead("me", 2000, "a"));
    expect(me.held("me")).toBe("alive 2001");
  });

  test("what I said is never taken for another's", async () => {
    const me = await knowing("a");
    const { incarnation, boot } = me.view("me")!;
    me.hear("a", { ...me.alive("me", incarnation), boot } as never);
    me.hear("a", { ...me.alive("me", incarnation - 1), boot } as never);
    expect([me.held("me"), me.events, me.take()]).toEqual([`alive ${incarnation}`, [], []]);
  });
});

test("the dead are forgotten in the end", async () => {
  const me = await started({ profile: { reapMs: 60_000 } });
  for (const node of ["a", "b"]) me.hear("x", me.alive(node, 1));
  me.hear("x", dead("a", 1, "b"), dead("b", 1, "b"));
  await me.time.pass(59_000);
  expect(me.held("a")).toBe("dead 1");
  await me.time.pass(15_000);
  expect([me.held("a"), me.held("b"), me.held("me")]).toEqual(["unknown", "unknown", "alive 1"]);
  expect(me.events.filter(({ kind }) => kind === "reaped").map(({ node }) => node)).toEqual([
    ...["a", "b"],
  ]);
});
