import { describe, expect, test } from "vitest";
import { ClosedLoop } from "../../bench/closed-loop.ts";
import { Outcome } from "../../bench/outcome.ts";
import { Recorder } from "../../bench/recorder.ts";
import { type Behaviour, countingClients, FakeTarget } from "./fake-target.ts";
import { VirtualTime } from "./virtual-time.ts";

function setUp(clientCount: number, quota: number, behaviour: (time: VirtualTime) => Behaviour) {
  const time = new VirtualTime();
  const target = new FakeTarget(behaviour(time));
  const recorder = new Recorder({
    latency: true,
    openLoop: false,
    startNs: 0,
    notFoundFails: true,
  });
  const clients = countingClients(clientCount);
  const quotas = clients.map(() => quota);
  const loop = new ClosedLoop({ clock: time, timer: time, target, recorder, clients, quotas });
  return { time, target, recorder, clients, loop };
}

describe("closed loop", () => {
  test("one client: exact count, service time without generation", async () => {
    const { time, recorder, clients, loop } = setUp(1, 10_000, (clock) => () => {
      clock.spend(1000);
      return Outcome.ok;
    });
    await time.runUntil(loop.run());
    const { operations, latencyNs } = recorder.finish(time.now());
    expect(operations).toBe(10_000);
    expect(loop.finished).toBe(10_000);
    expect(clients[0]!.generated).toBe(10_000);
    // 1000 ns in the store and one reading of the clock.
    expect(latencyNs!.p50).toBeGreaterThanOrEqual(1020);
    expect(latencyNs!.max).toBeLessThan(1022);
  });

  test("several clients: each sends its quota, and waits for nobody else's operation", async () => {
    const { time, recorder, clients, loop } = setUp(7, 300, (clock) => () => {
      clock.spend(1000);
      return Outcome.ok;
    });
    await time.runUntil(loop.run());
    const { operations, latencyNs } = recorder.finish(time.now());
    expect(operations).toBe(2100);
    expect(clients.map((client) => client.generated)).toEqual(new Array(7).fill(300));
    expect(latencyNs!.p50).toBeGreaterThanOrEqual(1020);
    expect(latencyNs!.max).toBeLessThan(1022);
  });

  test("writes of one turn that share a promise finish together, in one group", async () => {
    const groups: number[] = [];
    const { time, recorder, loop } = setUp(8, 50, () => {
      let shared: Promise<void> | undefined;
      let members = 0;
      return () => {
        members++;
        shared ??= Promise.resolve().then(() => {
          groups.push(members);
          shared = undefined;
          members = 0;
        });
        return shared;
      };
    });
    await time.runUntil(loop.run());
    expect(recorder.finish(time.now()).operations).toBe(400);
    expect(groups).toEqual(new Array(50).fill(8));
  });

  test("clients that are answered at once go on while others wait for the disk", async () => {
    const { time, recorder, clients, loop } = setUp(2, 100, (clock) => (client) => {
      if (client === 0) return clock.promiseAt(clock.currentNs + 1e6, undefined);
      clock.spend(1000);
      return Outcome.ok;
    });
    const running = loop.run();
    await time.runUntil(running);
    const { operations, elapsedNs } = recorder.finish(time.now());
    expect(operations).toBe(200);
    expect(clients.map((client) => client.generated)).toEqual([100, 100]);
    // Client 0 takes 100 ms; client 1 does not stretch it.
    expect(elapsedNs).toBeLessThan(1.02e8);
  });

  test("an operation that is answered in the event loop is timed to its answer", async () => {
    const { time, recorder, loop } = setUp(
      4,
      25,
      (clock) => () => clock.promiseAt(clock.currentNs + 5e5, undefined),
    );
    await time.runUntil(loop.run());
    const { latencyNs, operations } = recorder.finish(time.now());
    expect(operations).toBe(100);
    expect(latencyNs!.p50).toBeGreaterThan(4.9e5);
    expect(latencyNs!.p50).toBeLessThan(5.2e5);
  });

  test("what the event loop brings at one moment is gathered into one round", async () => {
    const before: number[] = [];
    const { time, loop } = setUp(4, 20, (clock) => {
      let outstanding = 0;
      return () => {
        before.push(outstanding++);
        // Answers of their own, all at the next full 10 ms: long after the slice.
        const atNs = 1e7 * (1 + Math.floor(clock.currentNs / 1e7));
        return clock.promiseAt(atNs, undefined).then(() => {
          outstanding--;
        });
      };
    });
    await time.runUntil(loop.run());
    expect(before).toEqual(new Array(20).fill([0, 1, 2, 3]).flat());
  });

  test("a rejected promise is an error of each of its clients", async () => {
    const { time, target, recorder, loop } = setUp(
      3,
      2,
      () => () => Promise.reject(new Error("no")),
    );
    await time.runUntil(loop.run());
    const { errors, perOperation } = recorder.finish(time.now());
    expect(errors).toBe(6);
    expect(target.failures).toHaveLength(6);
    expect(perOperation.map((each) => each.operation)).toEqual(["READ", "READ-FAILED"]);
    expect(perOperation[0]!.returns).toEqual({ ERROR: 6 });
  });

  test("a failed operation is tried again after the pause, with the same key", async () => {
    const keys: number[] = [];
    const { time, target, loop } = setUp(1, 2, () => (_client, operation) => {
      keys.push(operation.keyNumber);
      return keys.length <= 2 ? Outcome.error : Outcome.ok;
    });
    target.retries = 2;
    target.retryAfterNs = 3e9;
    await time.runUntil(loop.run());
    expect(keys).toEqual([0, 0, 0, 1]);
    expect(loop.finished).toBe(2);
    expect(time.currentNs).toBeGreaterThan(6e9);
  });

  test("stop ends a loop without a quota, after what is under way", async () => {
    const { time, recorder, loop } = setUp(2, Number.POSITIVE_INFINITY, (clock) => () => {
      clock.spend(1000);
      return Outcome.ok;
    });
    time.at(5e7, () => loop.stop());
    await time.runUntil(loop.run());
    expect(recorder.finish(time.now()).operations).toBeGreaterThan(40_000);
    expect(time.currentNs).toBeLessThan(6e7);
  });

  test("stop wakes a client that sleeps before a retry", async () => {
    const { time, target, loop } = setUp(1, 1, () => () => Outcome.error);
    target.retries = 1;
    target.retryAfterNs = 1e12;
    time.at(1e9, () => loop.stop());
    await time.runUntil(loop.run());
    expect(time.currentNs).toBeLessThan(1.1e9);
  });

  test("a fatal error ends the run with it", async () => {
    const { time, target, loop } = setUp(3, 1000, () => () => Outcome.error);
    target.fatal = new Error("closed");
    await expect(time.runUntil(loop.run())).rejects.toThrow("closed");
  });
});
