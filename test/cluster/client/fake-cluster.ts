// Nodes that do what a test says, a clock that it moves, and a client of them.

import type { ClientOptions, ClientRuntime } from "../../../cluster/client/options.ts";
import { ClusterClient } from "../../../cluster/client.ts";
import type { ClusterError } from "../../../cluster/errors.ts";
import { createKeyspace, type Keyspace } from "../../../cluster/keyspace.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import type { Ring } from "../../../cluster/ring/ring.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import type { NodeId, NodeNetwork } from "../../../cluster/runtime.ts";
import { decode, encode } from "../../../cluster/transport/codec.ts";
import { LocalNetwork } from "../../../cluster/transport/local.ts";
import {
  type AnswerMessage,
  type ClientMessage,
  Kind,
  type ManyAnswerMessage,
} from "../../../cluster/transport/message.ts";
import { Random } from "../../../workloads/random.ts";

export const KV = createKeyspace({ name: "kv", replicas: { dc1: 3 } });
const kept = Promise.resolve();
const utf8 = new TextEncoder();

export const bytes = (text: string): Uint8Array => utf8.encode(text);

/** The end of a promise, to be looked at while it may not have ended. */
export function ended<T>(promise: Promise<T>): { value?: T; error?: ClusterError } {
  const end: { value?: T; error?: ClusterError } = {};
  promise.then(
    (value) => {
      end.value = value;
    },
    (error) => {
      end.error = error;
    },
  );
  return end;
}

/** Planning takes its time. */
const rings = new Map<string, Ring>();

export function ringOf(nodes: readonly Partial<RingNode>[], keyspace: Keyspace = KV): Ring {
  const full = nodes.map(({ id, dc = "dc1", rack = id }) => {
    return { id: id!, dc, rack: rack!, capacity: 1 };
  });
  const { replicas } = keyspace;
  const text = JSON.stringify([full, replicas]);
  let ring = rings.get(text);
  if (ring === undefined) {
    ring = plan(undefined, full, { replicas }, fixedPartitions(16), new Random(1)).ring;
    rings.set(text, ring);
  }
  return ring;
}

/** What a node got, and how to answer it. */
export interface Asked {
  readonly node: NodeId;
  readonly message: ClientMessage;
  /** Answers as that node: what is left out is as of a request that was done and found nothing. */
  answer(parts?: Partial<AnswerMessage>): void;
  answerMany(parts?: Partial<ManyAnswerMessage>): void;
  raw(datagram: Uint8Array): void;
}

export class FakeCluster {
  readonly ring: Ring;
  readonly client: ClusterClient;
  /** All requests that reached a node, in order. */
  readonly asked: Asked[] = [];
  /** Nodes that were asked for the ring. */
  readonly ringAsked: NodeId[] = [];
  nowMs = 1000;
  readonly #network: LocalNetwork;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  constructor(
    nodes: readonly Partial<RingNode>[] = [{ id: "n1" }, { id: "n2" }, { id: "n3" }],
    options: Partial<ClientOptions> = {},
    seed = 1,
  ) {
    const microtask = (callback: () => void): void => void kept.then(callback);
    this.#network = new LocalNetwork({ microtask, nextTurn: microtask });
    this.ring = options.ring ?? ringOf(nodes, options.keyspaces?.[0]);
    for (const { id } of this.ring.nodes) this.#addNode(id);
    this.client = new ClusterClient(this.runtimeOf("client", seed), {
      ring: this.ring,
      keyspaces: [KV],
      ...options,
    });
  }

  runtimeOf(nodeId: NodeId, seed: number): ClientRuntime {
    return {
      nodeId,
      clock: { nowMs: () => this.nowMs, wallMs: () => this.nowMs },
      timers: {
        after: (delayMs, callback) => {
          const timer = { atMs: this.nowMs + delayMs, callback };
          this.#timers.push(timer);
          return () => {
            this.#timers = this.#timers.filter((each) => each !== timer);
          };
        },
      },
      random: new Random(seed),
      network: this.#network.networkOf(nodeId),
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await kept;
  }

  /** Moves the clock on, timer by timer. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.nowMs = next.atMs;
      next.callback();
      await this.settle();
    }
    this.nowMs = untilMs;
  }

  #addNode(node: NodeId): void {
    const network: NodeNetwork = this.#network.networkOf(node);
    network.onDatagram((from, datagram) => {
      const said = decode(datagram);
      if (said.kind === Kind.plan) {
        this.ringAsked.push(node);
        return;
      }
      const message = said as ClientMessage;
      const { attempt } = message;
      const head = { attempt, error: undefined, answeredBy: { primaries: [node], fallbacks: [] } };
      this.asked.push({
        node,
        message,
        raw: (bytes) => network.send(from, bytes),
        answer: (parts) => {
          const done = { values: [], context: undefined, isSwapped: true };
          network.send(from, encode({ kind: Kind.answer, ...head, ...done, ...parts }));
        },
        answerMany: (parts) => {
          const done = { entries: [], next: undefined };
          network.send(from, encode({ kind: Kind.manyAnswer, ...head, ...done, ...parts }));
        },
      });
    });
  }
}
