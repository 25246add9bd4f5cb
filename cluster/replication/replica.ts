// What one node holds of one keyspace, and every change it makes to it.
//
// Steps of a change:
//  1. Read what is stored of the key.
//  2. Let the versions make of it what is to be stored (versioning/replica-versions.ts).
//  3. Store it; it is visible from then on.
//  4. Answer when it is as durable as the keyspace asks.
//
// Invariants:
//  I1. One change of a key after the other: from step 1 to step 3 nothing else happens to it. When
//      the engine answers at once both steps are in one turn; else the key is locked.
//  I2. Whoever is told that something is stored is told so when it is durable, also when it was
//      there before: a write that is visible may still wait for its sync.

import assert from "node:assert";
import type { Cursor, Engine, MaybePromise, ScanOptions } from "../../engines/engine.ts";
import type { VersionIndex } from "../antientropy/version-index.ts";
import type { NodeClock, NodeProbes } from "../runtime.ts";
import type { ConflictPolicy } from "../versioning/policy.ts";
import type {
  ClientWrite,
  CoordinateResult,
  ReplicaVersions,
} from "../versioning/replica-versions.ts";
import { VersionState } from "../versioning/version.ts";

export interface ReplicaParts {
  readonly engine: Engine;
  readonly versions: ReplicaVersions;
  readonly policy: ConflictPolicy;
  readonly clock: NodeClock;
  readonly probes: NodeProbes;
  /** Is told of every change, in the turn in which the engine took it; absent: nobody is. */
  readonly index?: Pick<VersionIndex, "stored">;
}

/** What is to be stored; undefined when nothing changes. */
type Change = (stored: Uint8Array | undefined) => Uint8Array | undefined;

export class Replica {
  readonly #parts: ReplicaParts;
  /** By key as text, the end of the last change that waits for the engine to read. */
  readonly #changing = new Map<string, Promise<void>>();
  /** The newest write that is not durable yet: an engine makes earlier ones durable with it. */
  #lastWrite: Promise<void> | undefined;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
  }

  /** The versions of a key, for others: undefined when nothing is stored. Throws EngineError. */
  read(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    const { engine } = this.#parts;
    const stored = engine.get(key);
    if (stored instanceof Promise) return stored.then((record) => record && this.shared(record));
    return stored && this.shared(stored);
  }

  /** Records of this node in the order of keys; `shared` has the versions of a value. */
  scan(options: ScanOptions): Cursor {
    return this.#parts.engine.scan(options);
  }

  /** The versions in a stored record: a view. Throws VERSION_STATE. */
  shared(record: Uint8Array): Uint8Array {
    return this.#parts.versions.shared(record);
  }

  /** As `read`, when what it gives is durable: nobody has seen what a crash may take back. */
  readDurable(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    const found = this.read(key);
    const written = this.#lastWrite;
    if (written === undefined) return found;
    // It may fail before anybody waits for it.
    if (found instanceof Promise) found.catch(() => {});
    return written.then(
      () => found,
      () => this.readDurable(key),
    );
  }

  /**
   * Makes the write an event of this node. Done when it is durable; what was refused changes
   * nothing. Throws EngineError and VersioningError.
   */
  mint(key: Uint8Array, write: ClientWrite): MaybePromise<CoordinateResult> {
    const { versions, probes } = this.#parts;
    let result: CoordinateResult | undefined;
    const changed = this.#change(key, (stored) => {
      result = versions.coordinate(stored, write);
      if (result.outcome === "refused") return undefined;
      if (result.outcome === "duplicate") {
        probes.mark("a retry met its own write");
        return undefined;
      }
      if (result.tookEpoch) probes.mark("a key took an epoch");
      return result.record;
    });
    if (changed === undefined) return result!;
    return changed.then(
      () => result!,
      (error: unknown) => {
        // It was visible, and its number may be in the clocks of others.
        if (result?.outcome === "written") versions.abandon(result.record);
        throw error;
      },
    );
  }

  /** Takes in versions of the key. Done when they are durable. Throws as `mint` does. */
  merge(key: Uint8Array, set: Uint8Array): MaybePromise<void> {
    const { versions, policy, clock, probes } = this.#parts;
    if (probes.isPlanted("tombstones-dropped") && isDeleted(policy, set)) return undefined;
    return this.#change(key, (stored) => {
      const result = versions.apply(stored, set, clock.wallMs());
      if (result.hadAmnesia) probes.mark("a replica had forgotten its own events");
      if (!result.isChanged && !probes.isPlanted("merge-overwrites")) return undefined;
      return probes.isPlanted("merge-overwrites") ? Buffer.concat([ZERO, set]) : result.record;
    });
  }

  /** When every change that waits for the engine now has been stored, or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#changing.values()]);
  }

  #change(key: Uint8Array, change: Change): MaybePromise<void> {
    if (this.#changing.size > 0) {
      const before = this.#changing.get(textOf(key));
      if (before !== undefined) return this.#later(key, before, change);
    }
    const stored = this.#parts.engine.get(key);
    if (stored instanceof Promise) return this.#later(key, undefined, change, stored);
    return this.#store(key, stored, change(stored));
  }

  /** The way of a change when the engine, or a change before it, has to be waited for. */
  async #later(
    key: Uint8Array,
    before: Promise<void> | undefined,
    change: Change,
    reading?: Promise<Uint8Array | undefined>,
  ): Promise<void> {
    const text = textOf(key);
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#changing.set(text, held);
    let durable: MaybePromise<void>;
    try {
      await before;
      const stored = await (reading ?? this.#parts.engine.get(key));
      durable = this.#store(key, stored, change(stored));
    } finally {
      if (this.#changing.get(text) === held) this.#changing.delete(text);
      assert(release !== undefined, "I1: a lock is held");
      release();
    }
    await durable;
  }

  #store(
    key: Uint8Array,
    stored: Uint8Array | undefined,
    record: Uint8Array | undefined,
  ): MaybePromise<void> {
    const { engine, probes, index } = this.#parts;
    if (record === undefined) return this.#lastWrite;
    const written = engine.put(key, record);
    index?.stored(key, stored, record, written);
    if (written === undefined) return undefined;
    if (probes.isPlanted("ack-before-durable")) {
      written.catch(() => {});
      return undefined;
    }
    if (written !== this.#lastWrite) {
      this.#lastWrite = written;
      const forget = (): void => {
        if (this.#lastWrite === written) this.#lastWrite = undefined;
      };
      written.then(forget, forget);
    }
    return written;
  }
}

const ZERO = new Uint8Array(1);

function isDeleted(policy: ConflictPolicy, set: Uint8Array): boolean {
  const { siblings } = policy.read(policy.decode(set));
  return siblings.every(({ state }) => state === VersionState.tombstone);
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
