// Every property that is about the client or the report does what it says, from the command line.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decodeBase64 } from "../../../reports/hdr/codec.ts";
import { summarizeLog } from "../../../reports/hdr/log-summary.ts";
import { type Result, resultSchema } from "../../../reports/result.ts";
import { cli } from "./run-cli.ts";

let root: string;
let dir: string;

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-properties-"));
});

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(root, "test-"));
});

afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

const SIZES = ["recordcount=200", "fieldlength=10", "operationcount=400"];

function words(...properties: string[]): string[] {
  return [...SIZES, ...properties].flatMap((property) => ["-p", property]);
}

function runNull(...properties: string[]) {
  const store = ["--engine", "null", "--preset", "workloadc"];
  return cli("ycsb", "run", ...store, ...words(...properties));
}

describe("what is reported", () => {
  test("exporter: text, JSON objects one behind the other, or one array", async () => {
    const prefix = "exporter=site.ycsb.measurements.exporter.";
    const text = await runNull(`${prefix}TextMeasurementsExporter`);
    expect(text.out).toContain("[READ], Operations, 400\n");
    const operations = { metric: "READ", measurement: "Operations", value: 400 };
    const objects = await runNull(`${prefix}JSONMeasurementsExporter`);
    const lines = objects.out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(operations);
    const array = await runNull(`${prefix}JSONArrayMeasurementsExporter`);
    expect(JSON.parse(array.out)).toContainEqual(operations);
  });

  test("exportfile: the figures go there, and not to standard output", async () => {
    const file = path.join(dir, "figures.txt");
    const { exit, out } = await runNull(`exportfile=${file}`);
    expect(exit).toBe(0);
    expect(out).toBe("");
    expect(fs.readFileSync(file, "utf8")).toContain("[READ], Return=OK, 400\n");
  });

  test("hdrhistogram.percentiles: those, in that order", async () => {
    const { out } = await runNull("hdrhistogram.percentiles=99.9,1,50");
    const found = [...out.matchAll(/\[READ\], ([\w.]+)PercentileLatency/g)].map(([, name]) => name);
    expect(found).toEqual(["99.9", "1st", "50th"]);
  });

  test("measurement.interval=intended: response times under the plain names", async () => {
    const offer = ["target=2000", "threadcount=2"];
    const intended = await runNull("measurement.interval=intended", ...offer);
    expect(intended.out).toContain("[READ], Operations, 400\n");
    expect(intended.out).not.toContain("Intended-");
    const op = await runNull("measurement.interval=op", ...offer);
    expect(op.out).toContain("[READ], Operations, 400\n");
  });

  test.each([
    ["op", ["READ"]],
    ["intended", ["READ"]],
    ["both", ["Intended-READ", "READ"]],
  ])("hdrhistogram.fileoutput, measurement.interval=%s", async (clock, names) => {
    const files = ["hdrhistogram.fileoutput=true", `hdrhistogram.output.path=${dir}/run-`];
    const { exit } = await runNull(...files, `measurement.interval=${clock}`, "target=4000");
    expect(exit).toBe(0);
    expect(fs.readdirSync(dir).sort()).toEqual(names.map((name) => `run-${name}.hdr`));
    for (const name of names) {
      const text = fs.readFileSync(path.join(dir, `run-${name}.hdr`), "utf8");
      expect(text).toContain(`#[Logging for: ${name}]\n`);
      expect(summarizeLog(text).totalCount).toBe(400);
    }
  });

  test("without hdrhistogram.fileoutput there is no file", async () => {
    await runNull(`hdrhistogram.output.path=${dir}/run-`);
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("what YCSB's rules do unexpectedly is a warning", async () => {
    const { err } = await runNull("insertorder=random");
    expect(err).toMatch(/^ringbench: insertorder=random is neither hashed nor ordered: .*$/m);
  });

  test("how far values compress is printed, and in the config of the report", async () => {
    const out = path.join(dir, "report");
    const store = ["--engine", "null", "--preset", "workloada", "--out", out];
    const ratio = ["fieldlength=1000", "ringbench.compressionratio=0.3"];
    const { exit, err } = await cli("ycsb", "run", ...store, ...words(...ratio));
    expect(exit).toBe(0);
    const line =
      /^ringbench: values compress to ([\d.]+) % of their size by lz4, ([\d.]+) % by deflate, .*$/m;
    const [, lz4, deflate] = line.exec(err)!;
    expect(Math.abs(Number(lz4) - 30)).toBeLessThan(6);
    const file = path.join(out, "result.json");
    const result: Result = resultSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    const compression = result.config.compression as Record<string, number>;
    expect(compression.lz4Ratio! * 100).toBeCloseTo(Number(lz4), 0);
    expect(compression.deflateRatio! * 100).toBeCloseTo(Number(deflate), 0);
    expect(compression.sampleBytes).toBeGreaterThan(200_000);
    expect(result.config.properties).toMatchObject({ fieldlength: "1000", readproportion: "0.5" });
  });
});

describe("failed inserts of a load", () => {
  /** A memory engine whose puts fail, `times` times from the first on. */
  function flaky(times: number): string {
    const file = path.join(dir, `flaky-${times}.mjs`);
    const memory = path.resolve("engines/memory/module.ts");
    const errors = path.resolve("engines/errors.ts");
    fs.writeFileSync(
      file,
      `import { memoryModule } from ${JSON.stringify(memory)};
       import { EngineError } from ${JSON.stringify(errors)};
       export const engine = { ...memoryModule, name: "flaky", version: () => "1",
         open: async (options) => {
           const engine = await memoryModule.open(options);
           const put = engine.put.bind(engine);
           let left = ${times};
           engine.put = (key, value) => {
             if (left-- > 0) throw new EngineError("ENGINE_IO", "the cable is loose");
             return put(key, value);
           };
           return engine;
         } };`,
    );
    return file;
  }

  async function load(failures: number, ...properties: string[]) {
    const store = ["--engine", flaky(failures), "--dir", path.join(dir, "data")];
    const preset = ["--preset", "workloada", "--json"];
    return cli("ycsb", "load", ...store, ...preset, ...words(...properties));
  }

  const insertsOf = (out: string) =>
    resultSchema
      .parse(JSON.parse(out))
      .rows[0]!.perOperation.find(({ operation }) => operation === "INSERT")!.returns;

  test("are tried again as often as the limit says, after the pause", async () => {
    const retry = "core_workload_insertion_retry_limit=2";
    const pause = "core_workload_insertion_retry_interval=1";
    const { exit, out, err } = await load(2, retry, pause);
    expect(insertsOf(out)).toEqual({ OK: 200, ERROR: 2 });
    // Each pause is at least 0.8 s.
    expect(resultSchema.parse(JSON.parse(out)).rows[0]!.elapsedNs).toBeGreaterThan(1.6e9);
    expect(err).toContain("2 operations failed, first in flaky load: ENGINE_IO: the cable is");
    expect(exit).toBe(70);
  });

  test("end the load when the tries are used up", async () => {
    const { exit, err } = await load(1);
    expect(exit).toBe(70);
    expect(err).toContain("ringbench: ENGINE_IO: the cable is loose; ");
  });

  test("do not end it with core_workload_insertion_keep_going_on_error", async () => {
    const { out } = await load(3, "core_workload_insertion_keep_going_on_error=true");
    expect(insertsOf(out)).toEqual({ OK: 197, ERROR: 3 });
  });
});

test("intervals of the row add up to the row", async () => {
  const { out } = await cli(
    ...["ycsb", "run", "--engine", "null", "--preset", "workloadb", "--json"],
    ...words("operationcount=300", "target=1000"),
  );
  const [row] = resultSchema.parse(JSON.parse(out)).rows;
  // 300 ms: with intervals of 100 ms there is a line to draw.
  expect(row!.intervals.length).toBeGreaterThanOrEqual(2);
  const counts = row!.intervals.flatMap(({ serviceHistograms }) =>
    Object.values(serviceHistograms ?? {}).map((text) => decodeBase64(text).totalCount),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
});
