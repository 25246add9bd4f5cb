import { describe, expect, test } from "vitest";
import { addMeasures, type Counts } from "../../../cluster/simulation/measures.ts";

function sumOf(a: Counts, b: Counts): Counts | undefined {
  return addMeasures({ counts: a }, { counts: b }).counts;
}

describe("the counts of a scenario", () => {
  test("are summed by name, groups and all", () => {
    const a = { reads: 2, sides: { minority: { asked: 3 } } };
    const b = { reads: 5, sides: { minority: { asked: 4, answered: 1 }, majority: { asked: 9 } } };
    const sum = {
      reads: 7,
      sides: { minority: { asked: 7, answered: 1 }, majority: { asked: 9 } },
    };
    expect(sumOf(a, b)).toEqual(sum);
    expect(sumOf(b, a)).toEqual(sum);
    expect(a.sides).toEqual({ minority: { asked: 3 } });
  });

  test("are absent when nobody counts", () => {
    expect(addMeasures({}, { lostUpdates: 1 })).toEqual({ lostUpdates: 1 });
    expect(addMeasures({}, { counts: { reads: 1 } })).toEqual({ counts: { reads: 1 } });
  });

  test("are either counts or groups", () => {
    expect(() => sumOf({ reads: 1 }, { reads: { all: 1 } })).toThrow("a group here");
    expect(() => sumOf({ reads: { all: 1 } }, { reads: 1 })).toThrow("a count here");
  });
});
