// The two policies that keep what they cannot order: siblings are given to the reader, whose next
// write, with the context of that read, takes their place.
//
// `dvv`: a write takes the place of exactly what it has seen (dvv-set.ts).
//
// `vector-clock`: the clock is taken as a plain one over all siblings, as Riak had it before dotted
// versions. A write takes their place if it has seen everything, and of none of them otherwise, so
// that writers that alternate pile up siblings that they have overwritten ("sibling explosion").
// Merging goes by events here too: the plain rule (the larger clock, or else all siblings of both)
// is not associative, and replicas would end with one clock and different siblings.

import assert from "node:assert";
import { decodeSet, encodeSet, PolicyTag } from "./codec.ts";
import { contextOf } from "./context.ts";
import { compareSets, type DvvSet, EMPTY_SET, type Entry, event, trim } from "./dvv-set.ts";
import type {
  ConflictPolicy,
  PolicyName,
  PolicyOptions,
  Reading,
  UpdateResult,
  Write,
} from "./policy.ts";
import { findRequest, siblingsOf, syncRequests } from "./request-merge.ts";
import { compareClocks, counterOf, type Order } from "./vector-clock.ts";
import { isLive, Version, VersionState } from "./version.ts";

const SIBLINGS_MAX = 100;
/** For every policy: of how many of an actor's last events the request is known, unless told. */
export const REQUEST_MEMORY = 3;
const NONE: readonly never[] = [];

/** What both share; they differ in what a new event takes the place of. */
abstract class SiblingPolicy implements ConflictPolicy {
  abstract readonly name: PolicyName;
  protected abstract readonly tag: PolicyTag;
  readonly lostUpdates = 0;
  readonly #siblingsMax: number;
  protected readonly memory: number;

  constructor(options: PolicyOptions) {
    this.#siblingsMax = options.siblingsMax ?? SIBLINGS_MAX;
    this.memory = options.requestMemory ?? REQUEST_MEMORY;
    assert(this.#siblingsMax >= 1, "siblingsMax is at least 1");
    assert(this.memory >= 0, "requestMemory is at least 0");
  }

  /** What is left of the stored entries, with all that the write has seen. */
  protected abstract discard(stored: readonly Entry[], context: readonly Entry[]): readonly Entry[];

  decode(bytes: Uint8Array): DvvSet {
    return decodeSet(bytes, this.tag);
  }

  encode(set: DvvSet): Uint8Array {
    return encodeSet(set, this.tag);
  }

  update(stored: DvvSet | undefined, write: Write): UpdateResult {
    const set = stored ?? EMPTY_SET;
    const siblings = this.siblingCount(set);
    const known = findRequest(set.entries, write.request);
    if (known !== undefined) return { outcome: "duplicate", set, dot: known, siblings };
    const context = write.context?.entries ?? NONE;
    if (context.length === 0 && siblings >= this.#siblingsMax) {
      return { outcome: "refused", siblings, siblingsMax: this.#siblingsMax };
    }
    const left = this.discard(set.entries, context);
    const entries = trim(event(left, write.actor, versionOf(write)), this.memory);
    const { node, epoch } = write.actor;
    const dot = { node, epoch, counter: counterOf(entries, write.actor) };
    const updated = { entries, anonymous: NONE };
    return { outcome: "written", set: updated, dot, siblings: this.siblingCount(updated) };
  }

  merge(a: DvvSet, b: DvvSet): DvvSet {
    return { entries: syncRequests(a.entries, b.entries, this.memory), anonymous: NONE };
  }

  read(set: DvvSet): Reading {
    return { siblings: siblingsOf(set), context: contextOf(set) };
  }

  compare(a: DvvSet, b: DvvSet): Order {
    return compareSets(a, b);
  }

  isEqual(a: DvvSet, b: DvvSet): boolean {
    return compareSets(a, b) === "equal";
  }

  siblingCount(set: DvvSet): number {
    return siblingsOf(set).length;
  }

  admit(_set: DvvSet, _nowWallMs: number): void {}
}

export class DvvPolicy extends SiblingPolicy {
  readonly name = "dvv";
  protected readonly tag = PolicyTag.dvv;

  protected discard(stored: readonly Entry[], context: readonly Entry[]): readonly Entry[] {
    return syncRequests(stored, context, this.memory);
  }
}

export class VectorClockPolicy extends SiblingPolicy {
  readonly name = "vector-clock";
  protected readonly tag = PolicyTag.vectorClock;

  protected discard(stored: readonly Entry[], context: readonly Entry[]): readonly Entry[] {
    const order = compareClocks(context, stored);
    if (order === "after" || order === "equal") return syncRequests(stored, context, this.memory);
    // The write knows less than the replica: everything stays. What it knows beyond the replica is
    // taken over where no sibling stands in the way, since the events of a sibling's actor between
    // it and there would have to be told apart from it.
    const known = context.filter((entry) => {
      const held = stored.find((other) => counterOf([other], entry) > 0);
      return held === undefined || (held.counter < entry.counter && !held.slots.some(isLive));
    });
    return syncRequests(stored, known, this.memory);
  }
}

/** The version that a write makes. */
export function versionOf(write: Write, timeMs = 0, timeCounter = 0): Version {
  const { value, request } = write;
  const state = value === undefined ? VersionState.tombstone : VersionState.value;
  const { client, number } = request;
  return new Version(client, number, state, value, 0, value?.length ?? 0, timeMs, timeCounter);
}
