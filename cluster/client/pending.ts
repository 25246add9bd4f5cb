// A request of a client that has no answer yet, with all that was tried for it.

import type { ClusterError } from "../errors.ts";
import type { AnswerMessage, ClientMessage, ManyAnswerMessage } from "../transport/message.ts";

const NO_NUMBERS: readonly number[] = [];

export type DoneAnswer = AnswerMessage | ManyAnswerMessage;

/** Makes the result of an answer that says that the request was done. */
export type ResultOf<T = unknown> = (answer: DoneAnswer, attempts: number) => T;

export class Pending {
  /** As the first attempt sends it. */
  readonly message: ClientMessage;
  readonly resultOf: ResultOf;
  readonly resolve: (result: never) => void;
  readonly reject: (error: ClusterError) => void;
  readonly startedMs: number;
  readonly isLocal: boolean;
  /** Shifts the order of the candidates. */
  readonly turn: number;
  attempts = 0;
  /** Numbers of the attempts after the first, in their order. */
  later: readonly number[] = NO_NUMBERS;
  isOpen = true;
  /** By bit, attempts of a write of which it is not known that they were not done. */
  openAttempts = 0;
  /** When the attempt or the pause is over, or all is. */
  dueMs = 0;
  isPausing = false;

  constructor(
    message: ClientMessage,
    resultOf: ResultOf,
    resolve: (result: never) => void,
    reject: (error: ClusterError) => void,
    startedMs: number,
    isLocal: boolean,
    turn: number,
  ) {
    this.message = message;
    this.resultOf = resultOf;
    this.resolve = resolve;
    this.reject = reject;
    this.startedMs = startedMs;
    this.isLocal = isLocal;
    this.turn = turn;
  }

  get deadlineMs(): number {
    return this.startedMs + this.message.timeoutMs;
  }

  attemptOf(number: number): number {
    return number === this.message.attempt ? 0 : 1 + this.later.indexOf(number);
  }
}
