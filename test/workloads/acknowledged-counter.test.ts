import { describe, expect, test } from "vitest";
import { AcknowledgedCounter } from "../../workloads/acknowledged-counter.ts";
import { WorkloadError } from "../../workloads/errors.ts";
import { Random } from "../../workloads/random.ts";

/** How far an acknowledged number may be ahead of the oldest that is not. */
const WINDOW = 2 ** 20;

describe("AcknowledgedCounter", () => {
  test("the last value follows the contiguous prefix, whatever the order", () => {
    const counter = new AcknowledgedCounter(10);
    expect(counter.lastValue).toBe(9);
    expect([counter.next(), counter.next(), counter.next()]).toEqual([10, 11, 12]);
    expect(counter.lastValue).toBe(9);
    counter.acknowledge(11);
    expect(counter.lastValue).toBe(9);
    counter.acknowledge(10);
    expect(counter.lastValue).toBe(11);
    counter.acknowledge(12);
    expect(counter.lastValue).toBe(12);
  });

  test("across 2^31, three windows of numbers, a thousand pending in random order", () => {
    const seed = 11;
    const random = new Random(seed);
    const start = 2 ** 31 - 1 - 1000;
    const counter = new AcknowledgedCounter(start);
    const pending: number[] = [];
    const outstanding = new Set<number>();
    let oldest = start;
    for (let i = 0; i < 3 * WINDOW; i++) {
      const value = counter.next();
      pending.push(value);
      outstanding.add(value);
      if (pending.length < 1000) continue;
      const place = random.nextBelow(pending.length);
      const acknowledged = pending[place]!;
      pending[place] = pending.at(-1)!;
      pending.pop();
      outstanding.delete(acknowledged);
      counter.acknowledge(acknowledged);
      while (!outstanding.has(oldest) && oldest <= value) oldest++;
      if (counter.lastValue !== oldest - 1) {
        expect.fail(`seed ${seed}, step ${i}: ${counter.lastValue}, not ${oldest - 1}`);
      }
    }
  });

  test("a full window is a typed error that changes nothing", () => {
    const counter = new AcknowledgedCounter(0);
    for (let i = 0; i <= WINDOW; i++) counter.next();
    for (let i = 1; i < WINDOW; i++) counter.acknowledge(i);
    try {
      counter.acknowledge(WINDOW);
      expect.fail("the window took one too many");
    } catch (error) {
      expect(error).toBeInstanceOf(WorkloadError);
      expect((error as WorkloadError).code).toBe("WORKLOAD_WINDOW_FULL");
    }
    expect(counter.lastValue).toBe(-1);
    counter.acknowledge(0);
    expect(counter.lastValue).toBe(WINDOW - 1);
    counter.acknowledge(WINDOW);
    expect(counter.lastValue).toBe(WINDOW);
  });

  test("what was loaded counts as acknowledged; what was not handed out cannot be", () => {
    const counter = new AcknowledgedCounter(100);
    counter.acknowledge(3);
    expect(counter.lastValue).toBe(99);
    expect(() => counter.acknowledge(100)).toThrow(RangeError);
    counter.acknowledge(counter.next());
    expect(() => counter.acknowledge(100)).toThrow(RangeError);
  });
});
