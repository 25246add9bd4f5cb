// A sequential object as the search runs it: states are small integers, operations are numbers.
//
// A register holds one value. A mutex is a register too, in which acquire is a cas from free to
// held and release one back; a register that is appended to computes its next value. Values are
// interned, so that a step is a comparison of integers, and only a new appended text costs more.
//
// What the search must linearize comes first (operations 0 to required - 1, by invocation), then
// what it may leave out (those of unknown outcome, by invocation).

import type { Operation } from "./operation.ts";
import type { Scalar } from "./recorded-event.ts";

/** What an operation does to the value: */
export const Step = {
  /** legal when the value is `from`, and changes nothing; */
  read: 0,
  /** sets it to `to`; */
  write: 1,
  /** legal when it is `from`, and sets it to `to`; */
  cas: 2,
  /** legal when it is not `from`, and changes nothing; */
  mismatch: 3,
  /** adds the text `to` at its end. */
  append: 4,
} as const;
export type Step = (typeof Step)[keyof typeof Step];

export interface MachineStep {
  readonly operation: Operation;
  readonly step: Step;
  readonly from: Scalar;
  readonly to: Scalar;
  /** Of unknown outcome. */
  readonly optional: boolean;
}

/** More states than a Map can hold are refused; so is more text than fits in memory. */
const STATES_MAX = 2 ** 23;
const TEXT_MAX = 2 ** 29;

export class Machine {
  readonly operations: readonly Operation[];
  readonly required: number;
  readonly initial: number;
  /** For each optional operation the one before it that does the same, or -1. */
  readonly twins: Int32Array;
  readonly #steps: Uint8Array;
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #values: Scalar[] = [];
  readonly #ids = new Map<Scalar, number>();
  readonly #appended = new Map<number, number>();
  #textLength = 0;

  constructor(initial: Scalar, given: readonly MachineStep[]) {
    this.initial = this.#intern(initial);
    const required = given.filter(({ optional }) => !optional);
    const steps = [...required, ...usefulSteps(given)];
    this.operations = steps.map(({ operation }) => operation);
    this.required = required.length;
    this.#steps = Uint8Array.from(steps, ({ step }) => step);
    this.#from = Int32Array.from(steps, ({ from }) => this.#intern(from));
    this.#to = Int32Array.from(steps, ({ to }) => this.#intern(to));
    this.twins = new Int32Array(steps.length).fill(-1);
    this.#findTwins();
  }

  /** The next state, or -1 when the operation cannot have happened in this one. */
  step(operation: number, state: number): number {
    switch (this.#steps[operation]) {
      case Step.read:
        return state === this.#from[operation]! ? state : -1;
      case Step.write:
        return this.#to[operation]!;
      case Step.cas:
        return state === this.#from[operation]! ? this.#to[operation]! : -1;
      case Step.mismatch:
        return state !== this.#from[operation]! ? state : -1;
      default:
        return this.#append(state, this.#to[operation]!);
    }
  }

  /** Whether it never changes a state: the search need not try to do it later. */
  isPure(operation: number): boolean {
    const step = this.#steps[operation];
    return step === Step.read || step === Step.mismatch;
  }

  /** Whether it sets the value whatever it was: nothing after it depends on the state before. */
  isWrite(operation: number): boolean {
    return this.#steps[operation] === Step.write;
  }

  /** No room for more states: the search must give up. */
  get isFull(): boolean {
    return this.#appended.size >= STATES_MAX || this.#textLength >= TEXT_MAX;
  }

  valueOf(state: number): Scalar {
    return this.#values[state]!;
  }

  #append(state: number, suffix: number): number {
    const pair = state * 2 ** 24 + suffix;
    const known = this.#appended.get(pair);
    if (known !== undefined) return known;
    const next = this.#intern(`${this.#values[state] ?? ""}${this.#values[suffix]}`);
    this.#appended.set(pair, next);
    return next;
  }

  #intern(value: Scalar): number {
    let id = this.#ids.get(value);
    if (id !== undefined) return id;
    id = this.#values.length;
    this.#values.push(value);
    this.#ids.set(value, id);
    if (typeof value === "string") this.#textLength += value.length;
    return id;
  }

  #findTwins(): void {
    const last = new Map<string, number>();
    for (let i = this.required; i < this.twins.length; i++) {
      const what = `${this.#steps[i]} ${this.#from[i]} ${this.#to[i]}`;
      this.twins[i] = last.get(what) ?? -1;
      last.set(what, i);
    }
  }
}

/**
 * The optional steps that can matter. A write of unknown outcome whose value nobody saw can be left
 * out of any linearization: until the next write no operation depends on the value. That holds
 * where every operation either does not look at the value or wants one value in particular.
 */
function usefulSteps(given: readonly MachineStep[]): MachineStep[] {
  const optional = given.filter((step) => step.optional);
  const looksElse = given.some(({ step }) => step === Step.mismatch || step === Step.append);
  if (looksElse) return optional;
  const wanted = new Set<Scalar>();
  for (const { step, from, optional: may } of given) {
    if (!may && (step === Step.read || step === Step.cas)) wanted.add(from);
  }
  const useful = new Set<MachineStep>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const step of optional) {
      if (useful.has(step) || !wanted.has(step.to)) continue;
      useful.add(step);
      if (step.step === Step.cas) wanted.add(step.from);
      grew = true;
    }
  }
  return optional.filter((step) => useful.has(step));
}
