// A divergence told to a person: the seed, where it was seen, and the shortest list that shows it.

import { Random } from "../../../engines/conformance/random.ts";
import { compareEngines, type Divergence } from "./comparison.ts";
import { describeOperation, type Operation, type Write } from "./operation.ts";
import { shrink } from "./shrink.ts";
import { describeVariant, drawVariants } from "./variant.ts";

const SHRINK_RUNS_MAX = 250;
const SHRINK_WRITES_RUNS_MAX = 40;

/** Two failures of one kind: wrong answers, or errors alike but for paths and figures. */
function kindOf({ what }: Divergence): string {
  if (!what.startsWith("threw ")) return "answer";
  return what.split("\n")[0]!.replaceAll(/\/\S+|\d+/g, "");
}

/** The list, and its batches, made short by running it over the engine that failed alone. */
async function shrinkDivergence(
  divergence: Divergence,
  operations: readonly Operation[],
  seed: number,
): Promise<readonly Operation[]> {
  const kind = kindOf(divergence);
  const fails = async (list: readonly Operation[]): Promise<number | undefined> => {
    const found = (await compareEngines([divergence.module], list, seed)).divergence;
    return found !== undefined && kindOf(found) === kind ? found.index : undefined;
  };
  let short = await shrink(operations, fails, SHRINK_RUNS_MAX);
  for (const [i, operation] of short.entries()) {
    if (operation.kind !== "write" || operation.writes.length < 2) continue;
    const withWrites = (writes: readonly Write[]) => short.with(i, { ...operation, writes });
    const writes = await shrink(
      operation.writes,
      async (some) => ((await fails(withWrites(some))) === undefined ? undefined : some.length),
      SHRINK_WRITES_RUNS_MAX,
    );
    short = withWrites(writes);
  }
  return short;
}

export async function explainDivergence(
  divergence: Divergence,
  operations: readonly Operation[],
  seed: number,
): Promise<string> {
  const { module, index, what, variant } = divergence;
  const short = await shrinkDivergence(divergence, operations, seed);
  const again = await compareEngines([module], short, seed);
  return [
    `${module.name} is not as the model: seed ${seed}, operation ${index} of ${operations.length}`,
    what,
    `opened with ${variant}`,
    "A reopening goes on with the variant of its number, counted round:",
    ...drawVariants(module, new Random(seed)).map(
      (one, i) => `  variant ${i}: ${describeVariant(one)}`,
    ),
    again.divergence === undefined
      ? "It did not fail again with this engine alone."
      : `The shortest list found, which fails so: ${again.divergence.what}`,
    ...short.map((operation, i) => `  ${i}: ${describeOperation(operation)}`),
  ].join("\n");
}
