// What a client is told of a request that was done, made from the coordinator's answer.

import type {
  AnsweredBy,
  AnswerMessage,
  ManyAnswerMessage,
  ManyEntry,
} from "../transport/message.ts";
import type { DoneAnswer } from "./pending.ts";

/** What is known of every request that was done. */
interface Answered {
  readonly answeredBy: AnsweredBy;
  /** Coordinators that were asked, at least 1. */
  readonly attempts: number;
}

export interface GetResult extends Answered {
  /** Every sibling; empty when there is nothing. */
  readonly values: readonly Uint8Array[];
  /** For a write that has seen these values; undefined when nothing was ever written. */
  readonly context: Uint8Array | undefined;
}

export interface WriteResult extends Answered {
  /** With `wantsValues`: as a get would give them, of the replica that made the write. */
  readonly values: readonly Uint8Array[];
  readonly context: Uint8Array | undefined;
}

export interface SwapResult extends Answered {
  readonly isSwapped: boolean;
  /** What was there instead; undefined when that was nothing, and when it swapped. */
  readonly found: Uint8Array | undefined;
}

export interface ManyResult extends Answered {
  /** In the order of the keys that were asked for; one that could not be read has its error. */
  readonly entries: readonly ManyEntry[];
}

export interface ScanPage extends Answered {
  /** In the order of the keys; none without a value. */
  readonly entries: readonly ManyEntry[];
  /** The first key that was not looked at: `from` of a scan that goes on. Undefined at the end. */
  readonly next: Uint8Array | undefined;
}

export function getResult(answer: DoneAnswer, attempts: number): GetResult {
  const { values, context, answeredBy } = answer as AnswerMessage;
  return { values, context, answeredBy, attempts };
}

export function writeResult(answer: DoneAnswer, attempts: number): WriteResult {
  const { values, context, answeredBy } = answer as AnswerMessage;
  return { values, context, answeredBy, attempts };
}

export function swapResult(answer: DoneAnswer, attempts: number): SwapResult {
  const { isSwapped, values, answeredBy } = answer as AnswerMessage;
  return { isSwapped, found: isSwapped ? undefined : values[0], answeredBy, attempts };
}

export function manyResult(answer: DoneAnswer, attempts: number): ManyResult {
  const { entries, answeredBy } = answer as ManyAnswerMessage;
  return { entries, answeredBy, attempts };
}

export function scanPage(answer: DoneAnswer, attempts: number): ScanPage {
  const { entries, next, answeredBy } = answer as ManyAnswerMessage;
  return { entries, next, answeredBy, attempts };
}
