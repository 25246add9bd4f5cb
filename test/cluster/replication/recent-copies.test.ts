import { describe, expect, test } from "vitest";
import { RecentCopies } from "../../../cluster/replication/recent-copies.ts";

describe("copies of messages", () => {
  test("the second is known, and so are the later ones", () => {
    const copies = new RecentCopies();
    expect(copies.isCopy("n1", 7)).toBe(false);
    expect(copies.isCopy("n1", 7)).toBe(true);
    expect(copies.isCopy("n1", 7)).toBe(true);
  });

  test("another number or another sender is no copy", () => {
    const copies = new RecentCopies();
    for (const from of ["n1", "n2", "client-a"]) {
      for (const number of [0, 1, 16, 2 ** 40]) expect(copies.isCopy(from, number)).toBe(false);
    }
  });

  test("the last thousand messages of many senders are known, in whatever steps they count", () => {
    for (const step of [1, 16]) {
      const copies = new RecentCopies();
      const messages = Array.from({ length: 1000 }, (_, i) => ({
        from: `n${i % 3}`,
        number: 123_456_789_012 + Math.floor(i / 3) * step,
      }));
      for (const { from, number } of messages) expect(copies.isCopy(from, number)).toBe(false);
      const known = messages.filter(({ from, number }) => copies.isCopy(from, number));
      expect(known.length).toBeGreaterThan(800);
    }
  });
});
