// One session of a simulated cluster's clients: asks one thing at a time through the product's own
// client, and writes down what it asked and what it was told.
//
// Rules of the history (cluster/checking/history.ts):
//  - what ends in an error is `fail` when it is known not to have happened, else `info`, and the
//    session goes on as another process;
//  - a compare-and-set that found something else is `fail`: it changed nothing;
//  - a get of several keys is a get of each, by processes of their own. Those of a scan begin with
//    the scan, and each ends with the page that comes past its key.

import type { HistoryEvent } from "../../checking/history.ts";
import type { ClientOptions } from "../../client/options.ts";
import { ClusterClient } from "../../client.ts";
import { ClusterError } from "../../errors.ts";
import type { Ring } from "../../ring/ring.ts";
import type { RandomStream } from "../../runtime.ts";
import type { AnsweredBy } from "../../transport/message.ts";
import type { Operation } from "../scenario.ts";
import type { World } from "../world.ts";
import { clientRuntime } from "./client-runtime.ts";
import { bytesOfValue, textOfValue } from "./client-value.ts";
import { type ManyPage, type ManyRead, readMany } from "./read-many.ts";
import type { AskMode, ClusterShape } from "./shape.ts";

/** Between an answer and the next request. */
const PAUSE_MIN_MS = 1;

type Details = Pick<HistoryEvent, "value" | "siblings" | "ctxIn" | "ctxOut" | "error">;

/** What an answer tells beyond the history. */
export interface Answer {
  readonly operation: Operation;
  /** Positions in the history, from 0, of the invocation and its completion. */
  readonly call: number;
  readonly end: number;
  readonly answeredBy: AnsweredBy;
  readonly attempts: number;
  readonly ask: AskMode;
}

export interface SessionParts {
  readonly name: string;
  readonly world: World;
  readonly ring: Ring;
  readonly shape: ClusterShape;
  readonly random: RandomStream;
  /** All sessions write into one. */
  readonly history: HistoryEvent[];
  /** As into the history. */
  readonly answers?: Answer[];
  /** Of operations on several keys, in the order of their beginnings. */
  readonly many?: ManyRead[];
  /** A process number that was not used yet. */
  readonly nextProcess: () => number;
  /** The data centre of the client; absent: all are equally near. */
  readonly dc?: string;
  readonly habits?: SessionHabits;
}

/** What one session does in its own way; what is absent it does as all do. */
export interface SessionHabits {
  readonly ask?: AskMode;
  readonly client?: Partial<ClientOptions>;
  /** Puts give values and a context, as reads do; else only reads give them. */
  readonly wantsValues?: boolean;
  /**
   * What it writes, not yet filled up; unique of the key. `writes` is how many it has begun, this
   * one among them, `seen` what it was last told of the key.
   */
  readonly nextValue?: (writes: number, seen: readonly string[]) => string;
}

/** What the client said of an operation that was done. */
interface Told {
  /** False of a compare-and-set that found something else. */
  readonly isDone: boolean;
  readonly details: Details;
  readonly answeredBy: AnsweredBy;
  readonly attempts: number;
}

/** Of an operation on several keys: one that has no answer yet. */
interface OpenGet {
  readonly each: Operation;
  readonly process: number;
  readonly call: number;
  readonly ask: AskMode;
}

