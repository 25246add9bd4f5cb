import { expect, test } from "vitest";
import { WriteSet } from "../../../cluster/checking/write-set.ts";
import { Random } from "../../../workloads/random.ts";

test("does what a set of numbers does", () => {
  for (const size of [1, 32, 33, 64, 150]) {
    const random = new Random(size);
    for (let round = 0; round < 300; round++) {
      const [a, b] = [new Set<number>(), new Set<number>()];
      const [wanted, have] = [new WriteSet(size), new WriteSet(size)];
      const where = `size ${size}, round ${round}`;
      expect(wanted.isEmpty, where).toBe(true);
      for (let i = random.nextBelow(12); i >= 0; i--) {
        const [x, y] = [random.nextBelow(size), random.nextBelow(size)];
        a.add(x);
        wanted.add(x);
        b.add(y);
        have.add(y);
      }
      expect(wanted.isEmpty, where).toBe(false);
      expect([...wanted.ids()], where).toEqual([...a].sort((x, y) => x - y));
      const from = random.nextBelow(size);
      const missing = [...a].filter((x) => x >= from && !b.has(x));
      const lowest = missing.length === 0 ? -1 : Math.min(...missing);
      expect(wanted.nextMissing(have, from), where).toBe(lowest);
      expect(wanted.nextMissing(have, size), where).toBe(-1);
      const both = wanted.clone();
      both.addAll(have);
      expect([...both.ids()], where).toEqual([...new Set([...a, ...b])].sort((x, y) => x - y));
      expect(
        [...wanted.ids()].every((x) => wanted.has(x) && both.has(x)),
        where,
      ).toBe(true);
    }
  }
});
