// The sequence of epochs over restarts, crashes and damage, on a disk that loses what was not
// synced.

import { describe, expect, it } from "vitest";
import { ActorEpochs } from "../../../cluster/versioning/actor-epochs.ts";
import type { EngineError } from "../../../engines/errors.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

const DIR = "/replica/epochs";
const FILE = `${DIR}/EPOCHS`;
const LEASE_EPOCHS = 65_536;

function open(
  files: FileSystem,
  options: { node?: string; seed?: number; nowWallMs?: number } = {},
) {
  return new ActorEpochs({
    files,
    dir: DIR,
    node: options.node ?? "a",
    random: new Random(options.seed ?? 1),
    nowWallMs: options.nowWallMs ?? 1000,
  });
}

function take(epochs: ActorEpochs, count: number): number[] {
  return Array.from({ length: count }, () => epochs.next());
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as EngineError).code;
  }
  return undefined;
}

describe("ActorEpochs", () => {
  it("hands out no epoch twice, whichever way the process ends", () => {
    const disk = new MemoryDisk();
    const random = new Random(7);
    const seen = new Set<number>();
    let count = 0;
    for (let life = 0; life < 60; life++) {
      const epochs = open(disk.mount(), { seed: life });
      expect(epochs.start).not.toBe("damaged");
      for (const epoch of take(epochs, random.nextBelow(5))) {
        expect(epochs.isCurrent(epoch)).toBe(true);
        seen.add(epoch);
        count++;
      }
      const end = random.nextBelow(4);
      if (end === 0) disk.kill();
      else if (end === 1) disk.losePower();
      else if (end === 2) disk.losePower(random);
      else {
        epochs.close({ dataIsDurable: random.nextBelow(2) === 0 });
        disk.losePower();
      }
    }
    expect(seen.size).toBe(count);
  });

  it("may continue its epochs after it was closed with durable data, and only then", () => {
    const disk = new MemoryDisk();
    const first = open(disk.mount());
    expect(first.start).toBe("new");
    const old = first.next();
    first.close({ dataIsDurable: true });
    disk.losePower();

    const second = open(disk.mount());
    expect(second.start).toBe("clean");
    expect(second.isCurrent(old)).toBe(true);
    expect(second.next()).toBe(old + 1);
    disk.kill();

    const third = open(disk.mount());
    expect(third.start).toBe("crashed");
    expect(third.isCurrent(old)).toBe(false);
    const newer = third.next();
    expect(newer).toBeGreaterThan(old + 1);
    third.close({ dataIsDurable: false });
    disk.kill();

    const fourth = open(disk.mount());
    expect(fourth.start).toBe("crashed");
    expect(fourth.isCurrent(newer)).toBe(false);
    expect(fourth.isCurrent(fourth.next() + 1)).toBe(false);
  });

  it("writes once for so many epochs, before the first of them", () => {
    const disk = new MemoryDisk();
    const epochs = open(disk.mount());
    const opened = disk.operations;
    const first = epochs.next();
    take(epochs, LEASE_EPOCHS - 1);
    expect(disk.operations).toBe(opened);
    const last = epochs.next();
    expect(disk.operations).toBeGreaterThan(opened);
    expect(last).toBe(first + LEASE_EPOCHS);
    disk.losePower();
    expect(open(disk.mount()).next()).toBeGreaterThan(last);
  });

  it("begins elsewhere when its file is lost, and when only the time tells two lives apart", () => {
    const disk = new MemoryDisk();
    const lives = [
      { seed: 1, nowWallMs: 1000 },
      { seed: 2, nowWallMs: 1000 },
      { seed: 1, nowWallMs: 1001 },
    ];
    const starts = lives.map((life) => {
      const epochs = open(disk.mount(), life);
      expect(epochs.start).toBe("new");
      const epoch = epochs.next();
      disk.wipe();
      return epoch;
    });
    for (const [i, a] of starts.entries()) {
      expect(Number.isSafeInteger(a)).toBe(true);
      for (const b of starts.slice(i + 1)) {
        expect(Math.abs(a - b)).toBeGreaterThanOrEqual(LEASE_EPOCHS);
      }
    }
  });

  it("takes a file with any byte changed, cut or of another node for lost", () => {
    const disk = new MemoryDisk();
    const epochs = open(disk.mount());
    const old = epochs.next();
    epochs.close({ dataIsDurable: true });
    disk.kill();
    const sound = disk.mount().readFileSync(FILE);
    disk.kill();
    const broken = [
      ...Array.from(sound, (byte, at) => sound.map((b, i) => (i === at ? byte ^ 0x10 : b))),
      ...Array.from(sound, (_, length) => sound.slice(0, length)),
      new Uint8Array([...sound, 0]),
    ];
    for (const bytes of broken) {
      const copy = new MemoryDisk(new Map([[FILE, bytes]]));
      const reopened = open(copy.mount(), { seed: 99 });
      expect(reopened.start).toBe("damaged");
      expect(reopened.isCurrent(old)).toBe(false);
    }
    const moved = new MemoryDisk(new Map([[FILE, sound]]));
    expect(open(moved.mount(), { node: "b", seed: 99 }).start).toBe("damaged");
    expect(open(new MemoryDisk(new Map([[FILE, sound]])).mount()).start).toBe("clean");
  });

  it("hands out nothing after a write that failed, whatever it was that failed", () => {
    const probe = new MemoryDisk();
    open(probe.mount());
    for (let at = 1; at <= probe.operations; at++) {
      const disk = new MemoryDisk();
      const epochs = open(disk.mount());
      const last = take(epochs, LEASE_EPOCHS).at(-1)!;
      disk.failAt(at);
      const code = codeOf(() => epochs.next());
      if (code === undefined) continue;
      expect(["ENGINE_IO", "ENGINE_READ_ONLY"]).toContain(code);
      expect(codeOf(() => epochs.next())).toBe(code);
      disk.losePower();
      expect(open(disk.mount()).next()).toBeGreaterThan(last);
    }
  });

  it("hands out nothing on a full disk, nor after it was closed", () => {
    const disk = new MemoryDisk();
    disk.capacityBytes = 10;
    expect(codeOf(() => open(disk.mount()))).toBe("ENGINE_NO_SPACE");
    const other = new MemoryDisk();
    const epochs = open(other.mount());
    take(epochs, LEASE_EPOCHS);
    epochs.close({ dataIsDurable: true });
    expect(codeOf(() => epochs.next())).toBe("ENGINE_CLOSED");
  });
});
