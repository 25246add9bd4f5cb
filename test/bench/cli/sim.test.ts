import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIndexes, parseIndexes } from "../../../bench/cli/index-list.ts";
import { cli, cliAs } from "./run-cli.ts";

const SHORT = ["--minutes", "0.1"];
const REGISTER = ["sim", "--scenario", "register"];
/** A bug that this seed shows, and shows with few operations. */
const PLANTED = [...REGISTER, "--seed", "13", "--plant", "blind-store", ...SHORT];

describe("sim", () => {
  test("a seed gives one document again and again, another seed another digest", async () => {
    const run = async (seed: string) => {
      const { exit, out } = await cli(...REGISTER, "--seed", seed, ...SHORT, "--json");
      expect(exit).toBe(0);
      const { figures, ...document } = JSON.parse(out);
      return { ...document, checked: figures.checked, marks: figures.marks };
    };
    const first = await run("7");
    expect(await run("7")).toEqual(first);
    expect((await run("8")).digest).not.toBe(first.digest);
    expect(first).toMatchObject({ schemaVersion: 1, scenario: "register", seeds: 1 });
    expect(first).toMatchObject({ firstSeed: 7, minutes: 0.1 });
    expect(first.planted).toBeUndefined();
    expect(first.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(first.operations).toBeGreaterThan(100);
    expect(first.virtualHours).toBeGreaterThan(0.1 / 60);
    expect(first.checked.linearizability).toBe(first.operations);
  });

  test("the cluster is run unless another scenario is asked for", async () => {
    const { exit, out } = await cli("sim", "--seed", "7", ...SHORT, "--json");
    expect(exit).toBe(0);
    const { scenario, operations, virtualHours, figures } = JSON.parse(out);
    expect(scenario).toBe("default");
    expect(operations / virtualHours / 3600).toBeGreaterThan(20);
    expect(figures.checked.answers).toBeGreaterThan(100);
    expect(figures.marks).toHaveProperty("a read was hedged");
  });

  test("a planted bug is caught; the printed commands repeat it, one with less", async () => {
    const { exit, out, err } = await cli(...PLANTED, "--shrink", "25", "--json");
    expect(exit).toBe(1);
    expect(err).toContain("seed 13: linearizability is violated");
    expect(err).toMatch(/seed 13: linearizability with \d+ faults and \d+ operations .*run 10 of/);
    const { figures, planted } = JSON.parse(out);
    expect(planted).toBe("blind-store");
    expect(figures.runSeconds).toBeLessThan(figures.realSeconds);
    const rate = JSON.parse(out).events / figures.runSeconds;
    expect(figures.eventsPerSec / rate).toBeCloseTo(1, 2);
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
    const { exit, out } = await cli(...PLANTED, "--shrink", "8");
    expect(exit).toBe(1);
    expect(out).toMatch(/^register: 1 seed, /);
    expect(out).toContain("diskLosses 0 of 0");
    expect(out).toContain("VIOLATED    linearizability, seed 13: ");
    expect(out).toMatch(
      /smallest {4}\d+ of \d+ faults and \d+ of \d+ planned operations are enough:/,
    );
    expect(out).toContain("--only-operations");
    // Lines are named of what is there: of the files of --histories, or shown below.
    expect(out).toContain("lines are those of the file that --histories DIR writes");
    expect(out).toContain("(stopped after as many runs as --shrink has: less may be enough)");
    expect(out).toMatch(/^in it {7}no order of the operations of key/m);
    expect(out).toMatch(/^ {14}line \d+: \d+ ms, process \d+ invoke put k\d /m);
  });

  test("a replay that leaves nothing to ask has nothing to judge", async () => {
    const nothing = ["--only-faults", "none", "--only-operations", "none"];
    const { exit, out, err } = await cli(...REGISTER, ...SHORT, ...nothing);
    expect(exit).toBe(2);
    expect(err).toContain("nothing came out to judge");
    expect(out).not.toContain("no promise was broken");
  });

  test("fresh seeds: so many from any on", async () => {
    const flags = ["--seeds", "2", "--first-seed", "8", "--minutes", "0.02", "--json"];
    const both = JSON.parse((await cli(...REGISTER, ...flags)).out);
    expect(both.seeds).toBe(2);
    const one = ["--seeds", "1", "--first-seed", "9", "--minutes", "0.02", "--json"];
    const nine = JSON.parse((await cli(...REGISTER, ...one)).out);
    const asked = JSON.parse((await cli(...REGISTER, "--seed", "9", ...one.slice(4))).out);
    expect(nine.digest).toBe(asked.digest);
    expect(both.digest).not.toBe(nine.digest);
  });

  test("what no session was promised is counted, and what the plan did is shown", async () => {
    const flags = ["sim", "--scenario", "lost-actor-state", "--seeds", "2", ...SHORT];
    const { envelope, used, figures } = JSON.parse((await cli(...flags, "--json")).out);
    expect(envelope).toMatchObject({ durability: "group", diskLossesBetweenRepairs: 1 });
    expect(used).toMatchObject({ diskLosses: 3, diskLossesBetweenRepairs: 1 });
    const { checked, violated, rate } = figures.guarantees["monotonic-reads"];
    expect(checked).toBeGreaterThan(50);
    expect(rate).toBe(violated / checked);
    expect(figures.lostUpdates).toBe(0);
    const { out } = await cli(...flags);
    expect(out).toContain("diskLossesBetweenRepairs 1 of 1");
    expect(out).toMatch(
      /sessions {4}not claimed under these settings: broken read-your-writes \d+ of \d+ \(/,
    );
    expect(out).toContain("lost        0 updates");
  });

  test("what a scenario is about is among the figures, and a line each for a person", async () => {
    const { exit, out } = await cli("sim", "--scenario", "sibling-explosion", "--json");
    expect(exit).toBe(0);
    const { figures } = JSON.parse(out);
    expect(figures.dvv).toEqual({ puts: 99, siblings: 2, numbers: 99 });
    expect(figures["vector-clock"].siblings).toBe(99);
    expect(figures.lostUpdates).toBeUndefined();
    const cap = (await cli("sim", "--scenario", "cap", ...SHORT)).out;
    expect(cap).toMatch(/^cp minority asked \d+, answered 0, availability 0$/m);
    expect(cap).toMatch(/^ap {10}reads \d+, .*, staleReadFraction 0\.\d{4}$/m);
  });

  test("the example of a planted bug shows it, in whatever seed", async () => {
    const pages = ["README.md", "docs/simulation.md", "bench/cli/sim.ts"];
    const lines = pages.map((page) => {
      const text = fs.readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
      return /sim (--seeds? .*--plant ack-before-durable)/.exec(text)![1]!;
    });
    expect(new Set(lines).size).toBe(1);
    // Each seed takes seconds.
    if (process.env.RINGBENCH_NIGHTLY !== "1") return;
    const { exit } = await cli("sim", ...lines[0]!.split(" "), "--shrink", "0");
    expect(exit).toBe(1);
  }, 300_000);

  test("commands are printed as the user calls the program", async () => {
    const { out } = await cliAs("npm run -s ringbench --", ...PLANTED, "--shrink", "0", "--json");
    const { replay } = JSON.parse(out).violations[0];
    expect(replay).toMatch(/^npm run -s ringbench -- sim --scenario register /);
    expect(
      JSON.parse((await cli(...PLANTED, "--shrink", "0", "--json")).out).violations[0].replay,
    ).toMatch(/^ringbench sim /);
  });

  test("histories are written for check-history, which agrees", async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-sim-"));
    try {
      const flags = ["--model", "register", "--format", "jsonl"];
      await cli(...REGISTER, "--seed", "7", ...SHORT, "--histories", dir);
      const good = path.join(dir, "history-7.jsonl");
      expect((await cli("check-history", good, ...flags)).exit).toBe(0);
      const over = await cli(...REGISTER, "--seed", "7", ...SHORT, "--histories", dir);
      expect(over.exit).toBe(64);
      expect(over.err).toContain("history-7.jsonl is there already");
      await cli(...[...PLANTED, "--shrink", "0", "--histories", path.join(dir, "bad")]);
      const bad = path.join(dir, "bad", "history-13.jsonl");
      expect((await cli("check-history", bad, ...flags)).exit).toBe(1);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });

  test.each([
    [["--seed", "1", "--seeds", "2"], "give one of them"],
    [["--scenario", "registr"], 'the nearest is "register"'],
    [["--scenario", "reg"], 'the nearest is "register"'],
    [["--scenario", "lost-a"], 'the nearest is "lost-actor-state"'],
    [["--plant", "no-write-back"], "--plant"],
    [["--seeds", "0"], "must be at least 1"],
    [["--minutes", "0"], "--minutes"],
    [["--seeds", "3", "--only-faults", "1"], "need one --seed"],
    [["--only-faults", "9999"], "numbered from 0"],
    [["--only-operations", "0-99999"], "numbered from 0"],
    [["--only-faults", "1-"], "write a list such as 0,3-7"],
    [["--only-faults", "3-1"], "runs backwards; write 1-3"],
    [["--first-seed", "3"], "needs --seeds"],
    [["--minutes", "100"], "at most 30 for one seed"],
    [
      ["--scenario", "register", "--plant", "no-epochs"],
      "add --scenario default or lost-actor-state",
    ],
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
