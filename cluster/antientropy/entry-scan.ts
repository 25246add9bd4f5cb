// The keys of an index at some offsets of a partition, page by page, as of one moment.
//
// Invariants:
//  I1. Cursors of the engine are opened when the scan is made, so that all of it is of one state.
//      Where there are many spans, each has a snapshot's cursor, opened when its turn comes.
//  I2. Keys come in the order of offsets, and of keys within one: the same on every node.

import assert from "node:assert";
import type { Cursor, Engine, ScanChunk, Snapshot } from "../../engines/engine.ts";
import { RING_POSITIONS } from "../ring/position.ts";
import type { NodeProbes } from "../runtime.ts";
import { getHash, getPosition, HASH_BYTES, putPosition } from "./hash48.ts";
import type { Partition, Span } from "./partition.ts";

const POSITION_BYTES = 4;

/** Some entries in a row, valid until the next page is asked for. */
export class EntryPage {
  count = 0;
  #chunk: ScanChunk | undefined;

  fill(chunk: ScanChunk, count: number): this {
    this.#chunk = chunk;
    this.count = count;
    return this;
  }

  position(i: number): number {
    return getPosition(this.#chunk!.key(i), 0);
  }

  hash(i: number): number {
    const value = this.#chunk!.value(i);
    assert(value.length === HASH_BYTES, "an entry of an index is a hash");
    return getHash(value, 0);
  }

  /** A view. */
  key(i: number): Uint8Array {
    return this.#chunk!.key(i).subarray(POSITION_BYTES);
  }
}

/** A run of positions that does not go around: `end` is exclusive, up to 2^32. */
interface Run {
  readonly start: number;
  readonly end: number;
}

export class EntryScan {
  readonly #engine: Engine;
  readonly #probes: NodeProbes;
  readonly #runs: readonly Run[];
  readonly #snapshot: Snapshot | undefined;
  readonly #page = new EntryPage();
  #cursor: Cursor | undefined;
  #next = 0;

  constructor(engine: Engine, probes: NodeProbes, partition: Partition, spans: readonly Span[]) {
    this.#engine = engine;
    this.#probes = probes;
    this.#runs = spans.flatMap((span) => runsOf(partition, span));
    // One run needs none: its cursor is opened now.
    if (this.#runs.length > 1) this.#snapshot = engine.snapshot();
    else this.#open();
  }

  /** Undefined at the end. Throws EngineError. */
  async next(): Promise<EntryPage | undefined> {
    for (;;) {
      if (this.#cursor === undefined && !this.#open()) return undefined;
      const chunk = await this.#cursor!.next();
      if (chunk !== undefined) {
        const isShort = chunk.count > 1 && this.#probes.isPlanted("entropy-page-short");
        return this.#page.fill(chunk, isShort ? chunk.count - 1 : chunk.count);
      }
      await this.#cursor!.close();
      this.#cursor = undefined;
    }
  }

  async close(): Promise<void> {
    this.#next = this.#runs.length;
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.close();
    this.#snapshot?.close();
  }

  /** False when there is no run left. */
  #open(): boolean {
    const run = this.#runs[this.#next++];
    if (run === undefined) return false;
    this.#cursor = this.#engine.scan({
      gte: boundOf(run.start),
      ...(run.end === RING_POSITIONS ? {} : { lt: boundOf(run.end) }),
      ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot }),
    });
    return true;
  }
}

function runsOf({ first }: Partition, { start, end }: Span): Run[] {
  if (start >= end) return [];
  const from = first + start;
  const to = first + end;
  if (from >= RING_POSITIONS) return [{ start: from - RING_POSITIONS, end: to - RING_POSITIONS }];
  if (to <= RING_POSITIONS) return [{ start: from, end: to }];
  return [
    { start: from, end: RING_POSITIONS },
    { start: 0, end: to - RING_POSITIONS },
  ];
}

function boundOf(position: number): Uint8Array {
  const bound = new Uint8Array(POSITION_BYTES);
  putPosition(bound, 0, position);
  return bound;
}
