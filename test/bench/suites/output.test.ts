// What `engines` prints beside its table of throughput and latency: histograms, lines while it
// runs, figures of the engines.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IntervalLines } from "../../../bench/cli/interval-lines.ts";
import { ProgressView } from "../../../bench/cli/progress.ts";
import { statsLine } from "../../../bench/cli/stats-line.ts";
import { latencyBuckets } from "../../../bench/latency-buckets.ts";
import { encodeBase64 } from "../../../reports/hdr/codec.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";
import { type Row, resultSchema } from "../../../reports/result.ts";
import { cli } from "../cli/run-cli.ts";

let dir = "";

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-output-"));
});

afterAll(() => fs.rmSync(dir, { recursive: true }));

describe("--histogram", () => {
  const common = ["engines", "--engines", "null", "--records", "1000", "--benchmarks", "fillseq"];

  test("a table for each row behind the tables of the engines", async () => {
    const { out, exit } = await cli(...common, "--histogram", "--dir", dir);
    expect(exit).toBe(0);
    const [, block] = out.split("null fillseq, run 1: nanoseconds per INSERT\n");
    expect(block).toMatch(/^Count: 1,000 {2}Average: \S+ {2}Max: \S+\nPercentiles: P50: /);
    const rows = [...block!.matchAll(/^[[(] +(\d+), +(\d+) \] +(\d+) +([\d.]+)% +([\d.]+)%/gm)];
    expect(rows.reduce((sum, [, , , count]) => sum + Number(count), 0)).toBe(1000);
    expect(Number(rows.at(-1)![5])).toBe(100);
    expect((await cli(...common, "--dir", dir)).out).not.toContain("nanoseconds per");
  });

  test("buckets in the JSON", async () => {
    const { out } = await cli(...common, "--histogram", "--json", "--dir", dir);
    const [row] = resultSchema.parse(JSON.parse(out)).rows;
    const counts = row!.latencyBuckets!.map(({ buckets }) =>
      buckets.reduce((sum, { count }) => sum + count, 0),
    );
    expect(counts).toEqual([1000]);
    const { out: without } = await cli(...common, "--json", "--dir", dir);
    expect(resultSchema.parse(JSON.parse(without)).rows[0]!.latencyBuckets).toBeUndefined();
  });

  test("limits are db_bench's, and every value is in its bucket", () => {
    const histogram = new Histogram();
    const values = [1, 2, 3, 5, 6, 11, 15, 76, 77, 110, 111, 171, 1300, 1301, 6500, 9950, 14_001];
    for (const value of values) histogram.record(value);
    const serviceHistogram = encodeBase64(histogram);
    const row = { perOperation: [{ operation: "READ", serviceHistogram }] } as unknown as Row;
    const { buckets } = latencyBuckets(row)[0]!;
    expect(buckets.map(({ fromNs, toNs, count }) => [fromNs, toNs, count])).toEqual([
      ...[
        [0, 1, 1],
        [1, 2, 1],
        [2, 3, 1],
        [4, 6, 2],
        [10, 15, 2],
        [51, 76, 1],
      ],
      ...[
        [76, 110, 2],
        [110, 170, 1],
        [170, 250, 1],
        [870, 1300, 1],
        [1300, 1900, 1],
      ],
      ...[
        [4400, 6600, 1],
        [9900, 14_000, 1],
        [14_000, 22_000, 1],
      ],
    ]);
  });
});

describe("--stats-interval-seconds", () => {
  function setUp(seconds: number) {
    let text = "";
    const stream = { write: (part: string) => void (text += part) };
    const view = new ProgressView({ stream, phases: 1, quiet: true, colour: false });
    // Figures stand off their units by a narrow space.
    return { lines: new IntervalLines(view, seconds), text: () => text.replaceAll("\u202f", " ") };
  }
  const at = (seconds: number, finished: number) =>
    ({ finished, total: 0, elapsedNs: seconds * 1e9, opsPerSec: 0 }) as const;

  test("what was done since the last line and since the start", () => {
    const { lines, text } = setUp(2);
    lines.begin("hashlog readrandom", true);
    for (let tenth = 1; tenth <= 45; tenth++) {
      const finished = tenth <= 20 ? 1000 * tenth : 20_000 + 3000 * (tenth - 20);
      lines.update(at(tenth / 10, finished));
    }
    lines.end(undefined);
    expect(text().trimEnd().split("\n")).toEqual([
      "hashlog readrandom: 2.0 s: 20,000 operations, 10.0 k ops/s; " +
        "20,000 since the start, 10.0 k ops/s",
      "hashlog readrandom: 4.0 s: 60,000 operations, 30.0 k ops/s; " +
        "80,000 since the start, 20.0 k ops/s",
    ]);
  });

  test("each benchmark counts from its own start; what is not timed has no lines", () => {
    const { lines, text } = setUp(1);
    lines.begin("hashlog fill", false);
    lines.update(at(5, 100));
    lines.begin("hashlog readseq", true);
    lines.update(at(0.9, 50));
    lines.update(at(1.1, 110));
    expect(text()).toBe(
      "hashlog readseq: 1.1 s: 110 operations, 100 ops/s; 110 since the start, 100 ops/s\n",
    );
  });

  test("it must be a number", async () => {
    const argv = ["engines", "--engines", "null", "--stats-interval-seconds", "often"];
    expect(await cli(...argv)).toMatchObject({ exit: 64 });
  });
});

describe("figures of an engine", () => {
  const group = (...stats: Row["stats"][]) =>
    ({ rows: stats.map((each) => ({ stats: each })) }) as unknown as Parameters<
      typeof statsLine
    >[0];

  const lineOf = (...stats: Row["stats"][]) => statsLine(group(...stats)).replaceAll("\u202f", " ");

  test("as far as they are known, medians over the runs", () => {
    const one = {
      ...{ writeAmplification: 2, spaceAmplification: 1.25, stalls: 4, stallNs: 3e6 },
      ...{ cacheHits: 90, cacheMisses: 10, filterChecks: 1000, filterFalsePositives: 9 },
    };
    const line =
      "amplification: write 2.00, space 1.25; stalls: 4 of 3.00 ms; " +
      "cache hits: 90.0 %; filter false positives: 0.90 %";
    expect(lineOf(one)).toBe(line);
    const others = [{ ...one, writeAmplification: 1 }, one, { ...one, writeAmplification: 9 }];
    expect(lineOf(...others)).toBe(line);
  });

  test("what is not known is left out, and never 0", () => {
    expect(statsLine(group({}))).toBe("");
    expect(statsLine(group({ diskBytes: 5, cacheHits: 3 }))).toBe("");
    expect(statsLine(group({ cacheHits: 0, cacheMisses: 0 }))).toBe("");
    expect(statsLine(group({ stalls: 0, stallNs: 0 }))).toBe("stalls: 0");
  });
});
