// The write path of a coordinator: one put or delete, brought to the replicas of its key.
//
// Steps:
//  1. Whom: the primaries that are up; under sloppy quorums a stand-in for each that is not; nodes
//     that will be replicas soon.
//  2. One of them, this node if it is one, makes the write an event of its own and stores it.
//  3. The others merge its versions.
//  4. Answer when as many as the level needs have it on their disks.
//  5. Keep a hint for every primary that was down, or has not answered by the deadline.
//
// The durability point of a replica is its engine's; the write is acknowledged at step 4, and
// visible on each replica from its own store on.
//
// Invariants:
//  I1. Every event of the write carries its request id: when a second replica is asked to make the
//      event because the first one is silent, the two are one write.
//  I2. A replica counts once, and only when the write is durable there.
//  I3. `not-done` is said only when no replica can have stored the write.

import assert from "node:assert";
import { ClusterError, type ClusterErrorCode, type WriteFate } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import { Kind, Status } from "../transport/message.ts";
import { mergeHere, mintHere } from "./local-writes.ts";
import { QuorumCount, tooFewUp } from "./quorum-count.ts";
import { END_TEXTS, type EndCode, type OpenRequest, type ReplicaAnswer } from "./request-table.ts";
import type { Host, Site } from "./site.ts";
import type { WriteParts } from "./write-parts.ts";

/** Who does not make the event within this share of the time is passed over. */
const MINT_SHARE = 0.3;

