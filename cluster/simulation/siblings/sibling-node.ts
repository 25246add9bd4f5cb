// A node of the sibling store: replica of every key, and coordinator of what clients ask it. Writes
// that did not see each other are both kept, by dotted version vectors (cluster/versioning/).
//
// Steps of a put:
//  1. Make it an event of this replica, and store it.
//  2. Send the versions of the key to the others; answer when W replicas, this one among them, have
//     them on their disks.
// Steps of a get:
//  1. Ask all replicas, and merge what R of them answer.
//  2. Answer values and context; anti-entropy brings to the others what they lack.
//
// Invariants:
//  I1. One change of a key after the other, each durable before the next is looked at.

import assert from "node:assert";
import type { Engine } from "../../../engines/engine.ts";
import type { NodeId, Runtime } from "../../runtime.ts";
import { ActorEpochs } from "../../versioning/actor-epochs.ts";
import { decodeContext, encodeContext } from "../../versioning/context.ts";
import type { DvvSet } from "../../versioning/dvv-set.ts";
import { createPolicy } from "../../versioning/policies.ts";
import type { ConflictPolicy } from "../../versioning/policy.ts";
import { ReplicaVersions } from "../../versioning/replica-versions.ts";
import { VersionState } from "../../versioning/version.ts";
import { decodeMessage, encodeMessage } from "../datagram.ts";
import type { Process } from "../machine.ts";
import { Rounds } from "../rounds.ts";
import type { ProcessParts } from "../run-processes.ts";
import { openStore } from "../store.ts";
import type { Message } from "./messages.ts";

const EPOCHS_DIR = "/epochs";
const SYNC_EVERY_MS = 4000;
/** Nobody waits longer for anti-entropy to come to each of `others`: it takes turns. */
export function repairMs(others: number): number {
  return others * 1.5 * SYNC_EVERY_MS;
}

/**
 * Of so many events of each actor the request stays known. Retries come within seconds, after the
 * few writes of one key in between, but also after those of several sessions that are stuck.
 */
const REQUEST_MEMORY = 64;
/** Of an answer that is held back, to come after what was asked later. */
const LATE_MS = 30;

export interface SiblingParts extends ProcessParts {
  /** Replicas that must have a write, and that a read must ask. */
  readonly quorum: number;
  readonly planted: string | undefined;
}

export class SiblingNode implements Process {
  readonly #runtime: Runtime;
  readonly #parts: SiblingParts;
  readonly #policy: ConflictPolicy = createPolicy("dvv", { requestMemory: REQUEST_MEMORY });
  /** What was fetched of a key, or nothing from one who acknowledges a merge. */
  readonly #rounds: Rounds<DvvSet | undefined>;
  readonly #changes = new Map<string, Promise<void>>();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #syncs = 0;
  #engine: Engine | undefined;
  #versions: ReplicaVersions | undefined;

  constructor(runtime: Runtime, parts: SiblingParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#rounds = new Rounds(runtime, parts.nodes);
  }

  async start(): Promise<void> {
    const { files, clock, network, nodeId, random } = this.#runtime;
    const epochs = new ActorEpochs({
      files,
      dir: EPOCHS_DIR,
      node: nodeId,
      random: random.split("epochs"),
      nowWallMs: clock.wallMs(),
    });
    this.#runtime.probes.mark(`epochs ${epochs.start}`);
    const mode = this.#parts.planted === "no-epochs" ? "off" : "on";
    const { probes } = this.#runtime;
    this.#versions = new ReplicaVersions({ policy: this.#policy, epochs, mode, probes });
    this.#engine = await openStore(this.#parts.engine, this.#runtime, this.#parts.watch);
    network.onDatagram((from, datagram) => this.#receive(from, decodeMessage<Message>(datagram)));
    this.#syncLater();
  }

  /** Values that this replica holds, for the judges. */
  async held(key: string): Promise<string[]> {
    const stored = await this.#engine!.get(this.#encoder.encode(key));
    return stored === undefined ? [] : this.#valuesOf(this.#decode(stored));
  }

  #receive(from: NodeId, message: Message): void {
    switch (message.kind) {
      case "get":
        this.#get(from, message.request, message.key);
        return;
      case "put":
        this.#put(from, message);
        return;
      case "fetch":
        this.#fetch(from, message.round, message.key);
        return;
      case "fetched": {
        const { set } = message;
        const decoded = set === null ? undefined : this.#policy.decode(Buffer.from(set, "base64"));
        this.#rounds.count(from, message.round, decoded);
        return;
      }
      case "merge":
        this.#merge(from, message);
        return;
      case "merged":
        this.#rounds.count(from, message.round, undefined);
        return;
      case "answer":
        assert.fail("answers go to clients");
    }
  }

