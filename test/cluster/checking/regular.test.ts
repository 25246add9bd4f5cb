import { describe, expect, test } from "vitest";
import { checkRegular } from "../../../cluster/checking/regular.ts";
import { Random } from "../../../workloads/random.ts";
import { historyOf } from "./build.ts";
import { generateLinearizable, plantFault } from "./generate.ts";

const TWO_DELETES = "b?delete:x c?delete:x c! a?put:x=1 a!";

describe("one value", () => {
  test.each([
    ["nothing, before any write", "a?get:x a!", 0],
    ["nothing, after a write", "a?put:x=1 a! a?get:x a!", 1],
    ["nothing, after a delete", "a?put:x=1 a! a?delete:x a! a?get:x a!", 0],
    ["nothing, after a delete and another write", "a?delete:x a! a?put:x=1 a! a?get:x a!", 1],
    ["nothing, beside a delete", "a?put:x=1 a! b?delete:x a?get:x a! b!", 0],
    ["nothing, a delete of unknown outcome before", "b?delete:x b~ a?put:x=1 a! a?get:x a!", 0],
    ["nothing, the first of two deletes runs on", `${TWO_DELETES} a?get:x a! b!`, 0],
    ["nothing, two deletes are over", `${TWO_DELETES} b! a?put:x=2 a! a?get:x a!`, 1],
    ["the last write", "a?put:x=1 a! a?put:x=2 a! a?get:x a!=2", 0],
    ["the write before the last", "a?put:x=1 a! a?put:x=2 a! a?get:x a!=1", 1],
    ["either of two that ran together", "a?put:x=1 b?put:x=2 a! b! a?get:x a!=1", 0],
    ["a write that runs", "a?put:x=1 a! b?put:x=2 a?get:x a!=2 b!", 0],
    ["new then old beside a write", "a?put:x=1 a! b?put:x=2 a?get:x a!=2 a?get:x a!=1 b!", 0],
    ["an unknown write, late", "a?put:x=1 a~ b?put:x=2 b! b?get:x b!=1", 0],
    ["a value of a failed write", "a?put:x=1 a- b?get:x b!=1", 1],
    ["a value of a later write", "b?get:x b!=1 a?put:x=1 a!", 1],
    ["the write of a cas", "a?put:x=1 a! a?cas:x=1,2 a! a?get:x a!=1", 1],
  ])("%s", (_, text, violations) => {
    const verdict = checkRegular(historyOf(text), { values: "one" });
    expect(verdict.violations).toHaveLength(violations);
    expect(verdict).toMatchObject({ checker: "regular", undecided: [] });
    expect(verdict.operations).toBeGreaterThan(0);
  });

  test("a violation names the events and the write that was missed", () => {
    const events = historyOf("a?put:x=1 a! a?put:x=2 a! b?get:x b!=1");
    const [violation] = checkRegular(events, { values: "one" }).violations;
    expect(violation).toEqual({
      key: "x",
      message:
        'the get of line 5 returned 1 and missed the put "2" (line 3), ' +
        "which was acknowledged before it began",
      events: [3, 4, 5, 6],
    });
  });

  test("long histories take memory in proportion: no set of writes for each", () => {
    const text = Array.from({ length: 8000 }, (_, i) => `a?put:x=${i} a! a?get:x a!=${i}`);
    const events = historyOf(text.join(" "));
    const before = process.memoryUsage().arrayBuffers;
    expect(checkRegular(events, { values: "one" }).violations).toEqual([]);
    // Sets of 8,000 writes for as many writes and reads would be 16 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
  });

  test("several values are of no register", () => {
    const events = historyOf("a?put:x=1 a! a?put:x=2 a! a?get:x a!=1,2");
    expect(() => checkRegular(events, { values: "one" })).toThrow(
      expect.objectContaining({ code: "HISTORY_MODEL", line: 6 }),
    );
  });

  test("what is linearizable is regular; a stale read and one of the future are not", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const sizes = { operations: 40, processes: 5, keys: 2, withCas: seed % 2 === 0 };
      const events = generateLinearizable(random, sizes);
      const good = checkRegular(events, { values: "one" });
      expect(good.violations, `seed ${seed}`).toEqual([]);
      for (const fault of ["stale read", "read of the future"] as const) {
        const bad = plantFault(events, fault, random);
        if (bad === undefined) continue;
        const found = checkRegular(bad, { values: "one" }).violations.length;
        expect(found, `${fault}, seed ${seed}`).toBeGreaterThan(0);
      }
    }
  });
});

describe("siblings", () => {
  test.each([
    ["both of two blind writes", "a?put:x=1 a! b?put:x=2 b! a?get:x a!=1,2", 0],
    ["one of two blind writes", "a?put:x=1 a! b?put:x=2 b! a?get:x a!=2", 1],
    ["what overwrote it", "a?put:x=1 a!>c b?put:x=2<c b! a?get:x a!=2", 0],
    ["a write that runs may be missing", "a?put:x=1 b?get:x b! a!", 0],
    ["nothing, after a delete that had seen it", "a?put:x=1 a!>c b?delete:x<c b! a?get:x a!", 0],
    ["nothing, after a delete that had not", "a?put:x=1 a! b?delete:x b! a?get:x a!", 1],
    ["nothing, a delete that had seen it runs", "a?put:x=1 a!>c b?delete:x<c a?get:x a! b!", 0],
    ["nothing, the delete came later", "a?put:x=1 a!>c a?get:x a! b?delete:x<c b!", 1],
    ["what was deleted", "a?put:x=1 a!>c b?delete:x<c b! a?get:x a!=1", 1],
  ])("%s", (_, text, violations) => {
    const verdict = checkRegular(historyOf(text), { values: "siblings" });
    expect(verdict.violations).toHaveLength(violations);
  });
});
