// As common-keys.test.ts, for the engines that take any key of the contract: with the empty one,
// and with keys of several thousand bytes.

import { expect, test } from "vitest";
import { KEY_BYTES_MAX } from "../../../engines/engine.ts";
import { isOwn, OWN_ENGINES } from "../support/stores.ts";
import { compareLists, LISTS_MS_MAX, presentEngines } from "./seeded-lists.ts";

test("every engine that takes any key answers as the model does", {
  timeout: LISTS_MS_MAX,
}, async () => {
  const modules = (await presentEngines()).filter(
    ({ supports }) => supports.minKeyBytes === 0 && supports.maxKeyBytes === KEY_BYTES_MAX,
  );
  expect(modules.filter(isOwn), "our own engines take any key").toHaveLength(OWN_ENGINES.length);
  await compareLists(modules, 1_000_001);
});
