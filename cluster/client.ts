// The client of a cluster: asks the right node, asks another when that one does not answer, and
// says what is known of every request (client/requests.ts).
//
// Rules:
//  C1. Values, contexts and keys of an answer are views of what came in; nobody changes them. Keys,
//      values and contexts that are handed in must not change until the request has ended.
//  C2. Every method that asks for something rejects with ClusterError and nothing else. What can be
//      known to be impossible is refused before anything is sent.
//  C3. A retry carries the id of its request, so that it has no second effect.

import {
  type ClientOptions,
  type ClientRuntime,
  checkTimeout,
  limitsOf,
  NO_LEVEL,
  READ_MODE,
  type ReadOptions,
  type RequestOptions,
  type WriteOptions,
} from "./client/options.ts";
import type { ResultOf } from "./client/pending.ts";
import { ClientRequests } from "./client/requests.ts";
import {
  type GetResult,
  getResult,
  type ManyResult,
  manyResult,
  type ScanPage,
  type SwapResult,
  scanPage,
  swapResult,
  type WriteResult,
  writeResult,
} from "./client/results.ts";
import { type KeyspaceRoutes, Routes } from "./client/routes.ts";
import { ClusterError } from "./errors.ts";
import type { Ownership } from "./ownership/ownership.ts";
import type { Consistency } from "./replication/consistency.ts";
import { type ClientMessage, type GetMessage, Kind, type ReadMode } from "./transport/message.ts";
import type { RequestId } from "./versioning/version.ts";

export interface ScanRange {
  /** Inclusive; absent: from the first key. */
  readonly from?: Uint8Array;
  /** Exclusive; absent: to the last key. */
  readonly to?: Uint8Array;
  /** Keys of a page, at least 1; 100 unless told. */
  readonly pageKeys?: number;
}

const NO_BYTES = new Uint8Array(0);
const NO_OPTIONS: ReadOptions & WriteOptions = {};
const CLIENT_BOUND = Number.MAX_SAFE_INTEGER;

export class ClusterClient {
  readonly #routes: Routes;
  readonly #requests: ClientRequests;
  readonly #timeoutMs: number;
  readonly #client: number;
  #lastId = 0;
  /** What was asked for last, and what it comes to with what was left out. */
  #partOfMode: Partial<ReadMode> = READ_MODE;
  #mode: ReadMode = READ_MODE;

  /** @throws ClusterError CLUSTER_SETTINGS */
  constructor(runtime: ClientRuntime, options: ClientOptions) {
    const limits = limitsOf(options);
    this.#timeoutMs = limits.timeoutMs;
    this.#routes = new Routes(options);
    this.#client = 1 + runtime.random.nextBelow(CLIENT_BOUND);
    this.#requests = new ClientRequests(runtime, this.#routes, limits);
  }

  /** Requests that have no answer yet. */
  get pending(): number {
    return this.#requests.size;
  }

  /** The ring has changed: from now on, and for attempts still to come, this holds. */
  useOwnership(ownership: Ownership): void {
    this.#routes.use(ownership);
  }

