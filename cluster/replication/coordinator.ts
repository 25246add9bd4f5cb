// The coordinator: what a node does with the requests of clients. Any node can; a key need not be
// its own.
//
// Steps:
//  1. Refuse what cannot be, by name, before anything is sent.
//  2. Find the replicas of the key, and of them whom to ask (read-request.ts, write-request.ts).
//  3. Answer, with who took part.
//
// Invariants:
//  I1. Every message of a client is answered once, or never when the node dies.
//  I2. A request that is shed has done nothing, nor has a copy of it.

import assert from "node:assert";
import type { Registers } from "../consensus/registers.ts";
import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import type { NodeId } from "../runtime.ts";
import {
  type ClientMessage,
  type CompareAndSetMessage,
  type GetManyMessage,
  type GetMessage,
  Kind,
  type PutMessage,
  type ScanMessage,
} from "../transport/message.ts";
import { Answers } from "./answers.ts";
import type { Consistency } from "./consistency.ts";
import { ContactLists } from "./contact-lists.ts";
import { GetMany } from "./get-many.ts";
import type { LoadLimit } from "./load-limit.ts";
import { needOf } from "./need.ts";
import { plantedNeed } from "./planted-need.ts";
import type { ReadListener } from "./read-parts.ts";
import { ReadRequest } from "./read-request.ts";
import { RecentCopies } from "./recent-copies.ts";
import {
  asClusterError,
  checkKey,
  checkKeyCount,
  checkNoLevel,
  checkValue,
  contextOf,
} from "./request-checks.ts";
import { scanPage } from "./scan-request.ts";
import type { Host, Site } from "./site.ts";
import type { WriteListener } from "./write-parts.ts";
import { WriteRequest } from "./write-request.ts";

/** Of a client's tries: a write that comes after so many later ones is as good as lost. */
const WINDOW_TURNS = 2 ** 14;
/** A client that restarts has another number: its turns are far apart only when they begin anew. */
const FAR_TURNS = 2 ** 36;
/** Keys of a page at most. */
const SCAN_LIMIT_MAX = 10_000;

/** A keyspace: a linearizable one has registers, any other a host of versions. */
export interface Served {
  readonly keyspace: Keyspace;
  readonly host?: Host;
  readonly registers?: Registers;
}

export class Coordinator implements ReadListener, WriteListener {
  readonly #site: Site;
  readonly #served: ReadonlyMap<string, Served>;
  readonly #limit: LoadLimit;
  readonly #answers: Answers;
  readonly #contacts: ContactLists;
  /** By the number of the client, which no other run of it has. */
  readonly #copies = new RecentCopies<number>(WINDOW_TURNS, FAR_TURNS);

  constructor(site: Site, served: ReadonlyMap<string, Served>, limit: LoadLimit) {
    this.#site = site;
    this.#served = served;
    this.#limit = limit;
    this.#answers = new Answers(site);
    this.#contacts = new ContactLists(site);
  }

  receive(from: NodeId, message: ClientMessage): void {
    const isWrite = message.kind === Kind.put || message.kind === Kind.compareAndSet;
    if (isWrite && this.#copies.isCopy(message.id.client, message.attempt)) return;
    if (this.#site.requests.isFull || !this.#limit.tryEnter()) {
      const text = `the node has ${this.#limit.active} requests open: ask another, or later`;
      this.#answers.fail(from, message, new ClusterError("CLUSTER_OVERLOADED", text));
      return;
    }
    try {
      this.#start(from, message, this.#servedOf(message));
    } catch (error) {
      this.#limit.leave();
      this.#answers.fail(from, message, asClusterError(error));
    }
  }

  readDone(request: ReadRequest, set: Uint8Array | undefined): void {
    this.#limit.leave();
    this.#answers.read(request, set);
  }

  readFailed(request: ReadRequest, error: ClusterError): void {
    this.#limit.leave();
    const { from, attempt } = request.parts;
    this.#answers.failAttempt(from, attempt, error, request.answeredBy());
  }

  writeDone(request: WriteRequest, set: Uint8Array): void {
    this.#limit.leave();
    this.#answers.written(request, set);
  }

  writeFailed(request: WriteRequest, error: ClusterError): void {
    this.#limit.leave();
    const { from, attempt } = request.parts;
    this.#answers.failAttempt(from, attempt, error, request.answeredBy());
  }

  #start(from: NodeId, message: ClientMessage, { keyspace, host, registers }: Served): void {
    if (registers !== undefined) {
      this.#decide(from, message, keyspace, registers);
      return;
    }
    assert(host !== undefined, "a keyspace has registers or a host");
    switch (message.kind) {
      case Kind.get:
        this.#get(from, message, host);
        return;
      case Kind.put:
        this.#put(from, message, host);
        return;
      case Kind.getMany:
        this.#getMany(from, message, host);
        return;
      case Kind.compareAndSet: {
        const { name, conflicts } = host.keyspace;
        const text =
          `keyspace ${name} is ${conflicts}, and compare-and-set is for linearizable ones: ` +
          "read, and put with the context of the read";
        throw new ClusterError("CLUSTER_KEYSPACE", text);
      }
      case Kind.scan:
        this.#scan(from, message, host);
        return;
    }
  }

  #get(from: NodeId, message: GetMessage, host: Host): void {
    const { key, consistency, mode, attempt } = message;
    checkKey(host.keyspace, key);
    const vnode = host.topology.vnodeOf(key);
    const contacts = this.#contacts.toRead(host, vnode);
    const need = this.#need(host, consistency, "read");
    const deadlineMs = this.#deadlineOf(message);
    const parts = { key, contacts, need, mode, deadlineMs, listener: this, from, attempt };
    new ReadRequest(this.#site, host, parts).start();
  }

