// Clients of the simulated registers: each asks one thing at a time, of any node, and again of
// another with the same id when it gets no answer or none that helps.
//
// Rules of the history: what no attempt may have done is a `fail`; what some attempt may still do
// is `info`, and the session goes on as another process; a compare-and-set that met another value
// was a read of it, and is written down as one.

import type { HistoryEvent, HistoryFunction } from "../../../cluster/checking/history.ts";
import type { TryTimes } from "../../../cluster/consensus/request.ts";
import type { NodeId, RandomStream } from "../../../cluster/runtime.ts";
import { decodeMessage, encodeMessage } from "../../../cluster/simulation/datagram.ts";
import type { World } from "../../../cluster/simulation/world.ts";
import type { ClientAnswer, ClientRequest } from "./register-process.ts";

const ATTEMPTS_MAX = 4;
const REQUEST_TIMEOUT_MS = 700;

export interface SessionsOptions {
  readonly sessions: number;
  readonly keys: readonly string[];
  readonly pauseMaxMs: number;
  /** An attempt without an answer for so long is followed by the next; low: two at a time. */
  readonly attemptMs: number;
  /** From then on nothing is asked until `closesAtMs`, when each session reads every key once. */
  readonly idlesAtMs: number;
  readonly closesAtMs: number;
}

type Written = { -readonly [K in keyof HistoryEvent]: HistoryEvent[K] };

interface Asked {
  readonly request: Omit<ClientRequest, "attempt" | keyof TryTimes>;
  readonly beganMs: number;
  readonly invoke: Written;
  attempts: number;
  /** Attempts that ended with nothing done; an answer may come twice. */
  readonly undone: Set<number>;
  retry: number | undefined;
  node: NodeId | undefined;
}

class Session {
  readonly #world: World;
  readonly #nodes: readonly NodeId[];
  readonly #options: SessionsOptions;
  readonly #random: RandomStream;
  readonly #id: NodeId;
  readonly #number: number;
  readonly #history: HistoryEvent[];
  readonly #nextProcess: () => number;
  /** What it last saw, by key. */
  readonly #seen = new Map<string, string | null>();
  #process: number;
  #last = 0;
  #asked: Asked | undefined;
  #toClose: string[] | undefined;

  constructor(
    world: World,
    nodes: readonly NodeId[],
    options: SessionsOptions,
    random: RandomStream,
    number: number,
    history: HistoryEvent[],
    nextProcess: () => number,
  ) {
    this.#world = world;
    this.#nodes = nodes;
    this.#options = options;
    this.#random = random;
    this.#number = number;
    this.#id = `client${number}`;
    this.#history = history;
    this.#nextProcess = nextProcess;
    this.#process = nextProcess();
    world.network.attach(this.#id, (_from, datagram) => this.#receive(datagram), "plain");
    this.#pause();
  }

  #pause(): void {
    const delayMs = 1 + this.#random.nextBelow(this.#options.pauseMaxMs);
    this.#world.scheduler.schedule(delayMs * 1000, () => this.#goOn(), "plain");
  }

  #goOn(): void {
    const { keys, idlesAtMs, closesAtMs } = this.#options;
    if (this.#world.nowMs >= closesAtMs) {
      this.#toClose ??= [...keys];
      const key = this.#toClose.pop();
      if (key !== undefined) this.#ask("get", key);
      return;
    }
    if (this.#world.nowMs >= idlesAtMs) {
      const delayMs = closesAtMs - this.#world.nowMs;
      this.#world.scheduler.schedule(delayMs * 1000, () => this.#goOn(), "plain");
      return;
    }
    const key = keys[this.#random.nextBelow(keys.length)]!;
    // What is removed may be expected again: nothing is the one value that is not unique.
    const f = (["get", "get", "put", "cas", "cas", "delete"] as const)[this.#random.nextBelow(6)]!;
    this.#ask(f, key);
  }

  #ask(f: HistoryFunction, key: string): void {
    const number = ++this.#last;
    const value = f === "get" || f === "delete" ? null : `s${this.#number}:${number}`;
    const expected = this.#seen.get(key) ?? null;
    const request: Asked["request"] = {
      id: { client: this.#number + 1, number },
      ...{ key, expected, value, timeoutMs: REQUEST_TIMEOUT_MS },
      f: f === "delete" ? "put" : f,
    };
    const invoke = this.#event("invoke", f, key, f === "cas" ? [expected, value!] : value);
    this.#history.push(invoke);
    this.#asked = {
      request,
      beganMs: this.#world.nowMs,
      invoke,
      attempts: 0,
      undone: new Set(),
      retry: undefined,
      node: undefined,
    };
    this.#attempt(this.#asked);
  }

