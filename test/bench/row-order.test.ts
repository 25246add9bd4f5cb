import { expect, test } from "vitest";
import { orderRows } from "../../bench/row-order.ts";
import type { Row } from "../../reports/result.ts";

const row = (engine: string, benchmark: string, run: number, records = 0) =>
  ({ engine, benchmark, run, records }) as Row;

const names = (rows: readonly Row[]) =>
  rows.map(({ engine, benchmark, run }) => `${engine} ${benchmark} ${run}`);

test("by engine, then benchmark, as they were asked for, then run", () => {
  const asRun = [
    ...[row("b", "y", 1), row("b", "x", 1), row("a", "y", 1), row("a", "x", 1)],
    ...[row("a", "y", 2), row("a", "x", 2), row("b", "y", 2), row("b", "x", 2)],
  ];
  const ordered = orderRows(asRun, ["b", "a"], ["x", "y"]);
  expect(names(ordered)).toEqual([
    ...["b x 1", "b x 2", "b y 1", "b y 2"],
    ...["a x 1", "a x 2", "a y 1", "a y 2"],
  ]);
  expect(names(asRun)[0]).toBe("b y 1");
});

test("a benchmark that runs twice keeps its order; a stranger comes last", () => {
  const rows = [row("c", "x", 1), row("a", "x", 1, 7), row("a", "x", 1, 3), row("a", "z", 1)];
  const ordered = orderRows(rows, ["a"], ["x"]);
  expect(names(ordered)).toEqual(["a x 1", "a x 1", "a z 1", "c x 1"]);
  expect(ordered.map(({ records }) => records)).toEqual([7, 3, 0, 0]);
});
