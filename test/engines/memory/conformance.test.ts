// The conformance suite once more, on a budget and files so small that each case evicts and rolls.
// Every day only the cases that can tell the difference; in the nightly run all.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { inapplicable } from "../../../engines/conformance/case.ts";
import { conformanceCases, runConformanceCase } from "../../../engines/conformance/suite.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { engine } from "./tiny-memory.ts";

const CASE_MS_MAX = 120_000;
const EVERYDAY = /^(cursors|snapshots|maintenance: [^f]|power: a loss at group|randomized)/;

describe("memory on a tiny budget conforms", () => {
  const tempDir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-tiny-memory-"));
  afterAll(() => fs.rmSync(tempDir, { recursive: true, force: true }));
  const specifier = fileURLToPath(new URL("./tiny-memory.ts", import.meta.url));
  const options = { fileSystem: nodeFileSystem, tempDir, specifier };
  const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
  for (const one of conformanceCases()) {
    if (inapplicable(one, engine.supports, options) !== undefined) continue;
    if (!isNightly && !EVERYDAY.test(one.name)) continue;
    test(one.name, { timeout: CASE_MS_MAX }, async () => {
      const result = await runConformanceCase(one, engine, options);
      expect(result).toMatchObject({ name: one.name, outcome: "passed" });
    });
  }
});