  #attempt(asked: Asked): void {
    asked.attempts++;
    const others = this.#nodes.filter((node) => node !== asked.node);
    asked.node = others[this.#random.nextBelow(others.length)]!;
    const times = {
      ageMs: this.#world.nowMs - asked.beganMs,
      aloneMs: asked.attempts === 1 ? this.#options.attemptMs : 0,
    };
    const request: ClientRequest = { ...asked.request, ...times, attempt: asked.attempts };
    // One attempt has one end, so that it may be told what came of it.
    this.#world.network.send(this.#id, asked.node, encodeMessage(request), "once");
    const isLast = asked.attempts === ATTEMPTS_MAX;
    const delayMs = isLast ? 2 * REQUEST_TIMEOUT_MS : this.#options.attemptMs;
    asked.retry = this.#world.scheduler.schedule(
      delayMs * 1000,
      () => {
        if (isLast) this.#end(asked, "info", asked.invoke.value);
        else this.#attempt(asked);
      },
      "plain",
    );
  }

  #receive(datagram: Uint8Array): boolean {
    const asked = this.#asked;
    const answer = decodeMessage<ClientAnswer>(datagram);
    if (asked === undefined || answer.number !== asked.request.id.number) return false;
    if (answer.fate !== undefined) {
      if (answer.fate === "not-done") asked.undone.add(answer.attempt);
      const isNothingDone = asked.undone.size === ATTEMPTS_MAX;
      if (isNothingDone && asked.request.f !== "get") this.#end(asked, "fail", asked.invoke.value);
      return true;
    }
    const { f, key } = asked.request;
    this.#seen.set(key, answer.value);
    if (f === "get") this.#end(asked, "ok", answer.value);
    else if (answer.isSwapped) this.#end(asked, "ok", asked.invoke.value);
    else {
      asked.invoke.f = "get";
      asked.invoke.value = null;
      this.#end(asked, "ok", answer.value);
    }
    return true;
  }

  #end(asked: Asked, type: "ok" | "info" | "fail", value: HistoryEvent["value"]): void {
    this.#world.scheduler.cancel(asked.retry!);
    const event = this.#event(type, asked.invoke.f, asked.request.key, value);
    this.#history.push(event);
    this.#world.noteClient(JSON.stringify(event));
    if (type === "info") this.#process = this.#nextProcess();
    this.#asked = undefined;
    this.#pause();
  }

  #event(
    type: HistoryEvent["type"],
    f: HistoryFunction,
    key: string,
    value: HistoryEvent["value"],
  ): Written {
    return {
      index: this.#history.length,
      time: this.#world.scheduler.nowUs * 1000,
      process: this.#process,
      session: `s${this.#number}`,
      ...{ type, f, key },
      ...(value === undefined ? {} : { value }),
    };
  }
}

/** Returns what they write into. */
export function startSessions(
  world: World,
  nodes: readonly NodeId[],
  options: SessionsOptions,
  random: RandomStream,
): HistoryEvent[] {
  const history: HistoryEvent[] = [];
  let processes = 0;
  for (let number = 0; number < options.sessions; number++) {
    const own = random.split(number);
    new Session(world, nodes, options, own, number, history, () => processes++);
  }
  return history;
}
