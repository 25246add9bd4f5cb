// Files of measured latencies: what is read, and what is refused, with its line.

import { describe, expect, test } from "vitest";
import { LatencyFileError, readLatencies } from "../../../bench/pbs/latency-file.ts";

const HEAD = "leg,quantile,latencyMs";
const leg = (name: string) => [`${name},0,1`, `${name},0.5,2`, `${name},1,4`];
const GOOD = [HEAD, ...leg("W"), ...leg("A"), ...leg("R"), ...leg("S")];

function problemOf(text: string): LatencyFileError {
  try {
    readLatencies(text);
  } catch (error) {
    if (error instanceof LatencyFileError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** The good file with another line in the place of one, counted from 1. */
const withLine = (line: number, text: string) => GOOD.with(line - 1, text).join("\n");

describe("a good file", () => {
  test("gives its legs", () => {
    const model = readLatencies(GOOD.join("\n"));
    expect(model.description).toBe("measured, one way");
    expect(model.remoteMs).toBe(0);
    expect(model.write.out.survival(2)).toBeCloseTo(0.5, 12);
    expect(model.read.back?.survival(3)).toBeCloseTo(0.25, 12);
  });

  test("may have comments, empty lines, spaces, other line ends and a byte order mark", () => {
    const lines = ["# measured", "", "leg , quantile, latencyMs", ...GOOD.slice(1), ""];
    const text = `\uFEFF${lines.join("\r\n").replaceAll(",0.5,", " , 5e-1 , ")}`;
    expect(readLatencies(text).write.out.survival(2)).toBeCloseTo(0.5, 12);
  });

  test("may mix its legs, and repeat a latency", () => {
    const rows = ["W,0,1", "A,0,0", "R,0,0", "S,0,0", "A,1,0", "W,1,1", "S,1,0", "R,1,0"];
    const model = readLatencies([HEAD, ...rows].join("\n"));
    expect(model.write.out.survival(0.999)).toBe(1);
    expect(model.write.out.survival(1.001)).toBe(0);
  });

  test("may have round trips, which are halved", () => {
    const model = readLatencies([HEAD, ...leg("WA"), ...leg("RS")].join("\n"));
    expect(model.description).toBe("measured, round trips of writes and reads, halved");
    expect(model.write.back).toBeUndefined();
    expect(model.write.out.survival(1)).toBeCloseTo(0.5, 12);
    const mixed = readLatencies([HEAD, ...leg("WA"), ...leg("R"), ...leg("S")].join("\n"));
    expect(mixed.description).toBe("measured, round trips of writes, halved");
    expect(mixed.read.back).toBeDefined();
  });
});

const BAD: readonly (readonly [string, string, number, RegExp])[] = [
  ["a negative latency", withLine(3, "W,0.5,-2"), 3, /latencyMs "-2" is negative/],
  ["a negative quantile", withLine(5, "A,-0.1,2"), 5, /quantile "-0.1" is negative/],
  ["a missing latency", withLine(6, "A,0.5,"), 6, /latencyMs is missing/],
  ["a missing quantile", withLine(6, "A,,2"), 6, /quantile is missing/],
  ["a missing leg", withLine(6, ",0.5,2"), 6, /the leg is missing/],
  ["a missing column", withLine(6, "A,0.5"), 6, /2 values where 3 belong/],
  ["a column too many", withLine(6, "A,0.5,2,3"), 6, /4 values where 3 belong/],
  ["NaN", withLine(9, "R,0.5,NaN"), 9, /"NaN" is no number/],
  ["Infinity", withLine(9, "R,0.5,Infinity"), 9, /"Infinity" is no number/],
  ["an overflow", withLine(9, "R,0.5,1e999"), 9, /"1e999" is too large/],
  ["another unit", withLine(9, "R,0.5,2ms"), 9, /"2ms" is no number/],
  ["hexadecimals", withLine(9, "R,0.5,0x10"), 9, /"0x10" is no number/],
  ["a quantile in percent", withLine(9, "R,50,2"), 9, /quantile "50" is too large/],
  ["latencies that fall", withLine(12, "S,0.5,0.5"), 12, /0\.5 of leg S is below the 1 before/],
  ["quantiles that fall", withLine(4, "W,0.4,9"), 4, /0\.4 of leg W is not above the 0\.5/],
  ["a quantile twice", withLine(4, "W,0.5,9"), 4, /0\.5 of leg W is not above the 0\.5/],
  ["an unknown leg", withLine(4, "Q,1,9"), 4, /unknown leg "Q"/],
  ["a late beginning", withLine(2, "W,0.1,1"), 2, /leg W begins at quantile 0\.1/],
  ["an early end", withLine(10, "R,0.99,9"), 10, /leg R ends at quantile 0\.99/],
  ["a leg without rows", GOOD.slice(0, 10).join("\n"), 10, /ends without a row of leg S/],
  ["two legs without rows", GOOD.slice(0, 7).join("\n"), 7, /without a row of leg R and S/],
  ["a header alone", `# nothing\n${HEAD}\n`, 2, /without a row of leg W and A/],
  ["no header", GOOD.slice(1).join("\n"), 1, /"W,0,1" is not the header/],
  ["nothing", "", 1, /the file is empty/],
  ["a round trip beside its part", `${GOOD.join("\n")}\nWA,0,1\nWA,1,2`, 15, /WA stands beside W/],
  ["a comment counts as a line", `# a\n\n${withLine(3, "W,0.5,-2")}`, 5, /is negative/],
];

test.each(BAD)("%s is refused by line", (_name, text, line, message) => {
  const problem = problemOf(text);
  expect(problem.message).toMatch(message);
  expect(problem.line).toBe(line);
  expect(problem.message.startsWith(`line ${line}: `)).toBe(true);
  expect(problem.message).not.toContain("\n");
  expect(problem.code).toBe("PBS_LATENCY_FILE");
});
