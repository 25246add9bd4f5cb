import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIndexes, parseIndexes } from "../../../bench/cli/index-list.ts";
import { cli } from "./run-cli.ts";

const SHORT = ["--minutes", "0.2"];
const SHRINK = ["--shrink", "40"];

describe("sim", () => {
  test("a seed gives one document again and again, another seed another digest", async () => {
    const run = async (seed: string) => {
      const { exit, out } = await cli("sim", "--seed", seed, ...SHORT, "--json");
      expect(exit).toBe(0);
      const { figures, ...document } = JSON.parse(out);
      return { ...document, checked: figures.checked, marks: figures.marks };
    };
    const first = await run("7");
    expect(await run("7")).toEqual(first);
    expect((await run("8")).digest).not.toBe(first.digest);
    expect(first).toMatchObject({ schemaVersion: 1, scenario: "register", seeds: 1 });
    expect(first.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(first.operations).toBeGreaterThan(20 * 12);
    expect(first.virtualHours).toBeGreaterThan(0.2 / 60);
    expect(first.checked.linearizability).toBe(first.operations);
  });

  test("a planted bug is caught; the printed commands repeat it, one with less", async () => {
    const { exit, out } = await cli(
      ...["sim", "--seed", "7", "--plant", "blind-store", ...SHRINK, ...SHORT, "--json"],
    );
    expect(exit).toBe(1);
    const [violation] = JSON.parse(out).violations;
    const { replay, shrunk } = violation;
    expect(shrunk.faults).toBeLessThanOrEqual(shrunk.ofFaults);
    expect(shrunk.operations).toBeLessThan(shrunk.ofOperations / 4);
    expect(shrunk.schedule).toHaveLength(shrunk.faults);
    const words = (command: string): string[] => command.split(" ").slice(1);
    const again = await cli(...words(replay), "--shrink", "0", "--json");
    expect(again.exit).toBe(1);
    expect(JSON.parse(again.out).violations[0].message).toBe(violation.message);
    const less = await cli(...words(shrunk.replay), "--json");
    expect(less.exit).toBe(1);
    const [smallest] = JSON.parse(less.out).violations;
    expect(smallest.checker).toBe(violation.checker);
    expect(smallest.replay).toBe(shrunk.replay);
    expect(smallest.shrunk).toBeUndefined();
    expect(JSON.parse(less.out).operations).toBeLessThan(JSON.parse(out).operations);
  });

  test("for a person: what ran, what was checked, and the smallest schedule", async () => {
    const { exit, out, err } = await cli(
      ...["sim", "--seed", "7", "--plant", "blind-store", ...SHRINK, ...SHORT],
    );
    expect(exit).toBe(1);
    expect(err).toContain("seed 7: linearizability is violated");
    expect(out).toMatch(/^register: 1 seed, /);
    expect(out).toContain("VIOLATED    linearizability, seed 7: ");
    expect(out).toMatch(/smallest {4}\d+ of \d+ faults and \d+ of \d+ operations are enough:/);
    expect(out).toContain("--only-operations");
  });

  test("histories are written for check-history, which agrees", async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-sim-"));
    try {
      const flags = ["--model", "register", "--format", "jsonl"];
      await cli("sim", "--seed", "7", ...SHORT, "--histories", dir);
      const good = path.join(dir, "history-7.jsonl");
      expect((await cli("check-history", good, ...flags)).exit).toBe(0);
      await cli(
        ...["sim", "--seed", "7", ...SHORT, "--plant", "blind-store", "--shrink", "0"],
        ...["--histories", path.join(dir, "bad")],
      );
      const bad = path.join(dir, "bad", "history-7.jsonl");
      expect((await cli("check-history", bad, ...flags)).exit).toBe(1);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });

  test.each([
    [["--seed", "1", "--seeds", "2"], "give one of them"],
    [["--scenario", "registr"], 'the nearest is "register"'],
    [["--plant", "no-epochs"], "--plant"],
    [["--seeds", "0"], "must be at least 1"],
    [["--minutes", "0"], "--minutes"],
    [["--seeds", "3", "--only-faults", "1"], "need one --seed"],
    [["--only-faults", "9999"], "numbered from 0"],
    [["--only-operations", "0-99999"], "numbered from 0"],
    [["--only-faults", "1-"], "write a list such as 0,3-7"],
  ])("wrong usage: %j", async (flags, text) => {
    const { exit, err } = await cli("sim", ...flags);
    expect(exit).toBe(64);
    expect(err).toContain(text);
  });

  test("--schema is a JSON Schema, and --help lists scenarios and bugs", async () => {
    expect(JSON.parse((await cli("sim", "--schema")).out).properties.digest).toBeDefined();
    const { out } = await cli("sim", "--help");
    expect(out).toContain("lost-actor-state");
    expect(out).toContain("--plant no-epochs");
  });
});

describe("lists of indexes", () => {
  test("what was written is read back", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (indexes) => {
        const ascending = [...indexes].sort((a, b) => a - b);
        expect(parseIndexes("--x", formatIndexes(ascending))).toEqual(ascending);
      }),
    );
    expect(formatIndexes([0, 1, 2, 5])).toBe("0-2,5");
    expect(formatIndexes([])).toBe("none");
  });
});
