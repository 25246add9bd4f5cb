// Lost writes and sibling sets on short histories, with what replicas hold at the end.

import { describe, expect, test } from "vitest";
import { checkLostWrites, type ReplicaState } from "../../../cluster/checking/lost-writes.ts";
import { type CausalOrder, checkSiblings } from "../../../cluster/checking/siblings.ts";
import { historyOf } from "./build.ts";

/** `1,2|1` is what two replicas hold of key x; empty for replicas that hold nothing. */
function finalOf(text: string): Map<string, ReplicaState[]> {
  const replicas = text.split("|").map((values, i) => ({
    replica: `n${i + 1}`,
    siblings: values.split(",").filter((value) => value !== ""),
  }));
  return new Map([["x", replicas]]);
}

const BLIND = "a?put:x=1 a! b?put:x=2 b!";
const CHAIN = "a?put:x=1 a!>c b?put:x=2<c b!";
const DELETED = "a?put:x=1 a!>c b?delete:x<c b!";

describe("with siblings", () => {
  test.each([
    ["both are held", BLIND, "1,2|1,2", 0, 0],
    ["one is gone everywhere", BLIND, "2|2", 1, 1],
    ["one is gone from one replica", BLIND, "1,2|2", 1, 0],
    ["overwritten", CHAIN, "2|2", 0, 0],
    ["the overwritten one alone", CHAIN, "1|1", 1, 1],
    ["a write of unknown outcome may be gone", "a?put:x=1 a~", "|", 0, 0],
    [
      "overwritten by one of unknown outcome that is gone",
      "a?put:x=1 a!>c b?put:x=2<c b~",
      "|",
      1,
      1,
    ],
    ["deleted", DELETED, "|", 0, 0],
    ["a delete that had not seen it", "a?put:x=1 a! b?delete:x b!", "|", 1, 1],
    ["a deleted value is back", DELETED, "|1", 1, 0],
  ])("%s", (_, text, final, violations, lostUpdates) => {
    const options = { conflicts: "siblings", final: finalOf(final) } as const;
    const verdict = checkLostWrites(historyOf(text), options);
    expect(verdict.violations, JSON.stringify(verdict)).toHaveLength(violations);
    expect(verdict.lostUpdates).toBe(lostUpdates);
  });

  test("a key that no replica holds", () => {
    const options = { conflicts: "siblings", final: new Map() } as const;
    const { violations } = checkLostWrites(historyOf(BLIND), options);
    expect(violations).toHaveLength(2);
    expect(violations[0]!.message).toBe(
      'the acknowledged put "1" (line 1) is lost: no replica holds the key',
    );
  });

  test("the ledger excuses a loss, and only that", () => {
    const excused = [{ key: "x", value: "1" }];
    const options = { conflicts: "siblings", final: finalOf("|"), excused } as const;
    const verdict = checkLostWrites(historyOf(BLIND), options);
    expect(verdict).toMatchObject({ operations: 2, excusedLosses: 1, lostUpdates: 1 });
    expect(verdict.violations).toHaveLength(1);
    expect(verdict.violations[0]!.message).toBe(
      'the acknowledged put "2" (line 3) is lost: ' +
        "replica n1 holds nothing; replica n2 holds nothing",
    );
  });
});

describe("where the last write wins", () => {
  test.each([
    ["one of two blind writes is a lost update", BLIND, "2|2", 0, 1],
    ["an overwritten one is not", CHAIN, "2|2", 0, 0],
    ["what was overwritten is back", CHAIN, "1|1", 1, 1],
    ["nothing is left", BLIND, "|2", 2, 1],
    ["nothing is left, after a delete", DELETED, "|", 0, 0],
    ["nothing is left, after a delete that saw nothing", "a?put:x=1 a! b?delete:x b!", "|", 0, 1],
    ["a deleted value is back", DELETED, "1|", 1, 0],
  ])("%s", (_, text, final, violations, lostUpdates) => {
    const options = { conflicts: "last-write-wins", final: finalOf(final) } as const;
    const verdict = checkLostWrites(historyOf(text), options);
    expect(verdict.violations, JSON.stringify(verdict)).toHaveLength(violations);
    expect(verdict.lostUpdates).toBe(lostUpdates);
  });

  test("a caller who knows the order finds an older write that won", () => {
    const compare = (_: string, a: string, b: string) => Number(a) - Number(b);
    const options = { conflicts: "last-write-wins", compare } as const;
    const ofFinal = (final: string) =>
      checkLostWrites(historyOf(BLIND), { ...options, final: finalOf(final) }).violations.length;
    expect([ofFinal("2|2"), ofFinal("1|2")]).toEqual([0, 1]);
  });
});

describe("sibling sets", () => {
  test.each([
    ["concurrent writes", `${BLIND} a?get:x a!=1,2`, 0],
    ["a value beside what it had seen", `${CHAIN} a?get:x a!=1,2`, 1],
    ["a value twice", `${BLIND} a?get:x a!=1,1`, 1],
    ["a value that nobody wrote", `${BLIND} a?get:x a!=3`, 1],
    ["a value of a later write", "b?get:x b!=1 a?put:x=1 a!", 1],
    ["a value of a write that never happened", "a?put:x=1 a- b?get:x b!=1", 1],
    ["an old value alone is for other checkers", `${CHAIN} a?get:x a!=1`, 0],
  ])("%s", (_, text, violations) => {
    expect(checkSiblings(historyOf(text)).violations).toHaveLength(violations);
  });

  test.each([
    ["as they should be", CHAIN, "2|2", 0],
    ["an overwritten value is back", CHAIN, "2|1", 1],
    ["beside what had seen it", CHAIN, "1,2|2", 1],
    ["a deleted value is back", DELETED, "1|", 1],
    ["overwritten by a write of unknown outcome", "a?put:x=1 a!>c b?put:x=2<c b~", "1|2", 0],
  ])("at the end: %s", (_, text, final, violations) => {
    const verdict = checkSiblings(historyOf(text), { final: finalOf(final) });
    expect(verdict.violations, JSON.stringify(verdict)).toHaveLength(violations);
  });

  test("the clocks of the servers are compared with what clients saw", () => {
    const text = `${CHAIN} c?put:x=3 c!`;
    const right: Record<string, CausalOrder> = { 12: "before", 13: "concurrent", 23: "concurrent" };
    const wrong = (changes: Record<string, CausalOrder>) => {
      const serverOrder = (_: string, a: string, b: string) => ({ ...right, ...changes })[a + b];
      return checkSiblings(historyOf(text), { serverOrder }).violations.map((one) => one.message);
    };
    expect(wrong({})).toEqual([]);
    expect(wrong({ 12: "concurrent" })).toHaveLength(1);
    expect(wrong({ 13: "before" })).toEqual([
      'the clocks say that the put "1" (line 1) is before to the put "3" (line 5), ' +
        "and by what clients saw it is concurrent",
    ]);
  });
});
