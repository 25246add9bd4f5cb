// The claims that no kill of a process can test, on a disk of our own (crash-disk.ts): what a loss
// of power leaves at `group` and `sync`, and a batch that is cut at each of its writes.
//
// An engine that keeps its files elsewhere than in `options.fileSystem` cannot be judged so: then
// the cases say that they cannot tell.

import { WriteBatch } from "../batch.ts";
import type { Durability, Engine } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { type CaseContext, expectState } from "./context.ts";
import { CrashDisk } from "./crash-disk.ts";
import { applyToEngine, expectPrefix } from "./crash-plan.ts";
import { CannotTell, expect, expectBytes } from "./expect.ts";
import { Model } from "./model.ts";

const ROUNDS = 3;
const CLIENTS = 8;
/** Writes of one turn that must each have a sync at `sync`. */
const TURN_WRITES = 8;
/** More changing operations than any engine needs for the batch. */
const BATCH_OPERATIONS_MAX = 64;

function judgeable(disk: CrashDisk, dir: string): void {
  const unseen = disk.unseenFile(dir);
  if (unseen === undefined) return;
  throw new CannotTell(
    `cannot tell: the engine writes ${unseen.slice(dir.length + 1)} without options.fileSystem`,
  );
}

/** The numbers of operations that are acknowledged, up to the `enough`-th of them. */
async function writeUntil(engine: Engine, clients: number, enough: number): Promise<number> {
  let next = 0;
  let acknowledged = -1;
  let count = 0;
  const client = async (): Promise<void> => {
    while (count < enough) {
      const n = next++;
      await applyToEngine(engine, n);
      if (count++ < enough) acknowledged = Math.max(acknowledged, n);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return acknowledged;
}

async function losePower(
  context: CaseContext,
  durability: Durability,
  writeGrouping: "one" | "tick",
): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    const dir = context.newDir();
    const disk = new CrashDisk(context.fileSystem);
    const engine = await context.open(dir, { durability, writeGrouping, fileSystem: disk });
    const enough = 20 + context.random.below(150);
    const clients = writeGrouping === "one" ? 1 : CLIENTS;
    const acknowledged = await writeUntil(engine, clients, enough);
    const left = context.newDir();
    disk.copySurvivors(dir, left);
    const lost = disk.describeUnsynced(dir);
    judgeable(disk, dir);
    await engine.close();
    await expectPrefix(context, {
      dir: left,
      overrides: { durability, writeGrouping },
      acknowledged,
      promisesNothing: false,
      at:
        `seed ${context.seed}, round ${round}, power lost after ${acknowledged}` +
        (lost === "" ? "" : ` (${lost})`),
    });
  }
}

function powerCase(durability: Durability, writeGrouping: "one" | "tick"): ConformanceCase {
  const clients = writeGrouping === "one" ? "one client" : `${CLIENTS} clients in ticks`;
  return {
    name: `power: a loss at ${durability} keeps a prefix with all acknowledged, ${clients}`,
    rule: "R6",
    needs: ["persistent"],
    durability,
    run: (context) => losePower(context, durability, writeGrouping),
  };
}

async function syncsOfOneTurn(context: CaseContext): Promise<void> {
  const dir = context.newDir();
  const disk = new CrashDisk(context.fileSystem);
  const engine = await context.open(dir, { durability: "sync", fileSystem: disk });
  await engine.put(text("first"), text("v"));
  judgeable(disk, dir);
  const before = disk.syncs;
  const done = [];
  for (let i = 0; i < TURN_WRITES; i++) done.push(engine.put(text(`k${i}`), pattern(i, 50)));
  await Promise.all(done);
  const syncs = disk.syncs - before;
  expect(
    syncs >= TURN_WRITES,
    () => `${TURN_WRITES} writes at sync, asked for in one turn, had ${syncs} syncs`,
  );
}

function cutBatch(model: Model): WriteBatch {
  const batch = new WriteBatch();
  for (let i = 0; i < 6; i++) {
    if (i % 3 === 1) {
      batch.delete(text(`k${i}`));
      model.delete(text(`k${i}`));
    } else {
      const value = pattern(100 + i, i === 3 ? 9000 : 60);
      batch.put(text(`k${i}`), value);
      model.put(text(`k${i}`), value);
    }
  }
  return batch;
}

/** Dies at changing operation `operation` of the batch; false when the batch needs fewer. */
async function dieInBatch(
  context: CaseContext,
  operation: number,
  partial: number,
): Promise<boolean> {
  const dir = context.newDir();
  const disk = new CrashDisk(context.fileSystem);
  context.onFinish(() => disk.bury());
  const engine = await context.module.open(context.engineOptions(dir, { fileSystem: disk }));
  const before = new Model();
  for (let i = 0; i < 5; i++) {
    await engine.put(text(`k${i}`), pattern(i, 40));
    before.put(text(`k${i}`), pattern(i, 40));
  }
  judgeable(disk, dir);
  const after = before.copy();
  disk.dieAt(disk.operations + operation, partial);
  let acknowledged = true;
  try {
    await engine.batch(cutBatch(after));
  } catch {
    acknowledged = false;
  }
  const reached = disk.isDead;
  disk.bury();
  try {
    await engine.close();
  } catch {
    // The process is gone: nobody would hear it.
  }
  const again = await context.open(dir);
  const at = `killed at operation ${operation} on files, ${partial * 100} % of it done`;
  // One key of the batch tells which of the two states it must be.
  const applied = acknowledged || (await again.get(text("k1"))) === undefined;
  await expectExactly(again, applied ? after : before, `${at}: not all or nothing`);
  return reached;
}

async function expectExactly(engine: Engine, model: Model, what: string): Promise<void> {
  for (let i = 0; i < 6; i++) {
    const key = text(`k${i}`);
    expectBytes(await engine.get(key), model.get(key), `${what}: get k${i}`);
  }
  await expectState(engine, model, what);
}

async function cutAtEveryWrite(context: CaseContext): Promise<void> {
  for (const partial of [0, 0.5]) {
    for (let operation = 1; operation <= BATCH_OPERATIONS_MAX; operation++) {
      if (!(await dieInBatch(context, operation, partial))) break;
    }
  }
}

const LEVELS = ["group", "sync"] as const;

export const durabilityCases: readonly ConformanceCase[] = [
  {
    name: "power: a batch that is cut at any of its writes is there as a whole or not at all",
    rule: "batch",
    needs: ["persistent", "atomicBatch"],
    run: cutAtEveryWrite,
  },
  ...LEVELS.flatMap((level) => [powerCase(level, "one"), powerCase(level, "tick")]),
  {
    name: "power: at sync each write has an fdatasync of its own",
    rule: "R6",
    needs: ["persistent"],
    durability: "sync",
    run: syncsOfOneTurn,
  },
];
