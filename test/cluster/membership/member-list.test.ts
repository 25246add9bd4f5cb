import { describe, expect, test } from "vitest";
import { Member, MemberState } from "../../../cluster/membership/member.ts";
import { MemberList } from "../../../cluster/membership/member-list.ts";
import { moveLast } from "../../../cluster/membership/order.ts";
import { Random } from "../../../workloads/random.ts";

function memberOf(node: string): Member {
  return new Member(node, 1, 1, new Uint8Array(0), 0);
}

function listOf(count: number, seed: number): MemberList {
  const list = new MemberList({
    ...{ self: "n0", random: new Random(seed), keepsOrder: false },
    isBygone: (it) => it.state === MemberState.dead,
  });
  for (let i = 0; i < count; i++) list.add(memberOf(`n${i}`));
  return list;
}

describe("the list of members", () => {
  test("moveDeadNodes: those who are gone for long go to the end", () => {
    const nodes = ["D20", "A20", "D10", "L10", "L20", "A20", "D20", "A20", "L20"];
    const isBygone = (it: string): boolean => it[0] !== "A" && Number(it.slice(1)) > 15;
    expect(moveLast(nodes, isBygone)).toBe(5);
    expect(nodes.slice(0, 5).sort()).toEqual(["A20", "A20", "A20", "D10", "L10"]);
    expect(nodes.slice(5).sort()).toEqual(["D20", "D20", "L20", "L20"]);
    // The recent ones stay where they were.
    expect(nodes.slice(2, 4)).toEqual(["D10", "L10"]);
  });

  test.each([1, 2, 3])("everybody is probed once in a round, seed %i", (seed) => {
    const list = listOf(10, seed);
    const rounds = [0, 1, 2].map(() => Array.from({ length: 9 }, () => list.nextToProbe()!.node));
    for (const round of rounds) expect([...round].sort()).toEqual(rounds[0]!.toSorted());
    expect(rounds[0]).not.toContain("n0");
    expect(rounds[1]).not.toEqual(rounds[0]);
  });

  test("whoever stays is probed within 2n - 1 probes, newcomers or not", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const list = listOf(8, seed);
      const lastAt = new Map<string, number>();
      let joined = 8;
      for (let at = 0; at < 400; at++) {
        if (at % 37 === 0) list.add(memberOf(`n${joined++}`));
        const { node } = list.nextToProbe()!;
        const gap = at - (lastAt.get(node) ?? at);
        expect(gap, `seed ${seed}, probe ${at} of ${node}`).toBeLessThanOrEqual(2 * joined - 1);
        lastAt.set(node, at);
      }
      expect(lastAt.size).toBe(joined - 1);
    }
  });

  test("newcomers get a random place", () => {
    const places = new Set<number>();
    for (let seed = 1; seed <= 60; seed++) {
      const list = listOf(6, seed);
      list.nextToProbe();
      list.add(memberOf("new"));
      const round = Array.from({ length: 6 }, () => list.nextToProbe()!.node);
      places.add(round.indexOf("new"));
    }
    expect(places.size).toBeGreaterThan(4);
  });

  test("the dead are not probed, leave the order, and come back", () => {
    const list = listOf(4, 1);
    const dead = list.get("n2")!;
    dead.state = MemberState.dead;
    for (let i = 0; i < 20; i++) expect(list.nextToProbe()).not.toBe(dead);
    expect(list.length).toBe(3);
    expect(list.get("n2")).toBe(dead);
    dead.state = MemberState.alive;
    list.revive(dead);
    list.revive(dead);
    expect(list.length).toBe(4);
    list.remove(dead);
    expect([list.length, list.get("n2")]).toEqual([3, undefined]);
  });

  test("nobody is there to probe", () => {
    expect(listOf(1, 1).nextToProbe()).toBeUndefined();
    expect(listOf(0, 1).nextToProbe()).toBeUndefined();
  });

  test("somebody is drawn where anybody is meant", () => {
    for (const count of [2, 9, 50]) {
      const list = listOf(count, count);
      for (let i = 0; i < 2000; i++) {
        expect(list.draw(1, (it) => it.node === "n1").map(({ node }) => node)).toEqual(["n1"]);
      }
    }
  });

  test.each([6, 100])("draws are different others that are meant, of %i", (count) => {
    const list = listOf(count, 5);
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const drawn = list.draw(3, (it) => it.node !== "n1").map(({ node }) => node);
      expect(new Set(drawn).size).toBe(drawn.length);
      if (count === 6) expect(drawn).toHaveLength(3);
      for (const node of drawn) seen.add(node);
    }
    expect(seen.size).toBe(count - 2);
    expect(seen.has("n0") || seen.has("n1")).toBe(false);
  });
});
