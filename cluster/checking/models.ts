// What each model makes of an operation, and which operations it has.

import { HistoryError } from "./history-error.ts";
import { Machine, type MachineStep, Step } from "./machine.ts";
import { describeValue, type Operation } from "./operation.ts";
import type { OperationName, RecordedValue, Scalar } from "./recorded-event.ts";

export const MODEL_NAMES = ["register", "cas-register", "kv-append", "mutex"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

interface Model {
  readonly operations: readonly OperationName[];
  readonly initial: Scalar;
  /** A value must be a text, as one appends to it; nothing is the empty one. */
  readonly isText: boolean;
}

const MODELS: Readonly<Record<ModelName, Model>> = {
  register: { operations: ["read", "write"], initial: null, isText: false },
  "cas-register": { operations: ["read", "write", "cas"], initial: null, isText: false },
  "kv-append": { operations: ["read", "write", "append"], initial: "", isText: true },
  mutex: { operations: ["acquire", "release"], initial: "free", isText: false },
};

/**
 * The machine for the operations of one key. Throws HISTORY_MODEL for an operation that the model
 * does not have, HISTORY_VALUE for a value that is missing or of the wrong kind.
 */
export function machineOf(name: ModelName, operations: readonly Operation[]): Machine {
  const model = MODELS[name];
  const steps: MachineStep[] = [];
  for (const operation of operations) {
    refuseForeign(name, operation);
    const step = stepOf(model, operation);
    // What never happened restricts nothing, nor does a read whose answer nobody saw.
    if (operation.outcome === "fail") continue;
    if (operation.outcome === "unknown" && operation.f === "read") continue;
    steps.push(step);
  }
  return new Machine(model.initial, steps);
}

function refuseForeign(name: ModelName, { f, line }: Operation): void {
  const { operations } = MODELS[name];
  if (operations.includes(f)) return;
  const fitting = MODEL_NAMES.filter((model) => MODELS[model].operations.includes(f));
  throw new HistoryError(
    "HISTORY_MODEL",
    line,
    `${f} is no operation of a ${name}, which has ${operations.join(", ")}: ` +
      `choose another --model (${fitting.join(", ")})`,
  );
}

function stepOf(model: Model, operation: Operation): MachineStep {
  const { f, outcome, line } = operation;
  const optional = outcome === "unknown";
  const one = (step: Step, from: Scalar, to: Scalar) => ({ operation, step, from, to, optional });
  switch (f) {
    case "read": {
      if (outcome !== "ok") return one(Step.read, null, null);
      const value = scalarOf(model, operation, operation.result, operation.endLine ?? line);
      return one(Step.read, value, value);
    }
    case "write":
      return one(Step.write, null, scalarOf(model, operation, operation.value, line));
    case "append":
      return one(Step.append, null, scalarOf(model, operation, operation.value, line));
    case "cas": {
      const [from, to] = pairOf(operation);
      return one(outcome === "mismatch" ? Step.mismatch : Step.cas, from, to);
    }
    case "acquire":
      return one(Step.cas, "free", "held");
    case "release":
      return one(Step.cas, "held", "free");
  }
}

function scalarOf(model: Model, { f }: Operation, value: RecordedValue, line: number): Scalar {
  if (value === undefined) {
    throw new HistoryError("HISTORY_VALUE", line, `the value of this ${f} is missing: add it`);
  }
  if (Array.isArray(value)) {
    throw new HistoryError(
      "HISTORY_VALUE",
      line,
      `a ${f} has one value, not the pair ${describeValue(value)}: correct it, or take ` +
        "--independent if it is [key value]",
    );
  }
  const scalar = value as Scalar;
  if (!model.isText || typeof scalar === "string") return scalar;
  if (scalar === null && f === "read") return "";
  throw new HistoryError(
    "HISTORY_VALUE",
    line,
    `the value of this ${f} must be a text, not ${describeValue(scalar)}: correct it`,
  );
}

function pairOf({ value, line }: Operation): readonly [Scalar, Scalar] {
  if (Array.isArray(value)) return value as unknown as readonly [Scalar, Scalar];
  throw new HistoryError(
    "HISTORY_VALUE",
    line,
    `a cas needs a pair, what is expected and what is written: ${
      value === undefined ? "add it" : `correct ${describeValue(value)}`
    }`,
  );
}
