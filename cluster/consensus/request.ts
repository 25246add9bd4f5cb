// One request for a register, from its call to its answer.

import { ClusterError } from "../errors.ts";
import type { NodeId, NodeProbes } from "../runtime.ts";
import type { RequestId } from "../versioning/version.ts";
import type { RegisterState } from "./register-state.ts";

export interface RegisterAnswer {
  /** The value after the request; undefined when there is none. A view: do not change it. */
  readonly value: Uint8Array | undefined;
  /** The request wrote, now or when it was tried before; false for a get. */
  readonly isSwapped: boolean;
  /** The quorum that decided. */
  readonly answeredBy: readonly NodeId[];
}

/** What a request wants of the state. */
export type Change =
  | { readonly kind: "put"; readonly id: RequestId; readonly value: Uint8Array | undefined }
  | {
      readonly kind: "compare-and-set";
      readonly id: RequestId;
      readonly expected: Uint8Array | undefined;
      readonly value: Uint8Array | undefined;
    };

export class RegisterRequest {
  /** Undefined for a get. */
  readonly change: Change | undefined;
  readonly answer: Promise<RegisterAnswer>;
  /** A state with its write was sent, so that it may happen even when this request ends. */
  mayWrite = false;
  isSwapped = false;
  cancelTimer: (() => void) | undefined;
  readonly #settle: PromiseWithResolvers<RegisterAnswer>;

  constructor(change: Change | undefined) {
    this.change = change;
    this.#settle = Promise.withResolvers();
    this.answer = this.#settle.promise;
  }

  /** The state that the request wants: `state` itself when it is a get, or was decided before. */
  applyTo(state: RegisterState, nowWallMs: number, probes: NodeProbes): RegisterState {
    const { change } = this;
    if (change === undefined) return state;
    const ignoresIds = probes.isPlanted("consensus-retry-twice");
    const outcome = ignoresIds ? undefined : state.outcomeOf(change.id);
    if (outcome !== undefined) {
      this.isSwapped = outcome === "written";
      return state;
    }
    this.isSwapped = change.kind === "put" || isSameValue(state.value, change.expected);
    if (!this.isSwapped && probes.isPlanted("consensus-forgets-refusal")) return state;
    if (!this.isSwapped) return state.refused(change.id, nowWallMs);
    this.mayWrite = true;
    return state.written(change.value, change.id, nowWallMs);
  }

  succeed(value: Uint8Array | undefined, answeredBy: readonly NodeId[]): void {
    this.cancelTimer?.();
    this.#settle.resolve({ value, isSwapped: this.isSwapped, answeredBy });
  }

  timeOut(timeoutMs: number): void {
    const message = `no quorum of voters agreed within ${timeoutMs} ms: ${this.#cure()}`;
    this.#settle.reject(new ClusterError("CLUSTER_TIMEOUT", message, { fate: this.#fate() }));
  }

  close(): void {
    this.cancelTimer?.();
    const message = `the node is closed: ask another; ${this.#cure()}`;
    this.#settle.reject(new ClusterError("CLUSTER_CLOSED", message, { fate: this.#fate() }));
  }

  fail(error: unknown): void {
    this.cancelTimer?.();
    this.#settle.reject(error);
  }

  #fate(): "unknown" | "not-done" {
    return this.mayWrite ? "unknown" : "not-done";
  }

  #cure(): string {
    if (!this.mayWrite) return "nothing was changed, ask again";
    return "it may have been done or be done later, ask again with the same id";
  }
}

function isSameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
