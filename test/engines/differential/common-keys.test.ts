// Goal: every engine answers as the plain model does, whatever is asked, and so as every other one.
// Method: random operation lists, each over all engines in step (comparison.ts), under random
// options. A list that fails is shrunk, and its seed printed: run it alone with
// RINGBENCH_DIFFERENTIAL_SEED=seed. This half asks with keys that every engine takes.

import { test } from "vitest";
import { compareLists, LISTS_MS_MAX, presentEngines } from "./seeded-lists.ts";

test("every engine answers as the model does", { timeout: LISTS_MS_MAX }, async () => {
  await compareLists(await presentEngines(), 1);
});
