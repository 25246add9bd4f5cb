// Who has answered and whether it suffices: the tables of riak_kv_put_core and riak_kv_get_core,
// with `dw` and `r` as nodes, `pw` and `pr` as primaries; Cassandra's counts per data centre; and
// random requests against a count that tries every way in which they can go on.

import { describe, expect, test } from "vitest";
import type { Contact, Need } from "../../../cluster/replication/consistency.ts";
import { QuorumCount, type QuorumState } from "../../../cluster/replication/quorum-count.ts";
import { Random } from "../../../workloads/random.ts";
import { fallback, need, pending, primary } from "./contacts.ts";

const RUNS = process.env.RINGBENCH_NIGHTLY === "1" ? 20_000 : 1500;

const P3 = [primary("n1"), primary("n2"), primary("n3")];
const P2F1 = [primary("n1"), primary("n2"), fallback("n3")];
const P1F2 = [primary("n1"), fallback("n2"), fallback("n3")];

/** By contact: + for a success, - for a failure, . for none yet. */
function counted(of: Need, contacts: readonly Contact[], verdicts: string): QuorumCount {
  const count = new QuorumCount(of, contacts);
  [...verdicts].forEach((verdict, index) => {
    if (verdict === "+") count.succeed(index);
    if (verdict === "-") count.fail(index);
  });
  return count;
}

describe("the tables of Riak", () => {
  test.each<[string, Need, readonly Contact[], string, QuorumState, string]>([
    ["w 3, 1 answered", need(3), P3, "+..", "waiting", "1 of 3 nodes"],
    ["w 3, 2 answered", need(3), P3, "++.", "waiting", "2 of 3 nodes"],
    ["w 3, 3 answered", need(3), P3, "+++", "met", ""],
    ["dw 3, 2 answered", need(3), P3, "++.", "waiting", "2 of 3 nodes"],
    ["dw 3, 2 and a failure", need(3), P3, "++-", "impossible", "2 of 3 nodes"],
    ["pw 3, 1 answered", need(1, 3), P3, "+..", "waiting", "1 of 3 primaries"],
    ["pw 3, 2 answered", need(1, 3), P3, "++.", "waiting", "2 of 3 primaries"],
    ["pw 3, 3 answered", need(1, 3), P3, "+++", "met", ""],
    ["pw 3, 2 and a failure", need(1, 3), P3, "++-", "impossible", "2 of 3 primaries"],
    ["pw 3 can never be", need(3, 3), P2F1, "+++", "impossible", "2 of 3 primaries"],
    ["pw 3 of 1 primary", need(3, 3), P1F2, "+++", "impossible", "1 of 3 primaries"],
    ["both unmet, pw = dw", need(3, 3), P3, "++-", "impossible", "2 of 3 primaries"],
    ["both unmet, pw > dw", need(2, 3), P3, "+--", "impossible", "1 of 3 primaries"],
    ["both unmet, pw < dw", need(3, 2), P3, "+--", "impossible", "1 of 3 nodes"],
    ["pw met, dw unmet", need(3, 2), P3, "++-", "impossible", "2 of 3 nodes"],
    ["dw met, pw < dw unmet", need(2, 1), P1F2, "-++", "impossible", "0 of 1 primaries"],
    ["fallbacks count for dw", need(2), P1F2, "-++", "met", ""],
    ["r 3, 2 and a failure", need(3), P3, "++-", "impossible", "2 of 3 nodes"],
    ["r 1 of 3 failures", need(1), P3, "---", "impossible", "0 of 1 nodes"],
    ["r 2 with a failure", need(2), P3, "+-.", "waiting", "1 of 2 nodes"],
    ["r 2 with two failures", need(2), P3, "--.", "impossible", "0 of 2 nodes"],
    ["pr 3 of 2 primaries", need(3, 3), P2F1, "+++", "impossible", "2 of 3 primaries"],
    ["pr = r both unmet", need(3, 3), P3, "+-.", "impossible", "1 of 3 primaries"],
    ["pr < r both unmet", need(3, 2), P3, "+--", "impossible", "1 of 3 nodes"],
    ["one dropped, pr 3 waits", need(2, 3), P3, "++.", "waiting", "2 of 3 primaries"],
    ["one dropped, quorum is met", need(2), P3, "++.", "met", ""],
    ["two dropped, quorum waits", need(2), P3, "+..", "waiting", "1 of 2 nodes"],
    ["nothing is needed", need(0), P3, "...", "met", ""],
    ["too few are there", need(3), P3.slice(1), "..", "impossible", "0 of 3 nodes"],
  ])("%s", (_, of, contacts, verdicts, state, shortfall) => {
    const count = counted(of, contacts, verdicts);
    expect(count.state).toBe(state);
    expect(count.shortfall()).toBe(shortfall);
  });

  // The list has node 3 twice: three answers are of two nodes, or of one.
  const diverse = [primary("n1"), primary("n2"), fallback("n3"), fallback("n3")];
  test.each([
    ["1", 1, "+..."],
    ["1 and 3", 2, "+.+."],
    ["3 and 3", 1, "..++"],
    ["1, 3 and 3", 2, "+.++"],
    ["all", 3, "++++"],
  ])("answers of %s are of so many nodes: %i", (_, different, verdicts) => {
    expect(counted(need(different), diverse, verdicts).state).toBe("met");
    expect(counted(need(different + 1), diverse, verdicts).state).not.toBe("met");
  });

  test("confirmations by too few nodes are told", () => {
    const twice = [primary("n1"), primary("n1"), primary("n1")];
    const count = counted(need(2), twice, "+++");
    expect([count.state, count.shortfall()]).toEqual(["impossible", "1 of 2 nodes"]);
    expect(new QuorumCount(need(0, 2), twice).state).toBe("impossible");
  });
});

