// What one replica does with the versions of a key: it turns a client's write into an event of its
// own, and takes in what others send. Bytes in, bytes out; the caller holds the key's lock from the
// read of the engine to the write, or does both in one turn.
//
//   record := own set       own: the epoch under which this replica numbers its writes of the key,
//                           0 for none yet; set as in codec.ts. Only the set is ever sent.
//
// Invariants:
//  I1. A replica numbers a write of a key only under an epoch that it took for this key since it
//      last found nothing stored of it, and whose events it holds all.
//
// I1 holds because an epoch is taken
//   - when nothing is stored, whether the key is new or was lost. A write that arrives by
//     replication then stores no epoch, so that what it says about earlier epochs of ours is never
//     continued (basho/riak_kv pull request 1643),
//   - when the one that is stored is from before a crash (actor-epochs.ts),
//   - when somebody knows more events under it than we do: we forgot some,
//   - after a write under it that the engine could not keep: it may have been read before it went.

import assert from "node:assert";
import type { NodeId, NodeProbes } from "../runtime.ts";
import type { ActorEpochs } from "./actor-epochs.ts";
import type { DvvSet } from "./dvv-set.ts";
import { stateError } from "./errors.ts";
import type { ConflictPolicy, Reading, Write } from "./policy.ts";
import { counterOf, type Dot } from "./vector-clock.ts";
import { ByteReader, ByteWriter, NODE_NAME } from "./wire.ts";

const NO_EPOCH = 0;
const OWN_BYTES_MAX = 8;

const writer = new ByteWriter();

/**
 * `off` numbers all writes of a node as one actor, from 1 again after a loss: wrong, and there only
 * so that tests can show what goes wrong.
 */
export type EpochMode = "on" | "off";

export interface ReplicaVersionsOptions {
  readonly policy: ConflictPolicy;
  readonly epochs: ActorEpochs;
  readonly mode?: EpochMode;
  /** Of the node; in a simulation they make epochs end before they must. */
  readonly probes?: NodeProbes;
}

export type ClientWrite = Omit<Write, "actor">;

export type CoordinateResult =
  | {
      readonly outcome: "written" | "duplicate";
      /** What to store; of a duplicate, what was stored. */
      readonly record: Uint8Array;
      /** What to send to the other replicas. */
      readonly set: Uint8Array;
      readonly dot: Dot;
      readonly siblings: number;
      readonly tookEpoch: boolean;
    }
  | { readonly outcome: "refused"; readonly siblings: number; readonly siblingsMax: number };

export interface ApplyResult {
  readonly record: Uint8Array;
  /** False: what is stored knew it all, and the record is the stored one. */
  readonly isChanged: boolean;
  /** We had forgotten events of our own, and will count on under another epoch. */
  readonly hadAmnesia: boolean;
}

interface Held {
  readonly own: number;
  readonly set: DvvSet;
}

export class ReplicaVersions {
  readonly #policy: ConflictPolicy;
  readonly #epochs: ActorEpochs;
  readonly #node: NodeId;
  readonly #isOn: boolean;
  readonly #probes: NodeProbes | undefined;
  /** Of those of this run. */
  readonly #abandoned = new Set<number>();

