// What clients asked of a store and what they were told, as checkers read it: the events of Jepsen,
// with what a Dynamo-style store answers besides. One line of JSON an event, in order of time.
//
// Rules:
//  R1. Each event that is not an invocation completes the last invocation of its process.
//  R2. `fail` only when the operation was never sent to any replica; a time-out, a lost connection
//      or too few answers is `info`: it may have happened, may happen later, or never.
//  R3. After `info` a process asks nothing more; its client goes on as another one.
//  R4. Every value written is unique.

export type EventType = "invoke" | "ok" | "fail" | "info";
export type HistoryFunction = "get" | "put" | "delete" | "cas";

export interface HistoryEvent {
  readonly index: number;
  /** Nanoseconds since the start of the history. */
  readonly time: number;
  /** Who asks: one operation at a time. */
  readonly process: number;
  /** Several processes, one after the other, may be one session. Absent: the process is. */
  readonly session?: string;
  readonly type: EventType;
  readonly f: HistoryFunction;
  readonly key: string;
  /**
   * Of a put what is written; of a cas what is expected and what is written. Of a completed get
   * what was read, null when there was nothing; several values are in `siblings`.
   */
  readonly value?: string | null | readonly [string | null, string];
  /** Of a completed get: every value that was returned. */
  readonly siblings?: readonly string[];
  /** The context that a put or delete carried, and the one that an answer gave; opaque. */
  readonly ctxIn?: string;
  readonly ctxOut?: string;
  readonly mode?: Readonly<Record<string, unknown>>;
  /** Who coordinated, where known. */
  readonly node?: string;
  readonly dc?: string;
  /** Of an info or a fail: why. */
  readonly error?: string;
}
