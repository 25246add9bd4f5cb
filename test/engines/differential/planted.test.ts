// The differential test tested: engines with a bug each must be caught, and the list that shows it
// must come out short.

import { describe, expect, test } from "vitest";
import { type EngineModule, KEY_BYTES_MAX } from "../../../engines/engine.ts";
import type { Bug } from "../conformance/bugs.ts";
import { modelModule } from "../conformance/model-module.ts";
import { OWN_ENGINES } from "../support/stores.ts";
import { compareEngines } from "./comparison.ts";
import { operationList } from "./operation-list.ts";
import { explainDivergence } from "./report.ts";
import { shrink } from "./shrink.ts";

const LIMITS = { minKeyBytes: 0, maxKeyBytes: KEY_BYTES_MAX };
const OPERATIONS = 600;
/** Operations of a list that a person can read. */
const SHORT = 8;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** The shortest list on which the first seed that catches the bug fails. */
async function caught(module: EngineModule): Promise<{ length: number; text: string }> {
  for (const seed of SEEDS) {
    const operations = operationList(seed, LIMITS, OPERATIONS);
    const { divergence } = await compareEngines([module], operations, seed);
    if (divergence === undefined) continue;
    const text = await explainDivergence(divergence, operations, seed);
    return { length: text.match(/^ {2}\d+: /gm)!.length, text };
  }
  throw new Error("no list caught the bug");
}

/** An engine that forgets every third delete, though it says that it is done. */
function forgetful(inner: EngineModule): EngineModule {
  return {
    ...inner,
    async open(options) {
      const engine = await inner.open(options);
      const honest = engine.delete.bind(engine);
      let deletes = 0;
      engine.delete = (key) => (++deletes % 3 === 0 ? undefined : honest(key));
      return engine;
    },
  };
}

describe("a planted bug is caught, and shrunk to a few operations", () => {
  test.each<Bug>([
    "upper bound of lte is left out",
    "lower bound of gt is kept",
    "limit is applied before reverse",
    "empty value is absent",
    "signed order of bytes",
    "keys only gives values",
    "first write of a batch wins",
    "snapshot is the live state",
    "cursor sees later writes",
    "cursor sees the state of the first read",
    "cursors share their position",
    "buffers of the caller are kept",
    "buffers of the caller are read late",
    "returned values are shared",
    "compact forgets",
    "deletes are lost at reopen",
    "last write is lost at reopen",
    "acknowledged before it was written",
    "hole after a crash",
    "checkpoint shares its file",
    "only one write of a turn is kept",
    "verify finds phantoms",
    "lock is not released",
  ])("%s", async (bug) => {
    const { length, text } = await caught(modelModule(bug));
    expect(length, text).toBeLessThanOrEqual(SHORT);
  });

  test("no bug, no divergence", async () => {
    await expect(caught(modelModule("none"))).rejects.toThrow("no list caught the bug");
  });
});

describe.each(OWN_ENGINES)("$name that forgets deletes", (module) => {
  test("is caught, and told with its seed, its options and its shortest list", async () => {
    const { length, text } = await caught(forgetful(module));
    expect(length, text).toBeLessThanOrEqual(SHORT);
    expect(text).toMatch(/is not as the model: seed \d+, operation \d+ of 600/);
    expect(text).toContain(`"durability"`);
    expect(text).toMatch(/\n {2}0: /);
  });
});

describe("shrinking", () => {
  test("finds two items that fail together among a hundred", async () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const fails = async (list: readonly number[]) =>
      list.includes(17) && list.includes(63) ? list.indexOf(63) : undefined;
    expect(await shrink(items, fails, 1000)).toEqual([17, 63]);
  });

  test("stops when its runs are used up", async () => {
    let runs = 0;
    const fails = async (list: readonly number[]) => {
      runs++;
      return list.length - 1;
    };
    await shrink([1, 2, 3, 4, 5, 6, 7, 8], fails, 3);
    expect(runs).toBeLessThanOrEqual(4);
  });
});