export class Session {
  readonly client: ClusterClient;
  readonly #parts: SessionParts;
  readonly #contexts = new Map<string, Uint8Array>();
  /** By key, what it read or wrote last: of one value, what a compare-and-set expects. */
  readonly #seen = new Map<string, readonly string[]>();
  #process: number;
  #writes = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#process = parts.nextProcess();
    const { ring, shape, dc, habits } = parts;
    this.client = new ClusterClient(
      clientRuntime(parts.world, `client-${parts.name}`, parts.random),
      {
        ...{ ring, keyspaces: [shape.keyspace], timeoutMs: shape.timeoutMs },
        ...{ attemptTimeoutMs: shape.attemptTimeoutMs, backoffMs: 20, attemptsMax: 4 },
        route: parts.random.nextBelow(2) === 0 ? "any" : "replica",
        ...(dc === undefined ? {} : { dc }),
        ...habits?.client,
      },
    );
  }

  /** One after the other, each at its time or later, as long as `untilMs` is not reached. */
  async run(operations: readonly Operation[], untilMs: number): Promise<void> {
    for (const operation of operations) {
      await this.sleepUntil(operation.atMs);
      if (this.#parts.world.nowMs >= untilMs) return;
      await this.perform(operation);
    }
  }

  /** Says whether it was done. */
  async perform(operation: Operation, ask: AskMode = this.#ask): Promise<boolean> {
    if (operation.alsoKeys !== undefined) return this.#performMany(operation, ask);
    const asked = this.#asked(operation);
    const call = this.#note("invoke", operation, asked, this.#process);
    try {
      const told = await this.#told(operation, asked, ask);
      this.#end(operation, told, { call, process: this.#process, ask });
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      const isRead = operation.f === "get";
      const type = isRead || error.fate === "not-done" ? "fail" : "info";
      this.#note(type, operation, { ...asked, error: error.code }, this.#process);
      if (type === "info") this.#process = this.#parts.nextProcess();
      return false;
    }
  }

  get #ask(): AskMode {
    const { habits, shape } = this.#parts;
    return habits?.ask ?? shape.ask;
  }

  /** In virtual time, and never at once. */
  sleepUntil(ms: number): Promise<void> {
    const { world } = this.#parts;
    const delayMs = Math.max(PAUSE_MIN_MS, ms - world.nowMs);
    return new Promise((resolve) => {
      world.scheduler.schedule(delayMs * 1000, resolve);
    });
  }

  /** Says whether all of it was done. A key is answered with the page that came past it. */
  async #performMany(operation: Operation, ask: AskMode): Promise<boolean> {
    const { shape, nextProcess, many } = this.#parts;
    const open = [operation.key, ...operation.alsoKeys!].map((key, i): OpenGet => {
      const each: Operation = { ...operation, key };
      const process = i === 0 ? this.#process : nextProcess();
      return { each, process, ask, call: this.#note("invoke", each, { value: null }, process) };
    });
    const { read: consistency, mode } = ask;
    const pages: ManyPage[] = [];
    many?.push({ operation, call: open[0]!.call, pages });
    const pause = (ms: number): Promise<void> => this.sleepUntil(this.#parts.world.nowMs + ms);
    const how = { consistency, mode };
    let isDone = true;
    let code = "beyond the last page";
    try {
      for await (const page of readMany(this.client, shape.keyspace.name, operation, how, pause)) {
        pages.push(page);
        while (open.length > 0 && (page.next === undefined || open[0]!.each.key < page.next)) {
          if (!this.#endOne(page, open.shift()!)) isDone = false;
        }
      }
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      code = error.code;
    }
    for (const { each, process } of open) {
      this.#note("fail", each, { value: null, error: code }, process);
    }
    return isDone && open.length === 0;
  }

  /** Says whether it was done. */
  #endOne({ entries, ...told }: ManyPage, get: OpenGet): boolean {
    const { each, process } = get;
    const entry = entries.find(({ key }) => key === each.key);
    if (entry?.error !== undefined) {
      this.#note("fail", each, { value: null, error: entry.error.code }, process);
      return false;
    }
    const details = this.#read(each.key, entry?.values ?? [], entry?.context);
    this.#end(each, { ...told, isDone: true, details }, get);
    return true;
  }

  #asked({ f, key, isBlind }: Operation): Details {
    if (f === "get") return { value: null };
    const context = isBlind === true ? undefined : this.#contexts.get(key);
    const ctxIn = context === undefined ? {} : { ctxIn: textOf(context) };
    if (f === "delete") return { value: null, ...ctxIn };
    const { name, habits } = this.#parts;
    const seen = this.#seen.get(key) ?? [];
    this.#writes++;
    const value = habits?.nextValue?.(this.#writes, seen) ?? `${name}:${this.#writes}`;
    if (f === "put") return { value, ...ctxIn };
    return { value: [seen[0] ?? null, value] };
  }

  async #told(operation: Operation, asked: Details, { read, write, mode }: AskMode): Promise<Told> {
    const { f, key, isBlind } = operation;
    const { keyspace } = this.#parts.shape;
    const name = Buffer.from(key);
    const isRegister = keyspace.conflicts === "linearizable";
    if (f === "get") {
      const how = isRegister ? {} : { consistency: read, mode };
      const { values, context, ...told } = await this.client.get(keyspace.name, name, how);
      return { ...told, isDone: true, details: this.#read(key, values, context) };
    }
    if (f === "cas") return this.#swap(key, asked);
    const context = isBlind === true ? undefined : this.#contexts.get(key);
    const wantsValues = this.#parts.habits?.wantsValues === true;
    const how = {
      ...(isRegister ? {} : { consistency: write, wantsValues }),
      ...(context === undefined ? {} : { context }),
    };
    const answer =
      f === "delete"
        ? await this.client.delete(keyspace.name, name, how)
        : await this.client.put(keyspace.name, name, this.#bytesOf(asked.value as string), how);
    const { answeredBy, attempts } = answer;
    this.#seen.set(key, f === "delete" ? [] : [asked.value as string]);
    if (answer.context === undefined) return { isDone: true, details: asked, answeredBy, attempts };
    const { siblings, ctxOut } = this.#read(key, answer.values, answer.context);
    const details = { ...asked, siblings: siblings!, ctxOut: ctxOut! };
    return { isDone: true, details, answeredBy, attempts };
  }

  async #swap(key: string, asked: Details): Promise<Told> {
    const [expected, next] = asked.value as readonly [string | null, string];
    const { isSwapped, answeredBy, attempts } = await this.client.compareAndSet(
      this.#parts.shape.keyspace.name,
      Buffer.from(key),
      expected === null ? undefined : this.#bytesOf(expected),
      this.#bytesOf(next),
    );
    if (isSwapped) this.#seen.set(key, [next]);
    return { isDone: isSwapped, details: asked, answeredBy, attempts };
  }

  #read(key: string, values: readonly Uint8Array[], context: Uint8Array | undefined): Details {
    const siblings = values.map(textOfValue);
    const value = siblings[0] ?? null;
    this.#seen.set(key, siblings);
    if (context === undefined) return { value, siblings };
    this.#contexts.set(key, context);
    return { value, siblings, ctxOut: textOf(context) };
  }

  #bytesOf(value: string): Uint8Array {
    return bytesOfValue(value, this.#parts.shape.valueBytes);
  }

  #end(
    operation: Operation,
    { isDone, details, answeredBy, attempts }: Told,
    { call, process, ask }: { call: number; process: number; ask: AskMode },
  ): void {
    const end = this.#note(isDone ? "ok" : "fail", operation, details, process);
    this.#parts.answers?.push({ operation, call, end, answeredBy, attempts, ask });
  }

  /** Returns its position in the history. */
  #note(
    type: HistoryEvent["type"],
    { f, key }: Operation,
    details: Details,
    process: number,
  ): number {
    const { name: session, world, history } = this.#parts;
    const index = history.length;
    const time = world.scheduler.nowUs * 1000;
    const event: HistoryEvent = { index, time, process, session, type, f, key, ...details };
    history.push(event);
    world.noteClient(JSON.stringify(event));
    return index;
  }
}

function textOf(context: Uint8Array): string {
  return Buffer.from(context).toString("base64");
}
