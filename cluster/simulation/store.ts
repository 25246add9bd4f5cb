// The engines under the nodes of the scenarios: drawn by seed, loaded before time begins, and
// opened as a replica would that must survive a loss of power.
//
// Three stores of four have the smallest limits that their engine takes, so that runs of minutes
// see what stores of gigabytes do: flushes, compactions, merges, snapshot files.

import type { Durability, Engine, EngineModule, EngineOptions } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { completeOptions } from "../../engines/options.ts";
import { loadEngine } from "../../engines/registry.ts";
import type { NodeId, RandomStream, Runtime } from "../runtime.ts";
import type { Plan } from "./scenario.ts";

/** Of every store. */
export const STORE_DURABILITY: Durability = "group";
const ENGINES = ["hashlog", "lsm", "memory"] as const;
const DATA_DIR = "/data";
const KIB = 1024;
const CACHE_BYTES = 1024 * KIB;
/** A store may be compacted about so often. */
const COMPACT_EVERY_MS = 3000;

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

/** A machine with several stores has a folder for each. */
interface StorePlace {
  readonly dir: string;
  readonly durability: Durability;
}

/**
 * On the disk of the runtime, with its clock; limits are drawn anew for each run of the node. Each
 * end of what an engine does by itself is a mark: "lsm compaction". `watch` is told of all work
 * that nobody waits for.
 */
export async function openStore(
  module: EngineModule,
  runtime: Runtime,
  watch: (work: Promise<unknown>) => void,
  { dir = DATA_DIR, durability = STORE_DURABILITY }: Partial<StorePlace> = {},
): Promise<Engine> {
  const random = runtime.random.split("store").split(dir);
  const engine = await module.open(
    completeOptions({
      dir,
      fileSystem: runtime.files,
      durability,
      writeGrouping: "tick",
      cacheBytes: CACHE_BYTES,
      clock: { now: () => runtime.clock.nowMs() * 1e6 },
      settings: random.nextBelow(4) === 0 ? {} : smallLimits(module.name, random),
      onEvent: ({ kind, phase }) => {
        if (phase === "end") runtime.probes.mark(`${module.name} ${kind}`);
      },
    }),
  );
  if (module.supports.compact) compactNowAndThen(engine, runtime, random, watch);
  return engine;
}

function smallLimits(engine: string, random: RandomStream): EngineOptions["settings"] {
  switch (engine) {
    case "hashlog":
      return { segmentSizeBytes: 64 * KIB, spacePercentMax: 125 + random.nextBelow(200) };
    case "memory":
      return {
        memoryBytes: (64 + random.nextBelow(256)) * KIB,
        snapshotLogBytes: 64 * KIB,
        fileSizeBytes: (64 + random.nextBelow(256)) * KIB,
      };
    case "lsm": {
      const tableBytes = (4 + random.nextBelow(60)) * KIB;
      return {
        memtableBytes: 64 * KIB,
        tableBytes,
        levelBaseBytes: tableBytes * (1 + random.nextBelow(4)),
        level0Trigger: 2 + random.nextBelow(3),
        blockBytes: 64 + random.nextBelow(4 * KIB),
        compress: random.nextBelow(2) === 0,
        tiered: random.nextBelow(4) === 0,
      };
    }
    default:
      return {};
  }
}

/** Who compacts a store on a full disk is told so, and the store goes on. */
function unlessFull(error: unknown): void {
  if (!(error instanceof EngineError) || error.code !== "ENGINE_NO_SPACE") throw error;
}

function compactNowAndThen(
  engine: Engine,
  runtime: Runtime,
  random: RandomStream,
  watch: (work: Promise<unknown>) => void,
): void {
  const delayMs = COMPACT_EVERY_MS / 2 + random.nextBelow(COMPACT_EVERY_MS);
  runtime.timers.after(delayMs, () => {
    if (runtime.probes.buggify("a store is compacted")) {
      watch(engine.compact().catch(unlessFull));
    }
    compactNowAndThen(engine, runtime, random, watch);
  });
}