describe("data centres", () => {
  const each = need(0, 0, [
    { dc: "a", nodes: 2 },
    { dc: "b", nodes: 2 },
  ]);
  const contacts = ["a1", "a2", "a3", "b1", "b2", "b3"].map((node) => primary(node, node[0]));

  test.each<[string, QuorumState, string]>([
    ["++.++.", "met", ""],
    ["+++...", "waiting", "b: 0 of 2 nodes"],
    ["++++..", "waiting", "b: 1 of 2 nodes"],
    ["+..+..", "waiting", "a: 1 of 2 nodes, b: 1 of 2 nodes"],
    ["+++--.", "impossible", "b: 0 of 2 nodes"],
    ["+++-++", "met", ""],
    ["--....", "impossible", "a: 0 of 2 nodes, b: 0 of 2 nodes"],
  ])("each counts its own: %s", (verdicts, state, shortfall) => {
    const count = counted(each, contacts, verdicts);
    expect([count.state, count.shortfall()]).toEqual([state, shortfall]);
  });

  test("the local one waits for nobody else", () => {
    const local = need(0, 0, [{ dc: "b", nodes: 2 }]);
    expect(counted(local, contacts, "+++...").state).toBe("waiting");
    expect(counted(local, contacts, "---++.").state).toBe("met");
  });
});

test("pending nodes count, but are neither primaries nor fallbacks", () => {
  const contacts = [...P3, pending("n4")];
  expect(counted(need(3), contacts, "++.+").state).toBe("met");
  expect(counted(need(3), contacts, "++..").state).toBe("waiting");
  const both = counted(need(3, 3), contacts, "++-+");
  expect([both.state, both.shortfall()]).toEqual(["impossible", "2 of 3 primaries"]);
  const mixed = counted(need(3), [...P2F1, pending("n4")], "+-++");
  expect(mixed.answeredBy()).toEqual({ primaries: ["n1"], fallbacks: ["n3"] });
});

test("I1: the first verdict of a contact stands, and counts once", () => {
  const count = new QuorumCount(need(2), P3);
  for (const verdict of ["succeed", "succeed", "fail"] as const) count[verdict](0);
  expect([count.state, count.hasSucceeded(0), count.hasFailed(0)]).toEqual([
    "waiting",
    true,
    false,
  ]);
  for (const verdict of ["fail", "fail", "succeed"] as const) count[verdict](1);
  expect([count.state, count.hasSucceeded(1), count.hasFailed(1)]).toEqual([
    "waiting",
    false,
    true,
  ]);
  expect(count.isSettled).toBe(false);
  count.succeed(2);
  expect([count.state, count.isSettled]).toEqual(["met", true]);
  expect(() => count.succeed(3)).toThrow("I1");
  expect(() => count.fail(-1)).toThrow("I1");
});

