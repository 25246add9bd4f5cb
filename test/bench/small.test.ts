import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseBytes, parseCount, parseNumber } from "../../bench/cli/numbers.ts";
import { ProgressView } from "../../bench/cli/progress.ts";
import { measureClock, SparseClock } from "../../bench/clock.ts";
import { DataDir } from "../../bench/data-dir.ts";
import { captureEnvironment } from "../../bench/environment.ts";
import { judgeLateness } from "../../bench/lateness.ts";
import { warningsOf } from "../../bench/machine-warnings.ts";
import { START_BENCHMARKS, sizeStart } from "../../bench/start-size.ts";
import { ycsbStatusLine } from "../../bench/ycsb-status.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import { resultSchema } from "../../reports/result.ts";
import { VirtualTime } from "./virtual-time.ts";

describe("numbers", () => {
  test.each([
    ["1000000", 1e6],
    ["1_000_000", 1e6],
    ["1e6", 1e6],
    ["1.5e3", 1500],
    ["2M", 2e6],
    ["0", 0],
  ])("count %s", (text, value) => {
    expect(parseCount("--n", text, { min: 0 })).toBe(value);
  });

  test.each([
    ["4096", 4096],
    ["32MiB", 2 ** 25],
    ["32M", 2 ** 25],
    ["1gb", 2 ** 30],
    ["64k", 65_536],
  ])("bytes %s", (text, value) => {
    expect(parseBytes("--b", text, { min: 0 })).toBe(value);
  });

  test.each(["", "x", "1.5", "1e-3", "-1", "0x10", "1e", "5T", "Infinity", "1__k"])(
    "%j is no count",
    (text) => {
      expect(() => parseCount("--n", text, { min: 0, max: 1e9 })).toThrow(/^--n /);
    },
  );

  test("a range is inclusive", () => {
    expect(parseNumber("--x", "0.5", { min: 0.5, max: 0.5 })).toBe(0.5);
    expect(() => parseNumber("--x", "0.4", { min: 0.5 })).toThrow("at least 0.5");
  });
});

describe("clock", () => {
  test("cost and step of a clock that takes 25 ns", () => {
    expect(measureClock(new VirtualTime(25))).toEqual({ costNs: 25, stepNs: 25 });
  });

  test("the sparse clock reads rarely, and every time where operations are slow", () => {
    const quick = new VirtualTime(10);
    const sparse = new SparseClock(quick);
    for (let i = 0; i < 6400; i++) sparse.now();
    expect(quick.currentNs / 10).toBeLessThan(120);
    const slow = new VirtualTime(2e6);
    const exact = new SparseClock(slow);
    for (let i = 0; i < 100; i++) exact.now();
    expect(slow.currentNs / 2e6).toBeGreaterThan(95);
  });
});

describe("environment", () => {
  test("is what the schema says", () => {
    const environment = captureEnvironment(os.tmpdir());
    expect(resultSchema.shape.environment.parse(environment)).toEqual(environment);
    expect(environment.node).toBe(process.version);
    expect(environment.clockCostNs).toBeGreaterThan(0);
  });

  test("the file system of a folder that is not there yet is that of its parent", () => {
    const below = path.join(os.tmpdir(), "no", "such", "folder");
    const parent = captureEnvironment(os.tmpdir()).fileSystem;
    expect(captureEnvironment(below).fileSystem).toBe(parent);
  });

  test("warns of what makes figures doubtful, and of nothing else", () => {
    const { warnings: _, ...facts } = captureEnvironment(os.tmpdir());
    const { governor: _governor, fileSystem: _type, ...rest } = facts;
    const quiet = { ...rest, cores: 8, loadAverage: 0.1, clockStepNs: 40, gitDirty: false };
    expect(warningsOf(quiet)).toEqual([]);
    const doubtful = { ...quiet, governor: "powersave", fileSystem: "tmpfs", loadAverage: 7 };
    expect(warningsOf(doubtful)).toHaveLength(3);
  });
});

