// The real world as a node or client of a cluster sees it.

import type { NodeId, NodeNetwork, NodeProbes, Runtime } from "../../cluster/runtime.ts";
import { type Clock, wallClockMs } from "../../engines/io/clock.ts";
import { nodeFileSystem } from "../../engines/io/node-filesystem.ts";
import { Random } from "../../workloads/random.ts";
import type { Timer } from "../timer.ts";

/** Nothing is looked for, and nothing is planted. */
const NO_PROBES: NodeProbes = {
  buggify: () => false,
  mark: () => {},
  isPlanted: () => false,
};

export interface RealParts {
  readonly clock: Clock;
  readonly timer: Timer;
}

/** Runtimes that this process made. */
let made = 0;

/**
 * Its chance is never that of another runtime, whatever the seed of the workload: what a client
 * draws is its name for ever, and two of one name would pass for each other.
 */
export function realRuntime(nodeId: NodeId, network: NodeNetwork, parts: RealParts): Runtime {
  const { clock, timer } = parts;
  return {
    nodeId,
    clock: { nowMs: () => clock.now() / 1e6, wallMs: wallClockMs },
    timers: { after: (delayMs, callback) => timer.after(delayMs * 1e6, callback) },
    random: new Random(wallClockMs()).split(process.pid).split(++made).split(nodeId),
    files: nodeFileSystem,
    network,
    probes: NO_PROBES,
  };
}
