// A session of a scenario: asks one thing at a time, of any node, and writes down what it asked and
// what it was told.
//
// Steps of a request:
//  1. It is sent to a node. Its link loses, delays and doubles as the others do; a request that
//     must not come twice is not doubled, and not sent again.
//  2. Without an answer in time another node is asked the same, up to `ATTEMPTS_MAX` in all.
//  3. The first answer counts, whoever gives it.
//
// Rules of the history: a request that was not answered in time is `info`, and the session goes on
// as another process (cluster/checking/history.ts, R2 and R3).

import type { HistoryEvent } from "../checking/history.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import type { Operation } from "./scenario.ts";
import type { World } from "./world.ts";

const TIMEOUT_MS = 1500;
const ATTEMPT_MS = 350;
/** Sooner than most answers come, so that two nodes do the same at a time. */
const HASTY_ATTEMPT_MS = 1;
const ATTEMPTS_MAX = 4;
/** Between an answer and the next request. */
const PAUSE_MIN_MS = 1;

/** What an event of the history says beyond who, when and what for. */
export type Details = Pick<HistoryEvent, "value" | "siblings" | "ctxIn" | "ctxOut">;

/** How a session and the nodes of its scenario talk; made anew for each session. */
export interface ClientProtocol {
  /**
   * The datagram that asks, and what the history says of the request. Attempts count from 1; only
   * the datagram may depend on them.
   */
  ask(
    request: string,
    operation: Operation,
    attempt: number,
  ): { datagram: Uint8Array; details: Details };
  /** Whether nodes that get the request twice do it once. Absent: they do not. */
  isRepeatable?(operation: Operation): boolean;
  /** What the history says of an answer to the operation; undefined when it is none to it. */
  answer(datagram: Uint8Array, request: string, operation: Operation): Details | undefined;
}

interface ClientParts {
  readonly session: number;
  readonly nodes: readonly NodeId[];
  readonly operations: readonly Operation[];
  /** From then on it asks for nothing more, but reads each of these keys once. */
  readonly closesAtMs: number;
  readonly keys: readonly string[];
  readonly random: RandomStream;
  readonly world: World;
  readonly protocol: ClientProtocol;
  /** All sessions write into one. */
  readonly history: HistoryEvent[];
  /** A process number that was not used yet. */
  readonly nextProcess: () => number;
}

interface Asked {
  readonly request: string;
  readonly operation: Operation;
  readonly details: Details;
  readonly timeout: number;
  /** Who was asked last. */
  node: NodeId;
  attempts: number;
  /** Cancels the next attempt. */
  retry: number | undefined;
}

class Client {
  readonly #parts: ClientParts;
  readonly #id: NodeId;
  #process: number;
  #requests = 0;
  #operations: readonly Operation[];
  #next = 0;
  #isPausing = false;
  /** Of the operation that was asked for last. */
  #chance: RandomStream;
  #asked: Asked | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#id = `client${parts.session}`;
    this.#process = parts.nextProcess();
    this.#chance = parts.random;
    this.#operations = parts.operations;
    const receive = (from: NodeId, datagram: Uint8Array): boolean => this.#receive(from, datagram);
    parts.world.network.attach(this.#id, receive, "plain");
    parts.world.scheduler.schedule(parts.closesAtMs * 1000, () => this.#close(), "plain");
    this.#goOn();
  }

  #close(): void {
    const { session, keys } = this.#parts;
    this.#operations = keys.map((key) => ({ session, atMs: 0, f: "get", key }));
    this.#next = 0;
    if (this.#asked === undefined) this.#goOn();
  }

  #goOn(): void {
    if (this.#isPausing) return;
    const operation = this.#operations[this.#next];
    if (operation === undefined) return;
    this.#next++;
    this.#isPausing = true;
    const goOn = (): void => {
      this.#isPausing = false;
      this.#ask(operation);
    };
    const { world } = this.#parts;
    const delayMs = Math.max(PAUSE_MIN_MS, operation.atMs - world.nowMs);
    world.scheduler.schedule(delayMs * 1000, goOn, "plain");
  }

  #ask(operation: Operation): void {
    const { session, world, protocol, random } = this.#parts;
    // Its own, so that a smaller plan asks the same nodes for what is left of it.
    this.#chance = random.split(`${operation.atMs} ${operation.key}`);
    const request = `s${session}:${++this.#requests}`;
    const node = this.#nodeFor(operation, undefined);
    const { datagram, details } = protocol.ask(request, operation, 1);
    const onTimeout = (): void => this.#timeOut();
    const timeout = world.scheduler.schedule(TIMEOUT_MS * 1000, onTimeout, "plain");
    const asked = { request, operation, details, timeout, node, attempts: 1, retry: undefined };
    this.#asked = asked;
    this.#note("invoke", details);
    this.#send(asked, datagram);
  }

