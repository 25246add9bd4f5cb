// One operation list, over the model and engines in step.
//
// Steps:
//  1. The model answers, then each engine; the first answer that is not the model's ends the run.
//  2. An operation that an engine does not have is left out for it alone, and counted.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Random } from "../../../engines/conformance/random.ts";
import type { EngineModule } from "../../../engines/engine.ts";
import { difference } from "./answer.ts";
import { EngineSubject } from "./engine-subject.ts";
import { ModelSubject } from "./model-subject.ts";
import type { Operation } from "./operation.ts";
import { describeVariant, drawVariants } from "./variant.ts";

/** An engine that did not answer as the model did. */
export interface Divergence {
  readonly module: EngineModule;
  /** Index of the operation in the list. */
  readonly index: number;
  /** What differs, or the error. */
  readonly what: string;
  /** Of the options at that operation. */
  readonly variant: string;
}

export interface Comparison {
  readonly divergence: Divergence | undefined;
  /** Operations that were left out, by engine. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** The seed decides under which options an engine is opened, whatever others there are. */
export async function compareEngines(
  modules: readonly EngineModule[],
  operations: readonly Operation[],
  seed: number,
): Promise<Comparison> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-differential-"));
  const subjects: EngineSubject[] = [];
  const leftOut = new Map<string, number>();
  try {
    for (const module of modules) {
      const variants = drawVariants(module, new Random(seed));
      subjects.push(new EngineSubject(module, path.join(root, module.name), variants));
    }
    const divergence = await findDivergence(subjects, operations, leftOut);
    return { divergence, leftOut };
  } finally {
    // After a divergence anything may be wrong with an engine, its closing too.
    for (const subject of subjects) await subject.close().catch(() => {});
    fs.rmSync(root, { recursive: true, force: true });
  }
}

async function findDivergence(
  subjects: readonly EngineSubject[],
  operations: readonly Operation[],
  leftOut: Map<string, number>,
): Promise<Divergence | undefined> {
  const model = new ModelSubject();
  for (const subject of subjects) {
    const problem = await attempt(() => subject.open());
    if (problem !== undefined) return diverged(subject, 0, problem);
  }
  for (const [index, operation] of operations.entries()) {
    const expected = model.apply(operation);
    for (const subject of subjects) {
      const problem = await attempt(async () => {
        const answer = await subject.apply(operation);
        if (answer !== undefined) return difference(expected, answer);
        const { name } = subject.module;
        leftOut.set(name, (leftOut.get(name) ?? 0) + 1);
        return undefined;
      });
      if (problem !== undefined) return diverged(subject, index, problem);
    }
  }
  for (const subject of subjects) {
    const problem = await attempt(() => subject.close());
    if (problem !== undefined) return diverged(subject, operations.length, problem);
  }
  return undefined;
}

/** What is wrong: what the call says, or what it throws. */
async function attempt(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const problem = await call();
    return typeof problem === "string" ? problem : undefined;
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function diverged({ module, variant }: EngineSubject, index: number, what: string): Divergence {
  return { module, index, what, variant: describeVariant(variant) };
}
