import { describe, expect, test } from "vitest";
import { RecentCopies } from "../../../cluster/replication/recent-copies.ts";
import { SLOTS } from "../../../cluster/slot-table.ts";
import { Random } from "../../../workloads/random.ts";

const WINDOW = 256;
const FAR = 2 ** 22;
/** Its word of the bitmap may be a part of the window only. */
const WINDOW_MIN = WINDOW - 31;

const numberOf = (turn: number, slot = 7): number => turn * SLOTS + slot;

describe("copies of messages", () => {
  test("the second is known, and so are the later ones, whatever slot the number has", () => {
    const copies = new RecentCopies(WINDOW, FAR);
    for (const turn of [0, 1, 31, 32, 2 ** 32, 2 ** 37 - 1]) {
      for (const slot of [0, 1, SLOTS - 1]) {
        const from = `n${slot}`;
        expect(copies.isCopy(from, numberOf(turn, slot))).toBe(false);
        expect(copies.isCopy(from, numberOf(turn, slot))).toBe(true);
        expect(copies.isCopy(from, numberOf(turn, slot))).toBe(true);
      }
    }
  });

  test.each([1, 2, 3, 4])("a window has what a set would have, seed %i", (seed) => {
    const random = new Random(seed);
    const copies = new RecentCopies<number>(WINDOW, FAR);
    const model = new Set<number>();
    let highest = 1000 + random.nextBelow(2 ** 36);
    model.add(highest);
    copies.isCopy(9, numberOf(highest));
    let tooOld = 0;
    for (let i = 0; i < 20_000; i++) {
      // Turns are left out, many of them now and then, and what comes is up to 300 turns late.
      const isJump = random.nextBelow(500) === 0;
      const offset = isJump ? random.nextBelow(600) : 30 - random.nextBelow(330);
      const turn = highest + offset;
      const isCopy = copies.isCopy(9, numberOf(turn));
      if (turn > highest - WINDOW_MIN) expect(isCopy, `turn ${turn}`).toBe(model.has(turn));
      else if (turn <= highest - WINDOW) {
        expect(isCopy, `turn ${turn}`).toBe(true);
        tooOld++;
      } else if (model.has(turn)) expect(isCopy, `turn ${turn}`).toBe(true);
      if (!isCopy) model.add(turn);
      highest = Math.max(highest, turn);
    }
    expect(tooOld).toBeGreaterThan(100);
    expect(model.size).toBeGreaterThan(5000);
  });

  test("a copy is known after many more messages than the window is long", () => {
    const copies = new RecentCopies(WINDOW, FAR);
    const start = 2 ** 35;
    expect(copies.isCopy("n1", numberOf(start))).toBe(false);
    for (let turn = start + 1; turn < start + 200_000; turn++) {
      expect(copies.isCopy("n1", numberOf(turn))).toBe(false);
    }
    expect(copies.isCopy("n1", numberOf(start))).toBe(true);
    expect(copies.isCopy("n1", numberOf(start + 100_000))).toBe(true);
    expect(copies.isCopy("n2", numberOf(start))).toBe(false);
  });
});

describe("a sender that restarts", () => {
  test.each([
    ["higher", 2 ** 30, 2 ** 35],
    ["lower", 2 ** 35, 2 ** 30],
    ["at the first turn", 2 ** 35, 1],
  ])("%s is heard, and copies of both runs are known", (_, before, after) => {
    const copies = new RecentCopies(WINDOW, FAR);
    const runs = [before, after].map((start) => [0, 1, 2, 500, 501].map((i) => start + i));
    for (const turn of runs.flat()) expect(copies.isCopy("n1", numberOf(turn))).toBe(false);
    for (const turn of runs.flat()) expect(copies.isCopy("n1", numberOf(turn))).toBe(true);
    // A late copy of the first run has not moved the window of the second.
    expect(copies.isCopy("n1", numberOf(after + 502))).toBe(false);
  });

  test("near below where it was is heard when its turns have caught up", () => {
    const copies = new RecentCopies(WINDOW, FAR);
    const start = 2 ** 35;
    expect(copies.isCopy("n1", numberOf(start))).toBe(false);
    expect(copies.isCopy("n1", numberOf(start - WINDOW - 1))).toBe(true);
    expect(copies.isCopy("n1", numberOf(start - 1))).toBe(false);
    expect(copies.isCopy("n1", numberOf(start + 1))).toBe(false);
  });

  test("often is remembered by its last three runs", () => {
    const copies = new RecentCopies(WINDOW, FAR);
    const starts = [1, 2, 3, 4].map((run) => run * 2 ** 30);
    for (const start of starts) expect(copies.isCopy("n1", numberOf(start))).toBe(false);
    const isKnown = (start: number): boolean => copies.isCopy("n1", numberOf(start));
    expect(starts.toReversed().map(isKnown)).toEqual([true, true, true, false]);
  });
});

test("of very many senders those that were heard last are remembered", () => {
  const copies = new RecentCopies<number>(WINDOW, FAR);
  for (let sender = 0; sender < 512; sender++) copies.isCopy(sender, numberOf(5));
  expect(copies.isCopy(0, numberOf(5))).toBe(true);
  expect(copies.isCopy(512, numberOf(5))).toBe(false);
  expect(copies.isCopy(0, numberOf(5))).toBe(true);
  expect(copies.isCopy(2, numberOf(5))).toBe(true);
  expect(copies.isCopy(1, numberOf(5))).toBe(false);
});
