// The suite is tested itself: an honest engine passes all of it, and each dishonest one fails.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  conformanceCases,
  RULES,
  runConformance,
  runConformanceCase,
} from "../../../engines/conformance/suite.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { BUGS, type Bug } from "./bugs.ts";
import { modelModule } from "./model-module.ts";

const SPECIFIER = fileURLToPath(new URL("./model-module.ts", import.meta.url));
const SUITE_MS_MAX = 180_000;

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-suite-"));
});
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

function options(name: string) {
  return {
    fileSystem: nodeFileSystem,
    tempDir: path.join(root, name.replaceAll(/\W+/g, "-")),
    specifier: SPECIFIER,
  };
}

test("the names of the cases are unique, and each says its topic and its rule", () => {
  const names = conformanceCases().map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+: /);
  for (const { rule } of conformanceCases()) expect(Object.keys(RULES)).toContain(rule);
});

test("an honest engine passes every case, and every case applies to it", {
  timeout: SUITE_MS_MAX,
}, async () => {
  const report = await runConformance(modelModule("none"), options("none"));
  expect(report.results.filter((one) => one.outcome === "failed")).toEqual([]);
  expect(report.results.filter((one) => one.outcome === "not-applicable")).toEqual([]);
  expect(report.passed).toBe(conformanceCases().length);
});

test("without a specifier the cases with processes do not apply, and say why", async () => {
  const { specifier: _, ...rest } = options("no specifier");
  const one = conformanceCases().find(({ name }) => name.startsWith("crash: kill -9 at os"))!;
  const result = await runConformanceCase(one, modelModule("none"), rest);
  expect(result.outcome).toBe("not-applicable");
});

test("a level, or a feature, that the manifest lacks makes its cases not applicable", async () => {
  const honest = modelModule("none");
  const supports = { ...honest.supports, durability: ["os"] as const, snapshot: false };
  const module = { ...honest, supports };
  for (const name of ["crash: kill -9 at sync", "snapshots: several"]) {
    const one = conformanceCases().find((other) => other.name.startsWith(name))!;
    const result = await runConformanceCase(one, module, options("lacking"));
    expect(result).toMatchObject({ name: one.name, outcome: "not-applicable" });
  }
});

/** The case that is named for what each bug breaks: it must be among those that fail. */
const CAUGHT_BY: Readonly<Partial<Record<Bug, string>>> = {
  "empty value is absent": "basics: an empty value",
  "empty key is absent": "basics: the empty key",
  "upper bound of lte is left out": "scans: bounds, reverse",
  "lower bound of gt is kept": "scans: bounds, reverse",
  "limit is applied before reverse": "scans: bounds, reverse",
  "limit 0 means all": "scans: bounds, reverse",
  "keys only gives values": "scans: bounds, reverse",
  "bound 0xFF means no bound": "scans: bytewise order",
  "signed order of bytes": "scans: bytewise order",
  "keys are strings": "basics: awkward keys",
  "first write of a batch wins": "batches: the last write",
  "batch is not atomic on a refusal": "batches: a batch with one operation too long",
  "cursor sees later writes": "cursors: a cursor sees the state of the call",
  "cursor sees the state of the first read": "cursors: a cursor sees the state of the call",
  "snapshot is the live state": "snapshots: get, getMany",
  "buffers of the caller are kept": "basics: a caller may reuse",
  "buffers of the caller are read late": "basics: a caller may reuse",
  "returned values are shared": "basics: what get returned",
  "last write is lost at reopen": "reopen: everything",
  "hole after a crash": "crash: kill -9 at os",
  "deletes are lost at reopen": "reopen: deletes",
  "batch is torn at reopen": "batches: puts and deletes",
  "acknowledged before it was written": "crash: kill -9 at os",
  "no lock": "locking: a second open",
  "lock is not released": "reopen: deletes",
  "any folder is taken": "locking: the folder of another engine",
  "too long keys are cut": "limits: a key of 65,536",
  "unknown settings are ignored": "errors: an unknown setting",
  "calls after close answer": "errors: every call after close",
  "close throws the second time": "errors: close twice",
  "errorIfMissing creates": "reopen: errorIfMissing",
  "checkpoint shares its file": "maintenance: a checkpoint",
  "compact forgets": "maintenance: compact keeps",
  "verify finds phantoms": "maintenance: verify",
  "cursors share their position": "cursors: several",
  "only one write of a turn is kept": "basics: writes of one turn",
  "stats has a word of its own": "stats: every word",
  "what is not known is 0": "stats: counters grow",
  "a counter falls": "stats: every word",
  "an event has no end": "events: each",
  "an event ends twice": "events: each",
  "nothing is synced": "power: a loss at group",
  "one sync for many": "power: at sync each write",
  "the folder is not synced": "power: a loss at sync",
  "batch is written in pieces": "power: a batch that is cut",
  "damage is handed out": "damage: a flipped bit",
};

describe("a planted bug is caught by the case that is named for it", () => {
  for (const bug of BUGS) {
    if (bug === "none") continue;
    test(bug, { timeout: 60_000 }, async () => {
      const prefix = CAUGHT_BY[bug];
      const cases = conformanceCases().filter(({ name }) => name.startsWith(prefix!));
      expect(cases.length).toBeGreaterThan(0);
      process.env.RINGBENCH_TEST_BUG = bug;
      try {
        const outcomes = [];
        for (const one of cases) {
          outcomes.push(await runConformanceCase(one, modelModule(bug), options(bug)));
        }
        const messages = outcomes.flatMap((one) => (one.outcome === "failed" ? one.message : []));
        expect(messages.length).toBeGreaterThan(0);
        // Caught because it is wrong, not because the variant fell over.
        expect(messages.join()).not.toMatch(/TypeError|ReferenceError|RangeError/);
      } finally {
        delete process.env.RINGBENCH_TEST_BUG;
      }
    });
  }
});
