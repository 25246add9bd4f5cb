// An engine that takes writes in some time after they were asked for, in order, and reads as late:
// what the contract allows, and a native store or a full memtable does.

import type { Engine } from "../../../engines/engine.ts";
import type { Random } from "../../../workloads/random.ts";

const DELAY_MAX_MS = 20;

export function lateEngine(
  engine: Engine,
  random: Random,
  sleep: (ms: number) => Promise<void>,
): Engine {
  let writes: Promise<unknown> = Promise.resolve();
  const later = <T>(work: () => T | Promise<T>): Promise<T> => {
    const waiting = sleep(random.nextDouble() * DELAY_MAX_MS);
    const done = Promise.all([writes, waiting]).then(work);
    writes = done.catch(() => {});
    return done;
  };
  return new Proxy(engine, {
    get(target, name) {
      switch (name) {
        case "put":
          return (key: Uint8Array, value: Uint8Array) => {
            const [ownKey, ownValue] = [key.slice(), value.slice()];
            return later(() => target.put(ownKey, ownValue));
          };
        case "delete":
          return (key: Uint8Array) => {
            const own = key.slice();
            return later(() => target.delete(own));
          };
        case "flush":
          return () => later(() => target.flush());
        case "get":
          return async (key: Uint8Array) => {
            const own = key.slice();
            await sleep(random.nextDouble() * DELAY_MAX_MS);
            return target.get(own);
          };
        default: {
          const value = Reflect.get(target, name) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        }
      }
    },
  });
}
