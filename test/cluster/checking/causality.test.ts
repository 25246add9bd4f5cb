import { describe, expect, test } from "vitest";
import { causalHistory } from "../../../cluster/checking/causality.ts";
import { historyOf } from "./build.ts";

/** For each put of key x the values in its past, itself last. */
function pasts(text: string): Record<string, string[]> {
  const { writes } = causalHistory(historyOf(text)).get("x")!;
  const entries = writes.map(({ value, past }) => {
    return [value ?? "delete", [...past.ids()].map((id) => writes[id]!.value ?? "delete")];
  });
  return Object.fromEntries(entries);
}

test("a write without a context has only itself in its past", () => {
  expect(pasts("a?put:x=1 a! a?get:x a!=1>c a?put:x=2 a!")).toEqual({ 1: ["1"], 2: ["2"] });
});

test("a context stands for what was returned, and for all that had seen", () => {
  const text = "a?put:x=1 a! b?put:x=2 b! a?get:x a!=1,2>c a?put:x=3<c a!>d b?put:x=4<d b!";
  expect(pasts(text)).toMatchObject({ 3: ["1", "2", "3"], 4: ["1", "2", "3", "4"] });
});

test("the context of a put stands for it and what it carried, not for what it did not show", () => {
  const text = "a?put:x=1 a! b?put:x=2 b!>c b?put:x=3<c b!";
  expect(pasts(text)).toMatchObject({ 3: ["2", "3"] });
});

test("of answers with one context, a session means its own last; another means all", () => {
  const writes = "a?put:x=1 a! a?put:x=2 a!";
  const reads = "b?get:x b!=1,2>c c?get:x c!=1>c";
  const found = pasts(`${writes} ${reads} c?put:x=3<c c! b?put:x=4<c b! d?put:x=5<c d!`);
  expect(found).toMatchObject({ 3: ["1", "3"], 4: ["1", "2", "4"], 5: ["1", "2", "5"] });
});

test("a cas has seen what it expected; a failed write is in no past", () => {
  const text = "a?put:x=1 a! b?put:x=9 b- a?cas:x=1,2 a! c?put:x=3 c~ c?get:y c!";
  expect(() => pasts(text)).toThrow(expect.objectContaining({ code: "HISTORY_BUSY", line: 9 }));
  expect(pasts(text.replace(" c?get:y c!", ""))).toEqual({ 1: ["1"], 2: ["1", "2"], 3: ["3"] });
});

test("contexts belong to a key", () => {
  const text = "a?put:x=1 a!>c a?put:y=2 a!>c a?put:x=3<c a!";
  expect(pasts(text)).toEqual({ 1: ["1"], 3: ["1", "3"] });
});

describe("refuses", () => {
  test.each([
    ["a context that no answer gave", "a?put:x=1<c a!", "HISTORY_VALUE", 1],
    ["a context of another key", "a?put:y=1 a!>c a?put:x=1<c a!", "HISTORY_VALUE", 3],
    ["a value that is written twice", "a?put:x=1 a! b?put:x=1 b!", "HISTORY_VALUE", 3],
    ["a put without a value", "a?put:x a!", "HISTORY_VALUE", 1],
    ["an end without a beginning", "a?put:x=1 a! a!", "HISTORY_COMPLETION", 3],
  ])("%s", (_, text, code, line) => {
    expect(() => causalHistory(historyOf(text))).toThrow(expect.objectContaining({ code, line }));
  });
});

test("a history without pasts has the same writes and reads, and nothing that grows", () => {
  const text = "a?put:x=1 a! a?get:x a!=1>c b?cas:x=1,2 b! a?put:x=3<c a! a?get:x a!=2,3>d";
  const whole = causalHistory(historyOf(text)).get("x")!;
  const plain = causalHistory(historyOf(text), "without pasts").get("x")!;
  const names = ({ writes, reads }: typeof whole) => ({
    writes: writes.map(({ past, ...rest }) => rest),
    reads: reads.map(({ past, writes: of, ...rest }) => ({ ...rest, of: of.map((it) => it?.id) })),
  });
  expect(names(plain)).toEqual(names(whole));
  const all = [...plain.writes, ...plain.reads].map(({ past }) => past);
  expect(new Set(all).size).toBe(1);
  expect([...all[0]!.ids()]).toEqual([]);
});
