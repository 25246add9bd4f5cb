// A target of which a test says what every operation does, and clients that count what they were
// asked for.

import { type Answer, Outcome, PENDING } from "../../bench/outcome.ts";
import type { Target } from "../../bench/target.ts";
import type { Operation, WorkloadClient } from "../../workloads/workload.ts";

/** What a fake store does with an operation: an outcome at once, or a promise of anything. */
export type Behaviour = (client: number, operation: Operation) => Outcome | Promise<unknown>;

export class FakeTarget implements Target {
  pending: Promise<unknown> = Promise.resolve();
  readonly finishFromKind: number = 6;
  fatal: unknown;
  /** What rejected promises were rejected with. */
  readonly failures: unknown[] = [];
  /** Retries that are still to be asked for, after errors. */
  retries = 0;
  retryAfterNs = 0;
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  start(client: number, operation: Operation): Answer {
    const answer = this.#behaviour(client, operation);
    if (typeof answer === "number") return answer;
    this.pending = answer;
    return PENDING;
  }

  resume(): Answer {
    return Outcome.ok;
  }

  fail(_client: number, _operation: Operation, error: unknown): Answer {
    this.failures.push(error);
    return Outcome.error;
  }

  finish(): void {}

  retryDelayNs(): number {
    if (this.retries === 0) return -1;
    this.retries--;
    return this.retryAfterNs;
  }
}

class CountingClient implements WorkloadClient {
  generated = 0;

  next(operation: Operation): void {
    operation.kind = 0;
    operation.keyNumber = this.generated++;
  }
}

export function countingClients(count: number): CountingClient[] {
  return Array.from({ length: count }, () => new CountingClient());
}
