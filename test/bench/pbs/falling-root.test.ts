// Where a falling function comes down to its bound: smooth ones, steps, those never above it.

import { expect, test } from "vitest";
import { fallsTo } from "../../../bench/pbs/falling-root.ts";

function counted(falling: (x: number) => number) {
  let calls = 0;
  const call = (x: number) => {
    calls++;
    return falling(x);
  };
  return { call, calls: () => calls };
}

test.each([
  ["an exponential", (x: number) => Math.exp(-0.0028 * x), Math.log(1000) / 0.0028],
  ["a power", (x: number) => (1 + x) ** -1.51, 1000 ** (1 / 1.51) - 1],
  ["a very small root", (x: number) => Math.exp(-1e7 * x), Math.log(1000) / 1e7],
  ["a line that ends", (x: number) => Math.max(0, 1 - x / 30), 29.97],
])("%s: the root is found in few calls", (_name, falling, root) => {
  const { call, calls } = counted(falling);
  const found = fallsTo(call, 0.001, 1e-6);
  expect(found / root).toBeCloseTo(1, 5);
  expect(falling(found)).toBeLessThanOrEqual(0.001);
  expect(calls()).toBeLessThan(50);
});

test.each([0.3, 1, 7.25, 1000])("a step down to 0 at %f", (at) => {
  const { call, calls } = counted((x) => (x < at ? 0.5 : 0));
  const found = fallsTo(call, 0.001, 1e-6);
  expect(found).toBeGreaterThanOrEqual(at);
  expect(found).toBeLessThan(at * (1 + 2e-6));
  expect(calls()).toBeLessThan(60);
});

test("a stair stops at the first step that is low enough", () => {
  const stair = (x: number) => (x < 2 ? 0.5 : x < 5 ? 0.0011 : x < 9 ? 0.001 : 0.0001);
  const found = fallsTo(stair, 0.001, 1e-9);
  expect(found).toBeGreaterThanOrEqual(5);
  expect(found).toBeCloseTo(5, 7);
});

test("0 when the bound already holds there", () => {
  expect(fallsTo(() => 0, 0.001, 1e-6)).toBe(0);
  expect(fallsTo(() => 0.001, 0.001, 1e-6)).toBe(0);
});