  #get(client: NodeId, request: string, key: string): void {
    const ask = (to: NodeId, round: number): void => this.#send(to, { kind: "fetch", round, key });
    const { planted, quorum } = this.#parts;
    this.#rounds.begin(planted === "r-one" ? 1 : quorum, ask, (found) => {
      const sets = found.filter((set) => set !== undefined);
      if (sets.length === 0 || planted === "empty-read") {
        this.#send(client, { kind: "answer", request, values: [] });
        return;
      }
      const merged = sets.reduce((a, b) => this.#policy.merge(a, b));
      const { context } = this.#policy.read(merged);
      const opaque = Buffer.from(encodeContext(context)).toString("base64");
      const values = this.#valuesOf(merged);
      this.#send(client, { kind: "answer", request, values, context: opaque });
    });
  }

  #put(client: NodeId, put: Message & { readonly kind: "put" }): void {
    const { key, request, value, id, context } = put;
    const write = {
      value: this.#encoder.encode(value),
      request: id,
      nowWallMs: this.#runtime.clock.wallMs(),
      ...(context === undefined ? {} : { context: decodeContext(Buffer.from(context, "base64")) }),
    };
    this.#change(key, async (stored) => {
      const result = this.#versions!.coordinate(stored, write);
      if (result.outcome === "refused") return stored;
      if (result.outcome === "duplicate") this.#runtime.probes.mark("a replica knew the request");
      if (result.tookEpoch) this.#runtime.probes.mark("a key took an epoch");
      const set = Buffer.from(result.set).toString("base64");
      await this.#engine!.put(this.#encoder.encode(key), result.record);
      this.#spread(key, set, () => {
        this.#send(client, { kind: "answer", request, values: [] });
      });
      return undefined;
    });
  }

  /** Sends the versions to all; they are here already. */
  #spread(key: string, set: string, onEnough: () => void): void {
    const ask = (to: NodeId, round: number): void => {
      if (to === this.#runtime.nodeId) this.#rounds.count(to, round, undefined);
      else this.#send(to, { kind: "merge", round, key, set });
    };
    const { planted, quorum } = this.#parts;
    this.#rounds.begin(planted === "w-one" ? 1 : quorum, ask, onEnough);
  }

  #fetch(from: NodeId, round: number, key: string): void {
    const answer = (stored: Uint8Array | undefined): void => {
      const set =
        stored === undefined
          ? null
          : Buffer.from(this.#versions!.shared(stored)).toString("base64");
      const send = (): void => this.#send(from, { kind: "fetched", round, set });
      const { probes, timers } = this.#runtime;
      if (probes.buggify("a replica answers late")) timers.after(LATE_MS, send);
      else send();
    };
    const stored = this.#engine!.get(this.#encoder.encode(key));
    if (stored instanceof Promise) this.#parts.watch(stored.then(answer));
    else answer(stored);
  }

  #merge(from: NodeId, { key, set, round }: Message & { readonly kind: "merge" }): void {
    const incoming = Buffer.from(set, "base64");
    this.#change(key, async (stored) => {
      const nowWallMs = this.#runtime.clock.wallMs();
      const result = this.#versions!.apply(stored, incoming, nowWallMs);
      if (result.hadAmnesia) this.#runtime.probes.mark("a replica had amnesia");
      if (result.isChanged) {
        await this.#engine!.put(this.#encoder.encode(key), result.record);
        if (round === undefined) this.#runtime.probes.mark("anti-entropy brought something");
      }
      if (round !== undefined) this.#send(from, { kind: "merged", round });
      return undefined;
    });
  }

  /** I1. */
  #change(key: string, work: (stored: Uint8Array | undefined) => Promise<unknown>): void {
    const before = this.#changes.get(key) ?? Promise.resolve();
    const change = before.then(async () => {
      await work(await this.#engine!.get(this.#encoder.encode(key)));
    });
    this.#changes.set(key, change);
    this.#parts.watch(change);
  }

  /** Now and then, all that is here goes to the next of the others. */
  #syncLater(): void {
    const { timers, random, probes } = this.#runtime;
    const usualMs = SYNC_EVERY_MS / 2 + random.nextBelow(SYNC_EVERY_MS);
    const delayMs = probes.buggify("anti-entropy comes early") ? usualMs / 100 : usualMs;
    timers.after(delayMs, () => {
      this.#parts.watch(this.#syncWithNext());
      this.#syncLater();
    });
  }

  async #syncWithNext(): Promise<void> {
    const { nodeId } = this.#runtime;
    const others = this.#parts.nodes.filter((node) => node !== nodeId);
    const other = others[this.#syncs++ % others.length]!;
    const cursor = this.#engine!.scan({});
    for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
      for (let i = 0; i < chunk.count; i++) {
        const key = this.#decoder.decode(chunk.key(i));
        const set = Buffer.from(this.#versions!.shared(chunk.value(i))).toString("base64");
        this.#send(other, { kind: "merge", key, set });
      }
    }
    await cursor.close();
  }

  #decode(record: Uint8Array): DvvSet {
    return this.#policy.decode(this.#versions!.shared(record));
  }

  #valuesOf(set: DvvSet): string[] {
    return this.#policy
      .read(set)
      .siblings.filter(({ state }) => state === VersionState.value)
      .map((version) => this.#decoder.decode(version.value()));
  }

  #send(to: NodeId, message: Message): void {
    if (to === this.#runtime.nodeId) this.#receive(to, message);
    else this.#runtime.network.send(to, encodeMessage(message));
  }
}
