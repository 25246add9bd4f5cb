import { describe, expect, test } from "vitest";
import { ClusterError } from "../../../cluster/errors.ts";
import { Follower } from "../../../cluster/ownership/follower.ts";
import { beginChange, foundingOwnership } from "../../../cluster/ownership/ownership.ts";
import { decodePlanMessage, encodePlanMessage } from "../../../cluster/ownership/plan-messages.ts";
import { EngineError } from "../../../engines/errors.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { racksOf, ringOf } from "../ring/clusters.ts";

const ring = ringOf(racksOf([1, 1]), ["a0-0", "a1-0"]);
const founding = foundingOwnership("test", ring, ["a0-0"]);
const newer = beginChange(founding, { ring, voters: ["a1-0"], gone: [] });

class Bench {
  readonly adopted: number[] = [];
  readonly sent: { to: string; message: ReturnType<typeof decodePlanMessage> }[] = [];
  readonly foreign: string[] = [];
  readonly disk: MemoryDisk;
  #timer: (() => void) | undefined;
  readonly follower: Follower;

  constructor(disk = new MemoryDisk(), seeds: readonly string[] = [], cluster = "test") {
    this.disk = disk;
    this.follower = new Follower({
      runtime: {
        nodeId: "a0-0",
        clock: { nowMs: () => 0, wallMs: () => 0 },
        timers: {
          after: (_delayMs, callback) => {
            this.#timer = callback;
            return () => {};
          },
        },
        random: new Random(1),
        files: disk.mount(),
        network: { send: () => {}, onDatagram: () => {} },
        probes: { buggify: () => false, mark: () => {}, isPlanted: () => false },
      },
      ...{ cluster, dir: "/plan", seeds },
      send: (to, payload) => this.sent.push({ to, message: decodePlanMessage(payload) }),
      adopt: ({ epoch }) => this.adopted.push(epoch),
      isReady: () => true,
      onPolled: () => {},
      onForeign: (node, cluster) => this.foreign.push(`${node} of ${cluster}`),
    });
  }

  tick(): void {
    this.#timer!();
  }
}

describe("a follower", () => {
  test("starts with the founding value, and with what it learned after that", () => {
    const bench = new Bench();
    bench.follower.start(founding);
    expect(bench.follower.learn(newer)).toBe(true);
    expect(bench.follower.learn(founding)).toBe(false);
    bench.disk.kill();
    const again = new Bench(bench.disk);
    again.follower.start(founding);
    expect(again.adopted).toEqual([2]);
    expect(again.follower.current).toEqual(newer);
  });

  test("without either asks its seeds", () => {
    const bench = new Bench(new MemoryDisk(), ["a0-0", "a1-0"]);
    bench.follower.start(undefined);
    bench.tick();
    expect(bench.sent).toEqual([
      { to: "a1-0", message: { kind: "ask", cluster: "test", epoch: 0 } },
    ]);
  });

  test("asks who has a newer epoch, once, and tells who has an older one", () => {
    const bench = new Bench();
    bench.follower.start(founding);
    bench.follower.heardOf("a1-0", 5);
    bench.follower.heardOf("a1-0", 5);
    expect(bench.sent).toHaveLength(1);
    bench.tick();
    expect(bench.sent).toHaveLength(2);
    bench.follower.receive("x", encodePlanMessage({ kind: "ask", cluster: "test", epoch: 0 }));
    expect(bench.sent[2]).toMatchObject({ to: "x", message: { kind: "tell" } });
  });

  test("I3: takes nothing of another cluster, and says whom was asked", () => {
    const bench = new Bench();
    bench.follower.start(founding);
    const foreign = { ...newer, cluster: "other" };
    bench.follower.receive("x", encodePlanMessage({ kind: "poll", cluster: "other", epoch: 1 }));
    expect(bench.sent.at(-1)).toEqual({ to: "x", message: { kind: "foreign", cluster: "test" } });
    expect(bench.foreign).toEqual(["x of other"]);
    expect(() => bench.follower.learn(foreign)).toThrow("I3");
  });

  test("refuses the folder of another cluster, and a damaged file", () => {
    const disk = new MemoryDisk();
    const bench = new Bench(disk);
    bench.follower.start(founding);
    const text = Buffer.from(disk.files().get("/plan/OWNERSHIP")!).toString();
    expect(text).toMatch(/^[0-9a-f]{8} \{/);
    for (const damaged of [text.slice(0, -1), `0${text.slice(1)}x`, text.replace("test", "tent")]) {
      const other = new Bench(new MemoryDisk(new Map([["/plan/OWNERSHIP", Buffer.from(damaged)]])));
      expect(() => other.follower.start(founding)).toThrow(EngineError);
    }
    disk.kill();
    expect(() => new Bench(disk, [], "other").follower.start(founding)).toThrow("belongs to");
  });

  test("takes no message that is none", () => {
    const bench = new Bench();
    bench.follower.start(founding);
    const whole = encodePlanMessage({ kind: "tell", cluster: "test", text: "{}" });
    for (const bytes of [whole, whole.subarray(0, 3), new Uint8Array([9]), new Uint8Array()]) {
      expect(() => bench.follower.receive("x", bytes)).toThrow(ClusterError);
    }
    expect(bench.follower.current).toBe(founding);
  });
});
