// `ringbench quorum --predict`: its document, its table, and what it refuses.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PredictionDocument } from "../../../bench/cli/prediction-text.ts";
import { cli } from "./run-cli.ts";

const FEW = ["--samples", "20000"];
const GOOD = ["W", "A", "R", "S"].flatMap((leg) => [`${leg},0,1`, `${leg},0.9,2`, `${leg},1,9`]);

let dir = "";
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-quorum-"));
});
afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

function latencyFile(name: string, rows: readonly string[]): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, `${["leg,quantile,latencyMs", ...rows].join("\n")}\n`);
  return file;
}

async function documentOf(...argv: string[]): Promise<PredictionDocument> {
  const { exit, out, err } = await cli("quorum", "--predict", "--json", ...argv);
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  return JSON.parse(out) as PredictionDocument;
}

describe("the document", () => {
  test("has a row for each R and W, with the figures of the contract", async () => {
    const document = await documentOf("--latency", "lnkd-ssd", "--n", "3", ...FEW);
    expect(document).toMatchObject({ latency: "lnkd-ssd", seed: 1, samples: 20_000 });
    expect(document.rows.map(({ n, r, w }) => [n, r, w])).toEqual(
      [1, 2, 3].flatMap((r) => [1, 2, 3].map((w) => [3, r, w])),
    );
    for (const row of document.rows) {
      expect(Object.keys(row)).toEqual([
        "n",
        "r",
        "w",
        "readP999Ms",
        "writeP999Ms",
        "pConsistentAtZero",
        "t999Ms",
        "withinVersions",
      ]);
    }
  });

  test("is the same for the same seed, and N = 3 and seed 1 are the defaults", async () => {
    const given = ["--latency", "lnkd-disk", ...FEW];
    const first = await documentOf(...given);
    expect(await documentOf(...given, "--n", "3", "--seed", "1")).toEqual(first);
    expect((await documentOf(...given, "--seed", "2")).rows).not.toEqual(first.rows);
  });

  test("follows the schema that --schema prints", async () => {
    const { exit, out } = await cli("quorum", "--schema");
    expect(exit).toBe(0);
    const schema = JSON.parse(out);
    const document = await documentOf(...FEW);
    expect(Object.keys(document).sort()).toEqual(schema.required.sort());
    expect(Object.keys(document.rows[0]!).sort()).toEqual(
      schema.properties.rows.items.required.sort(),
    );
  });
});

test("the table has the model beside the closed form", async () => {
  const { exit, out, err } = await cli("quorum", "--predict", "--latency", "lnkd-disk", ...FEW);
  expect({ exit, err }).toEqual({ exit: 0, err: "" });
  expect(out).toMatch(/lnkd-disk .*N = 3/);
  expect(out).toContain("20,000 samples, seed 1");
  // R, W, read, write, P(t=0), t, and the chance to see one of the last 1, 2, 3 and 10 versions.
  expect(out).toMatch(
    /^1 {2}1 +0\.655 +10\.9 +4[34]\.\d\d +5\d\.\d +33\.33 +55\.56 +70\.37 +98\.27$/m,
  );
  expect(out).toMatch(/^3 {2}3 +4\.113 +111\.3 +100 +0 +100 +100 +100 +100$/m);
});

test("what is certain is 100 %, what is almost certain is not", async () => {
  const zeros = ["W", "A", "R", "S"].flatMap((leg) => [`${leg},0,0`, `${leg},0.5,0`, `${leg},1,0`]);
  const file = latencyFile("zero.csv", zeros);
  const { rows } = await documentOf("--latency", file, "--n", "3", "--samples", "1000");
  for (const { pConsistentAtZero, t999Ms } of rows) {
    expect({ pConsistentAtZero, t999Ms }).toEqual({ pConsistentAtZero: 1, t999Ms: 0 });
  }
  const many = ["--latency", "lnkd-ssd", "--n", "11", "--samples", "1000"];
  const { out } = await cli("quorum", "--predict", ...many);
  expect(out).toMatch(/^ 5 {3}6 .* >99\.99$/m);
  expect(out).toMatch(/^ 6 {3}6 .* 100$/m);
  const row = (await documentOf(...many)).rows.find(({ r, w }) => r === 1 && w === 1);
  expect(row).toMatchObject({ withinVersions: { 1: expect.closeTo(1 / 11) } });
}, 20_000);

test("a file of measured latencies takes the place of a model", async () => {
  const file = latencyFile("measured.csv", GOOD);
  const { description, rows } = await documentOf("--latency", file, "--n", "2", ...FEW);
  expect(description).toBe("measured, one way");
  expect(rows.length).toBe(4);
  for (const { readP999Ms, writeP999Ms } of rows) {
    expect(readP999Ms).toBeGreaterThan(2);
    expect(writeP999Ms).toBeLessThan(18);
  }
});

describe("wrong usage leaves with 64 and one line", () => {
  test.each([
    [["--latency", "lnkd-sd"], /unknown model "lnkd-sd"; the nearest is "lnkd-ssd"/],
    [["--latency", "no/such.csv"], /cannot read no\/such.csv: there is no such file/],
    [["--n", "0"], /--n "0" must be at least 1/],
    [["--n", "26"], /--n "26" must be at least 1 and at most 25/],
    [["--n", "2.5"], /--n "2.5" is no whole number/],
    [["--samples", "10"], /--samples "10" must be at least 1000/],
    [["--samples", "1e12"], /--samples "1e12" must be/],
    [["--seed", "-1"], /--seed "-1" must be at least 0/],
  ])("%j", async (argv, message) => {
    const { exit, out, err } = await cli("quorum", "--predict", ...argv);
    expect({ exit, out }).toEqual({ exit: 64, out: "" });
    expect(err).toMatch(message);
    expect(err.trimEnd()).not.toContain("\n");
  });

  test("without --predict, which is all there is", async () => {
    const { exit, err } = await cli("quorum", "--latency", "wan");
    expect(exit).toBe(64);
    expect(err).toMatch(/add --predict/);
  });

  test.each([
    ["negative.csv", GOOD.with(1, "W,0.9,-2"), /negative\.csv: line 3: .*negative/],
    ["missing.csv", GOOD.with(4, "A,0.9,"), /missing\.csv: line 6: .*missing/],
    ["unsorted.csv", GOOD.with(7, "R,0.9,0.5"), /unsorted\.csv: line 9: .*below/],
    ["nan.csv", GOOD.with(10, "S,0.9,NaN"), /nan\.csv: line 12: .*no number/],
  ])("%s is refused by line", async (name, rows, message) => {
    const { exit, out, err } = await cli(
      "quorum",
      "--predict",
      "--latency",
      latencyFile(name, rows),
    );
    expect({ exit, out }).toEqual({ exit: 64, out: "" });
    expect(err).toMatch(message);
    expect(err.trimEnd()).not.toContain("\n");
  });
});
