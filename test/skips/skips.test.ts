import { expect, test } from "vitest";
import { judgeSkips, skipReasons } from "./skips.ts";

const bare = skipReasons({});
const full = skipReasons({ RINGBENCH_VECTORS: "data", RINGBENCH_NIGHTLY: "1" });

test("a skip for want of something that is absent is counted", () => {
  const names = ["a (RINGBENCH_VECTORS)", "b (RINGBENCH_VECTORS)", "c in nightly runs"];
  expect(judgeSkips(names, bare)).toEqual({
    lines: ["2 skipped for want of: outside data", "1 skipped for want of: nightly"],
    problems: [],
  });
});

test("a skip is a problem when what it wants is here", () => {
  const { problems } = judgeSkips(["a (RINGBENCH_VECTORS)"], full);
  expect(problems).toEqual(["skipped although outside data is here: a (RINGBENCH_VECTORS)"]);
});

test("a skip without a reason is a problem", () => {
  expect(judgeSkips(["a"], bare).problems).toEqual(["skipped without a reason in its name: a"]);
});

test("with two reasons, one that holds is enough", () => {
  const reasons = skipReasons({ RINGBENCH_VECTORS: "data" });
  expect(judgeSkips(["nightly, over RINGBENCH_VECTORS"], reasons).problems).toEqual([]);
});

test("Chromium is looked for on the PATH", () => {
  const chromium = bare.find(({ what }) => what === "Chromium");
  expect(chromium?.present).toBe(false);
});
