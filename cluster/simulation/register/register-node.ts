// A node of the register: replica of every key, and coordinator of what clients ask it.
//
// After Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems", JACM 1995,
// with several writers (Lynch and Shvartsman, FTCS 1997). Steps of a put:
//  1. Ask all replicas for the tag of the key, and wait for a majority.
//  2. Tag the value higher than any of them, store it at all, and wait for a majority.
// Steps of a get:
//  1. Ask all replicas for value and tag, and wait for a majority.
//  2. Store the newest at all, and wait for a majority: whoever reads later must not see less. This
//     is not left out when all agree: a replica may answer with what its disk does not have yet.
//
// Invariants:
//  I1. A replica acknowledges a tag when a value with that tag, or a newer one, is durable.
//  I2. The tag that a replica holds for a key never goes back.

import assert from "node:assert";
import type { Engine } from "../../../engines/engine.ts";
import type { NodeId, Runtime } from "../../runtime.ts";
import { decodeMessage, encodeMessage } from "../datagram.ts";
import type { Process } from "../machine.ts";
import { Rounds } from "../rounds.ts";
import type { ProcessParts } from "../run-processes.ts";
import { openStore } from "../store.ts";
import { isNewer, type Message, NOTHING, type Tag, type Tagged } from "./messages.ts";

const BALLAST_BYTES = 300;

export interface RegisterParts extends ProcessParts {
  readonly planted: string | undefined;
}

export class RegisterNode implements Process {
  readonly #runtime: Runtime;
  readonly #parts: RegisterParts;
  readonly #rounds: Rounds<Tagged>;
  /** What a key waits for before its next change. */
  readonly #changes = new Map<string, Promise<void>>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  /** Behind every record, so that those of some nodes are long: to JSON it is nothing. */
  readonly #ballast: string;
  #engine: Engine | undefined;

  constructor(runtime: Runtime, parts: RegisterParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#ballast = " ".repeat(runtime.random.split("ballast").nextBelow(4) * BALLAST_BYTES);
    this.#rounds = new Rounds(runtime, parts.nodes);
  }

  async start(): Promise<void> {
    this.#engine = await openStore(this.#parts.engine, this.#runtime, this.#parts.watch);
    this.#runtime.probes.mark("register node is up");
    this.#runtime.network.onDatagram((from, datagram) =>
      this.#receive(from, decodeMessage<Message>(datagram)),
    );
  }

  #receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case "get":
        this.#get(from, message.request, message.key);
        return;
      case "put":
        this.#put(from, message.request, message.key, message.value);
        return;
      case "query":
        this.#answerQuery(from, message.round, message.key);
        return;
      case "store":
        this.#store(from, message.round, message.key, message);
        return;
      case "found":
        this.#rounds.count(from, message.round, { tag: message.tag, value: message.value });
        return;
      case "stored":
        this.#rounds.count(from, message.round, NOTHING);
        return;
      case "answer":
        assert.fail("answers go to clients");
    }
  }

  #get(client: NodeId, request: string, key: string): void {
    const answer = (value: string | null): void => {
      if (this.#parts.planted === "silent-read") return;
      this.#send(client, { kind: "answer", request, value });
    };
    this.#query(key, (found) => {
      const newest = newestOf(found);
      if (this.#parts.planted === "no-write-back") return answer(newest.value);
      this.#runtime.probes.mark("register read wrote back");
      this.#storeAtAll(key, newest, () => answer(newest.value));
    });
  }

  #put(client: NodeId, request: string, key: string, value: string): void {
    this.#query(key, (found) => {
      const tag: Tag = { counter: newestOf(found).tag.counter + 1, writer: request };
      this.#storeAtAll(key, { tag, value }, () => {
        this.#send(client, { kind: "answer", request, value: null });
      });
    });
  }

  #query(key: string, onMajority: (found: readonly Tagged[]) => void): void {
    const ask = (to: NodeId, round: number): void => this.#send(to, { kind: "query", round, key });
    this.#rounds.begin(this.#quorum(), ask, onMajority);
  }

  #storeAtAll(key: string, tagged: Tagged, onMajority: () => void): void {
    const ask = (to: NodeId, round: number): void => {
      this.#send(to, { kind: "store", round, key, ...tagged });
    };
    this.#rounds.begin(this.#quorum(), ask, onMajority);
  }

  #quorum(): number {
    const half = Math.floor(this.#parts.nodes.length / 2);
    return this.#parts.planted === "small-quorum" ? half : half + 1;
  }

  #answerQuery(from: NodeId, round: number, key: string): void {
    const answer = (held: Tagged): void => this.#send(from, { kind: "found", round, ...held });
    const held = this.#read(key);
    if (held instanceof Promise) this.#parts.watch(held.then(answer));
    else answer(held);
  }

  /** I1: one change of a key after the other, each durable before the next is looked at. */
  #store(from: NodeId, round: number, key: string, offered: Tagged): void {
    const before = this.#changes.get(key) ?? Promise.resolve();
    const change = before.then(() => this.#change(key, offered));
    this.#changes.set(key, change);
    this.#parts.watch(change);
    const acknowledge = (): void => this.#send(from, { kind: "stored", round });
    if (this.#parts.planted === "ack-before-sync") acknowledge();
    else this.#parts.watch(change.then(acknowledge));
  }

  async #change(key: string, { tag, value }: Tagged): Promise<void> {
    const held = await this.#read(key);
    if (!isNewer(tag, held.tag) && this.#parts.planted !== "blind-store") {
      this.#runtime.probes.mark("register kept a newer value");
      return;
    }
    const text = JSON.stringify({ tag, value }) + this.#ballast;
    await this.#engine!.put(this.#encoder.encode(key), this.#encoder.encode(text));
    const now = await this.#read(key);
    const isKept = !isNewer(held.tag, now.tag) || this.#parts.planted !== undefined;
    assert(isKept, "I2: a tag does not go back");
  }

  #read(key: string): Tagged | Promise<Tagged> {
    const bytes = this.#engine!.get(this.#encoder.encode(key));
    return bytes instanceof Promise
      ? bytes.then((value) => this.#decode(value))
      : this.#decode(bytes);
  }

  #decode(bytes: Uint8Array | undefined): Tagged {
    if (bytes === undefined) return NOTHING;
    return JSON.parse(this.#decoder.decode(bytes)) as Tagged;
  }

  /** To itself too, over no network: at once. */
  #send(to: NodeId, message: Message): void {
    if (to === this.#runtime.nodeId) this.#receive(to, message);
    else this.#runtime.network.send(to, encodeMessage(message));
  }
}

function newestOf(found: readonly Tagged[]): Tagged {
  return found.reduce((newest, it) => (isNewer(it.tag, newest.tag) ? it : newest), NOTHING);
}
