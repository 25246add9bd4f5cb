// Histories of a correct store that keeps siblings: one copy of each key, to which every operation
// applies at a moment between its invocation and its end. Clients are sessions that read, write
// with the context of their last read or without one, and delete. What the store holds at every
// moment is kept, with the pasts that the store itself knows, so that a test can plant a fault and
// be sure that it is one.

import type { HistoryEvent } from "../../../cluster/checking/history.ts";
import type { ReplicaState } from "../../../cluster/checking/lost-writes.ts";
import type { RandomStream } from "../../../cluster/runtime.ts";

/** A value and all that it had seen, itself among it. */
export interface Version {
  readonly value: string;
  readonly past: ReadonlySet<string>;
}

type State = readonly Version[];

export interface Answered {
  readonly event: HistoryEvent;
  /** Position of its invocation and of its end. */
  readonly call: number;
  readonly end: number;
  /** Of a put: its version. */
  readonly version?: Version;
}

export interface CausalHistory {
  readonly events: HistoryEvent[];
  readonly answered: readonly Answered[];
  /** By key, every state that the store was in, in order. */
  readonly states: ReadonlyMap<string, readonly State[]>;
  readonly final: Map<string, ReplicaState[]>;
}

interface Running {
  readonly session: number;
  readonly process: number;
  readonly f: "get" | "put" | "delete";
  readonly key: string;
  readonly call: number;
  readonly version: Version;
  readonly ctxIn: string | undefined;
  result: State | undefined;
}

export interface CausalOptions {
  readonly operations: number;
  readonly sessions: number;
  readonly keys: number;
  readonly deletes: boolean;
}

export const REPLICAS = ["n1", "n2", "n3"];

export function generateCausal(random: RandomStream, options: CausalOptions): CausalHistory {
  const store = new CausalStore(random, options);
  store.run();
  const final = new Map<string, ReplicaState[]>();
  for (const [key, all] of store.states) {
    const siblings = all.at(-1)!.map(({ value }) => value);
    final.set(
      key,
      REPLICAS.map((replica) => ({ replica, siblings: [...siblings] })),
    );
  }
  const { events, answered, states } = store;
  return { events, answered, states, final };
}

class CausalStore {
  readonly events: HistoryEvent[] = [];
  readonly answered: Answered[] = [];
  readonly states = new Map<string, State[]>();
  readonly #random: RandomStream;
  readonly #options: CausalOptions;
  /** By session and key: the last context, and what it covers. */
  readonly #contexts = new Map<string, { name: string; past: ReadonlySet<string> }>();
  /** By session. */
  readonly #running: (Running | undefined)[];
  readonly #processes: number[];
  /** Those that ended in info, and may still take effect. */
  readonly #ghosts: Running[] = [];
  #begun = 0;

  constructor(random: RandomStream, options: CausalOptions) {
    this.#random = random;
    this.#options = options;
    this.#running = Array.from({ length: options.sessions });
    this.#processes = this.#running.map((_, i) => i);
    for (let i = 0; i < options.keys; i++) this.states.set(`k${i}`, [[]]);
  }

  run(): void {
    const { operations, sessions } = this.#options;
    while (this.#begun < operations || this.#running.some((one) => one !== undefined)) {
      const ghost = this.#ghosts[this.#random.nextBelow(this.#ghosts.length + 1)];
      if (ghost !== undefined && ghost.result === undefined && this.#oneIn(8)) {
        this.#takeEffect(ghost);
      }
      this.#advance(this.#random.nextBelow(sessions));
    }
  }

  #oneIn(count: number): boolean {
    return this.#random.nextBelow(count) === 0;
  }

  #advance(session: number): void {
    const one = this.#running[session];
    if (one === undefined) {
      if (this.#begun < this.#options.operations) this.#begin(session);
    } else if (this.#oneIn(30)) {
      this.#emit(one, "info");
      this.#ghosts.push(one);
      this.#processes[session]! += this.#options.sessions;
      this.#running[session] = undefined;
    } else if (one.result === undefined) {
      this.#takeEffect(one);
    } else {
      this.#answer(one);
      this.#running[session] = undefined;
    }
  }

  #begin(session: number): void {
    const key = `k${this.#random.nextBelow(this.#options.keys)}`;
    const kind = this.#random.nextBelow(this.#options.deletes ? 9 : 8);
    const f = kind < 4 ? "get" : kind < 8 ? "put" : "delete";
    const context = this.#oneIn(4) ? undefined : this.#contexts.get(`${session} ${key}`);
    const carried = f === "get" ? undefined : context;
    const value = `w${this.#begun++}`;
    const version = { value, past: new Set([value, ...(carried?.past ?? [])]) };
    const process = this.#processes[session]!;
    const call = this.events.length;
    const one = { session, process, f, key, call, version, result: undefined } as const;
    this.#running[session] = { ...one, ctxIn: carried?.name };
    this.#emit(this.#running[session], "invoke");
  }

  #takeEffect(one: Running): void {
    const all = this.states.get(one.key)!;
    const now = all.at(-1)!;
    one.result = now;
    if (one.f === "get") return;
    const left = now.filter(({ value }) => !one.version.past.has(value));
    all.push(one.f === "put" ? [...left, one.version] : left);
  }

  #answer(one: Running): void {
    const end = this.events.length;
    const event = this.#emit(one, "ok");
    const version = one.f === "put" ? { version: one.version } : {};
    this.answered.push({ event, call: one.call, end, ...version });
    // A put without a context gives one that says nothing of what was read before.
    if (one.f !== "get" && one.ctxIn === undefined) return;
    const name = `${one.session} ${one.key}`;
    const known = one.f === "get" ? [] : [...(this.#contexts.get(name)?.past ?? [])];
    const pasts = one.f === "get" ? one.result!.map(({ past }) => past) : [one.version.past];
    const past = new Set([...known, ...pasts.flatMap((values) => [...values])]);
    this.#contexts.set(name, { name: `c${end}`, past });
  }

  #emit(one: Running, type: HistoryEvent["type"]): HistoryEvent {
    const { process, f, key, version, ctxIn } = one;
    const position = this.events.length;
    const isRead = f === "get" && type === "ok";
    const event: HistoryEvent = {
      index: position,
      time: position,
      process,
      session: `s${one.session}`,
      type,
      f,
      key,
      ...(f === "put" ? { value: version.value } : {}),
      ...(ctxIn === undefined || type !== "invoke" ? {} : { ctxIn }),
      ...(isRead ? { siblings: one.result!.map(({ value }) => value) } : {}),
      ...(type === "ok" ? { ctxOut: `c${position}` } : {}),
    };
    this.events.push(event);
    return event;
  }
}

/** The history with another answer to one get. */
export function withAnswer(
  { events }: CausalHistory,
  end: number,
  siblings: readonly string[],
): HistoryEvent[] {
  return events.map((event, position) => (position === end ? { ...event, siblings } : event));
}
