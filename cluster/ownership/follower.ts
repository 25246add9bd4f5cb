// Keeps a node up to date on who owns what. Whoever has a newer epoch tells the one who has not;
// gossip and requests only carry the epoch.
//
// Steps when a newer one is told:
//  1. It is written to this node's disk.
//  2. The node adopts it, and from then on knows nothing older.
//
// Invariants:
//  I1. What the node goes by never goes back to an older epoch, also not over a restart.
//  I2. A node says that it knows an epoch only when that is on its disk and adopted.
//  I3. Nothing of another cluster is taken, and its nodes are told whom they asked.

import assert from "node:assert";
import { EngineError } from "../../engines/errors.ts";
import { ClusterError } from "../errors.ts";
import { RingError } from "../ring/ring-error.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { nodesOf, type Ownership } from "./ownership.ts";
import { OwnershipFile } from "./ownership-file.ts";
import { decodeOwnership, encodeOwnership } from "./ownership-text.ts";
import { decodePlanMessage, encodePlanMessage, type PlanMessage } from "./plan-messages.ts";

/** Between two questions about an epoch that was heard of. */
const ASK_EVERY_MS = 500;
/** One question of so many is to anybody, in case that nothing was heard. */
const ASK_ANYBODY = 4;

export interface FollowerParts {
  readonly runtime: Runtime;
  readonly cluster: string;
  /** Of a small file. */
  readonly dir: string;
  /** Whom to ask when nothing is known. */
  readonly seeds: readonly NodeId[];
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  /** Called once for each epoch that is adopted, in their order; some are never seen. */
  readonly adopt: (ownership: Ownership) => void;
  /** Whether this node has done what its step asks of it. */
  readonly isReady: (ownership: Ownership) => boolean;
  /** What a member says to a poll of the steward. */
  readonly onPolled: (from: NodeId, epoch: number, isReady: boolean) => void;
  /** Another cluster was asked, or asked here. */
  readonly onForeign: (node: NodeId, cluster: string) => void;
}

export class Follower {
  readonly #parts: FollowerParts;
  readonly #file: OwnershipFile;
  #current: Ownership | undefined;
  /** The highest epoch that was heard of, and who has it. */
  #heardEpoch = 0;
  #heardFrom: NodeId | undefined;
  #questions = 0;
  #stopAsking: (() => void) | undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#file = new OwnershipFile(parts.runtime.files, parts.dir);
  }

  /** Undefined until something is known. */
  get current(): Ownership | undefined {
    return this.#current;
  }

  /**
   * Adopts what the disk has, or else `founding`; with neither the seeds are asked. Throws
   * EngineError, and ClusterError CLUSTER_SETTINGS for the disk of another cluster's node.
   */
  start(founding: Ownership | undefined): void {
    const known = this.#file.read();
    if (known !== undefined && known.cluster !== this.#parts.cluster) {
      const message =
        `the node's folder belongs to cluster ${known.cluster}, not ${this.#parts.cluster}: ` +
        "give it a folder of its own";
      throw new ClusterError("CLUSTER_SETTINGS", message);
    }
    const first = known ?? founding;
    if (first !== undefined) this.#take(first);
    this.#askLater(0);
  }

  stop(): void {
    this.#stopAsking?.();
  }

  /**
   * Takes in what is newer; says whether it was. What the disk has no room for is not taken in: it
   * will be asked for again.
   */
  learn(ownership: Ownership): boolean {
    const { cluster } = this.#parts;
    assert(ownership.cluster === cluster, "I3: of this cluster");
    if (this.#current !== undefined && ownership.epoch <= this.#current.epoch) return false;
    try {
      this.#take(ownership);
      return true;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#parts.runtime.probes.mark("who owns what could not be kept");
      return false;
    }
  }

  #take(ownership: Ownership): void {
    this.#file.write(ownership);
    this.#current = ownership;
    this.#parts.adopt(ownership);
  }

  /** Somebody goes by this epoch. */
  heardOf(node: NodeId, epoch: number): void {
    const known = this.#current?.epoch ?? 0;
    if (epoch < known) this.tell(node);
    if (epoch <= known || epoch < this.#heardEpoch) return;
    const isNews = epoch > this.#heardEpoch;
    this.#heardEpoch = epoch;
    this.#heardFrom = node;
    if (isNews) this.#ask(node);
  }

  /** Tells a node what this one knows. */
  tell(node: NodeId): void {
    if (this.#current === undefined || node === this.#parts.runtime.nodeId) return;
    this.#send(node, { kind: "tell", text: encodeOwnership(this.#current) });
  }

  /** Asks a member whether it knows this epoch and is ready for the next. */
  poll(node: NodeId, epoch: number): void {
    this.#send(node, { kind: "poll", epoch });
  }

  /** @throws ClusterError CLUSTER_MESSAGE for bytes that are no message; nothing is changed then */
  receive(from: NodeId, payload: Uint8Array): void {
    const message = decodePlanMessage(payload);
    const { cluster, onForeign, onPolled } = this.#parts;
    if (message.cluster !== cluster) {
      onForeign(from, message.cluster);
      if (message.kind !== "foreign") this.#send(from, { kind: "foreign" });
      return;
    }
    switch (message.kind) {
      case "ask":
        this.heardOf(from, message.epoch);
        return;
      case "tell":
        this.#told(message.text);
        return;
      case "poll":
        this.#polled(from, message.epoch);
        return;
      case "polled":
        this.heardOf(from, message.epoch);
        onPolled(from, message.epoch, message.isReady);
        return;
      case "foreign":
        return;
    }
  }

  #told(text: string): void {
    let ownership: Ownership;
    try {
      ownership = decodeOwnership(text);
    } catch (error) {
      if (!(error instanceof RingError)) throw error;
      throw new ClusterError("CLUSTER_MESSAGE", error.message);
    }
    if (ownership.cluster === this.#parts.cluster) this.learn(ownership);
  }

  #polled(from: NodeId, epoch: number): void {
    this.heardOf(from, epoch);
    const current = this.#current;
    if (current === undefined) return;
    // I2: what `learn` has taken is on the disk.
    const isReady = current.epoch === epoch && this.#parts.isReady(current);
    this.#send(from, { kind: "polled", epoch: current.epoch, isReady });
  }

  #askLater(delayMs: number): void {
    this.#stopAsking = this.#parts.runtime.timers.after(delayMs, () => {
      this.#askAgain();
      this.#askLater(ASK_EVERY_MS);
    });
  }

  /** Whoever said that it knows more; now and then anybody; without any knowledge the seeds. */
  #askAgain(): void {
    const { runtime, seeds } = this.#parts;
    const question = this.#questions++;
    const known = this.#current;
    if (known !== undefined && this.#heardEpoch > known.epoch) {
      this.#ask(this.#heardFrom!);
      return;
    }
    if (known !== undefined && question % ASK_ANYBODY > 0) return;
    const nodes = known === undefined ? seeds : nodesOf(known);
    const others = nodes.filter((node) => node !== runtime.nodeId);
    if (others.length > 0) this.#ask(others[runtime.random.nextBelow(others.length)]!);
  }

  #ask(node: NodeId): void {
    this.#send(node, { kind: "ask", epoch: this.#current?.epoch ?? 0 });
  }

  #send(to: NodeId, message: DistributiveOmit<PlanMessage, "cluster">): void {
    const { cluster, send } = this.#parts;
    send(to, encodePlanMessage({ ...message, cluster } as PlanMessage));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
