// The module of the model engine, honest or with one bug; processes of the suite load this file.

import {
  DURABILITIES,
  type EngineModule,
  KEY_BYTES_MAX,
  VALUE_BYTES_MIN_SUPPORTED,
} from "../../../engines/engine.ts";
import type { Bug } from "./bugs.ts";
import { ModelEngine } from "./model-engine.ts";

/** The module of the variant with this bug; "none" is the honest one. */
export function modelModule(bug: Bug): EngineModule {
  const module: EngineModule = {
    name: "model",
    description: "a sorted array and a log of whole writes",
    version: () => "1",
    supports: {
      durability: DURABILITIES,
      scan: true,
      snapshot: true,
      scanIsolation: true,
      atomicBatch: true,
      synchronous: true,
      verify: true,
      checkpoint: true,
      compact: true,
      verifiesReads: true,
      persistent: true,
      minKeyBytes: 0,
      maxKeyBytes: KEY_BYTES_MAX,
      maxValueBytes: VALUE_BYTES_MIN_SUPPORTED,
    },
    open: async (options) => new ModelEngine(module, options, bug),
  };
  return module;
}

/** For processes that load this file: the bug is named in the environment. */
export const engine = modelModule((process.env.RINGBENCH_TEST_BUG ?? "none") as Bug);
