// Several nodes and clients in one process: datagrams are handed on by reference.
//
// Steps:
//  1. `send` puts a datagram into the queue, and asks for a microtask if none is on its way.
//  2. The microtask delivers what was in the queue when it began, in the order of the sends. What
//     is sent meanwhile waits for the next one, so that continuations of promises come in between,
//     and the writes of one round meet in one group of an engine.
//  3. After `DELIVERIES_MAX` deliveries the next round waits for a turn of the event loop, so that
//     timers, files and sockets are served under any load.
//
//  I1. All datagrams that are sent to a node that stays attached are delivered, in the order of the
//      sends, each once, none within the call that sent it.
//  I2. What is detached neither sends nor receives any more; who comes later under its name gets
//      nothing that was sent to it.
//  I3. While datagrams wait, exactly one round is under way or asked for.

import assert from "node:assert";
import type { NodeId, NodeNetwork } from "../runtime.ts";

/** How the network is called back: soon, and after the event loop had its turn. */
export interface Turns {
  /** In this turn of the event loop, after the microtasks that are queued now. */
  microtask(callback: () => void): void;
  /** In the next turn of the event loop. */
  nextTurn(callback: () => void): void;
}

/** About a millisecond of work. */
const DELIVERIES_MAX = 1024;
const QUEUE_START = 256;

type Handler = (from: NodeId, datagram: Uint8Array) => void;

class Port implements NodeNetwork {
  readonly node: NodeId;
  readonly #enqueue: (from: Port, to: NodeId, datagram: Uint8Array) => void;
  handler: Handler | undefined;
  isAttached = true;

  constructor(node: NodeId, enqueue: (from: Port, to: NodeId, datagram: Uint8Array) => void) {
    this.node = node;
    this.#enqueue = enqueue;
  }

  send(to: NodeId, datagram: Uint8Array): void {
    this.#enqueue(this, to, datagram);
  }

  onDatagram(handler: Handler): void {
    if (this.isAttached) this.handler = handler;
  }
}

/** A ring of datagrams that wait; three arrays, so that one that waits is no object. */
class Queue {
  #ports: (Port | undefined)[] = new Array<Port | undefined>(QUEUE_START).fill(undefined);
  #senders: (NodeId | undefined)[] = new Array<NodeId | undefined>(QUEUE_START).fill(undefined);
  #datagrams: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(QUEUE_START).fill(
    undefined,
  );
  #head = 0;
  count = 0;

  push(port: Port, from: NodeId, datagram: Uint8Array): void {
    if (this.count === this.#ports.length) this.#grow();
    const at = (this.#head + this.count++) & (this.#ports.length - 1);
    this.#ports[at] = port;
    this.#senders[at] = from;
    this.#datagrams[at] = datagram;
  }

  /** Hands the oldest one to its handler, if there is one. */
  deliver(): void {
    const at = this.#head;
    const { handler } = this.#ports[at]!;
    const from = this.#senders[at]!;
    const datagram = this.#datagrams[at]!;
    this.#ports[at] = undefined;
    this.#datagrams[at] = undefined;
    this.#head = (at + 1) & (this.#ports.length - 1);
    this.count--;
    handler?.(from, datagram);
  }

  /** Twice the room; the length stays a power of two. */
  #grow(): void {
    const unrolled = <T>(old: readonly T[]): (T | undefined)[] => {
      const grown = new Array<T | undefined>(2 * old.length).fill(undefined);
      for (let i = 0; i < old.length; i++) grown[i] = old[(this.#head + i) & (old.length - 1)];
      return grown;
    };
    this.#ports = unrolled(this.#ports);
    this.#senders = unrolled(this.#senders);
    this.#datagrams = unrolled(this.#datagrams);
    this.#head = 0;
  }
}

export class LocalNetwork {
  readonly #turns: Turns;
  readonly #ports = new Map<NodeId, Port>();
  readonly #queue = new Queue();
  #isScheduled = false;
  /** Deliveries until the event loop must have had its turn. */
  #left = DELIVERIES_MAX;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** The network as that node or client sees it. Its name must not be in use: detach it before. */
  networkOf(node: NodeId): NodeNetwork {
    assert(!this.#ports.has(node), `${node} is attached already`);
    const port = new Port(node, this.#enqueue);
    this.#ports.set(node, port);
    return port;
  }

  /** As if its process had ended; nothing happens when it is not attached. */
  detach(node: NodeId): void {
    const port = this.#ports.get(node);
    if (port === undefined) return;
    port.isAttached = false;
    port.handler = undefined;
    this.#ports.delete(node);
  }

  readonly #enqueue = (from: Port, to: NodeId, datagram: Uint8Array): void => {
    const port = this.#ports.get(to);
    if (port === undefined || !from.isAttached) return;
    this.#queue.push(port, from.node, datagram);
    if (!this.#isScheduled) this.#schedule();
  };

  #schedule(): void {
    this.#isScheduled = true;
    if (this.#left > 0) this.#turns.microtask(this.#round);
    else this.#turns.nextTurn(this.#freshRound);
  }

  readonly #freshRound = (): void => {
    this.#left = DELIVERIES_MAX;
    this.#round();
  };

  readonly #round = (): void => {
    assert(this.#isScheduled, "I3: a round that nobody asked for");
    const queue = this.#queue;
    let due = Math.min(queue.count, this.#left);
    this.#left -= due;
    try {
      while (due-- > 0) queue.deliver();
    } finally {
      // Also when a handler failed: the others must get theirs.
      this.#isScheduled = false;
      if (queue.count > 0) this.#schedule();
    }
  };
}
