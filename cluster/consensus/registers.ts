// The registers of one linearizable keyspace on one node: voter for the keys that it is a voter of,
// and coordinator of whatever it is asked.
//
//   request -> queue of the key -> proposal.ts -> poll.ts -> the voters' acceptors -> engines
//
// Invariants:
//  I1. Of one key, one proposal of this node runs at a time; requests have their turn in the order
//      in which they came, but gets that wait share one proposal.
//  I2. A key is in memory only as long as a request for it runs, but for a bounded number of leads.
//
// While a plan changes, both majorities decide. Before the next plan is the only one, every key
// must have been read once under both: a get leaves the newest state at a majority of each.

import assert from "node:assert";
import type { Engine } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import type { RequestId } from "../versioning/version.ts";
import { Acceptor } from "./acceptor.ts";
import { BallotSource } from "./ballot.ts";
import { decode, encodeAnswer, encodeOther } from "./codec.ts";
import { Electorates, type VoterLists } from "./electorates.ts";
import { KeyList } from "./key-list.ts";
import { keyText } from "./key-text.ts";
import { Leads } from "./leads.ts";
import { type Answer, MessageKind } from "./messages.ts";
import { Polls } from "./poll.ts";
import { Proposal, type ProposalParts } from "./proposal.ts";
import { RecordTable } from "./record-table.ts";
import { Recoveries } from "./recovery.ts";
import {
  type Change,
  ONLY_TRY,
  type RegisterAnswer,
  RegisterRequest,
  type TryTimes,
} from "./request.ts";
import { Standing } from "./standing.ts";
import { VoterFile } from "./voter-file.ts";
import { Walk } from "./walk.ts";

export interface RegistersParts {
  readonly runtime: Runtime;
  /** Its conflicts are "linearizable". */
  readonly keyspace: Keyspace;
  /**
   * Voters of a key, different nodes, and while the plan changes those of the next plan as well:
   * then both majorities are needed. All nodes with a plan tell the same of it.
   */
  readonly votersOf: (key: Uint8Array) => VoterLists;
  /** At group or sync; for this alone. */
  readonly engine: Engine;
  /** Of a small file, on the disk of the engine and lost with it. */
  readonly dir: string;
  /** Not called for the node itself. */
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  /** Work that nobody waits for; an error there is the end of the node. */
  readonly watch: (work: Promise<unknown>) => void;
  /**
   * Every node that may vote on a key together with this one. When it is told, a disk that was lost
   * is filled again in the background; else key by key, as they are asked for.
   */
  readonly peers?: () => readonly NodeId[];
}

/** The requests of one key. */
interface Queue {
  running: Proposal | undefined;
  waiting: RegisterRequest[];
}

/** What there is between `start` and `stop`. */
interface Running {
  readonly acceptor: Acceptor;
  readonly standing: Standing;
  readonly recoveries: Recoveries;
  readonly walk: Walk | undefined;
  readonly list: KeyList;
  readonly proposing: ProposalParts;
}

export class Registers {
  readonly #parts: RegistersParts;
  readonly #electorates: Electorates;
  readonly #polls: Polls;
  /** By the text of the key. */
  readonly #queues = new Map<string, Queue>();
  readonly #votersMin: number;
  #running: Running | undefined;

