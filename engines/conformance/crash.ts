// kill -9 while writing, then reopen, at each durability level: what survives is a prefix of the
// writes, with every acknowledged one in it (R6).

import { DURABILITIES, type Durability, type Engine } from "../engine.ts";
import type { ConformanceCase } from "./case.ts";
import { type CaseContext, collect, expectState } from "./context.ts";
import { lastByProbing, operationOf, stateAfter } from "./crash-plan.ts";
import { expect } from "./expect.ts";
import { startChild } from "./process.ts";

const ROUNDS = 3;
const CLIENTS = 16;
/** How far beyond the last acknowledged operation the child may have come. */
const AHEAD_MAX = 20_000;

/** Starts a writer, waits for a number of acknowledgements, kills. Returns the last one, or -1. */
async function writeAndKill(
  context: CaseContext,
  dir: string,
  durability: Durability,
  writeGrouping: "one" | "tick",
  first: number,
): Promise<number> {
  const acknowledgements = 1 + context.random.below(400);
  const child = startChild(context, {
    task: "write",
    dir,
    overrides: { durability, writeGrouping },
    first,
    clients: writeGrouping === "tick" ? CLIENTS : 1,
  });
  const opened = await child.nextLine();
  expect(opened === "open", () => `the writer could not open: ${opened}`);
  for (let i = 0; i < acknowledgements; i++) await child.nextLine();
  await child.kill();
  let last = -1;
  for (const line of child.lines) if (line !== "open") last = Math.max(last, Number(line));
  return last;
}

async function lastOperation(engine: Engine, acknowledged: number): Promise<number> {
  if (!engine.supports.scan) return await lastByProbing(engine, acknowledged + AHEAD_MAX);
  let last = -1;
  for (const { key } of await collect(engine, { keysOnly: true })) {
    last = Math.max(last, operationOf(key));
  }
  return last;
}

async function killAndReopen(
  context: CaseContext,
  durability: Durability,
  writeGrouping: "one" | "tick",
): Promise<void> {
  const dir = context.newDir();
  let first = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await writeAndKill(context, dir, durability, writeGrouping, first);
    const at = `seed ${context.seed}, round ${round}, killed after ${acknowledged}`;
    let engine = await context.open(dir, { durability, writeGrouping });
    const last = await lastOperation(engine, acknowledged);
    expect(
      durability === "memory" || last >= acknowledged,
      () => `${at}: operation ${acknowledged} was acknowledged, but only ${last} came back`,
    );
    const state = stateAfter(last, context.supports.atomicBatch);
    await expectState(engine, state, `${at}: not the first ${last + 1} operations`);
    await engine.close();
    engine = await context.open(dir, { durability, writeGrouping });
    await expectState(engine, state, `${at}: reopened once more`);
    await engine.close();
    first = last + 1;
  }
}

function crashCase(durability: Durability, writeGrouping: "one" | "tick"): ConformanceCase {
  const clients = writeGrouping === "one" ? "one client" : `${CLIENTS} clients in ticks`;
  return {
    name: `crash: kill -9 at ${durability} keeps a prefix with all acknowledged, ${clients}`,
    needs: ["persistent", "processes"],
    durability,
    run: (context) => killAndReopen(context, durability, writeGrouping),
  };
}

export const crashCases: readonly ConformanceCase[] = DURABILITIES.flatMap((durability) => [
  crashCase(durability, "one"),
  crashCase(durability, "tick"),
]);