const Phase = { minting: 0, replicating: 1, after: 2, closed: 3 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

export class WriteRequest implements OpenRequest {
  readonly parts: WriteParts;
  readonly host: Host;
  readonly #site: Site;
  readonly #count: QuorumCount;
  #phase: Phase = Phase.minting;
  #number = 0;
  /** Who is asked to make the event. */
  #minter = -1;
  #minterMs = 0;
  #mintPatienceMs = 0;
  #tried = 0;
  #set: Uint8Array | undefined;
  /** Somebody may have stored it. */
  #mayBeStored = false;

  constructor(site: Site, host: Host, parts: WriteParts) {
    this.#site = site;
    this.host = host;
    this.parts = parts;
    this.#count = new QuorumCount(parts.need, parts.contacts);
  }

  /** The write path. */
  start(): void {
    const { runtime, requests } = this.#site;
    if (this.#count.state === "impossible") {
      this.#phase = Phase.closed;
      this.#tellFailed("CLUSTER_UNAVAILABLE", tooFewUp(this.#count));
      return;
    }
    this.#number = requests.open(this);
    const self = this.parts.contacts.findIndex(
      ({ node, role }) => node === runtime.nodeId && role !== "pending",
    );
    this.#mintPatienceMs = MINT_SHARE * (this.parts.deadlineMs - runtime.clock.nowMs());
    this.#mint(Math.max(0, self));
  }

  onAnswer(from: NodeId, message: ReplicaAnswer): void {
    const index = this.parts.contacts.findIndex(({ node }) => node === from);
    if (index < 0) return;
    if (message.kind === Kind.mintAnswer) this.#onMinted(index, message.status, message.set);
    else if (message.kind === Kind.mergeAnswer) this.#onMerged(index, message.status);
  }

  onTick(nowMs: number): void {
    if (nowMs >= this.parts.deadlineMs) {
      this.#onDeadline();
    } else if (this.#phase === Phase.minting && nowMs - this.#minterMs > this.#mintPatienceMs) {
      this.#site.runtime.probes.mark("a silent replica was passed over");
      this.#mintElsewhere(undefined);
    }
  }

  onEnd(code: EndCode): void {
    const isOpen = this.#phase < Phase.after;
    if (code === "CLUSTER_EPOCH" && this.#phase !== Phase.minting) this.#hintTheSilent();
    this.#phase = Phase.closed;
    if (isOpen) this.#tellFailed(code, END_TEXTS[code]);
  }

  answeredBy(): ReturnType<QuorumCount["answeredBy"]> {
    return this.#count.answeredBy();
  }

  /** Step 2. */
  #mint(index: number): void {
    const { runtime, epoch } = this.#site;
    const { key, value, contextBytes, id } = this.parts;
    const { node, standsInFor } = this.parts.contacts[index]!;
    this.#minter = index;
    this.#minterMs = runtime.clock.nowMs();
    this.#tried |= 1 << index;
    this.#mayBeStored = true;
    if (node === runtime.nodeId) {
      const { context } = this.parts;
      const write = { key, value, context, id, standsInFor };
      mintHere(this.#site, this.host, write, (status, set) => this.#onMinted(index, status, set));
      return;
    }
    this.#site.send(node, {
      kind: Kind.mint,
      number: this.#number,
      epoch,
      keyspace: this.host.keyspace.name,
      key,
      value,
      context: contextBytes,
      id: runtime.probes.isPlanted("fresh-request-id") ? { ...id, number: id.number + 1e9 } : id,
      standsInFor,
    });
  }

  #onMinted(index: number, status: Status, set: Uint8Array | undefined): void {
    if (this.#phase !== Phase.minting) {
      if (status === Status.ok && this.#phase !== Phase.closed) this.#onMerged(index, status);
      return;
    }
    if (status !== Status.ok) {
      this.#onRefused(index, status);
      return;
    }
    assert(set !== undefined, "who makes an event says what it stored");
    this.#set = set;
    this.#phase = Phase.replicating;
    this.#count.succeed(index);
    this.#replicate(index);
    if (this.#site.runtime.probes.isPlanted("ack-after-one")) this.#finish();
    this.#goOn();
  }

  #onRefused(index: number, status: Status): void {
    if (index !== this.#minter) return;
    const alone = this.#tried === 1 << index;
    if (status === Status.siblings || status === Status.clock) {
      // The first one asked has refused, so that nobody has stored anything (I3).
      if (alone) this.#mayBeStored = false;
      if (status === Status.siblings) this.#fail("CLUSTER_SIBLINGS", SIBLINGS_MESSAGE);
      else this.#fail("CLUSTER_CLOCK", CLOCK_MESSAGE);
      return;
    }
    if (alone && status !== Status.failed) this.#mayBeStored = false;
    this.#mintElsewhere(index);
  }

  /** @param failed the contact that cannot; undefined when it is merely silent. */
  #mintElsewhere(failed: number | undefined): void {
    if (failed !== undefined) this.#count.fail(failed);
    const { contacts } = this.parts;
    const next = contacts.findIndex(
      ({ role }, i) => (this.#tried & (1 << i)) === 0 && role !== "pending",
    );
    if (this.#count.state === "impossible" || (next < 0 && failed !== undefined)) {
      this.#fail("CLUSTER_QUORUM", `too many replicas failed, ${this.#count.shortfall()}`);
    } else if (next >= 0) {
      this.#mint(next);
    } else {
      // All are silent; the deadline decides.
      this.#minterMs = Number.POSITIVE_INFINITY;
    }
  }

  /** Step 3, and the hints for those that are known to be down. */
  #replicate(minter: number): void {
    const { runtime, epoch } = this.#site;
    const { contacts, key } = this.parts;
    const { name: keyspace } = this.host.keyspace;
    const set = this.#set!;
    for (let i = 0; i < contacts.length; i++) {
      if (i === minter) continue;
      const { node, standsInFor } = contacts[i]!;
      if (node === runtime.nodeId) {
        const write = { key, set, standsInFor };
        mergeHere(this.#site, this.host, write, (status) => this.#onMerged(i, status));
      } else {
        const number = this.#number;
        this.#site.send(node, { kind: Kind.merge, number, epoch, keyspace, key, set, standsInFor });
      }
    }
    for (const target of this.parts.down) this.#hint(target);
  }

  #onMerged(index: number, status: Status): void {
    if (this.#phase !== Phase.replicating && this.#phase !== Phase.after) return;
    if (status === Status.ok) this.#count.succeed(index);
    else this.#count.fail(index);
    this.#goOn();
  }

  #goOn(): void {
    const { state } = this.#count;
    if (this.#phase === Phase.replicating) {
      if (state === "met") this.#finish();
      else if (state === "impossible") {
        const shortfall = this.#count.shortfall();
        this.#hintTheSilent();
        this.#fail("CLUSTER_QUORUM", `too many replicas failed, ${shortfall}: look at them`);
        return;
      }
    }
    if (this.#phase === Phase.after && this.#count.isSettled) {
      this.#hintTheSilent();
      this.#close();
    }
  }

  /** Step 4. */
  #finish(): void {
    if (this.#phase >= Phase.after) return;
    this.#phase = Phase.after;
    this.parts.listener.writeDone(this, this.#set!);
  }

  #onDeadline(): void {
    if (this.#phase === Phase.after) {
      this.#hintTheSilent();
      this.#close();
      return;
    }
    if (this.#phase === Phase.replicating) {
      this.#hintTheSilent();
      if (this.#site.runtime.probes.isPlanted("hints-count")) {
        this.#finish();
        this.#close();
        return;
      }
    }
    const shortfall = this.#count.shortfall();
    const cure = "read the key, or ask again with the same request";
    const message = `no answer in time from enough replicas, ${shortfall}: ${cure}`;
    this.#fail("CLUSTER_TIMEOUT", message);
  }

  /** Step 5. */
  #hintTheSilent(): void {
    const { contacts } = this.parts;
    for (let i = 0; i < contacts.length; i++) {
      const { node, role, standsInFor } = contacts[i]!;
      if (this.#count.hasSucceeded(i)) continue;
      if (role === "primary") this.#hint(node);
      else if (standsInFor !== undefined) this.#hint(standsInFor);
    }
  }

  /** Keeps the write here for a primary, which does not count. */
  #hint(target: NodeId): void {
    const { runtime, hints } = this.#site;
    if (target === runtime.nodeId || runtime.probes.isPlanted("no-hints")) return;
    const { key } = this.parts;
    const keyspace = this.host.keyspace.name;
    const keep = async (): Promise<void> => {
      await this.host.replica.merge(key, this.#set!);
      await hints.add({ target, keyspace, key });
      runtime.probes.mark("a hint was kept");
    };
    // A hint is a help: when this node's disk cannot take it, the write is judged without.
    keep().catch(() => runtime.probes.mark("a hint could not be kept"));
  }

  #fail(code: ClusterErrorCode, message: string): void {
    this.#close();
    this.#tellFailed(code, message);
  }

  #tellFailed(code: ClusterErrorCode, message: string): void {
    const isMistaken = this.#site.runtime.probes.isPlanted("always-not-done");
    const fate: WriteFate = this.#mayBeStored && !isMistaken ? "unknown" : "not-done";
    this.parts.listener.writeFailed(this, new ClusterError(code, message, { fate }));
  }

  #close(): void {
    assert(this.#phase !== Phase.closed, "a write ends once");
    this.#phase = Phase.closed;
    this.#site.requests.close(this.#number);
  }
}

const SIBLINGS_MESSAGE =
  "the key has too many siblings for a write without a context: " +
  "read it, and write what they come to with the context of that read";
const CLOCK_MESSAGE =
  "a timestamp is too far ahead of a replica's clock: see that the clocks of all nodes are right";