  constructor(parts: RegistersParts) {
    const { runtime, keyspace, engine, votersOf, send } = parts;
    assert(keyspace.conflicts === "linearizable", "other keyspaces have replicas, not voters");
    assert(["group", "sync"].includes(engine.durability), "a vote outlives a loss of power");
    this.#parts = parts;
    const n = Object.values(keyspace.replicas).reduce((sum, replicas) => sum + replicas, 0);
    this.#votersMin = Math.floor(n / 2) + 1;
    this.#electorates = new Electorates(votersOf, runtime.probes);
    this.#polls = new Polls({
      runtime,
      send,
      electorateOf: (key) => this.#electorates.of(key),
      askHere: (ask) => this.#running?.acceptor.receive(runtime.nodeId, ask),
    });
  }

  /** Finds out which disk this is. Throws EngineError. */
  async start(): Promise<void> {
    assert(this.#running === undefined, "it starts once");
    this.#running = this.#open();
    this.#running.walk?.start();
  }

  /** Requests that are open end in CLUSTER_CLOSED, and nothing is answered any more. */
  stop(): void {
    this.#running?.walk?.stop();
    this.#running?.recoveries.stop();
    this.#running?.standing.stop();
    this.#running = undefined;
    for (const { running, waiting } of this.#queues.values()) {
      running?.stop();
      for (const request of [...(running?.requests ?? []), ...waiting]) request.close();
    }
    this.#queues.clear();
  }

  /**
   * Whether this disk lacks nothing that the node ever voted on, so that the loss of another does
   * no harm. False without `peers`, as nobody could tell.
   */
  get isWhole(): boolean {
    const { peers } = this.#parts;
    return peers !== undefined && this.#running?.standing.isWhole(peers()) === true;
  }

  /** The value; `key` must not be changed before the answer, here and below. */
  get(key: Uint8Array, timeoutMs: number): Promise<RegisterAnswer> {
    return this.#request(key, undefined, timeoutMs, ONLY_TRY);
  }

  /** Writes, or removes when `value` is undefined. A retry has the id of what it retries. */
  put(
    key: Uint8Array,
    value: Uint8Array | undefined,
    id: RequestId,
    timeoutMs: number,
    times: TryTimes = ONLY_TRY,
  ): Promise<RegisterAnswer> {
    return this.#request(key, { kind: "put", id, value }, timeoutMs, times);
  }

  /** Puts when the value is the one expected; undefined stands for none, in both places. */
  compareAndSet(
    key: Uint8Array,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    id: RequestId,
    timeoutMs: number,
    times: TryTimes = ONLY_TRY,
  ): Promise<RegisterAnswer> {
    const change: Change = { kind: "compare-and-set", id, expected, value };
    return this.#request(key, change, timeoutMs, times);
  }

  /** @throws ClusterError CLUSTER_MESSAGE for bytes that are no message; nothing is changed then */
  receive(from: NodeId, payload: Uint8Array): void {
    const message = decode(payload);
    const running = this.#running;
    if (running === undefined) return;
    switch (message.kind) {
      case MessageKind.peek:
      case MessageKind.prepare:
      case MessageKind.accept:
        running.acceptor.receive(from, message);
        return;
      case MessageKind.answer:
        this.#polls.take(from, message.answer);
        return;
      case MessageKind.list:
        this.#parts.watch(this.#list(from, running.list.page(from, message)));
        return;
      case MessageKind.listed:
        running.walk?.listed(from, message);
        return;
      default:
        running.standing.receive(from, message);
        return;
    }
  }

  #request(
    key: Uint8Array,
    change: Change | undefined,
    timeoutMs: number,
    times: TryTimes,
  ): Promise<RegisterAnswer> {
    const { timers, clock } = this.#parts.runtime;
    const request = new RegisterRequest(change, times, clock.nowMs());
    if (this.#running === undefined) {
      request.close();
      return request.answer;
    }
    const { voters } = this.#parts.votersOf(key);
    if (voters.length < this.#votersMin) {
      const message = `${voters.length} voters of the key, ${this.#votersMin} needed: add nodes`;
      request.fail(new ClusterError("CLUSTER_UNAVAILABLE", message));
      return request.answer;
    }
    const text = keyText(key);
    let queue = this.#queues.get(text);
    if (queue === undefined) {
      queue = { running: undefined, waiting: [] };
      this.#queues.set(text, queue);
    }
    const onTimeout = (): void => this.#onTimeout(text, key, request, timeoutMs);
    request.cancelTimer = timers.after(timeoutMs, onTimeout);
    queue.waiting.push(request);
    if (queue.running === undefined) this.#next(text, key, queue);
    return request.answer;
  }

  /** I1: the next change, or all gets that wait. */
  #next(text: string, key: Uint8Array, queue: Queue): void {
    queue.running = undefined;
    const first = queue.waiting[0];
    if (first === undefined) {
      this.#queues.delete(text);
      return;
    }
    const isTaken = (it: RegisterRequest): boolean =>
      first.change === undefined ? it.change === undefined : it === first;
    const taken = queue.waiting.filter(isTaken);
    queue.waiting = queue.waiting.filter((it) => !isTaken(it));
    if (taken.length > 1) this.#parts.runtime.probes.mark("consensus gets shared a proposal");
    const { proposing } = this.#running!;
    const onEnd = (): void => this.#next(text, key, queue);
    queue.running = new Proposal(proposing, text, key, taken, onEnd);
    queue.running.start();
  }

  #onTimeout(text: string, key: Uint8Array, request: RegisterRequest, timeoutMs: number): void {
    const queue = this.#queues.get(text);
    if (queue === undefined) return;
    this.#parts.runtime.probes.mark("consensus request timed out");
    request.timeOut(timeoutMs);
    const { running } = queue;
    const at = running?.requests.indexOf(request) ?? -1;
    if (running === undefined || at < 0) {
      queue.waiting = queue.waiting.filter((it) => it !== request);
      return;
    }
    running.requests.splice(at, 1);
    if (running.requests.length > 0) return;
    running.stop();
    this.#next(text, key, queue);
  }

  async #list(from: NodeId, listing: ReturnType<KeyList["page"]>): Promise<void> {
    try {
      const listed = await listing;
      if (this.#running !== undefined) this.#parts.send(from, encodeOther(listed));
    } catch (error) {
      // Whoever asked asks again, or somebody else.
      if (!(error instanceof EngineError)) throw error;
      this.#parts.runtime.probes.mark("consensus could not list");
    }
  }

  #open(): Running {
    const { runtime, engine, dir, send, watch, peers } = this.#parts;
    const { nodeId, files, random, clock, probes } = runtime;
    const file = new VoterFile({
      ...{ files, dir, node: nodeId },
      random: random.split("disk"),
      nowWallMs: clock.wallMs(),
    });
    probes.mark(file.isNew ? "consensus disk is new" : "consensus disk is known");
    const tell = (to: NodeId, message: Parameters<typeof encodeOther>[0]): void =>
      send(to, encodeOther(message));
    const answer = (to: NodeId, it: Answer): void => {
      if (to === nodeId) this.#polls.take(to, it);
      else if (this.#running !== undefined) send(to, encodeAnswer(it));
    };
    const electorateOf = (key: Uint8Array) => this.#electorates.of(key);
    const records = new RecordTable(engine, watch, probes);
    const standing = new Standing({ runtime, file, tell });
    const recover = (text: string, key: Uint8Array): void => recoveries.begin(text, key);
    const voting = { records, standing, electorateOf, answer, recover, watch };
    const acceptor = new Acceptor({ runtime, ...voting });
    const recoveries = new Recoveries({ polls: this.#polls, standing, acceptor });
    const walking = { runtime, file, standing, acceptor, electorateOf, recover, tell, watch };
    const walk = peers === undefined ? undefined : new Walk({ ...walking, peers });
    const list = new KeyList({ engine, electorateOf, isWhole: () => this.isWhole });
    const ballots = new BallotSource(nodeId, random.split("ballots"));
    const proposing = { polls: this.#polls, ballots, leads: new Leads(), acceptor };
    return { acceptor, standing, recoveries, walk, list, proposing };
  }
}
