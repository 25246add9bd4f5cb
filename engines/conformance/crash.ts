// kill -9 while writing, then reopen, at each durability level: what survives is a prefix of the
// writes, with every acknowledged one in it (R6).

import { DURABILITIES, type Durability } from "../engine.ts";
import type { ConformanceCase } from "./case.ts";
import type { CaseContext } from "./context.ts";
import { expectPrefix } from "./crash-plan.ts";
import { expect } from "./expect.ts";
import { startChild } from "./process.ts";

const ROUNDS = 3;
const CLIENTS = 16;

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

async function killAndReopen(
  context: CaseContext,
  durability: Durability,
  writeGrouping: "one" | "tick",
): Promise<void> {
  const dir = context.newDir();
  let first = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await writeAndKill(context, dir, durability, writeGrouping, first);
    const last = await expectPrefix(context, {
      dir,
      overrides: { durability, writeGrouping },
      acknowledged,
      promisesNothing: durability === "memory",
      at: `seed ${context.seed}, round ${round}, killed after ${acknowledged}`,
    });
    first = last + 1;
  }
}

function crashCase(durability: Durability, writeGrouping: "one" | "tick"): ConformanceCase {
  const clients = writeGrouping === "one" ? "one client" : `${CLIENTS} clients in ticks`;
  return {
    name: `crash: kill -9 at ${durability} keeps a prefix with all acknowledged, ${clients}`,
    rule: "R6",
    needs: ["persistent", "processes"],
    durability,
    run: (context) => killAndReopen(context, durability, writeGrouping),
  };
}

export const crashCases: readonly ConformanceCase[] = DURABILITIES.flatMap((durability) => [
  crashCase(durability, "one"),
  crashCase(durability, "tick"),
]);
