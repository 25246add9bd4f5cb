import { describe, expect, test } from "vitest";
import { type EndReason, newAccount } from "../../../cluster/antientropy/events.ts";
import { type Partition, partitionsOf } from "../../../cluster/antientropy/partition.ts";
import { Schedule } from "../../../cluster/antientropy/schedule.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { SmallNetwork } from "./small-network.ts";

const INTERVAL_MS = 10_000;
const NODES = ["a", "b", "c"];

/** Schedules of three nodes whose exchanges take a while and do nothing. */
class Paces {
  readonly network = new SmallNetwork({ seed: 1 });
  readonly begun: { by: string; peer: string; partition: Partition; at: number }[] = [];
  readonly schedules = new Map<string, Schedule>();
  readonly down = new Set<string>();
  partitions = partitionsOf({ tokens: Uint32Array.from({ length: 16 }, (_, i) => i * 2 ** 28) });
  end: EndReason = "equal";
  /** The most that went on at a time, of a node and of a node with another. */
  readonly goingMax = new Map<string, number>();
  readonly #going = new Map<string, number>();

  constructor(nodes: readonly string[] = NODES) {
    for (const id of nodes) {
      const runtime = this.network.runtime(id, new MemoryDisk());
      const lane = {
        keyspace: "data",
        partitions: () => this.partitions,
        replicasOf: () => NODES,
        exchange: async (peer: string, partition: Partition) => {
          const { end } = this;
          this.begun.push({ by: id, peer, partition, at: this.network.nowMs });
          this.#count(id, 1);
          this.#count(`${id} ${peer}`, 1);
          await this.network.sleep(50);
          this.#count(id, -1);
          this.#count(`${id} ${peer}`, -1);
          return { keyspace: "data", peer, partition, end, ...newAccount(), durationMs: 50 };
        },
      };
      const schedule = new Schedule(
        {
          ...{ runtime, lanes: [lane], isUp: (node) => !this.down.has(node) },
          watch: (work) => this.network.watch(work),
        },
        { intervalMs: INTERVAL_MS, retryMs: 1000 },
      );
      this.schedules.set(id, schedule);
      schedule.start();
    }
  }

  #count(name: string, more: number): void {
    const going = (this.#going.get(name) ?? 0) + more;
    this.#going.set(name, going);
    this.goingMax.set(name, Math.max(going, this.goingMax.get(name) ?? 0));
  }

  async run(ms: number): Promise<void> {
    await this.network.until(this.network.sleep(ms));
  }

  /** How often each pair was compared, by whomever. */
  pairs(): Map<string, number> {
    const pairs = new Map<string, number>();
    for (const { by, peer, partition } of this.begun) {
      const name = `${[by, peer].sort().join("-")} ${partition}`;
      pairs.set(name, (pairs.get(name) ?? 0) + 1);
    }
    return pairs;
  }
}

describe("a schedule", () => {
  test("compares each partition with each other replica once in an interval", async () => {
    const paces = new Paces();
    await paces.run(INTERVAL_MS * 1.2);
    expect(paces.pairs().size).toBe(16 * 3);
    paces.begun.length = 0;
    await paces.run(INTERVAL_MS * 10);
    for (const [pair, times] of paces.pairs()) {
      expect(times, pair).toBeGreaterThanOrEqual(8);
      expect(times, pair).toBeLessThanOrEqual(12);
    }
    // The work is shared.
    for (const id of NODES) {
      expect(paces.begun.filter(({ by }) => by === id).length).toBeGreaterThan(100);
    }
    expect(paces.goingMax.get("a")).toBe(2);
    expect(paces.goingMax.get("a b")).toBe(1);
    const { stats } = paces.schedules.get("a")!;
    expect(stats.ended.equal).toBeGreaterThan(100);
  });

  test("tries again soon what came to no end, and waits for those that are down", async () => {
    const paces = new Paces();
    paces.end = "timeout";
    await paces.run(INTERVAL_MS * 2);
    expect(paces.begun.length).toBeGreaterThan(16 * 3 * 5);
    paces.end = "equal";
    await paces.run(INTERVAL_MS);
    paces.begun.length = 0;
    paces.down.add("c");
    await paces.run(INTERVAL_MS * 2);
    expect(paces.begun.filter(({ by, peer }) => by !== "c" && peer === "c")).toEqual([]);
    expect(paces.begun.length).toBeGreaterThan(20);
  });

  test("hurries when it is told to, also where the other node would begin", async () => {
    const paces = new Paces();
    await paces.run(INTERVAL_MS * 2);
    paces.begun.length = 0;
    paces.schedules.get("a")!.hurry("c");
    await paces.run(50 * 17);
    const hurried = paces.begun.filter(({ by, peer }) => by === "a" && peer === "c");
    expect(new Set(hurried.map(({ partition }) => String(partition))).size).toBe(16);
    await paces.run(INTERVAL_MS * 5);
    const later = paces.begun.filter(({ by, peer, at }) => {
      return by === "a" && peer === "c" && at > INTERVAL_MS * 2 + 2000;
    });
    expect(new Set(later.map(({ partition }) => String(partition))).size).toBeLessThan(16);
  });

  test("follows a new plan, and stops", async () => {
    const paces = new Paces(["a"]);
    await paces.run(INTERVAL_MS);
    paces.partitions = partitionsOf({ tokens: Uint32Array.of(5, 7) });
    paces.schedules.get("a")!.refresh();
    paces.begun.length = 0;
    await paces.run(INTERVAL_MS * 3);
    const names = new Set(paces.begun.map(({ partition }) => String(partition)));
    expect([...names].every((name) => name === "(7, 5]" || name === "(5, 7]")).toBe(true);
    expect(names.size).toBeGreaterThan(0);
    paces.schedules.get("a")!.stop();
    await paces.run(1000);
    paces.begun.length = 0;
    await paces.run(INTERVAL_MS * 3);
    expect(paces.begun).toEqual([]);
  });
});
