import { describe, expect, test } from "vitest";
import { checkSessions, type Guarantee } from "../../../cluster/checking/sessions.ts";
import { historyOf } from "./build.ts";

function broken(text: string): Partial<Record<Guarantee, number>> {
  const { guarantees } = checkSessions(historyOf(text));
  const entries = Object.entries(guarantees).filter(([, { violated }]) => violated > 0);
  return Object.fromEntries(entries.map(([name, { violated }]) => [name, violated]));
}

describe("read your writes", () => {
  test.each([
    ["seen", "a?put:x=1 a! a?get:x a!=1", {}],
    ["not seen", "a?put:x=1 a! a?get:x a!", { "read-your-writes": 1 }],
    ["not seen by another session", "a?put:x=1 a! b?get:x b!", {}],
    ["overwritten by one who saw it", "a?put:x=1 a!>c b?put:x=2<c b! a?get:x a!=2", {}],
    [
      "hidden by one who did not",
      "a?put:x=1 a! b?put:x=2 b! a?get:x a!=2",
      { "read-your-writes": 1 },
    ],
    ["not acknowledged", "a?put:x=1 a~ b?get:x b!", {}],
    ["deleted by one who saw it", "a?put:x=1 a!>c b?delete:x<c b! a?get:x a!", {}],
    ["an own delete", "a?put:x=1 a!>c a?delete:x<c a! a?get:x a!=1", { "read-your-writes": 1 }],
  ])("%s", (_, text, expected) => {
    expect(broken(text)).toEqual(expected);
  });
});

describe("monotonic reads", () => {
  test.each([
    ["grow", "z?put:x=1 z!>c z?put:x=2<c z! a?get:x a!=1 a?get:x a!=2", {}],
    [
      "go back",
      "z?put:x=1 z!>c z?put:x=2<c z! a?get:x a!=2 a?get:x a!=1",
      { "monotonic-reads": 1 },
    ],
    [
      "lose one of two",
      "z?put:x=1 z! z?put:x=2 z! a?get:x a!=1,2 a?get:x a!=2",
      { "monotonic-reads": 1 },
    ],
    ["of two sessions", "z?put:x=1 z!>c z?put:x=2<c z! a?get:x a!=2 b?get:x b!=1", {}],
    ["go back twice", "z?put:x=1 z! a?get:x a!=1 a?get:x a! a?get:x a!", { "monotonic-reads": 2 }],
  ])("%s", (_, text, expected) => {
    expect(broken(text)).toEqual(expected);
  });
});

describe("monotonic writes", () => {
  const stale = "z?put:x=0 z! a?get:x a!=0>c a?put:x=1 a! a?put:x=2<c a!";
  test.each([
    ["both are seen", `${stale} b?get:x b!=1,2`, {}],
    ["the second alone", `${stale} b?get:x b!=2`, { "monotonic-writes": 1 }],
    ["the first alone", `${stale} b?get:x b!=0,1`, {}],
    ["through one who saw the second", `${stale} b?get:x b!=1,2>d b?put:x=3<d b! c?get:x c!=3`, {}],
    ["without a context nothing is asked", "a?put:x=1 a! a?put:x=2 a! b?get:x b!=2", {}],
  ])("%s", (_, text, expected) => {
    expect(broken(text)).toEqual(expected);
  });
});

describe("writes follow reads", () => {
  const two = "z?put:x=1 z!>c z?put:x=2<c z! a?get:x a!=1>d";
  test.each([
    ["with the last context", `${two} a?get:x a!=2>e a?put:x=3<e a!`, {}],
    ["with an older one", `${two} a?get:x a!=2>e a?put:x=3<d a!`, { "writes-follow-reads": 1 }],
    ["without a context nothing is asked", `${two} a?get:x a!=2>e a?put:x=3 a!`, {}],
    [
      "after a delete",
      "z?put:x=1 z!>c a?get:x a!=1 z?delete:x<c z! a?get:x a!>e a?put:x=3<e a!",
      {},
    ],
  ])("%s", (_, text, expected) => {
    expect(broken(text)).toEqual(expected);
  });
});

test("one session over several processes", () => {
  const [invoke, ok, ...rest] = historyOf("a?put:x=1 a! b?get:x b!");
  const events = [invoke!, ok!, ...rest.map((event) => ({ ...event, session: "a" }))];
  expect(checkSessions(events).guarantees["read-your-writes"].violated).toBe(1);
});

test("only what is claimed makes a violation; the rest is a rate with its interval", () => {
  const events = historyOf("a?put:x=1 a! a?get:x a! a?get:x a!=1 a?get:x a!=1 a?get:x a!=1");
  const all = checkSessions(events);
  expect(all.violations).toHaveLength(1);
  expect(all.violations[0]!.message).toBe(
    'read-your-writes: the get of line 3 by a misses the put "1" (line 1) of a',
  );
  const some = checkSessions(events, { claimed: ["monotonic-reads"] });
  expect(some.violations).toEqual([]);
  const { checked, violated, rate, interval } = some.guarantees["read-your-writes"];
  expect([checked, violated, rate]).toEqual([4, 1, 0.25]);
  // Wilson's interval of 1 in 4, computed by hand: (0.25 + z^2/8 -+ ...) / (1 + z^2/4).
  expect(interval[0]).toBeCloseTo(0.0456, 4);
  expect(interval[1]).toBeCloseTo(0.6994, 4);
  expect(checkSessions([]).guarantees["monotonic-reads"]).toEqual({
    checked: 0,
    violated: 0,
    rate: 0,
    interval: [0, 1],
  });
});
