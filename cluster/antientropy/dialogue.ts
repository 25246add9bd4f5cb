// Asking another node, where messages may be lost, doubled, late or out of order.
//
// Steps of a request:
//  1. The budget lets its bytes go.
//  2. It is sent under a number that nothing else has, and again under the same one while there is
//     no answer, ASKS_MAX times in all.
//  3. An answer is taken once, and its bytes are charged. One that says "busy" is waited for, and
//     the request is begun again.
//
// Invariants:
//  I1. An answer counts only from the node that was asked, and only for the number that is open.

import type { NodeId, Runtime } from "../runtime.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { encode } from "./codec.ts";
import type { EndReason } from "./events.ts";
import { type Answer, type Ask, Kind, Refusal } from "./messages.ts";
import { turnOf } from "./turn.ts";

const REPEAT_MS = 1000;
const ASKS_MAX = 5;
/** A node that is busy so often does not want to be asked. */
const BUSY_MAX = 100;
const BUSY_WAIT_MAX_MS = 10_000;
const NUMBER_BOUND = 2 ** 40;
const ANSWER_KIND_OFFSET = Kind.sumsAnswer - Kind.sums;

/** A dialogue has come to its end before all was asked. */
export class EndedError extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`the exchange ended: ${reason}`);
    this.name = "EndedError";
    this.reason = reason;
  }
}

export interface DialogueParts {
  readonly runtime: Runtime;
  readonly budget: ByteBudget;
  readonly send: (to: NodeId, payload: Uint8Array) => void;
}

/** A request that waits for its answer. */
interface Open {
  readonly to: NodeId;
  readonly payload: Uint8Array;
  readonly tell: (answer: Answer | undefined) => void;
  asks: number;
  bytes: number;
  cancelTimer: () => void;
}

export interface Told {
  readonly answer: Answer;
  /** Sent and received for it. */
  readonly bytes: number;
}

export class Dialogue {
  readonly #parts: DialogueParts;
  readonly #open = new Map<number, Open>();
  #number: number;
  #isStopped = false;

  constructor(parts: DialogueParts) {
    this.#parts = parts;
    this.#number = parts.runtime.random.split("dialogue").nextBelow(NUMBER_BOUND);
  }

  /** For a request. */
  nextNumber(): number {
    return ++this.#number;
  }

  /** The answer, of the kind that belongs to the request. Throws EndedError when there is none. */
  async ask(to: NodeId, message: Ask): Promise<Told> {
    const payload = encode(message);
    let bytes = 0;
    for (let tries = 0; tries < BUSY_MAX; tries++) {
      await this.#parts.budget.take(payload.length);
      if (this.#isStopped) throw new EndedError("stopped");
      const open = await this.#send(to, message.number, payload);
      bytes += open.bytes;
      const { answer } = open;
      if (answer === undefined) throw new EndedError(this.#isStopped ? "stopped" : "timeout");
      if (answer.kind === Kind.refused) throw new EndedError(reasonOf(answer.reason));
      if (answer.kind !== Kind.busy) {
        if (answer.kind !== message.kind + ANSWER_KIND_OFFSET) throw new EndedError("failed");
        return { answer, bytes };
      }
      await turnOf(this.#parts.runtime, Math.min(answer.waitMs, BUSY_WAIT_MAX_MS));
    }
    throw new EndedError("timeout");
  }

  /** @param bytes Of the answer. */
  receive(from: NodeId, answer: Answer, bytes: number): void {
    const open = this.#open.get(answer.number);
    if (open === undefined || open.to !== from) return;
    open.bytes += bytes;
    this.#parts.budget.charge(bytes);
    this.#close(answer.number, open, answer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const [number, open] of [...this.#open]) this.#close(number, open, undefined);
  }

  #send(
    to: NodeId,
    number: number,
    payload: Uint8Array,
  ): Promise<{ readonly answer: Answer | undefined; readonly bytes: number }> {
    return new Promise((resolve) => {
      const open: Open = {
        ...{ to, payload, asks: 0, bytes: 0, cancelTimer: () => {} },
        tell: (answer) => resolve({ answer, bytes: open.bytes }),
      };
      this.#open.set(number, open);
      this.#sendAgain(number, open);
    });
  }

  #sendAgain(number: number, open: Open): void {
    if (open.asks === ASKS_MAX) {
      this.#close(number, open, undefined);
      return;
    }
    const { runtime, budget, send } = this.#parts;
    // The first time its bytes were taken.
    if (open.asks++ > 0) budget.charge(open.payload.length);
    open.bytes += open.payload.length;
    send(open.to, open.payload);
    open.cancelTimer = runtime.timers.after(REPEAT_MS, () => this.#sendAgain(number, open));
  }

  #close(number: number, open: Open, answer: Answer | undefined): void {
    this.#open.delete(number);
    open.cancelTimer();
    open.tell(answer);
  }
}

function reasonOf(refusal: Refusal): EndReason {
  if (refusal === Refusal.plan) return "other-plan";
  return refusal === Refusal.notReady ? "not-ready" : "failed";
}