  constructor(options: ReplicaVersionsOptions) {
    this.#policy = options.policy;
    this.#epochs = options.epochs;
    this.#node = options.epochs.node;
    this.#isOn = (options.mode ?? "on") === "on";
    this.#probes = options.probes;
    assert(NODE_NAME.test(this.#node), "epochs have a node with a name");
  }

  /**
   * Makes a client's write an event of this replica. `stored` is absent when the engine has
   * nothing. Throws VERSION_STATE, VERSION_CLOCK_DRIFT, and EngineError when no epoch can be had;
   * nothing is changed then.
   */
  coordinate(stored: Uint8Array | undefined, write: ClientWrite): CoordinateResult {
    const held = stored === undefined ? undefined : this.#decode(stored);
    const own = this.#continuable(held, write);
    const epoch = own ?? this.#epochs.next();
    const actor = { node: this.#node, epoch };
    const result = this.#policy.update(held?.set, { ...write, actor });
    if (result.outcome === "refused") return result;
    const { outcome, dot, siblings } = result;
    if (outcome === "duplicate") {
      const set = stored!.subarray(setStart(stored!));
      return { outcome, record: stored!, set, dot, siblings, tookEpoch: false };
    }
    const set = this.#policy.encode(result.set);
    return {
      outcome,
      record: recordOf(this.#isOn ? epoch : NO_EPOCH, set),
      set,
      dot,
      siblings,
      tookEpoch: own === undefined,
    };
  }

  /**
   * Takes in a set that another replica, a hint or a repair brought. Throws VERSION_STATE, and
   * VERSION_CLOCK_DRIFT; nothing is changed then.
   */
  apply(stored: Uint8Array | undefined, incoming: Uint8Array, nowWallMs: number): ApplyResult {
    const received = this.#policy.decode(incoming);
    this.#policy.admit(received, nowWallMs);
    if (stored === undefined) {
      return { record: recordOf(NO_EPOCH, incoming), isChanged: true, hadAmnesia: false };
    }
    const held = this.#decode(stored);
    const hadAmnesia = held.own !== NO_EPOCH && this.#knowsMore(received, held);
    const merged = this.#policy.merge(held.set, received);
    const isChanged = hadAmnesia || !this.#policy.isEqual(merged, held.set);
    if (!isChanged) return { record: stored, isChanged, hadAmnesia };
    const own = hadAmnesia ? NO_EPOCH : held.own;
    return { record: recordOf(own, this.#policy.encode(merged)), isChanged, hadAmnesia };
  }

  /**
   * The engine has failed to keep a record that `coordinate` made: its epoch is not continued, by
   * this run or a later one.
   */
  abandon(record: Uint8Array): void {
    const { own } = this.#decode(record);
    if (own === NO_EPOCH) return;
    this.#abandoned.add(own);
    this.#epochs.forget();
  }

  /** What a reader of this replica gets. Throws VERSION_STATE. */
  read(stored: Uint8Array): Reading {
    return this.#policy.read(this.#decode(stored).set);
  }

  /** The part of a record that is for others: a view. Throws VERSION_STATE. */
  shared(stored: Uint8Array): Uint8Array {
    return stored.subarray(setStart(stored));
  }

  /** The epoch that may number this write, or none (I1). */
  #continuable(held: Held | undefined, write: ClientWrite): number | undefined {
    if (!this.#isOn) return NO_EPOCH;
    if (held === undefined || held.own === NO_EPOCH) return undefined;
    if (!this.#epochs.isCurrent(held.own) || this.#abandoned.has(held.own)) return undefined;
    if (this.#probes?.buggify("an epoch ends early")) return undefined;
    if (write.context !== undefined && this.#knowsMore(write.context, held)) return undefined;
    return held.own;
  }

  #knowsMore(other: Pick<DvvSet, "entries">, held: Held): boolean {
    if (!this.#isOn) return false;
    const actor = { node: this.#node, epoch: held.own };
    return counterOf(other.entries, actor) > counterOf(held.set.entries, actor);
  }

  #decode(record: Uint8Array): Held {
    const reader = new ByteReader(record, 0, stateError);
    const own = reader.number();
    return { own, set: this.#policy.decode(record.subarray(reader.at)) };
  }
}

/** Behind the own epoch: a number ends with the first byte below 128. */
function setStart(record: Uint8Array): number {
  for (let at = 0; at < OWN_BYTES_MAX && at < record.length; at++) {
    if (record[at]! < 128) return at + 1;
  }
  throw stateError(0, "it does not begin with an epoch");
}

function recordOf(own: number, set: Uint8Array): Uint8Array {
  writer.begin(OWN_BYTES_MAX + set.length);
  writer.number(own);
  writer.copy(set, 0, set.length);
  return writer.take();
}
