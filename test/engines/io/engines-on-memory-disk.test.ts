// Goal: every engine of our own keeps its promises on a MemoryDisk: after a kill, what was
// acknowledged at `os` and above; after a loss of power, at `group` and `sync`; and always a
// prefix of the writes. Method: random writes over several lives of a process on one disk, cut
// off anywhere; then the same with disks and engines that lie, which must be noticed.

import { describe, expect, it } from "vitest";
import type { Durability } from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { replaced } from "../support/replaced.ts";
import { bytes, contents, OWN_ENGINES, open, smallFiles } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import { type LivesOptions, StoreLives, type Tally } from "./store-lives.ts";

const SEEDS = process.env.RINGBENCH_NIGHTLY === "1" ? 2000 : 15;
const SEEDS_TO_CATCH = 30;
const LIVES = 8;
/** Syncs do not end. */
const NEVER = () => {};
const TEST_MS_MAX = 1_800_000;

type Sabotage = NonNullable<LivesOptions["sabotage"]>;

const lyingDisk: Sabotage = (fileSystem, disk) => {
  disk.syncMode = "lying";
  return fileSystem;
};

const withoutFolderSyncs: Sabotage = (fileSystem) => replaced(fileSystem, { syncDirSync: NEVER });

const withoutSyncs: Sabotage = (fileSystem) =>
  replaced(fileSystem, {
    openSync: (...args: Parameters<FileSystem["openSync"]>) => {
      return replaced(fileSystem.openSync(...args), { sync: async () => {}, syncSync: NEVER });
    },
  });

async function runLives(
  options: Omit<LivesOptions, "random" | "what">,
  seed: number,
): Promise<Tally> {
  const { module, durability } = options;
  const what = `${module.name} at ${durability}, seed ${seed}`;
  const lives = new StoreLives({ ...options, random: new Random(seed), what });
  for (let life = 0; life < LIVES; life++) await lives.live();
  return lives.tally;
}

describe.each(OWN_ENGINES)("$name on a disk in memory", (module) => {
  it.each<Durability>(["memory", "os", "group", "sync"])(
    "at %s keeps what it promised over many deaths",
    { timeout: TEST_MS_MAX },
    async (durability) => {
      const total: Tally = { lives: 0, crashes: 0, losses: 0, refusals: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        const tally = await runLives({ module, durability }, seed);
        for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
      }
      expect(total.crashes, "lives that ended in an operation").toBeGreaterThan(total.lives / 10);
      expect(total.losses, "ends that took something").toBeGreaterThan(total.lives / 20);
    },
  );

  it.each<[Durability, Durability]>([
    ["memory", "memory"],
    ["os", "os"],
    ["os", "group"],
    ["group", "os"],
    ["group", "group"],
    ["sync", "sync"],
  ])(
    "what a process wrote at %s before it was killed, a flush of the next at %s makes safe",
    async (durability, next) => {
      for (const count of [1, 20, 40, 60, 80]) {
        const disk = new MemoryDisk();
        const settings = smallFiles(module);
        const first = { durability, settings, fileSystem: disk.mount({ settle: NEVER }) };
        const engine = await open(module, STORE_DIR, first);
        for (let i = 0; i < count; i++) engine.put(bytes(`key${i}`), bytes("v".repeat(2000)));
        // At `group` the writes reach the kernel at the end of the tick, the device never.
        for (let turn = 0; turn < 100; turn++) await undefined;
        disk.kill();
        const second = { durability: next, settings, fileSystem: disk.mount() };
        const reopened = await open(module, STORE_DIR, second);
        const found = await contents(reopened);
        await reopened.flush();
        disk.losePower();
        const third = { durability: next, settings, fileSystem: disk.mount() };
        const left = await open(module, STORE_DIR, third);
        expect(await contents(left), `${count} writes`).toEqual(found);
        if (durability === "os" || durability === "sync") expect(found.size).toBe(count);
      }
    },
  );

  it.each<[string, Sabotage]>([
    ["a disk that lies", lyingDisk],
    ["syncs of files that are left out", withoutSyncs],
    ["syncs of folders that are left out", withoutFolderSyncs],
  ])("is caught with %s", async (_, sabotage) => {
    const caught: string[] = [];
    for (let seed = 1; caught.length === 0 && seed <= SEEDS_TO_CATCH; seed++) {
      await runLives({ module, durability: "group", sabotage }, seed).catch((error: unknown) => {
        caught.push(String(error));
      });
    }
    expect(caught.join()).toMatch(/what was promised is gone|not a state|ENGINE_|EngineError/);
  });
});
