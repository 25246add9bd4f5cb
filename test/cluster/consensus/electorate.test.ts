// Quorums by brute force: every set of voters of every size up to seven, alone and in a change.

import { describe, expect, test } from "vitest";
import { Electorate } from "../../../cluster/consensus/electorate.ts";

const NAMES = ["n1", "n2", "n3", "n4", "n5", "n6", "n7"];

function countBits(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

function quorumsOf(electorate: Electorate): number[] {
  const all = 2 ** electorate.members.length;
  return Array.from({ length: all }, (_, mask) => mask).filter((mask) => electorate.isQuorum(mask));
}

const SHAPES: readonly (readonly [voters: string[], next: string[]])[] = [
  ...NAMES.map((_, i) => [NAMES.slice(0, i + 1), []] as [string[], string[]]),
  [
    ["n1", "n2", "n3"],
    ["n3", "n4", "n5"],
  ],
  [
    ["n1", "n2", "n3"],
    ["n2", "n3", "n4"],
  ],
  [["n1"], ["n2", "n3", "n4"]],
  [
    ["n1", "n2", "n3", "n4"],
    ["n1", "n2", "n3", "n4", "n5"],
  ],
];

describe("an electorate", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])("of %i voters decides with %i", (count, majority) => {
    const quorums = quorumsOf(new Electorate(NAMES.slice(0, count), []));
    expect(Math.min(...quorums.map(countBits))).toBe(majority);
    expect(quorums.every((mask) => countBits(mask) >= majority)).toBe(true);
  });

  test.each(SHAPES)("of %j, and then %j: any two quorums meet", (voters, next) => {
    const quorums = quorumsOf(new Electorate(voters, next));
    for (const a of quorums) for (const b of quorums) expect(a & b).not.toBe(0);
  });

  test.each(SHAPES)(
    "of %j, and then %j: quorums of a change meet those around it",
    (voters, next) => {
      if (next.length === 0) return;
      const change = new Electorate(voters, next);
      for (const group of [voters, next]) {
        const alone = new Electorate(group, []);
        for (const mask of quorumsOf(alone)) {
          const names = alone.members.filter((_, i) => ((mask >>> i) & 1) === 1);
          const same = names.reduce((sum, name) => sum | (1 << change.indexOf(name)), 0);
          for (const other of quorumsOf(change)) expect(same & other).not.toBe(0);
        }
      }
    },
  );

  test.each(SHAPES)(
    "of %j, and then %j: what outlasts a member meets its quorums",
    (voters, next) => {
      const electorate = new Electorate(voters, next);
      for (const index of electorate.members.keys()) {
        const own = 1 << index;
        const groups = [voters, next].filter((group) => group.includes(electorate.members[index]!));
        // In one group alone a member was in quorums of that group, before or after the change.
        const withIt = groups.flatMap((group) => {
          const masks = quorumsOf(new Electorate(group, []));
          const places = [...group].sort().map((name) => electorate.indexOf(name));
          return masks
            .map((mask) => places.reduce((sum, at, i) => sum | (((mask >>> i) & 1) << at), 0))
            .filter((mask) => (mask & own) !== 0);
        });
        for (let mask = 0; mask < 2 ** electorate.members.length; mask++) {
          const meetsAll = withIt.every((quorum) => (quorum & mask & ~own) !== 0);
          const outlasts = electorate.outlasts(mask, index);
          expect(outlasts, `${mask} without ${index}`).toBe(meetsAll);
        }
      }
    },
  );

  test("has one plan, in whichever order its voters are told", () => {
    const plan = new Electorate(["n1", "n2", "n3"], []).plan;
    expect(new Electorate(["n3", "n1", "n2"], []).plan).toBe(plan);
    const others = [
      new Electorate(["n1", "n2"], []),
      new Electorate(["n1", "n2", "n4"], []),
      new Electorate(["n1", "n2", "n3"], ["n1", "n2", "n3"]),
      new Electorate(["n1", "n2"], ["n3"]),
      new Electorate(["n3"], ["n1", "n2"]),
    ];
    const plans = new Set([plan, ...others.map((it) => it.plan)]);
    expect(plans.size).toBe(1 + others.length);
    for (const it of plans) expect(Number.isSafeInteger(it) && it < 2 ** 52).toBe(true);
  });

  test("has another roll for every disk of every member", () => {
    const electorate = new Electorate(["n1", "n2", "n3"], []);
    const rolls = new Set<number>();
    const disks = [1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 48 - 1];
    for (const a of disks) {
      for (const b of disks) {
        for (const c of disks) {
          const known = new Map([
            ["n1", a],
            ["n2", b],
            ["n3", c],
          ]);
          rolls.add(electorate.roll({ diskOf: (node) => known.get(node)! }));
        }
      }
    }
    expect(rolls.size).toBe(disks.length ** 3);
  });
});