describe("lateness", () => {
  const responseOf = (p99: number) => ({ mean: 1, p50: 1, p95: 1, p99, p999: 1, max: 1 });
  const histogramOf = (value: number) => {
    const histogram = new Histogram();
    histogram.recordCount(value, 1000);
    return histogram;
  };

  test("up to a tenth of the response time is noise, beyond it the run is invalid", () => {
    const noise = judgeLateness(histogramOf(990_000), responseOf(1e7));
    expect(noise).toMatchObject({ invalid: false, latenessNs: { p99: expect.any(Number) } });
    expect(noise.note).toBeUndefined();
    const verdict = judgeLateness(histogramOf(1_010_000), responseOf(1e7));
    expect(verdict.invalid).toBe(true);
    expect(verdict.invalidReason).toMatch(/^the load generator was the bottleneck: .* 10 %$/);
  });

  test("what a machine takes from any thread is a note, however quick the store is", () => {
    const { invalid, note } = judgeLateness(histogramOf(99_000), responseOf(101_000));
    expect(invalid).toBe(false);
    expect(note).toContain("the load generator's own lateness");
    expect(judgeLateness(histogramOf(101_000), responseOf(102_000)).invalid).toBe(true);
  });

  test("nothing was sent: nothing is judged", () => {
    expect(judgeLateness(new Histogram(), responseOf(1000))).toEqual({ invalid: false });
  });
});

describe("the size of the main job", () => {
  const operationSeconds = Object.fromEntries(START_BENCHMARKS.map((name) => [name, 6e-5]));

  test("loads and runs take the budget between them", () => {
    const cost = { loadSeconds: 1e-4, operationSeconds, engines: 6 };
    const { records, operationsOf } = sizeStart(cost, 100);
    const loads = records * 1e-4 * 2 * 3;
    const runs = Object.values(operationsOf).reduce((sum, count) => sum + count * 6e-5 * 3, 0);
    expect(loads).toBeGreaterThan(25);
    expect(loads + runs).toBeGreaterThan(85);
    expect(loads + runs).toBeLessThanOrEqual(100);
  });

  test("even the slowest machine gets enough to measure", () => {
    const slow = Object.fromEntries(START_BENCHMARKS.map((name) => [name, 10]));
    const size = sizeStart({ loadSeconds: 1, operationSeconds: slow, engines: 6 }, 10);
    expect(size.records).toBe(1000);
    for (const name of START_BENCHMARKS) expect(size.operationsOf[name]).toBe(200);
  });
});

test("a status line has YCSB's form", () => {
  const histogram = new Histogram();
  for (let i = 1; i <= 4; i++) histogram.record(i * 1000);
  const progress = { finished: 2000, total: 10_000, elapsedNs: 20e9, opsPerSec: 123.456 };
  const now = new Date(2026, 0, 31, 9, 5, 7, 42).getTime();
  const line = ycsbStatusLine("run ", now, progress, [{ operation: "READ", histogram }]);
  expect(line).toBe(
    "run 2026-01-31 09:05:07:042 20 sec: 2000 operations; 123.46 current ops/sec; " +
      "est completion in 1 minute 20 seconds " +
      "[READ: Count=4, Max=4, Min=1, Avg=2.5, 50=2, 90=4, 99=4, 99.9=4, 99.99=4]",
  );
});

test("data folders are gone at the end, with a parent that was made for them", () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-dir-"));
  const parent = path.join(root, "results");
  const data = new DataDir(parent);
  fs.mkdirSync(data.emptyDir("engine"));
  fs.writeFileSync(path.join(data.path, "engine", "x"), "1");
  data.close();
  expect(fs.readdirSync(root)).toEqual([]);
  fs.mkdirSync(parent);
  new DataDir(parent).close();
  expect(fs.readdirSync(root)).toEqual(["results"]);
  fs.rmSync(root, { recursive: true });
});

describe("progress", () => {
  const progress = { finished: 50, total: 100, elapsedNs: 1e9, opsPerSec: 50 };

  function view(isTTY: boolean) {
    let text = "";
    const stream = {
      isTTY,
      columns: 60,
      write: (more: string) => {
        text += more;
      },
    };
    const clock = new VirtualTime(0);
    const bar = new ProgressView({ stream, phases: 2, quiet: false, colour: false, clock });
    return { bar, clock, text: () => text };
  }

  test("plain lines are few, and have no control characters", () => {
    const { bar, clock, text } = view(false);
    bar.begin("lmdb readrandom", true);
    bar.update(progress);
    clock.spend(11e9);
    bar.update(progress);
    expect(text()).toBe("[1/2] lmdb readrandom ...\n[1/2] lmdb readrandom: 50 %, 50.0 ops/s\n");
  });

  test("a terminal gets one line that is drawn over, no wider than it", () => {
    const { bar, text } = view(true);
    bar.begin("lmdb readrandom", true);
    bar.update(progress);
    bar.line("done");
    expect(text()).not.toContain("...\n");
    const drawn = text().split("\r\x1b[K");
    expect(drawn[2]).toContain("[############............] 50 %");
    for (const each of drawn) expect(each.length).toBeLessThan(60);
    expect(text().endsWith("\r\x1b[Kdone\n")).toBe(true);
  });
});
