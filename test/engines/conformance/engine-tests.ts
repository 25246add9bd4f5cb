// The suite as vitest tests of one engine of the registry, a test for each case that applies.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inapplicable } from "../../../engines/conformance/case.ts";
import { conformanceCases, runConformanceCase } from "../../../engines/conformance/suite.ts";
import type { EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { loadEngine, openEngine } from "../../../engines/registry.ts";

const CASE_MS_MAX = 120_000;

/** Why the engine cannot be opened here: its package is absent. */
async function unavailable(name: string, dir: string): Promise<string | undefined> {
  try {
    await (await openEngine(name, { dir })).close();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && error.code === "ENGINE_UNAVAILABLE") return error.message;
    throw error;
  }
}

function reasonsNotToRun(module: EngineModule, tempDir: string): string[] {
  const options = { fileSystem: nodeFileSystem, tempDir, specifier: module.name };
  const reasons = new Set<string>();
  for (const one of conformanceCases()) {
    const reason = inapplicable(one, module.supports, options);
    if (reason !== undefined) reasons.add(reason);
  }
  return [...reasons].sort();
}

/**
 * Defines the tests of the engine. `lacks` is every reason for which a case does not apply to
 * it: a manifest that claims less than before fails.
 */
export async function engineTests(name: string, lacks: readonly string[]): Promise<void> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), `ringbench-${name}-`));
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
  const module = await loadEngine(name);

  test(`${name}: the cases that do not apply are those that were agreed on`, () => {
    expect(reasonsNotToRun(module, root)).toEqual([...lacks].sort());
  });

  const why = await unavailable(name, path.join(root, "probe"));
  if (why !== undefined) {
    process.stdout.write(`the conformance of ${name} was not tested: ${why}\n`);
    test(`${name}: an absent package is told in one line`, () => {
      expect(why).not.toContain("\n");
    });
    return;
  }
  describe(`${name} conforms`, () => {
    for (const one of conformanceCases()) {
      const options = {
        fileSystem: nodeFileSystem,
        tempDir: path.join(root, "cases"),
        specifier: name,
      };
      if (inapplicable(one, module.supports, options) !== undefined) continue;
      test(one.name, { timeout: CASE_MS_MAX }, async () => {
        const result = await runConformanceCase(one, module, options);
        // What a native store does on its own files cannot be seen; that is the one way out.
        if (result.outcome === "not-applicable") {
          expect(module.supports.verify).toBe(false);
          expect(result.reason).toMatch(/^cannot tell: the engine writes data\//);
        } else expect(result).toMatchObject({ name: one.name, outcome: "passed" });
      });
    }
  });
}
