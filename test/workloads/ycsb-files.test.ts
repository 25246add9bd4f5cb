// YCSB's own workload files, unchanged, against our presets of the same names.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { PRESETS, presetOverrides } from "../../workloads/presets.ts";
import { take } from "./operation.ts";

const vectors = process.env.RINGBENCH_VECTORS;

describe.skipIf(!vectors)("YCSB's workload files (skipped without RINGBENCH_VECTORS)", () => {
  test.each(PRESETS.map(({ name }) => name))("%s is taken, and is our preset", (name) => {
    const file = readFileSync(join(vectors!, "ycsb", name), "latin1");
    const theirs = resolveProperties([file]);
    expect(theirs.warnings).toEqual([]);
    const ours = resolveProperties([], presetOverrides(PRESETS.find((p) => p.name === name)!));
    expect(theirs.core).toEqual(ours.core);
    const stream = (resolved: typeof theirs) =>
      take(new CoreWorkload(resolved, { name }).runClient(0, 1), 300);
    expect(stream(theirs)).toEqual(stream(ours));
  });

  test("-p overrides them", () => {
    const file = readFileSync(join(vectors!, "ycsb", "workloada"), "latin1");
    const { core } = resolveProperties([file], ["recordcount=100000", "operationcount=200000"]);
    expect(core.recordCount).toBe(100_000);
    expect(core.operationCount).toBe(200_000);
    expect(core.requestDistribution).toBe("zipfian");
  });
});
