// A clock and timers of the simulation, for tests of single parts.

import type { NodeClock, NodeTimers } from "../../../cluster/runtime.ts";
import { Scheduler } from "../../../cluster/simulation/scheduler.ts";
import { Random } from "../../../workloads/random.ts";

export interface VirtualTime {
  readonly clock: NodeClock;
  readonly timers: NodeTimers;
  readonly scheduler: Scheduler;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

export function createTime(): VirtualTime {
  const scheduler = new Scheduler(new Random(1));
  return {
    scheduler,
    clock: { nowMs: () => scheduler.nowUs / 1000, wallMs: () => scheduler.nowUs / 1000 },
    timers: {
      after: (delayMs, callback) => {
        const handle = scheduler.schedule(delayMs * 1000, callback, "plain");
        return () => scheduler.cancel(handle);
      },
    },
    pass: (ms) => scheduler.run(scheduler.nowUs + ms * 1000),
  };
}
