// Random executions of replicas and clients, beside a model that knows every causal history as a
// plain set of requests.

import fc from "fast-check";
import type { Context } from "../../../cluster/versioning/context.ts";
import { type DvvSet, EMPTY_SET } from "../../../cluster/versioning/dvv-set.ts";
import type { ConflictPolicy } from "../../../cluster/versioning/policy.ts";
import type { RequestId } from "../../../cluster/versioning/version.ts";

const REPLICAS = 3;
const CLIENTS = 3;

export type Step =
  | { readonly kind: "read"; readonly client: number; readonly replica: number }
  | {
      readonly kind: "write";
      readonly client: number;
      readonly replica: number;
      readonly isBlind: boolean;
      readonly isDelete: boolean;
    }
  /** Asks the replica to coordinate an earlier request, counted from the newest. */
  | { readonly kind: "retry"; readonly back: number; readonly replica: number }
  | { readonly kind: "sync"; readonly from: number; readonly to: number };

const client = fc.nat(CLIENTS - 1);
const replica = fc.nat(REPLICAS - 1);
const readStep = fc.record({ kind: fc.constant("read" as const), client, replica });
const syncStep = fc.record({ kind: fc.constant("sync" as const), from: replica, to: replica });
const retryStep = fc.record({ kind: fc.constant("retry" as const), back: fc.nat(4), replica });
const writeStep = fc.record({
  kind: fc.constant("write" as const),
  client,
  replica,
  isBlind: fc.boolean(),
  isDelete: fc.boolean(),
});

export function stepLists(options: { readonly retries: boolean }): fc.Arbitrary<Step[]> {
  const steps: fc.Arbitrary<Step>[] = [readStep, writeStep, syncStep];
  if (options.retries) steps.push(retryStep);
  return fc.array(fc.oneof(...steps), { maxLength: 50, size: "max" });
}

interface Client {
  context: Context | undefined;
  /** What the context stands for. */
  seen: ReadonlySet<number>;
}

interface Request {
  readonly id: RequestId;
  readonly value: Uint8Array | undefined;
  readonly context: Context | undefined;
  /** Everything in its past. */
  readonly history: ReadonlySet<number>;
}

export class Execution {
  readonly policy: ConflictPolicy;
  readonly sets: DvvSet[] = Array.from({ length: REPLICAS }, () => EMPTY_SET);
  /** By replica: the requests that reached it, or that somebody knew who wrote to it. */
  readonly known: Set<number>[] = Array.from({ length: REPLICAS }, () => new Set());
  readonly requests: Request[] = [];
  readonly #clients: Client[];

  constructor(policy: ConflictPolicy) {
    this.policy = policy;
    this.#clients = Array.from({ length: CLIENTS }, () => ({
      context: undefined,
      seen: new Set<number>(),
    }));
  }

  run(step: Step): void {
    switch (step.kind) {
      case "read": {
        const reader = this.#clients[step.client]!;
        reader.context = this.policy.read(this.sets[step.replica]!).context;
        reader.seen = new Set(this.known[step.replica]);
        return;
      }
      case "write": {
        const { context, seen } = this.#clients[step.client]!;
        this.requests.push({
          id: { client: step.client + 1, number: this.requests.length },
          value: step.isDelete ? undefined : new Uint8Array([this.requests.length]),
          context: step.isBlind ? undefined : context,
          history: step.isBlind ? new Set() : seen,
        });
        this.#coordinate(this.requests.length - 1, step.replica);
        return;
      }
      case "retry": {
        const index = this.requests.length - 1 - step.back;
        if (index >= 0) this.#coordinate(index, step.replica);
        return;
      }
      case "sync": {
        const { from, to } = step;
        this.sets[to] = this.#stored(this.policy.merge(this.sets[to]!, this.sets[from]!));
        for (const request of this.known[from]!) this.known[to]!.add(request);
      }
    }
  }

  #coordinate(index: number, at: number): void {
    const { id, value, context, history } = this.requests[index]!;
    const result = this.policy.update(this.sets[at]!, {
      ...(value === undefined ? {} : { value }),
      ...(context === undefined ? {} : { context }),
      request: id,
      actor: { node: `n${at}`, epoch: 1 },
      nowWallMs: 1000 + ((index * 7919 + at * 104_729) % 50),
    });
    if (result.outcome === "refused") throw new Error("no bound is set that could refuse");
    this.sets[at] = this.#stored(result.set);
    for (const seen of history) this.known[at]!.add(seen);
    this.known[at]!.add(index);
  }

  /** As an engine would give it back. */
  #stored(set: DvvSet): DvvSet {
    return this.policy.decode(this.policy.encode(set));
  }

  /** The requests whose versions the replica gives to a reader. */
  siblings(at: number): number[] {
    return this.policy
      .read(this.sets[at]!)
      .siblings.map(({ number }) => number)
      .sort((a, b) => a - b);
  }

  /** The requests that the replica knows and that are in the past of no other that it knows. */
  maximal(at: number): number[] {
    const known = [...this.known[at]!];
    return known
      .filter((request) => !known.some((other) => this.requests[other]!.history.has(request)))
      .sort((a, b) => a - b);
  }
}
