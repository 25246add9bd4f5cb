import { describe, expect, test } from "vitest";
import { ByteBudget } from "../../../cluster/antientropy/byte-budget.ts";
import { Scheduler } from "../../../cluster/simulation/scheduler.ts";
import { Random } from "../../../workloads/random.ts";

function world(): { scheduler: Scheduler; budgetOf: (rate: number, burst: number) => ByteBudget } {
  const scheduler = new Scheduler(new Random(1));
  const parts = {
    clock: { nowMs: () => scheduler.nowUs / 1000, wallMs: () => 0 },
    timers: {
      after: (delayMs: number, callback: () => void) => {
        const handle = scheduler.schedule(delayMs * 1000, callback);
        return () => scheduler.cancel(handle);
      },
    },
  };
  const budgetOf = (bytesPerSecond: number, burstBytes: number): ByteBudget =>
    new ByteBudget(parts, { bytesPerSecond, burstBytes });
  return { scheduler, budgetOf };
}

describe("a budget of bytes", () => {
  test("lets nobody wait who takes little", async () => {
    const { scheduler, budgetOf } = world();
    const budget = budgetOf(1000, 500);
    for (let i = 0; i < 20; i++) {
      expect(budget.take(100)).toBeUndefined();
      await scheduler.run(scheduler.nowUs + 100_000);
    }
    expect(budget.taken).toBe(2000);
    expect(budget.debtMs).toBe(0);
  });

  test("lets no more go than its rate and its burst, in the order of asking", async () => {
    const random = new Random(7);
    const { scheduler, budgetOf } = world();
    const budget = budgetOf(10_000, 2000);
    const gone: { readonly at: number; readonly bytes: number; readonly number: number }[] = [];
    for (let number = 0; number < 300; number++) {
      const bytes = 1 + random.nextBelow(1000);
      const note = (): void => {
        gone.push({ at: scheduler.nowUs / 1000, bytes, number });
      };
      const waiting = budget.take(bytes);
      if (waiting === undefined) note();
      else void waiting.then(note);
      if (random.nextBelow(3) === 0)
        await scheduler.run(scheduler.nowUs + random.nextBelow(90_000));
    }
    await scheduler.run(60e6);
    expect(gone.map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(budget.waiting).toBe(0);
    for (let i = 0; i < gone.length; i++) {
      let bytes = 0;
      for (let k = i; k < gone.length; k++) {
        bytes += gone[k]!.bytes;
        const seconds = (gone[k]!.at - gone[i]!.at) / 1000;
        expect(bytes, `from ${i} to ${k}`).toBeLessThanOrEqual(
          2000 + seconds * 10_000 + gone[k]!.bytes + 20,
        );
      }
    }
    const total = gone.reduce((sum, { bytes }) => sum + bytes, 0);
    // It is used up, and not held back.
    expect(gone.at(-1)!.at).toBeLessThan((total / 10_000) * 1000 + 100);
  });

  test("lets through what is larger than the burst, and those behind pay", async () => {
    const { scheduler, budgetOf } = world();
    const budget = budgetOf(1000, 100);
    expect(budget.take(5000)).toBeUndefined();
    expect(budget.debtMs).toBe(4900);
    let goneAt = 0;
    void budget.take(1)!.then(() => {
      goneAt = scheduler.nowUs / 1000;
    });
    await scheduler.run(10e6);
    expect(goneAt).toBeGreaterThan(4890);
    expect(goneAt).toBeLessThan(4910);
  });

  test("lets nobody overtake those who wait, also when their time has come", async () => {
    let nowMs = 0;
    const timers: (() => void)[] = [];
    const budget = new ByteBudget(
      {
        clock: { nowMs: () => nowMs, wallMs: () => 0 },
        timers: {
          after: (_, callback) => {
            timers.push(callback);
            return () => {};
          },
        },
      },
      { bytesPerSecond: 1000, burstBytes: 100 },
    );
    expect(budget.take(5000)).toBeUndefined();
    const gone: number[] = [];
    void budget.take(1)!.then(() => gone.push(1));
    nowMs = 60_000;
    void budget.take(1)!.then(() => gone.push(2));
    for (const callback of timers) callback();
    await Promise.resolve();
    expect(gone).toEqual([1, 2]);
  });

  test("counts what had to go, and lets all go when it stops", async () => {
    const { scheduler, budgetOf } = world();
    const budget = budgetOf(10, 10);
    budget.charge(1000);
    let gone = 0;
    for (let i = 0; i < 3; i++) void budget.take(1)!.then(() => gone++);
    await scheduler.run(1e6);
    expect(gone).toBe(0);
    budget.stop();
    await scheduler.run(2e6);
    expect(gone).toBe(3);
  });
});