  #put(from: NodeId, message: PutMessage, host: Host): void {
    const { key, value, context: contextBytes, consistency } = message;
    checkKey(host.keyspace, key);
    if (value !== undefined) checkValue(host.keyspace, value);
    const context = contextOf(contextBytes);
    const vnode = host.topology.vnodeOf(key);
    const { contacts, down } = this.#contacts.toWrite(host, vnode, consistency.level === "ANY");
    const { id, attempt, wantsValues } = message;
    new WriteRequest(this.#site, host, {
      ...{ key, value, contextBytes, context, id, contacts, down, from, attempt, wantsValues },
      need: this.#need(host, consistency, "write", vnode),
      deadlineMs: this.#deadlineOf(message),
      listener: this,
    }).start();
  }

  #getMany(from: NodeId, message: GetManyMessage, host: Host): void {
    const { keys, consistency, mode } = message;
    checkKeyCount(keys.length);
    for (const key of keys) checkKey(host.keyspace, key);
    const need = this.#need(host, consistency, "read");
    const deadlineMs = this.#deadlineOf(message);
    const done = (many: GetMany): void => {
      this.#limit.leave();
      this.#site.send(from, many.answer(message.attempt));
    };
    const many = new GetMany(keys, done);
    if (keys.length === 0) done(many);
    keys.forEach((key, index) => {
      const contacts = this.#contacts.toRead(host, host.topology.vnodeOf(key));
      const listener = many;
      const parts = { key, contacts, need, mode, deadlineMs, listener, from, attempt: index };
      new ReadRequest(this.#site, host, parts).start();
    });
  }

  #scan(from: NodeId, message: ScanMessage, host: Host): void {
    checkKey(host.keyspace, message.from);
    const scanning = scanPage(this.#site, host, {
      message: { ...message, limit: Math.min(message.limit, SCAN_LIMIT_MAX) },
      need: this.#need(host, message.consistency, "read"),
      contactsOf: (vnode) => this.#contacts.toRead(host, vnode),
      deadlineMs: this.#deadlineOf(message),
    });
    scanning.then(
      (found) => {
        this.#limit.leave();
        const { attempt } = message;
        this.#site.send(from, { kind: Kind.manyAnswer, attempt, error: undefined, ...found });
      },
      (error: unknown) => {
        this.#limit.leave();
        this.#answers.fail(from, message, asClusterError(error));
      },
    );
  }

  /** Requests of a linearizable keyspace. */
  #decide(from: NodeId, message: ClientMessage, keyspace: Keyspace, registers: Registers): void {
    if (message.kind === Kind.scan || message.kind === Kind.getMany) {
      const text = `keyspace ${keyspace.name} is linearizable, key by key: get one key at a time`;
      throw new ClusterError("CLUSTER_KEYSPACE", text);
    }
    checkKey(keyspace, message.key);
    if (message.kind !== Kind.compareAndSet) checkNoLevel(keyspace.name, message.consistency);
    const deciding = this.#deciding(message, keyspace, registers);
    deciding.then(
      ({ value, isSwapped, answeredBy }) => {
        this.#limit.leave();
        this.#site.send(from, {
          kind: Kind.answer,
          attempt: message.attempt,
          error: undefined,
          answeredBy: { primaries: answeredBy, fallbacks: [] },
          values: value === undefined ? [] : [value],
          context: undefined,
          isSwapped,
        });
      },
      (error: unknown) => {
        this.#limit.leave();
        this.#answers.fail(from, message, asClusterError(error));
      },
    );
  }

  #deciding(
    message: GetMessage | PutMessage | CompareAndSetMessage,
    keyspace: Keyspace,
    registers: Registers,
  ): ReturnType<Registers["get"]> {
    const { key, timeoutMs } = message;
    if (message.kind === Kind.get) return registers.get(key, timeoutMs);
    const { value, id } = message;
    if (value !== undefined) checkValue(keyspace, value);
    if (message.kind === Kind.put) return registers.put(key, value, id, timeoutMs, message);
    return registers.compareAndSet(key, message.expected, value, id, timeoutMs, message);
  }

  #servedOf({ keyspace, epoch }: ClientMessage): Served {
    if (epoch !== 0 && epoch !== this.#site.epoch) {
      const text = `the node has epoch ${this.#site.epoch} of the ring, not ${epoch}: get its ring`;
      throw new ClusterError("CLUSTER_EPOCH", text);
    }
    const served = this.#served.get(keyspace);
    if (served !== undefined) return served;
    const known = [...this.#served.keys()].join(", ");
    const text = `there is no keyspace ${keyspace}: there are ${known}`;
    throw new ClusterError("CLUSTER_KEYSPACE", text);
  }

  #need(
    { keyspace, topology }: Host,
    consistency: Consistency,
    operation: "read" | "write",
    vnode?: number,
  ): ReturnType<typeof needOf> {
    const pending =
      vnode === undefined
        ? []
        : topology.contactsOf(vnode).filter(({ role }) => role === "pending");
    const of = { keyspace, topology, localDc: this.#site.dc, operation, pending };
    const need = needOf(consistency, of);
    return plantedNeed(need, operation, pending, this.#site.runtime.probes);
  }

  #deadlineOf({ timeoutMs }: ClientMessage): number {
    return this.#site.runtime.clock.nowMs() + timeoutMs;
  }
}