test("another contact may make possible what was not", () => {
  const count = counted(need(2), P3, "+--");
  expect(count.state).toBe("impossible");
  expect(count.isSettled).toBe(true);
  expect(count.add(fallback("n4"))).toBe(3);
  expect([count.state, count.isSettled]).toEqual(["waiting", false]);
  count.succeed(3);
  expect(count.state).toBe("met");
  expect(count.answeredBy()).toEqual({ primaries: ["n1"], fallbacks: ["n4"] });
  expect(P3).toHaveLength(3);
});

test("thirty-two contacts are taken, and no more", () => {
  const contacts = Array.from({ length: 32 }, (_, i) => primary(`n${i}`));
  const count = counted(need(32), contacts, "+".repeat(31));
  expect([count.state, count.isSettled]).toEqual(["waiting", false]);
  expect(() => count.add(primary("n32"))).toThrow("a request asks at most 32");
  count.succeed(31);
  expect([count.state, count.isSettled, count.hasSucceeded(31)]).toEqual(["met", true, true]);
  expect(() => new QuorumCount(need(1), [...contacts, primary("n32")])).toThrow("at most 32");
});

/** Sets of nodes instead of bits. */
function isMet(of: Need, succeeded: readonly Contact[]): boolean {
  const different = (contacts: readonly Contact[]) =>
    new Set(contacts.map(({ node }) => node)).size;
  return (
    different(succeeded) >= of.nodes &&
    different(succeeded.filter(({ role }) => role === "primary")) >= of.primaries &&
    of.perDc.every(({ dc, nodes }) => different(succeeded.filter((one) => one.dc === dc)) >= nodes)
  );
}

/** Whether any set of those still to answer would do. */
function canBeMet(of: Need, succeeded: readonly Contact[], open: readonly Contact[]): boolean {
  for (let subset = 0; subset < 2 ** open.length; subset++) {
    if (isMet(of, [...succeeded, ...open.filter((_, i) => (subset & (1 << i)) > 0)])) return true;
  }
  return false;
}

describe("random requests", () => {
  const roles = [primary, primary, fallback, pending];

  function randomContact(random: Random): Contact {
    const make = roles[random.nextBelow(roles.length)]!;
    const node = random.nextBelow(6);
    return make(`n${node}`, node < 3 ? "a" : "b");
  }

  function randomNeed(random: Random): Need {
    const dcs = ["a", "b"].slice(random.nextBelow(3));
    return need(
      random.nextBelow(5),
      random.nextBelow(4),
      dcs.map((dc) => ({ dc, nodes: random.nextBelow(3) })),
    );
  }

  test("are judged as by trying everything", () => {
    const seen = new Map<QuorumState, number>();
    for (let seed = 0; seed < RUNS; seed++) {
      const random = new Random(seed);
      const of = randomNeed(random);
      const contacts = Array.from({ length: random.nextBelow(6) }, () => randomContact(random));
      const count = new QuorumCount(of, contacts);
      const all = [...contacts];
      const verdicts: (boolean | undefined)[] = all.map(() => undefined);
      for (let step = 0; step < 10; step++) {
        const succeeded = all.filter((_, i) => verdicts[i] === true);
        const open = all.filter((_, i) => verdicts[i] === undefined);
        const expected = isMet(of, succeeded)
          ? "met"
          : canBeMet(of, succeeded, open)
            ? "waiting"
            : "impossible";
        const where = `seed ${seed}, step ${step}`;
        expect(count.state, where).toBe(expected);
        expect(count.shortfall() === "", where).toBe(expected === "met");
        expect(count.isSettled, where).toBe(open.length === 0);
        expect(all.map((_, i) => count.hasSucceeded(i))).toEqual(verdicts.map((v) => v === true));
        expect(all.map((_, i) => count.hasFailed(i))).toEqual(verdicts.map((v) => v === false));
        seen.set(expected, (seen.get(expected) ?? 0) + 1);
        if (random.nextBelow(8) === 0) {
          const contact = randomContact(random);
          expect(count.add(contact), where).toBe(all.length);
          all.push(contact);
          verdicts.push(undefined);
        } else if (all.length > 0) {
          const index = random.nextBelow(all.length);
          const isSuccess = random.nextBelow(2) === 0;
          if (isSuccess) count.succeed(index);
          else count.fail(index);
          verdicts[index] ??= isSuccess;
        }
      }
    }
    for (const state of ["met", "waiting", "impossible"] as const) {
      expect(seen.get(state), state).toBeGreaterThan(RUNS / 2);
    }
  });
});
