import { describe, expect, test } from "vitest";
import { ConstantArrivals, PoissonArrivals } from "../../bench/arrivals.ts";
import { ClientSchedules, type Dispatch, SharedQueue } from "../../bench/dispatch.ts";
import { OpenLoop } from "../../bench/open-loop.ts";
import { Outcome } from "../../bench/outcome.ts";
import { Recorder } from "../../bench/recorder.ts";
import { type Behaviour, countingClients, FakeTarget } from "./fake-target.ts";
import { VirtualTime } from "./virtual-time.ts";

const BASE_NS = 50_000;
/** A coarse clock: the loop spins on it. */
const READING_NS = 500;

function setUp(dispatch: Dispatch, clientCount: number, behaviour: (t: VirtualTime) => Behaviour) {
  const time = new VirtualTime(READING_NS);
  const target = new FakeTarget(behaviour(time));
  const recorder = new Recorder({ latency: true, openLoop: true, startNs: 0, notFoundFails: true });
  const clients = countingClients(clientCount);
  const loop = new OpenLoop({ clock: time, timer: time, target, recorder, clients, dispatch });
  return { time, recorder, loop };
}

/** A store that answers after BASE_NS, except that nothing is answered while it is stalled. */
function stalling(time: VirtualTime, fromNs: number, toNs: number): Behaviour {
  return () => {
    const nowNs = time.currentNs;
    const stalled = nowNs >= fromNs && nowNs < toNs;
    return time.promiseAt((stalled ? toNs : nowNs) + BASE_NS, undefined);
  };
}

/** A store that holds the thread: for BASE_NS, or until the end of the stall. */
function stallingInThread(time: VirtualTime, fromNs: number, toNs: number): Behaviour {
  return () => {
    const nowNs = time.currentNs;
    time.spend(nowNs >= fromNs && nowNs < toNs ? toNs - nowNs : 0);
    time.spend(BASE_NS);
    return Outcome.ok;
  };
}

describe("coordinated omission: a stall of 1.4 s in 30 s at 2000/s", () => {
  const rate = 2000;
  const windowS = 30;
  const stallS = 1.4;
  const p99S = stallS * (1 - (0.01 * windowS) / stallS);

  for (const [name, store] of [
    ["that answers with promises", stalling],
    ["that holds the thread", stallingInThread],
  ] as const) {
    test(`in a store ${name}: it is in the response time, not in the service time`, async () => {
      const queue = new SharedQueue(new ConstantArrivals(0, rate), 8, rate * windowS);
      const { time, recorder, loop } = setUp(queue, 8, (t) => store(t, 10e9, 10e9 + stallS * 1e9));
      await time.runUntil(loop.run());
      const { operations, perOperation } = recorder.finish(time.now());
      expect(operations).toBe(rate * windowS);
      const { response, service } = perOperation[0]!;
      // The queue that built up needs a moment to drain, which adds a little to the analytic
      // figure.
      expect(response!.p99 / 1e9).toBeGreaterThan(p99S);
      expect(response!.p99 / 1e9).toBeLessThan(p99S + 0.05);
      expect(response!.max / 1e9).toBeGreaterThan(stallS);
      expect(response!.max / 1e9).toBeLessThan(stallS + 0.01);
      expect(service!.p99).toBeLessThan(1.5 * BASE_NS);
      // The store was the bottleneck, not the generator.
      expect(loop.lateness.valueAtPercentile(99)).toBeLessThan(30_000);
    });
  }
});

