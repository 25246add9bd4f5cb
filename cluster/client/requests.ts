// The requests that a client has open: each has one deadline, and is tried at one coordinator after
// the other until one of them answers.
//
// Steps of a request:
//  1. It is sent to the first candidate, with all of its time.
//  2. When an attempt is not answered in its time the next candidate is asked too; an answer to the
//     earlier attempt still counts.
//  3. When the last attempt is refused in a way that another node might not, the next candidate is
//     asked after a pause, which is doubled each time and drawn from its upper half.
//  4. The first answer that says it was done ends it; so do another error, the last attempt's
//     refusal, and the deadline.
//
// Invariants:
//  I1. Every attempt has a number of its own, with a turn that grows (slot-table.ts): nodes know by
//      that which have come twice. An answer to a request that is closed finds nothing.
//  I2. Every attempt of a write has one and the same request id, and says how old the request is.
//  I3. An error says `not-done` only when every attempt that was sent is known not to be done.
//  I4. While requests are open a tick is due within TICK_MS; there is no other timer.

import { ClusterError, type ClusterErrorCode } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import { SLOTS, SlotTable } from "../slot-table.ts";
import { decode, encode } from "../transport/codec.ts";
import { type ClientMessage, Kind } from "../transport/message.ts";
import type { ClientLimits, ClientRuntime } from "./options.ts";
import { type DoneAnswer, Pending, type ResultOf } from "./pending.ts";
import { RingNews } from "./ring-news.ts";
import type { KeyspaceRoutes, Routes } from "./routes.ts";

/** How exact times are: deadlines, attempts and pauses. */
const TICK_MS = 10;
/** Turns of numbers begin below it, so that numbers have few bytes for long. */
const START_BOUND = 2 ** 26;
/** Another coordinator may take what this one refused before it did anything. */
const RETRIED: ReadonlySet<ClusterErrorCode> = new Set([
  "CLUSTER_OVERLOADED",
  "CLUSTER_EPOCH",
  "CLUSTER_CLOSED",
]);
const WRITES: ReadonlySet<number> = new Set([Kind.put, Kind.compareAndSet]);

export class ClientRequests {
  readonly #runtime: ClientRuntime;
  readonly #routes: Routes;
  readonly #limits: ClientLimits;
  readonly #news: RingNews;
  /** By the numbers of all attempts. */
  readonly #open: SlotTable<Pending>;
  #size = 0;
  #turn: number;
  /** Nothing is due before. */
  #earliestMs = Number.POSITIVE_INFINITY;
  #stopTick: (() => void) | undefined;
  #isClosed = false;

