// The requests that a node has open, by the number that answers repeat.
//
// Invariants:
//  I1. No number is used twice, also not in the next run of the node: an answer to a request that
//      is closed finds nothing.
//  I2. While a request is open, its `onTick` is called about every TICK_MS.

import assert from "node:assert";
import type { ClusterErrorCode } from "../errors.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { SLOTS, SlotTable } from "../slot-table.ts";
import type {
  MergeAnswerMessage,
  MintAnswerMessage,
  ReadAnswerMessage,
  ScanPartAnswerMessage,
} from "../transport/message.ts";

/** How exact deadlines are. */
const TICK_MS = 20;
/** So many that two runs of a node hardly ever have turns near each other (recent-copies.ts). */
const START_BOUND = 2 ** 36;

export type ReplicaAnswer =
  | ReadAnswerMessage
  | MintAnswerMessage
  | MergeAnswerMessage
  | ScanPartAnswerMessage;

/** Why all requests end at once. */
export type EndCode = Extract<ClusterErrorCode, "CLUSTER_CLOSED" | "CLUSTER_EPOCH">;

export const END_TEXTS: Readonly<Record<EndCode, string>> = {
  CLUSTER_CLOSED: "the node stops",
  CLUSTER_EPOCH: "the ring has changed under way: ask again",
};

export interface OpenRequest {
  onAnswer(from: NodeId, message: ReplicaAnswer): void;
  onTick(nowMs: number): void;
  /** It ends now, whatever is still open of it: the node stops, or has another ring. */
  onEnd(code: EndCode): void;
}

export class RequestTable {
  readonly #runtime: Runtime;
  readonly #open: SlotTable<OpenRequest>;
  #isTicking = false;
  #stopTicking: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    // Answers to a run before this one must not count (I1).
    const random = runtime.random.split("request numbers");
    this.#open = new SlotTable(1 + random.nextBelow(START_BOUND));
  }

  get size(): number {
    return this.#open.size;
  }

  /** So many are open that nothing new should be begun; what is begun may open more. */
  get isFull(): boolean {
    return this.#open.size > SLOTS / 2;
  }

  /** The number of the request, at least 1. */
  open(request: OpenRequest): number {
    const number = this.#open.reserve();
    this.#open.set(number, request);
    if (!this.#isTicking) this.#tickLater();
    return number;
  }

  close(number: number): void {
    const wasOpen = this.#open.delete(number);
    assert(wasOpen, "a request is closed once");
  }

  answer(from: NodeId, message: ReplicaAnswer): void {
    this.#open.get(message.number)?.onAnswer(from, message);
  }

  stop(): void {
    this.#stopTicking?.();
    for (const request of this.#open.values()) request.onEnd("CLUSTER_CLOSED");
  }

  /** A quorum is of one epoch, so that what was begun under another one is begun anew. */
  endAll(): void {
    const open = this.#open.values();
    this.#open.clear();
    for (const request of open) request.onEnd("CLUSTER_EPOCH");
  }

  #tickLater(): void {
    this.#isTicking = true;
    this.#stopTicking = this.#runtime.timers.after(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const nowMs = this.#runtime.clock.nowMs();
    for (const request of this.#open.values()) request.onTick(nowMs);
    if (this.#open.size > 0) this.#tickLater();
    else this.#isTicking = false;
  }
}
