import { describe, expect, it } from "vitest";
import { SLOTS, SlotTable, turnOf } from "../../cluster/slot-table.ts";
import { Random } from "../../workloads/random.ts";

describe("a slot table", () => {
  it("holds what a map would hold, by numbers that are never given out again", () => {
    const random = new Random(1);
    const table = new SlotTable<number>(1 + random.nextBelow(2 ** 32));
    const model = new Map<number, number>();
    const given = new Set<number>();
    for (let step = 0; step < 20_000; step++) {
      const open = [...model.keys()];
      const number = open[random.nextBelow(Math.max(1, open.length))];
      if (number === undefined || (model.size < 40 && random.nextBelow(2) === 0)) {
        const next = table.reserve();
        expect(given.has(next)).toBe(false);
        given.add(next);
        table.set(next, step);
        model.set(next, step);
      } else {
        expect(table.get(number)).toBe(model.get(number));
        expect(table.delete(number)).toBe(true);
        expect(table.delete(number)).toBe(false);
        expect(table.get(number)).toBeUndefined();
        model.delete(number);
      }
      expect(table.size).toBe(model.size);
    }
    expect(table.values().sort()).toEqual([...model.values()].sort());
  });

  it("gives each number a turn of its own, and begins anew after the last one", () => {
    const table = new SlotTable<number>(2 ** 37 - 2);
    const numbers = Array.from({ length: 4 }, (_, i) => {
      const number = table.reserve();
      if (i !== 1) table.delete(number);
      return number;
    });
    expect(numbers.map(turnOf)).toEqual([2 ** 37 - 2, 2 ** 37 - 1, 1, 2]);
    expect(numbers.every(Number.isSafeInteger)).toBe(true);
  });

  it("is full when every slot is taken, and takes no value for a number that is closed", () => {
    const table = new SlotTable<string>(1);
    const numbers = Array.from({ length: SLOTS }, () => table.reserve());
    expect(table.isFull).toBe(true);
    expect(() => table.reserve()).toThrow("I1");
    table.delete(numbers[7]!);
    expect(table.isFull).toBe(false);
    expect(() => table.set(numbers[7]!, "late")).toThrow("I2");
    expect(table.reserve() % SLOTS).toBe(numbers[7]! % SLOTS);
  });
});