  #nodeFor(operation: Operation, last: NodeId | undefined): NodeId {
    const { nodes } = this.#parts;
    if (operation.node !== undefined) return operation.node;
    const others = nodes.filter((node) => node !== last);
    return others.length === 0 ? last! : others[this.#chance.nextBelow(others.length)]!;
  }

  #send(asked: Asked, datagram: Uint8Array): void {
    const { world, protocol } = this.#parts;
    const isRepeatable = protocol.isRepeatable?.(asked.operation) === true;
    world.network.send(this.#id, asked.node, datagram, isRepeatable ? "any" : "once");
    if (!isRepeatable || asked.attempts === ATTEMPTS_MAX) return;
    const isHasty = world.probes.buggify("a client asks again at once");
    const delayUs = (isHasty ? HASTY_ATTEMPT_MS : ATTEMPT_MS) * 1000;
    asked.retry = world.scheduler.schedule(delayUs, () => this.#askAgain(asked), "plain");
  }

  #askAgain(asked: Asked): void {
    const { world, protocol } = this.#parts;
    asked.attempts++;
    asked.node = this.#nodeFor(asked.operation, asked.node);
    world.probes.mark("a client asked again");
    const { datagram } = protocol.ask(asked.request, asked.operation, asked.attempts);
    this.#send(asked, datagram);
  }

  #receive(from: NodeId, datagram: Uint8Array): boolean {
    if (this.#asked === undefined) return false;
    const { request, operation } = this.#asked;
    const details = this.#parts.protocol.answer(datagram, request, operation);
    if (details === undefined) return false;
    this.#asked.node = from;
    this.#end("ok", details);
    return true;
  }

  #timeOut(): void {
    this.#end("info", this.#asked!.details);
  }

  /** After an end that tells nothing the session goes on as another process. */
  #end(type: "ok" | "info", details: Details): void {
    const { scheduler } = this.#parts.world;
    const { timeout, retry } = this.#asked!;
    scheduler.cancel(timeout);
    if (retry !== undefined) scheduler.cancel(retry);
    this.#note(type, details);
    this.#asked = undefined;
    if (type === "info") this.#process = this.#parts.nextProcess();
    this.#goOn();
  }

  #note(type: HistoryEvent["type"], details: Details): void {
    const { session, world, history } = this.#parts;
    const { operation, node } = this.#asked!;
    const event: HistoryEvent = {
      index: history.length,
      time: world.scheduler.nowUs * 1000,
      process: this.#process,
      session: `s${session}`,
      type,
      f: operation.f,
      key: operation.key,
      ...details,
      node,
    };
    history.push(event);
    world.noteClient(JSON.stringify(event));
  }
}

/** One client for each session of the plan's operations. Returns what they write into. */
export function startClients(
  world: World,
  parts: Pick<ClientParts, "nodes" | "operations" | "closesAtMs" | "random">,
  protocolOf: (session: number) => ClientProtocol,
): HistoryEvent[] {
  const history: HistoryEvent[] = [];
  let processes = 0;
  const keys = [...new Set(parts.operations.map(({ key }) => key))].sort();
  for (const [session, operations] of Map.groupBy(parts.operations, (it) => it.session)) {
    new Client({
      ...parts,
      session,
      operations,
      keys,
      random: parts.random.split(session),
      world,
      protocol: protocolOf(session),
      history,
      nextProcess: () => processes++,
    });
  }
  return history;
}