  get(keyspace: string, key: Uint8Array, options: ReadOptions = NO_OPTIONS): Promise<GetResult> {
    try {
      const { consistency = NO_LEVEL, timeoutMs = this.#timeoutMs } = options;
      const routes = this.#checked("read", keyspace, key, NO_BYTES, consistency, timeoutMs);
      const message: GetMessage = {
        kind: Kind.get,
        attempt: this.#requests.nextAttempt(),
        epoch: this.#routes.epoch,
        keyspace,
        timeoutMs,
        key,
        consistency,
        mode: this.#modeOf(options.mode),
      };
      return this.#begin(routes, message, consistency, getResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  put(
    keyspace: string,
    key: Uint8Array,
    value: Uint8Array,
    options: WriteOptions = NO_OPTIONS,
  ): Promise<WriteResult> {
    return this.#write(keyspace, key, value, options);
  }

  /** No error when there is nothing under the key. */
  delete(
    keyspace: string,
    key: Uint8Array,
    options: WriteOptions = NO_OPTIONS,
  ): Promise<WriteResult> {
    return this.#write(keyspace, key, undefined, options);
  }

  /**
   * Only in a linearizable keyspace. `expected` undefined: that there is nothing; `value`
   * undefined: a delete. That something else was there is no error.
   */
  compareAndSet(
    keyspace: string,
    key: Uint8Array,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options: Pick<RequestOptions, "timeoutMs"> = NO_OPTIONS,
  ): Promise<SwapResult> {
    try {
      const { timeoutMs = this.#timeoutMs } = options;
      const routes = this.#checked("write", keyspace, key, value, NO_LEVEL, timeoutMs);
      if (routes.keyspace.conflicts !== "linearizable") {
        const cure = "use a keyspace that is linearizable";
        const message = `keyspace ${JSON.stringify(keyspace)} has no compare-and-set: ${cure}`;
        throw new ClusterError("CLUSTER_KEYSPACE", message);
      }
      const asked = this.#asked(keyspace, timeoutMs);
      const id = this.#nextId();
      const kind = Kind.compareAndSet;
      const { aloneMs } = this.#requests;
      const message = { ...asked, kind, key, expected, value, id, ageMs: 0, aloneMs };
      return this.#begin(routes, message, NO_LEVEL, swapResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getMany(
    keyspace: string,
    keys: readonly Uint8Array[],
    options: ReadOptions = NO_OPTIONS,
  ): Promise<ManyResult> {
    try {
      const { consistency = NO_LEVEL, timeoutMs = this.#timeoutMs } = options;
      const routes = this.#checked("read", keyspace, NO_BYTES, NO_BYTES, consistency, timeoutMs);
      for (const key of keys) routes.checkKey(key);
      const asked = this.#asked(keyspace, timeoutMs);
      const mode = this.#modeOf(options.mode);
      const kind = Kind.getMany;
      const message = { ...asked, kind, keys, consistency, mode };
      return this.#begin(routes, message, consistency, manyResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** One page: a request. A page may have fewer keys than asked for, and still not be the last. */
  scanPage(
    keyspace: string,
    range: ScanRange,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<ScanPage> {
    try {
      const { consistency = NO_LEVEL, timeoutMs = this.#timeoutMs } = options;
      const { from = NO_BYTES, to, pageKeys: limit = 100 } = range;
      const routes = this.#checked("read", keyspace, from, NO_BYTES, consistency, timeoutMs);
      if (to !== undefined) routes.checkKey(to);
      if (!Number.isSafeInteger(limit) || limit < 1) {
        const message = `pageKeys is ${limit}: give an integer from 1`;
        throw new ClusterError("CLUSTER_SETTINGS", message);
      }
      const asked = this.#asked(keyspace, timeoutMs);
      const kind = Kind.scan;
      const message = { ...asked, kind, from, to, limit, consistency };
      return this.#begin(routes, message, consistency, scanPage);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The keys of a range, page after page, each as of when it was read: there is no snapshot over
   * keys. After an error go on from `next` of the last page.
   */
  async *scan(
    keyspace: string,
    range: ScanRange = {},
    options: RequestOptions = NO_OPTIONS,
  ): AsyncGenerator<ScanPage, void, undefined> {
    let from = range.from ?? NO_BYTES;
    for (;;) {
      const page = await this.scanPage(keyspace, { ...range, from }, options);
      yield page;
      if (page.next === undefined) return;
      from = page.next;
    }
  }

  /** What is pending ends in CLUSTER_CLOSED, as will what is asked later. May be called twice. */
  close(): void {
    this.#requests.close();
  }

  #write(
    keyspace: string,
    key: Uint8Array,
    value: Uint8Array | undefined,
    options: WriteOptions,
  ): Promise<WriteResult> {
    try {
      const { consistency = NO_LEVEL, timeoutMs = this.#timeoutMs } = options;
      const { context, wantsValues = false } = options;
      const routes = this.#checked("write", keyspace, key, value, consistency, timeoutMs);
      const asked = this.#asked(keyspace, timeoutMs);
      const change = { key, value, context, id: this.#nextId(), ageMs: 0 };
      const { aloneMs } = this.#requests;
      const kind = Kind.put;
      const message = { ...asked, kind, ...change, aloneMs, consistency, wantsValues };
      return this.#begin(routes, message, consistency, writeResult);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checked(
    operation: "read" | "write",
    keyspace: string,
    key: Uint8Array,
    value: Uint8Array | undefined,
    consistency: Consistency,
    timeoutMs: number,
  ): KeyspaceRoutes {
    const routes = this.#routes.of(keyspace);
    routes.checkKey(key);
    if (value !== undefined) routes.checkValue(value);
    if (timeoutMs !== this.#timeoutMs) checkTimeout("timeoutMs", timeoutMs);
    routes.check(operation, consistency);
    return routes;
  }

  #begin<T>(
    routes: KeyspaceRoutes,
    message: ClientMessage,
    consistency: Consistency,
    resultOf: ResultOf<T>,
  ): Promise<T> {
    return this.#requests.begin(routes, message, routes.isLocal(consistency), resultOf);
  }

  /** What every message has. */
  #asked(keyspace: string, timeoutMs: number) {
    const { epoch } = this.#routes;
    return { attempt: this.#requests.nextAttempt(), epoch, keyspace, timeoutMs };
  }

  #nextId(): RequestId {
    return { client: this.#client, number: this.#lastId++ };
  }

  /** Most requests of a client ask in the same way. */
  #modeOf(mode: Partial<ReadMode> | undefined): ReadMode {
    if (mode === undefined) return READ_MODE;
    if (mode !== this.#partOfMode) {
      this.#partOfMode = mode;
      this.#mode = { ...READ_MODE, ...mode };
    }
    return this.#mode;
  }
}
