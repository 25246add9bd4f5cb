import { describe, expect, test } from "vitest";
import { loadEngines, openStore } from "../../../cluster/simulation/store.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";

const NODES = ["hashlog", "lsm", "memory"].map((engine) => ({ id: engine, engine }));
const COMPACTED = "buggify a store is compacted";

/** Marks of a run in which each store overwrites 100 keys with 600 KB in all. */
async function marksOf(seed: number): Promise<Record<string, number>> {
  const modules = await loadEngines(NODES);
  const world = new World({
    random: new Random(seed),
    nodes: NODES.map(({ id }) => id),
    faults: [],
    boot: (runtime, watch) => ({
      async start() {
        const engine = await openStore(modules.get(runtime.nodeId)!, runtime, watch);
        const value = new Uint8Array(300);
        const write = async (count: number): Promise<void> => {
          if (count === 2000) return;
          await engine.put(new Uint8Array([count % 100]), value);
          runtime.timers.after(1, () => watch(write(count + 1)));
        };
        await write(0);
      },
    }),
  });
  await world.run(10_000, 0);
  expect(world.errors, `seed ${seed}`).toEqual([]);
  return world.probes.marks();
}

describe("the stores of a simulation", () => {
  test("do by themselves, within seconds, all that large stores do", async () => {
    const marks = new Set<string>();
    for (let seed = 1; seed <= 4; seed++) {
      const passed = Object.keys(await marksOf(seed));
      if (!passed.includes(COMPACTED)) for (const mark of passed) marks.add(mark);
    }
    expect([...marks]).toEqual(
      expect.arrayContaining(["hashlog merge", "lsm compaction", "lsm flush", "memory snapshot"]),
    );
  });
});
