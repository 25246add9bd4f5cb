// Last write wins, by hybrid timestamps: one version is left, and who wrote the others is not told.
// The clock of events is kept beside it, only to count what is lost.
//
// Order of versions: timestamp, then actor, then a hash of the value, then its bytes. It is total,
// so that every replica keeps the same one.
//
// Invariants:
//  I1. At most one version is alive.
//  I2. A new version is newer than what its replica holds and than what its writer has seen; so the
//      version of a set is the newest of all events that the set knows.
//
// A dropped version is a lost update when the winner's writer had not seen it. Two events of one
// request lose nothing. A retry through a coordinator that does not know the first event has a
// later timestamp, and may take the place of a write that came between: that is the price of this
// policy, and such a write counts as lost. (To drop the retry instead, as the policies with
// siblings do, could leave nothing where a third write had lost against it.)

import assert from "node:assert";
import { hashKey } from "../../engines/index/hash.ts";
import { decodeSet, encodeSet, PolicyTag } from "./codec.ts";
import { contextOf } from "./context.ts";
import {
  compareSets,
  type DvvSet,
  EMPTY_SET,
  lww,
  newWithContext,
  size,
  sync,
  update,
} from "./dvv-set.ts";
import { compareTimes, HybridClock } from "./hybrid-clock.ts";
import type { ConflictPolicy, PolicyOptions, Reading, UpdateResult, Write } from "./policy.ts";
import { findRequest, siblingsOf } from "./request-merge.ts";
import { REQUEST_MEMORY, versionOf } from "./sibling-policies.ts";
import { type Actor, compareActors, counterOf, type Order } from "./vector-clock.ts";
import { isLive, isSameRequest, type Version } from "./version.ts";

const MAX_DRIFT_MS = 10_000;
const NONE: readonly never[] = [];

export class LastWriteWinsPolicy implements ConflictPolicy {
  readonly name = "lww";
  readonly #clock: HybridClock;
  readonly #memory: number;
  readonly #isWallClock: boolean;
  #lostUpdates = 0;

  constructor(options: PolicyOptions) {
    this.#clock = new HybridClock(options.maxDriftMs ?? MAX_DRIFT_MS);
    this.#memory = options.requestMemory ?? REQUEST_MEMORY;
    this.#isWallClock = options.isWallClock === true;
    assert(this.#memory >= 0, "requestMemory is at least 0");
  }

  get lostUpdates(): number {
    return this.#lostUpdates;
  }

  decode(bytes: Uint8Array): DvvSet {
    return decodeSet(bytes, PolicyTag.lww);
  }

  encode(set: DvvSet): Uint8Array {
    return encodeSet(set, PolicyTag.lww);
  }

  update(stored: DvvSet | undefined, write: Write): UpdateResult {
    const set = stored ?? EMPTY_SET;
    const known = findRequest(set.entries, write.request);
    if (known !== undefined) return { outcome: "duplicate", set, dot: known, siblings: 1 };
    const { context, actor } = write;
    const held = newestOf(set);
    const clock = this.#clockOf(held, write);
    const version = versionOf(write, clock.timeMs, clock.counter);
    assert(
      this.#isWallClock ||
        held === undefined ||
        compareTimes(held.timeMs, held.timeCounter, version.timeMs, version.timeCounter) < 0,
      "I2: newer",
    );
    const written = newWithContext(context?.entries ?? NONE, version);
    const updated = this.#reduce(update(written, set, actor, this.#memory));
    const { node, epoch } = actor;
    const dot = { node, epoch, counter: counterOf(updated.entries, actor) };
    return { outcome: "written", set: updated, dot, siblings: 1 };
  }

  /** It tells the timestamp of the write (I2). */
  #clockOf(held: Version | undefined, { context, nowWallMs }: Write): HybridClock {
    if (this.#isWallClock) {
      const wall = new HybridClock(this.#clock.maxDriftMs);
      wall.tick(nowWallMs);
      return wall;
    }
    const clock = this.#clock;
    if (context !== undefined) clock.receive(context.timeMs, context.timeCounter, nowWallMs);
    if (held !== undefined) clock.restore(held.timeMs, held.timeCounter);
    clock.tick(nowWallMs);
    return clock;
  }

  merge(a: DvvSet, b: DvvSet): DvvSet {
    return this.#reduce(sync(a, b, this.#memory));
  }

  /** The newest version alone; the others are counted. */
  #reduce(set: DvvSet): DvvSet {
    if (size(set) <= 1) return set;
    const reduced = lww(isNotNewer, set, this.#memory);
    const winner = newestOf(reduced)!;
    for (const { slots } of set.entries) {
      for (const slot of slots) {
        if (isLive(slot) && !isSameRequest(slot, winner)) this.#lostUpdates++;
      }
    }
    return reduced;
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
    return size(set);
  }

  admit(set: DvvSet, nowWallMs: number): void {
    const newest = newestOf(set);
    if (newest !== undefined) {
      this.#clock.receive(newest.timeMs, newest.timeCounter, nowWallMs);
    }
  }
}

/** The one that is alive (I1). */
function newestOf(set: DvvSet): Version | undefined {
  for (const { slots } of set.entries) {
    for (const slot of slots) if (isLive(slot)) return slot;
  }
  return undefined;
}

function isNotNewer(
  a: Version,
  aBy: Actor | undefined,
  b: Version,
  bBy: Actor | undefined,
): boolean {
  const byTime = compareTimes(a.timeMs, a.timeCounter, b.timeMs, b.timeCounter);
  if (byTime !== 0) return byTime < 0;
  const byActor = compareActors(aBy!, bBy!);
  if (byActor !== 0) return byActor < 0;
  return compareValues(a, b) <= 0;
}

function compareValues(a: Version, b: Version): number {
  const byHash =
    hashKey(a.bytes, a.start, a.end - a.start) - hashKey(b.bytes, b.start, b.end - b.start);
  return byHash !== 0 ? byHash : Buffer.compare(a.value(), b.value());
}
