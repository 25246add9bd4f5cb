// The core of the simulator: its schedule and its network, with nothing of a product on them.

import { FaultCounts } from "../../cluster/simulation/fault-counts.ts";
import { SimulatedNetwork } from "../../cluster/simulation/network.ts";
import { Scheduler } from "../../cluster/simulation/scheduler.ts";
import { Trace } from "../../cluster/simulation/trace.ts";
import { Random } from "../../workloads/random.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const EVENTS = 100_000;
const NODES = ["a", "b", "c", "d", "e"];

export async function simulationBenchmarks(): Promise<MicroBenchmark[]> {
  return [
    {
      name: "an event, 1,000 of them waiting",
      operations: EVENTS,
      async run() {
        const scheduler = new Scheduler(new Random(1));
        let left = EVENTS;
        const again = (): void => {
          if (left-- > 1000) scheduler.schedule(1 + (left % 97), again, "plain");
        };
        for (let i = 0; i < 1000; i++) scheduler.schedule(i, again, "plain");
        await scheduler.run(Number.MAX_SAFE_INTEGER);
      },
    },
    {
      name: "a datagram between five nodes, traced",
      operations: EVENTS,
      async run() {
        const random = new Random(1);
        const scheduler = new Scheduler(random.split("ties"));
        const counts = new FaultCounts();
        const network = new SimulatedNetwork(scheduler, random.split("network"), counts);
        const trace = new Trace();
        const datagram = new Uint8Array(16);
        let left = EVENTS;
        for (const [i, node] of NODES.entries()) {
          const receive = (from: string): boolean => {
            trace.add(scheduler.nowUs, i, 1, left);
            if (left-- > 0) network.send(node, from, datagram);
            return true;
          };
          network.attach(node, receive, "plain");
        }
        for (const from of NODES) {
          for (const to of NODES) network.send(from, to, datagram);
        }
        await scheduler.run(Number.MAX_SAFE_INTEGER);
      },
    },
  ];
}
