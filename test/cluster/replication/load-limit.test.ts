import { expect, test } from "vitest";
import { LoadLimit } from "../../../cluster/replication/load-limit.ts";

test("as many as the limit may be inside, and the others are counted", () => {
  const limit = new LoadLimit(2);
  expect([limit.tryEnter(), limit.tryEnter(), limit.tryEnter(), limit.tryEnter()]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([limit.active, limit.refused]).toEqual([2, 2]);
  limit.leave();
  expect(limit.active).toBe(1);
  expect(limit.tryEnter()).toBe(true);
  expect([limit.active, limit.refused]).toEqual([2, 2]);
});

test("nobody leaves who has not entered", () => {
  const limit = new LoadLimit(1);
  expect(() => limit.leave()).toThrow("only who has entered leaves");
  limit.tryEnter();
  limit.tryEnter();
  limit.leave();
  expect(() => limit.leave()).toThrow("only who has entered leaves");
  expect([limit.active, limit.refused]).toEqual([0, 1]);
});

test("a limit is an integer from 1", () => {
  for (const max of [0, -1, 1.5, Number.NaN]) expect(() => new LoadLimit(max)).toThrow("integer");
});
