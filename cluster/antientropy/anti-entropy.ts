// Anti-entropy of one keyspace on one node: what comes in over the network goes to the side that it
// belongs to, and exchanges and pulls are begun here.
//
// Invariants:
//  I1. One exchange or pull of this node with a node about a partition at a time; others wait.

import type { NodeId } from "../runtime.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { decode } from "./decode.ts";
import { Dialogue } from "./dialogue.ts";
import type { AntiEntropyEvent, ExchangeReport } from "./events.ts";
import { exchange } from "./exchange.ts";
import type { Local } from "./local.ts";
import { type Answer, type Ask, Kind } from "./messages.ts";
import type { Partition } from "./partition.ts";
import { type PullProgress, pull } from "./pull.ts";
import { Responder } from "./responder.ts";
import { Session } from "./session.ts";

/** Longer than most writes take from their first replica to their last. */
const CONFIRM_MS = 2000;

interface AntiEntropyParts extends Local {
  /** Of the whole node. */
  readonly budget: ByteBudget;
  /** Never to this node itself. */
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  /** What is done on the node's own account; an error there is its end. */
  readonly watch: (work: Promise<unknown>) => void;
  readonly onEvent?: (event: AntiEntropyEvent) => void;
  /** Between the two looks at a difference; 2000 unless told. */
  readonly confirmMs?: number;
}

export class AntiEntropy {
  readonly #parts: AntiEntropyParts;
  readonly #dialogue: Dialogue;
  readonly #responder: Responder;
  /** By peer and partition, the end of the last that was begun. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(parts: AntiEntropyParts) {
    const { runtime, budget, send, watch } = parts;
    this.#parts = parts;
    this.#dialogue = new Dialogue({ runtime, budget, send });
    this.#responder = new Responder({ local: parts, budget, send, watch });
  }

  /** Throws ClusterError CLUSTER_MESSAGE for bytes that are no message; nothing is done then. */
  receive(from: NodeId, payload: Uint8Array): void {
    const message = decode(payload);
    const { kind } = message;
    if (kind < Kind.sumsAnswer) this.#responder.receive(from, message as Ask, payload.length);
    else this.#dialogue.receive(from, message as Answer, payload.length);
  }

  /** Compares a partition with another replica of it, and repairs both. Rejects for no reason. */
  exchange(peer: NodeId, partition: Partition): Promise<ExchangeReport> {
    const { confirmMs = CONFIRM_MS } = this.#parts;
    return this.#run("exchange", peer, partition, (session) => exchange(session, confirmMs));
  }

  /** Takes what another node has of a partition, and this one lacks. Rejects for no reason. */
  pull(
    peer: NodeId,
    partition: Partition,
    onProgress: (progress: PullProgress) => void = () => {},
  ): Promise<ExchangeReport> {
    return this.#run("pull", peer, partition, (session) => pull(session, onProgress));
  }

  /** Ends what is going on, as `stopped`. */
  stop(): void {
    this.#dialogue.stop();
  }

  async #run(
    kind: AntiEntropyEvent["kind"],
    peer: NodeId,
    partition: Partition,
    run: (session: Session) => Promise<ExchangeReport>,
  ): Promise<ExchangeReport> {
    const name = `${peer} ${partition}`;
    const before = this.#running.get(name);
    const running = this.#runAfter(before, kind, peer, partition, run);
    this.#running.set(name, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(name) === running) this.#running.delete(name);
    }
  }

  async #runAfter(
    before: Promise<unknown> | undefined,
    kind: AntiEntropyEvent["kind"],
    peer: NodeId,
    partition: Partition,
    run: (session: Session) => Promise<ExchangeReport>,
  ): Promise<ExchangeReport> {
    if (before !== undefined) await Promise.allSettled([before]);
    const report = await run(new Session(this.#parts, this.#dialogue, peer, partition));
    this.#parts.onEvent?.({ kind, ...report });
    return report;
  }
}