  constructor(runtime: ClientRuntime, routes: Routes, limits: ClientLimits) {
    this.#runtime = runtime;
    this.#routes = routes;
    this.#limits = limits;
    // Answers to a client of this name that was there before must not count (I1).
    this.#open = new SlotTable(1 + runtime.random.nextBelow(START_BOUND));
    this.#turn = runtime.random.nextBelow(START_BOUND);
    this.#news = new RingNews(runtime, routes);
    runtime.network.onDatagram((from, datagram) => this.#receive(from, datagram));
  }

  get size(): number {
    return this.#size;
  }

  /** For so long after the first attempt of a request there is no other, unless it is refused. */
  get aloneMs(): number {
    const { attemptsMax, attemptTimeoutMs, timeoutMs } = this.#limits;
    return attemptsMax === 1 ? timeoutMs : attemptTimeoutMs;
  }

  /**
   * For the `attempt` of a message that `begin` will send at once.
   * @throws ClusterError CLUSTER_CLOSED, CLUSTER_OVERLOADED
   */
  nextAttempt(): number {
    if (this.#isClosed) throw new ClusterError("CLUSTER_CLOSED", CLOSED);
    if (this.#open.isFull) throw new ClusterError("CLUSTER_OVERLOADED", FULL);
    return this.#open.reserve();
  }

  begin<T>(
    routes: KeyspaceRoutes,
    message: ClientMessage,
    isLocal: boolean,
    resultOf: ResultOf<T>,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    const nowMs = this.#runtime.clock.nowMs();
    this.#turn = (this.#turn + 1) % START_BOUND;
    const request = new Pending(message, resultOf, resolve, reject, nowMs, isLocal, this.#turn);
    this.#open.set(message.attempt, request);
    this.#size++;
    this.#attempt(request, routes, message, nowMs);
    if (this.#stopTick === undefined) this.#tickLater();
    return promise;
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTick?.();
    for (const request of this.#open.values()) {
      if (request.isOpen) this.#fail(request, "CLUSTER_CLOSED", CLOSED);
    }
  }

  /** `message` is that of the request, with the number and the time of this attempt. */
  #attempt(request: Pending, routes: KeyspaceRoutes, message: ClientMessage, nowMs: number): void {
    const candidates = routes.candidatesOf(keyOf(message));
    const node = candidates.at(request.turn, request.attempts, request.isLocal);
    if (WRITES.has(message.kind)) request.openAttempts |= 1 << request.attempts;
    request.attempts++;
    request.isPausing = false;
    const isLast = request.attempts >= this.#limits.attemptsMax;
    const untilMs = isLast ? Number.POSITIVE_INFINITY : nowMs + this.#limits.attemptTimeoutMs;
    this.#wakeAt(request, untilMs);
    this.#runtime.network.send(node, encode(message));
  }

  #attemptAgain(request: Pending, nowMs: number): void {
    const { message, startedMs, deadlineMs } = request;
    if (this.#open.isFull) {
      this.#wakeAt(request, nowMs + TICK_MS);
      return;
    }
    const attempt = this.#open.reserve();
    this.#open.set(attempt, request);
    request.later = [...request.later, attempt];
    const routes = this.#routes.of(message.keyspace);
    // The ring may have changed since.
    const again = {
      ...message,
      attempt,
      epoch: this.#routes.epoch,
      timeoutMs: deadlineMs - nowMs,
      ageMs: nowMs - startedMs,
      aloneMs: 0,
    };
    this.#attempt(request, routes, again, nowMs);
  }

  #wakeAt(request: Pending, ms: number): void {
    request.dueMs = Math.min(ms, request.deadlineMs);
    if (request.dueMs < this.#earliestMs) this.#earliestMs = request.dueMs;
  }

  #receive(from: NodeId, datagram: Uint8Array): void {
    let answer: ReturnType<typeof decode>;
    try {
      answer = decode(datagram);
      if (answer.kind === Kind.plan) this.#news.receive(answer.payload);
    } catch (error) {
      if (error instanceof ClusterError) return;
      throw error;
    }
    if (answer.kind !== Kind.answer && answer.kind !== Kind.manyAnswer) return;
    const request = this.#open.get(answer.attempt);
    if (request === undefined) return;
    if (answer.error !== undefined) {
      if (answer.error.code === "CLUSTER_EPOCH") this.#news.ask(from);
      this.#refused(request, request.attemptOf(answer.attempt), answer.error);
      return;
    }
    const { kind } = request.message;
    const isMany = kind === Kind.getMany || kind === Kind.scan;
    if (isMany !== (answer.kind === Kind.manyAnswer)) return;
    this.#end(request);
    request.resolve(request.resultOf(answer, request.attempts) as never);
  }

  #refused(
    request: Pending,
    attempt: number,
    { code, text, fate }: NonNullable<DoneAnswer["error"]>,
  ): void {
    if (fate === "not-done") request.openAttempts &= ~(1 << attempt);
    // An attempt after this one goes on, or will.
    if (attempt < request.attempts - 1 || request.isPausing) return;
    const { attemptsMax, backoffMs } = this.#limits;
    const share = 0.5 + 0.5 * this.#runtime.random.nextDouble();
    const pauseMs = backoffMs * 2 ** attempt * share;
    const nowMs = this.#runtime.clock.nowMs();
    const hasTime = nowMs + pauseMs < request.deadlineMs;
    if (!RETRIED.has(code) || request.attempts >= attemptsMax || !hasTime) {
      this.#fail(request, code, text);
      return;
    }
    request.isPausing = true;
    this.#wakeAt(request, nowMs + pauseMs);
  }

  #end(request: Pending): void {
    request.isOpen = false;
    this.#open.delete(request.message.attempt);
    for (const number of request.later) this.#open.delete(number);
    this.#size--;
  }

  #fail(request: Pending, code: ClusterErrorCode, text: string): void {
    this.#end(request);
    const fate = request.openAttempts === 0 ? "not-done" : "unknown";
    request.reject(new ClusterError(code, text, { fate }));
  }

  #tickLater(): void {
    this.#stopTick = this.#runtime.timers.after(TICK_MS, this.#tick);
  }

  readonly #tick = (): void => {
    this.#stopTick = undefined;
    const nowMs = this.#runtime.clock.nowMs();
    if (nowMs >= this.#earliestMs) this.#wake(nowMs);
    if (this.#open.size > 0) this.#tickLater();
    else this.#earliestMs = Number.POSITIVE_INFINITY;
  };

  #wake(nowMs: number): void {
    this.#earliestMs = Number.POSITIVE_INFINITY;
    // One with several attempts is met as often.
    for (const request of this.#open.values()) {
      if (!request.isOpen) continue;
      if (request.dueMs > nowMs) this.#earliestMs = Math.min(this.#earliestMs, request.dueMs);
      else if (nowMs < request.deadlineMs) this.#attemptAgain(request, nowMs);
      else this.#fail(request, "CLUSTER_TIMEOUT", timeoutText(request));
    }
  }
}

const CLOSED = "the client is closed: open another";
const FULL = `the client has ${SLOTS} attempts of requests open: wait for some of them`;

function timeoutText({ message, attempts }: Pending): string {
  return (
    `no answer within ${message.timeoutMs} ms, asked ${attempts} times: ` +
    "see which nodes are up, or give it more time"
  );
}

/** The key that decides whom to ask; of several the first, of a scan none. */
function keyOf(message: ClientMessage): Uint8Array | undefined {
  if (message.kind === Kind.scan) return undefined;
  return message.kind === Kind.getMany ? message.keys[0] : message.key;
}
