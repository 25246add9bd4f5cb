import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scheduler } from "../../../cluster/simulation/scheduler.ts";
import { Random } from "../../../workloads/random.ts";

function schedulerOf(seed: number): Scheduler {
  return new Scheduler(new Random(seed));
}

describe("virtual time", () => {
  test("events run in the order of their times, in whichever they were asked for", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(1000), { maxLength: 3000 }),
        fc.nat(),
        async (delays, seed) => {
          const scheduler = schedulerOf(seed);
          const seen: number[] = [];
          for (const delay of delays) {
            scheduler.schedule(delay, () => seen.push(scheduler.nowUs), "plain");
          }
          await scheduler.run(2000);
          expect(seen).toEqual([...delays].sort((a, b) => a - b));
          expect(scheduler.nowUs).toBe(2000);
          expect(scheduler.pending).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("events of one instant come in an order of the seed's own", async () => {
    const orderOf = async (seed: number): Promise<string> => {
      const scheduler = schedulerOf(seed);
      let order = "";
      for (const name of "abcdefgh") {
        scheduler.schedule(5, () => {
          order += name;
        });
      }
      await scheduler.run(5);
      return order;
    };
    expect(await orderOf(1)).toBe(await orderOf(1));
    const orders = new Set<string>();
    for (let seed = 0; seed < 10; seed++) orders.add(await orderOf(seed));
    expect(orders.size).toBeGreaterThan(8);
  });

  test("promises settle before the next event, however many they are", async () => {
    const scheduler = schedulerOf(1);
    const seen: string[] = [];
    const work = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) await undefined;
      seen.push(`settled at ${scheduler.nowUs}`);
    };
    scheduler.schedule(1, () => void work());
    scheduler.schedule(2, () => seen.push("next"), "plain");
    await scheduler.run(10);
    expect(seen).toEqual(["settled at 1", "next"]);
  });

  test("what was cancelled does not run, and its handle harms no later event", async () => {
    const scheduler = schedulerOf(1);
    const seen: string[] = [];
    const first = scheduler.schedule(1, () => seen.push("first"));
    scheduler.cancel(first);
    await scheduler.run(2);
    const second = scheduler.schedule(1, () => seen.push("second"));
    expect(second).not.toBe(first);
    scheduler.cancel(first);
    await scheduler.run(4);
    expect(seen).toEqual(["second"]);
  });

  test("an event may end the run, and the rest stays for the next", async () => {
    const scheduler = schedulerOf(1);
    const seen: number[] = [];
    for (const delay of [1, 2, 3]) scheduler.schedule(delay, () => seen.push(delay));
    await scheduler.run(10, () => seen.length === 2);
    expect(seen).toEqual([1, 2]);
    await scheduler.run(10);
    expect(seen).toEqual([1, 2, 3]);
  });

  test("nothing can be scheduled in the past", () => {
    expect(() => schedulerOf(1).schedule(-1, () => {})).toThrow("I1");
  });
});
