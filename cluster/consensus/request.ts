// One request for a register, from its call to its answer.
//
// A change is done once, however often it is tried, since the state knows the latest requests
// (register-state.ts). One that it does not know may be new, or done before and forgotten since:
//  1. As long as no other try of it can have been done it is new. That is so in the first try,
//     until its client may send the next one; a quarter of that time is left to its own way here.
//  2. Of a later try it is known when the first one was sent: when the state has forgotten nothing
//     as young as that, the request is new.
//  3. When this try has offered its change to voters, and was refused, the request is new when the
//     state knows all that was decided after what the offer was made of.
//  4. In all other cases nothing is done, and the request ends in CLUSTER_TIMEOUT.
// What that costs are retries of keys with more writes than are remembered between the first try
// and the last. A get is never concerned.
//
// Point 2 compares times of different nodes, and rests on this bound: how long a try is on its way
// to the coordinator, and how far the wall clocks of two coordinators are apart, come to MARGIN_MS
// at most together. Point 1 rests on that way being no longer than a quarter of the time until the
// next try. Where clocks or datagrams are worse than that, the newest 32 requests are still known.

import { ClusterError } from "../errors.ts";
import type { NodeClock, NodeId, NodeProbes } from "../runtime.ts";
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

const MARGIN_MS = 500;
/** Of the time until the next try, what is not left to the way of the first one. */
const ALONE_SHARE = 0.75;

/** Which try of a change this is. */
export interface TryTimes {
  /** How long ago the client sent the first try, in ms by its own clock; 0 in the first one. */
  readonly ageMs: number;
  /** In the first try: no other is sent within so many ms, unless this one is refused; else 0. */
  readonly aloneMs: number;
}

/** Of a change that is never tried again. */
export const ONLY_TRY: TryTimes = { ageMs: 0, aloneMs: Number.POSITIVE_INFINITY };

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
  /** By this node's clock: before it no other try can have been done. */
  readonly #othersFromMs: number;
  /** How many requests had been decided before what this try offered, the least of all offers. */
  #decidedBefore = Number.POSITIVE_INFINITY;

  constructor(change: Change | undefined, { ageMs, aloneMs }: TryTimes, nowMs: number) {
    this.change = change;
    this.#settle = Promise.withResolvers();
    this.answer = this.#settle.promise;
    this.#othersFromMs = nowMs + (ageMs > 0 ? -ageMs : ALONE_SHARE * aloneMs);
  }

  /**
   * The state that the request wants: `state` itself when it is a get, or was decided before;
   * undefined when it may have been, and nobody knows.
   */
  applyTo(state: RegisterState, clock: NodeClock, probes: NodeProbes): RegisterState | undefined {
    const { change } = this;
    if (change === undefined) return state;
    const ignoresIds = probes.isPlanted("consensus-retry-twice");
    const outcome = ignoresIds ? undefined : state.outcomeOf(change.id);
    if (outcome !== undefined) {
      probes.mark("consensus met its own request");
      this.isSwapped = outcome === "written";
      return state;
    }
    const nowWallMs = clock.wallMs();
    if (this.#mayBeForgotten(state, clock.nowMs(), nowWallMs)) return undefined;
    this.#decidedBefore = Math.min(this.#decidedBefore, state.decided);
    this.isSwapped = change.kind === "put" || isSameValue(state.value, change.expected);
    if (!this.isSwapped && probes.isPlanted("consensus-forgets-refusal")) return state;
    if (!this.isSwapped) return state.refused(change.id, nowWallMs);
    this.mayWrite = true;
    return state.written(change.value, change.id, nowWallMs);
  }

  #mayBeForgotten(state: RegisterState, nowMs: number, nowWallMs: number): boolean {
    if (!state.knowsAllAfter(this.#decidedBefore)) return true;
    const othersForMs = nowMs - this.#othersFromMs;
    return othersForMs > 0 && state.mayHaveForgotten(nowWallMs - othersForMs - MARGIN_MS);
  }

  succeed(value: Uint8Array | undefined, answeredBy: readonly NodeId[]): void {
    this.cancelTimer?.();
    this.#settle.resolve({ value, isSwapped: this.isSwapped, answeredBy });
  }

  timeOut(timeoutMs: number): void {
    const message = `no quorum of voters agreed within ${timeoutMs} ms: ${this.#cure()}`;
    this.#settle.reject(new ClusterError("CLUSTER_TIMEOUT", message, { fate: this.#fate() }));
  }

  /**
   * It was not done now, because it may have been before. The fate is that of this try, as always:
   * whoever sent others knows what was said of those.
   */
  endUnknown(probes: NodeProbes): void {
    probes.mark("consensus may have forgotten a request");
    this.cancelTimer?.();
    const message =
      "another try of the request may have been done, and the key has had more writes since than " +
      "are remembered: read the key";
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
