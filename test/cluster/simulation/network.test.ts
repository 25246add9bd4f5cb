import { describe, expect, test } from "vitest";
import { FaultCounts } from "../../../cluster/simulation/fault-counts.ts";
import { type LinkState, SimulatedNetwork } from "../../../cluster/simulation/network.ts";
import { Scheduler } from "../../../cluster/simulation/scheduler.ts";
import { Random } from "../../../workloads/random.ts";

const DATAGRAMS = 2000;

interface Seen {
  readonly numbers: number[];
  readonly timesUs: number[];
  readonly faults: Record<string, number>;
}

/** Sends so many datagrams from a to b, one each millisecond, over a link in that state. */
async function sendAll(seed: number, state: Partial<LinkState>, slowness = 1): Promise<Seen> {
  const random = new Random(seed);
  const counts = new FaultCounts();
  const scheduler = new Scheduler(random.split("ties"));
  const network = new SimulatedNetwork(scheduler, random.split("network"), counts);
  const seen: Seen = { numbers: [], timesUs: [], faults: {} };
  network.attach("b", (from, datagram) => {
    expect(from).toBe("a");
    seen.numbers.push(datagram[0]! + 256 * datagram[1]!);
    seen.timesUs.push(scheduler.nowUs);
    return true;
  });
  Object.assign(network.link("a", "b"), state);
  network.addSlowness("b", slowness - 1);
  for (let i = 0; i < DATAGRAMS; i++) {
    const datagram = new Uint8Array([i % 256, i >>> 8]);
    scheduler.schedule(1000 * i, () => network.send("a", "b", datagram), "plain");
  }
  await scheduler.run(10_000_000);
  return { ...seen, faults: counts.byKind() };
}

describe("the simulated network", () => {
  test("delivers everything once when nothing is wrong, each with a delay", async () => {
    const { numbers, timesUs, faults } = await sendAll(1, {});
    expect([...numbers].sort((a, b) => a - b)).toEqual(
      Array.from({ length: DATAGRAMS }, (_, i) => i),
    );
    for (const [i, number] of numbers.entries()) {
      expect(timesUs[i]! - 1000 * number).toBeGreaterThanOrEqual(80);
    }
    expect(faults).toEqual({});
  });

  test("loses and doubles about as many as it was told, and counts them", async () => {
    const lost = await sendAll(2, { lossPercent: 10 });
    expect(lost.faults.loss).toBe(DATAGRAMS - lost.numbers.length);
    expect(lost.faults.loss! / DATAGRAMS).toBeCloseTo(0.1, 1);
    const twice = await sendAll(3, { duplicatePercent: 20 });
    expect(twice.faults.duplicate).toBe(twice.numbers.length - DATAGRAMS);
    expect(twice.faults.duplicate! / DATAGRAMS).toBeCloseTo(0.2, 1);
  });

  test("what must not arrive twice does not", async () => {
    const scheduler = new Scheduler(new Random(1));
    const network = new SimulatedNetwork(scheduler, new Random(2), new FaultCounts());
    let received = 0;
    network.attach("b", () => ++received > 0);
    network.link("a", "b").duplicatePercent = 100;
    network.send("a", "b", new Uint8Array(1), "once");
    await scheduler.run(1_000_000);
    expect(received).toBe(1);
    network.send("a", "b", new Uint8Array(1));
    await scheduler.run(2_000_000);
    expect(received).toBe(3);
  });

  test("a link that is cut drops, and says by what", async () => {
    const parted = await sendAll(4, { partitions: 1 });
    expect(parted.numbers).toEqual([]);
    expect(parted.faults).toEqual({ partition: DATAGRAMS });
    expect((await sendAll(4, { oneWayCuts: 1 })).faults).toEqual({ "one-way": DATAGRAMS });
  });

  test("a clogged link delivers nothing before the clog is over, and then all", async () => {
    const { numbers, timesUs, faults } = await sendAll(5, { cloggedUntilUs: 1_000_000 });
    expect(numbers.length).toBe(DATAGRAMS);
    expect(Math.min(...timesUs)).toBeGreaterThan(1_000_000);
    expect(faults.clog).toBe(1000);
  });

  test("reordering lets later ones overtake; a slow node takes longer", async () => {
    const plain = await sendAll(6, {});
    expect(plain.faults.reorder).toBeUndefined();
    const reordered = await sendAll(6, { reorderPercent: 50 });
    expect(reordered.faults.reorder!).toBeGreaterThan(DATAGRAMS / 10);
    const slow = await sendAll(6, {}, 20);
    const last = (seen: Seen): number => seen.timesUs.at(-1)!;
    expect(last(slow)).toBeGreaterThan(last(plain));
    expect(slow.faults["slow-node"]).toBe(DATAGRAMS);
  });

  test("a seed gives the same deliveries again, another one others", async () => {
    const state = { lossPercent: 10, duplicatePercent: 10, reorderPercent: 10 };
    expect(await sendAll(7, state)).toEqual(await sendAll(7, state));
    expect(await sendAll(7, state)).not.toEqual(await sendAll(8, state));
  });
});
