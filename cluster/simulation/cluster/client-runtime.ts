// What a client of the simulation asks of the world: its time, its network, and chance of its own.

import type { ClientRuntime } from "../../client/options.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { World } from "../world.ts";

export function clientRuntime(world: World, id: NodeId, random: RandomStream): ClientRuntime {
  const { scheduler, network } = world;
  return {
    nodeId: id,
    clock: { nowMs: () => world.nowMs, wallMs: () => world.nowMs },
    timers: {
      after: (delayMs, callback) => {
        const handle = scheduler.schedule(delayMs * 1000, callback);
        return () => scheduler.cancel(handle);
      },
    },
    random: random.split("client"),
    network: {
      send: (to, datagram) => network.send(id, to, datagram),
      onDatagram: (handler) => {
        network.attach(id, (from, datagram) => {
          handler(from, datagram);
          return true;
        });
      },
    },
  };
}
