import { describe, expect, test } from "vitest";
import type { Fault } from "../../../cluster/simulation/fault.ts";
import { judgeProcesses } from "../../../cluster/simulation/judge-processes.ts";
import type { Boot } from "../../../cluster/simulation/machine.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";

const NODES = ["n1", "n2", "n3"];

function worldOf(boot: Boot, faults: readonly Fault[] = [], seed = 1): World {
  return new World({ random: new Random(seed), nodes: NODES, faults, boot });
}

describe("a simulated world", () => {
  test("a process that uses a real timer fails the run", async () => {
    const world = worldOf(() => ({
      async start() {
        setTimeout(() => {}, 10);
      },
    }));
    await expect(world.run(100, 100)).rejects.toThrow("setTimeout was called in a simulation");
  });

  test("a rejected promise that nobody waits for is an error of the run", async () => {
    const told = process.listenerCount("unhandledRejection");
    const world = worldOf(({ timers }) => ({
      async start() {
        timers.after(20, () => void Promise.reject(new Error("dropped")));
      },
    }));
    await world.run(100, 0);
    expect(judgeProcesses(world).violations.map(({ message }) => message.split("\n")[0])).toEqual(
      NODES.map(() => "somebody at 20 ms: Error: dropped"),
    );
    expect(world.errors[0]!.message).toContain("world.test.ts");
    expect(process.listenerCount("unhandledRejection")).toBe(told);
  });

  test("a process finds on its disk what a kill left, and nothing after a loss", async () => {
    const found: string[] = [];
    const boot: Boot = ({ files, nodeId, clock }) => ({
      async start() {
        files.makeDirSync("/d");
        const before = files.listSync("/d").length;
        found.push(`${nodeId} at ${Math.round(clock.nowMs())}: ${before}`);
        const file = files.openSync(`/d/${before}`, "create");
        file.writeSync(new Uint8Array(10), 0, 10, 0);
        await file.sync();
        files.syncDirSync("/d");
      },
    });
    const faults: Fault[] = [
      { kind: "kill", node: "n1", atMs: 100, forMs: 50 },
      { kind: "power-loss", node: "n2", atMs: 100, forMs: 60 },
      { kind: "disk-loss", node: "n3", atMs: 100, forMs: 70 },
    ];
    await worldOf(boot, faults).run(1000, 100);
    expect(found.slice(3)).toEqual(["n1 at 150: 1", "n2 at 160: 1", "n3 at 170: 0"]);
  });

  test("a loss of power or of a disk counts when something is gone", async () => {
    const writes: Readonly<Record<string, boolean>> = { n1: true, n2: false };
    const boot: Boot = ({ files, nodeId }) => ({
      async start() {
        const isSynced = writes[nodeId];
        if (isSynced === undefined || files.existsSync("/d")) return;
        files.makeDirSync("/d");
        files.syncDirSync("/");
        const file = files.openSync("/d/f", "create");
        file.writeSync(new Uint8Array(100_000).fill(1), 0, 100_000, 0);
        files.syncDirSync("/d");
        if (isSynced) file.syncSync();
      },
    });
    const count = async (kind: "power-loss" | "disk-loss", node: string) => {
      const world = worldOf(boot, [{ kind, node, atMs: 100, forMs: 50 }]);
      await world.run(1000, 100);
      return world.counts.byKind();
    };
    expect(await count("power-loss", "n1")).toEqual({ kill: 1 });
    expect(await count("power-loss", "n2")).toEqual({ "power-loss": 1 });
    expect(await count("disk-loss", "n1")).toEqual({ "disk-loss": 1 });
    expect(await count("disk-loss", "n3")).toEqual({ kill: 1 });
  });

  test("rare paths are rare again when the faults are over", async () => {
    const fired: number[] = [];
    const boot: Boot = ({ nodeId, probes, timers, clock }) => ({
      async start() {
        const again = (): void => {
          for (let site = 0; site < 10; site++) {
            if (probes.buggify(`${nodeId} ${site}`)) fired.push(clock.nowMs());
          }
          timers.after(10, again);
        };
        again();
      },
    });
    await worldOf(boot).run(500, 500);
    expect(fired.length).toBeGreaterThan(20);
    expect(Math.max(...fired)).toBeLessThanOrEqual(500);
  });

  test("nothing of a dead process happens: no timer, no datagram, no end of a sync", async () => {
    const seen: string[] = [];
    const boot: Boot = ({ files, network, nodeId, timers, clock }, watch) => ({
      async start() {
        const born = Math.round(clock.nowMs());
        const note = (what: string): void => {
          if (nodeId === "n1") seen.push(`${what} of ${born}`);
        };
        network.onDatagram((from) => note(`datagram from ${from}`));
        if (nodeId === "n2") timers.after(99, () => network.send("n1", new Uint8Array(1)));
        timers.after(101, () => note("timer"));
        timers.after(99.9, () => {
          files.makeDirSync("/d");
          const file = files.openSync("/d/f", "write");
          file.writeSync(new Uint8Array(1), 0, 1, 0);
          watch(file.sync().then(() => note("sync")));
        });
      },
    });
    const faults: Fault[] = [{ kind: "kill", node: "n1", atMs: 100, forMs: 500 }];
    await worldOf(boot, faults).run(650, 10);
    expect(seen).toEqual(["datagram from n2 of 0"]);
  });

  test("a clock that jumps is wrong on the wall, and runs on otherwise", async () => {
    const wall: number[] = [];
    const now: number[] = [];
    const boot: Boot = ({ clock, nodeId, timers }) => ({
      async start() {
        if (nodeId !== "n1") return;
        for (const atMs of [100, 300]) {
          timers.after(atMs, () => {
            wall.push(clock.wallMs());
            now.push(clock.nowMs());
          });
        }
      },
    });
    const faults: Fault[] = [{ kind: "clock-jump", node: "n1", atMs: 200, byMs: -5000 }];
    const world = worldOf(boot, faults);
    await world.run(400, 0);
    expect(now[1]! - now[0]!).toBe(200);
    expect(wall[1]! - wall[0]!).toBeCloseTo(200 - 5000, 0);
    expect(world.counts.byKind()).toEqual({ "clock-jump": 1 });
  });

  test("an error that nothing excuses is told, with its node and time", async () => {
    const boot: Boot = ({ nodeId, timers }) => ({
      async start() {
        if (nodeId === "n2") {
          timers.after(30, () => {
            throw new Error("a mistake");
          });
        }
      },
    });
    const world = worldOf(boot);
    await world.run(100, 0);
    expect(world.errors).toMatchObject([{ node: "n2", atMs: 30 }]);
    expect(world.errors[0]!.message).toContain("a mistake");
  });

  test("a process that its disk has stopped says nothing more, and is started again", async () => {
    const heard: number[] = [];
    const starts: number[] = [];
    const boot: Boot = ({ files, network, nodeId, timers, clock }) => ({
      async start() {
        if (nodeId === "n2") network.onDatagram((_from, [count]) => heard.push(count!));
        if (nodeId !== "n1") return;
        starts.push(clock.nowMs());
        files.makeDirSync("/d");
        if (starts.length > 1) return;
        const file = files.openSync("/d/f", "create");
        timers.after(200, () => {
          network.send("n2", new Uint8Array([1]));
          try {
            file.writeSync(new Uint8Array(100), 0, 100, 0);
          } catch {
            // As a product that thinks it can go on.
          }
          network.send("n2", new Uint8Array([2]));
        });
      },
    });
    const fault = { atMs: 150, forMs: 100, changes: 1, writtenPercent: 50 } as const;
    const faults: Fault[] = [{ kind: "kill-in-write", node: "n1", ...fault }];
    const world = worldOf(boot, faults);
    await world.run(1000, 100);
    expect(heard).toEqual([1]);
    expect(starts).toEqual([0, 250]);
    expect(world.counts.byKind()).toEqual({ "kill-in-write": 1 });
    expect(world.machines.get("n1")!.disk.files().get("/d/f")!.length).toBe(50);
  });
});