describe("open loop", () => {
  test("without a stall, response and service agree", async () => {
    const queue = new SharedQueue(new ConstantArrivals(0, 1000), 4, 5000);
    const { time, recorder, loop } = setUp(queue, 4, (t) => stalling(t, 0, 0));
    await time.runUntil(loop.run());
    const { perOperation, elapsedNs } = recorder.finish(time.now());
    expect(elapsedNs).toBeGreaterThan(4.999e9);
    expect(elapsedNs).toBeLessThan(5.001e9);
    expect(perOperation[0]!.response!.p99).toBeLessThan(BASE_NS + 50_000);
  });

  test("a generator that cannot keep the rate is found out, however busy its clients", async () => {
    const queue = new SharedQueue(new ConstantArrivals(0, 1e6), 1, 100_000);
    const time = new VirtualTime(READING_NS);
    const recorder = new Recorder({
      latency: true,
      openLoop: true,
      startNs: 0,
      notFoundFails: true,
    });
    const slowGenerator = {
      next(): void {
        time.spend(3000);
      },
    };
    const target = new FakeTarget(() => {
      time.spend(100);
      return Outcome.ok;
    });
    const clients = [slowGenerator];
    const loop = new OpenLoop({
      clock: time,
      timer: time,
      target,
      recorder,
      clients,
      dispatch: queue,
    });
    await time.runUntil(loop.run());
    const { perOperation } = recorder.finish(time.now());
    const lateness = loop.lateness.valueAtPercentile(99);
    expect(lateness).toBeGreaterThan(0.5 * perOperation[0]!.response!.p99);
  });

  test("a timer that goes off late is the generator's lateness", async () => {
    const time = new VirtualTime(READING_NS);
    const recorder = new Recorder({
      latency: true,
      openLoop: true,
      startNs: 0,
      notFoundFails: true,
    });
    const target = new FakeTarget(() => {
      time.spend(1000);
      return Outcome.ok;
    });
    const lateTimer = {
      microtask: (callback: () => void) => time.microtask(callback),
      nextTurn: (callback: () => void) => time.nextTurn(callback),
      after: (delayNs: number, callback: () => void) => time.after(delayNs + 3e6, callback),
    };
    const dispatch = new SharedQueue(new ConstantArrivals(0, 100), 4, 500);
    const clients = countingClients(4);
    const loop = new OpenLoop({
      clock: time,
      timer: lateTimer,
      target,
      recorder,
      clients,
      dispatch,
    });
    await time.runUntil(loop.run());
    expect(loop.lateness.valueAtPercentile(50)).toBeGreaterThan(1.7e6);
    expect(loop.lateness.valueAtPercentile(50)).toBeLessThan(1.9e6);
  });

  test("stop counts what was due and never sent", async () => {
    const queue = new SharedQueue(new ConstantArrivals(0, 1000), 1, Number.POSITIVE_INFINITY);
    const { time, recorder, loop } = setUp(
      queue,
      1,
      (t) => () => t.promiseAt(t.currentNs + 1e7, 0),
    );
    time.at(1e9, () => loop.stop());
    await time.runUntil(loop.run());
    const { operations } = recorder.finish(time.now());
    expect(operations).toBeGreaterThanOrEqual(99);
    expect(operations).toBeLessThanOrEqual(101);
    expect(operations + loop.backlog).toBe(1001);
  });

  test("each client keeps a schedule of its own: what is due waits for its client", async () => {
    const sentBy: number[] = [];
    const schedules = new ClientSchedules([0, 5e5], 1000, [10, 10]);
    const { time, recorder, loop } = setUp(schedules, 2, (t) => (client) => {
      sentBy.push(client);
      // Client 0 is slow once: its own operations queue up, client 1 is not touched.
      return t.promiseAt(t.currentNs + (sentBy.length === 1 ? 5e6 : 1000), 0);
    });
    await time.runUntil(loop.run());
    expect(sentBy.filter((client) => client === 0)).toHaveLength(10);
    expect(sentBy.slice(0, 5)).toEqual([0, 1, 1, 1, 1]);
    const { perOperation } = recorder.finish(time.now());
    expect(perOperation[0]!.response!.p50).toBeLessThan(4e6);
    expect(perOperation[0]!.response!.max).toBeGreaterThan(5e6);
  });
});

describe("schedules of clients", () => {
  test("what is due first is taken first, whatever the order of release", () => {
    const starts = [5, 3, 9, 1, 7, 2, 8, 4, 6, 0];
    const schedules = new ClientSchedules(starts, 1e8, new Array(10).fill(3));
    const taken: number[] = [];
    while (schedules.dueNs() < Number.POSITIVE_INFINITY) {
      taken.push(schedules.dueNs());
      schedules.release(schedules.take());
    }
    // A period of 10 ns: the three rounds follow each other without a gap.
    expect(taken).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(schedules.backlog(1000)).toBe(0);
  });

  test("clients that are busy are left out until they are free", () => {
    const schedules = new ClientSchedules([0, 1, 2], 1e8, [2, 2, 2]);
    const first = schedules.take();
    expect(first).toBe(0);
    expect([schedules.take(), schedules.take()]).toEqual([1, 2]);
    expect(schedules.dueNs()).toBe(Number.POSITIVE_INFINITY);
    expect(schedules.backlog(11)).toBe(2);
    schedules.release(2);
    expect(schedules.dueNs()).toBe(12);
    schedules.release(0);
    expect(schedules.dueNs()).toBe(10);
  });
});

describe("arrivals", () => {
  test("constant: no rounding adds up", () => {
    const arrivals = new ConstantArrivals(5, 3000);
    let last = 0;
    for (let i = 0; i < 3_000_001; i++) last = arrivals.next();
    expect(last).toBeCloseTo(5 + 1000e9, 0);
  });

  test("Poisson: seeded, with exponential gaps", () => {
    const seed = 42;
    const draw = () => {
      const arrivals = new PoissonArrivals(0, 1000, seed);
      return Array.from({ length: 100_000 }, () => arrivals.next());
    };
    const times = draw();
    expect(draw()).toEqual(times);
    const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const overMean = gaps.filter((gap) => gap > 1e6).length / gaps.length;
    // Standard errors: 0.3 % of the mean, 0.0015 of the share beyond it, which is 1/e.
    expect(Math.abs(mean / 1e6 - 1), `seed ${seed}`).toBeLessThan(0.015);
    expect(Math.abs(overMean - Math.exp(-1)), `seed ${seed}`).toBeLessThan(0.008);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
  });
});
