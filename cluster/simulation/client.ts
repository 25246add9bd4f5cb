// A session of a scenario: asks one thing at a time, of any node, and writes down what it asked and
// what it was told.
//
// Rules of the history: a request that was not answered in time is `info`, and the session goes on
// as another process (cluster/checking/history.ts, R2 and R3).

import type { HistoryEvent } from "../checking/history.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import type { Operation } from "./scenario.ts";
import type { World } from "./world.ts";

const TIMEOUT_MS = 1500;
/** Between an answer and the next request. */
const PAUSE_MIN_MS = 1;

/** What an event of the history says beyond who, when and what for. */
export type Details = Pick<HistoryEvent, "value" | "siblings" | "ctxIn" | "ctxOut">;

/** How a session and the nodes of its scenario talk; made anew for each session. */
export interface ClientProtocol {
  /** The datagram that asks, and what the history says of the request. */
  ask(request: string, operation: Operation): { datagram: Uint8Array; details: Details };
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
  readonly node: NodeId;
  readonly timeout: number;
}

class Client {
  readonly #parts: ClientParts;
  readonly #id: NodeId;
  #process: number;
  #requests = 0;
  #operations: readonly Operation[];
  #next = 0;
  #isPausing = false;
  #asked: Asked | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#id = `client${parts.session}`;
    this.#process = parts.nextProcess();
    this.#operations = parts.operations;
    const receive = (_from: NodeId, datagram: Uint8Array): boolean => this.#receive(datagram);
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
    const { session, nodes, random, world, protocol } = this.#parts;
    const request = `s${session}:${++this.#requests}`;
    const node = operation.node ?? nodes[random.nextBelow(nodes.length)]!;
    const { datagram, details } = protocol.ask(request, operation);
    const onTimeout = (): void => this.#timeOut();
    const timeout = world.scheduler.schedule(TIMEOUT_MS * 1000, onTimeout, "plain");
    this.#asked = { request, operation, details, node, timeout };
    this.#note("invoke", details);
    world.network.send(this.#id, node, datagram);
  }

  #receive(datagram: Uint8Array): boolean {
    if (this.#asked === undefined) return false;
    const { request, operation, timeout } = this.#asked;
    const details = this.#parts.protocol.answer(datagram, request, operation);
    if (details === undefined) return false;
    this.#parts.world.scheduler.cancel(timeout);
    this.#note("ok", details);
    this.#asked = undefined;
    this.#goOn();
    return true;
  }

  #timeOut(): void {
    this.#note("info", this.#asked!.details);
    this.#asked = undefined;
    this.#process = this.#parts.nextProcess();
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
