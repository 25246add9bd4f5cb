// A long seeded run beside the model, after the idea of LevelDB's DBTest.Randomized: 45 % puts,
// 45 % deletes, 10 % batches; scans and snapshots are compared, and the store is reopened.

import { WriteBatch } from "../batch.ts";
import type { Engine, Snapshot } from "../engine.ts";
import type { ConformanceCase } from "./case.ts";
import { type CaseContext, collect, expectRecords, expectState } from "./context.ts";
import { expectBytes, show } from "./expect.ts";
import { Model } from "./model.ts";
import type { Random } from "./random.ts";

const STEPS = 10_000;
const COMPARE_EVERY = 250;
const REOPEN_EVERY = 500;

/** Short keys of a small alphabet, so that deletes and overwrites meet what is there. */
function randomKey(context: CaseContext): Uint8Array {
  const { random, supports } = context;
  const longest = random.below(20) === 0 ? 60 : 3;
  const length = Math.max(supports.minKeyBytes, random.below(longest + 1));
  const key = new Uint8Array(length);
  for (let i = 0; i < length; i++) key[i] = random.pick([0, 1, 0x61, 0x62, 0x7f, 0x80, 0xff]);
  return key;
}

function randomValue(random: Random): Uint8Array {
  return random.bytes(random.below(50) === 0 ? random.below(20_000) : random.below(80));
}

async function step(context: CaseContext, engine: Engine, model: Model): Promise<void> {
  const { random } = context;
  const dice = random.below(100);
  if (dice < 45) {
    const key = randomKey(context);
    const value = randomValue(random);
    await engine.put(key, value);
    model.put(key, value);
  } else if (dice < 90) {
    const key = randomKey(context);
    await engine.delete(key);
    model.delete(key);
  } else {
    const batch = new WriteBatch();
    for (let i = random.below(8); i > 0; i--) {
      const key = random.below(4) === 0 ? new Uint8Array([0x61]) : randomKey(context);
      if (random.below(2) === 0) {
        const value = randomValue(random);
        batch.put(key, value);
        model.put(key, value);
      } else {
        batch.delete(key);
        model.delete(key);
      }
    }
    await engine.batch(batch);
  }
}

async function compare(
  context: CaseContext,
  engine: Engine,
  model: Model,
  at: string,
  snapshot?: Snapshot,
): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const key = randomKey(context);
    expectBytes(await engine.get(key, snapshot), model.get(key), `${at}: get ${show(key)}`);
  }
  if (!context.supports.scan) return;
  const asOf = snapshot === undefined ? {} : { snapshot };
  for (const reverse of [false, true]) {
    const whole = { reverse, ...asOf };
    expectRecords(await collect(engine, whole), model.scan(whole), () => `${at}: full scan`);
    const part = { reverse, gte: randomKey(context), limit: 10, ...asOf };
    expectRecords(await collect(engine, part), model.scan(part), () => `${at}: part scan`);
  }
}

async function randomizedRun(context: CaseContext, writeGrouping: "one" | "tick"): Promise<void> {
  const dir = context.newDir();
  let engine = await context.open(dir, { writeGrouping });
  const model = new Model();
  let snapshot: Snapshot | undefined;
  let snapshotModel = model.copy();
  for (let i = 1; i <= STEPS; i++) {
    await step(context, engine, model);
    if (i % COMPARE_EVERY !== 0) continue;
    const at = `seed ${context.seed}, step ${i}`;
    await compare(context, engine, model, at);
    if (snapshot !== undefined) {
      await compare(context, engine, snapshotModel, `${at}, snapshot`, snapshot);
      snapshot.close();
      snapshot = undefined;
    }
    if (i % REOPEN_EVERY === 0) {
      await engine.close();
      engine = await context.open(dir, { writeGrouping });
      await expectState(engine, model, `${at}, reopened`);
    }
    if (context.supports.snapshot) {
      snapshot = engine.snapshot();
      snapshotModel = model.copy();
    }
  }
  snapshot?.close();
}

export const randomizedCases: readonly ConformanceCase[] = [
  {
    name: "randomized: 10,000 seeded steps beside the model, reopened every 500, one at a time",
    rule: "model",
    needs: ["persistent"],
    run: (context) => randomizedRun(context, "one"),
  },
  {
    name: "randomized: 10,000 seeded steps beside the model, reopened every 500, in ticks",
    rule: "model",
    needs: ["persistent"],
    run: (context) => randomizedRun(context, "tick"),
  },
];
