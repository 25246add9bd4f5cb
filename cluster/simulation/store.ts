// The engines under the nodes of the scenarios: drawn by seed, loaded before time begins, and
// opened as a replica would that must survive a loss of power.

import type { Engine, EngineModule } from "../../engines/engine.ts";
import { completeOptions } from "../../engines/options.ts";
import { loadEngine } from "../../engines/registry.ts";
import type { NodeId, RandomStream, Runtime } from "../runtime.ts";
import type { Plan } from "./scenario.ts";

const ENGINES = ["hashlog", "lsm", "memory"] as const;
const DATA_DIR = "/data";
const CACHE_BYTES = 1024 * 1024;

/** So many nodes, n1 and on, each with an engine of its own. */
export function drawNodes(random: RandomStream, count: number): Plan["nodes"] {
  return Array.from({ length: count }, (_, i) => ({
    id: `n${i + 1}`,
    engine: ENGINES[random.nextBelow(ENGINES.length)]!,
  }));
}

/** By node. Modules come from real files, which are out of reach while the world runs. */
export async function loadEngines(nodes: Plan["nodes"]): Promise<Map<NodeId, EngineModule>> {
  const modules = new Map<NodeId, EngineModule>();
  for (const { id, engine } of nodes) modules.set(id, await loadEngine(engine));
  return modules;
}

/** At `group`, on the disk of the runtime, with its clock. */
export async function openStore(module: EngineModule, runtime: Runtime): Promise<Engine> {
  return module.open(
    completeOptions({
      dir: DATA_DIR,
      fileSystem: runtime.files,
      durability: "group",
      writeGrouping: "tick",
      cacheBytes: CACHE_BYTES,
      clock: { now: () => runtime.clock.nowMs() * 1e6 },
    }),
  );
}
