// Rewrites the store in the order of its keys: what `compact()` asks for. It gives back all dead
// space, and a scan then reads the files forwards.
//
// Steps:
//  1. Victims: every sealed segment, as of the call.
//  2. Keys are walked in order; records that stand in victims are read, verified and copied.
//  3. An output that is full is synced and put into the manifest, beside the victims, and its keys'
//     words are moved to it. A crash here leaves records twice, with the same sequence: no harm.
//  4. At the end nothing points into a victim, and the manifest lets go of all of them at once,
//     with all their tombstones: what those buried stood in victims, too.
//
// Between steps of a quarter of a megabyte other work goes on. Until step 4 the disk holds both.
//
// Invariants:
//  I1. While a step runs nothing can be rolled back: what is passed over stays dead.

import assert from "node:assert";
import { EngineError, ioError } from "../errors.ts";
import type { OrderedIndex } from "../index/ordered-index.ts";
import { recordBytes } from "../log/record.ts";
import type { MergeHost } from "./merge-host.ts";
import { MergeOutput } from "./merge-output.ts";
import { MergeSync } from "./merge-sync.ts";
import type { RunReader } from "./run-reader.ts";
import type { Segment } from "./segment.ts";

const STEP_BYTES = 256 * 1024;
const STEP_KEYS = 1024;
const STEP_MOVES = 4096;
const PICK_WORDS = 4;

export interface CompactionParts {
  readonly host: MergeHost;
  readonly order: OrderedIndex;
  readonly reader: RunReader;
  readonly segmentSizeBytes: number;
  /** The number of the event that tells of it. */
  readonly event: number;
  /** Throws when the engine is closed. */
  readonly assertOpen: () => void;
}

/**
 * Does nothing when all is in order already. Throws EngineError; then no record is lost, and those
 * that were moved stay where they are.
 */
export async function compactInOrder(parts: CompactionParts): Promise<void> {
  const { host, order, reader, event } = parts;
  if (isInOrder(host, order)) return;
  const { onEvent } = host.options;
  onEvent({ kind: "merge", phase: "begin", id: event, detail: "all, in key order" });
  let bytes = 0;
  try {
    bytes = await rewrite(parts);
  } finally {
    host.count(reader.bytesRead, 0);
    onEvent({ kind: "merge", phase: "end", id: event, bytes: bytes + reader.bytesRead });
  }
}

/** Returns bytes written. */
async function rewrite(parts: CompactionParts): Promise<number> {
  const { host } = parts;
  const { table, active } = host;
  const victims = table.listed.filter((segment) => segment !== active());
  const walk = new Walk(parts, victims);
  let output: MergeOutput | undefined;
  let bytes = 0;
  const pause = pauser(host);
  try {
    while (walk.pick()) {
      output = walk.copy(output);
      if (output !== undefined && output.endOffset >= parts.segmentSizeBytes) {
        await finishOutput(parts, output, victims);
        bytes += output.bytesWritten;
        output = undefined;
      }
      await pause();
      parts.assertOpen();
    }
    if (output !== undefined) {
      await finishOutput(parts, output, victims);
      bytes += output.bytesWritten;
    }
    output = undefined;
    settle(host);
    dropVictims(host, victims);
  } catch (error) {
    const failure = ioError(error, "cannot compact");
    const isUnknown = failure instanceof EngineError && failure.code === "ENGINE_READ_ONLY";
    if (output !== undefined && !output.isListed && !isUnknown) output.discard();
    throw failure;
  }
  for (const { file } of victims) await host.writer.forget(file);
  for (const victim of victims) table.retire(victim);
  if (!host.versions.hasSnapshots) table.dropRetired();
  return bytes;
}

/** Whether there are no dead bytes, and places ascend with the keys. */
function isInOrder(host: MergeHost, order: OrderedIndex): boolean {
  const { table, versions } = host;
  const { entries } = versions.index;
  for (const segment of table.listed) {
    if (segment.deadPutBytes > 0 || segment.tombstoneBytes > 0) return false;
  }
  const place = order.first();
  const seen = new Set<number>();
  let slot = 0;
  let offset = 0;
  for (let id = order.forward(place); id !== 0; id = order.forward(place)) {
    const next = entries.a(id);
    if (next === 0) continue;
    if (next !== slot) {
      if (seen.has(next)) return false;
      seen.add(next);
    } else if (entries.b(id) < offset) return false;
    slot = next;
    offset = entries.b(id);
  }
  return true;
}

/** Step 2: goes through the keys in order, whatever is inserted meanwhile. */
class Walk {
  readonly #parts: CompactionParts;
  readonly #isVictim = new Set<number>();
  readonly #picks = new Uint32Array(STEP_KEYS * PICK_WORDS);
  #count = 0;
  #place;
  #changesSeen: number;
  #lastId = 0;

  constructor(parts: CompactionParts, victims: readonly Segment[]) {
    this.#parts = parts;
    for (const { slot } of victims) this.#isVictim.add(slot);
    this.#place = parts.order.first();
    this.#changesSeen = parts.order.changes;
  }

  /** Finds the next records that stand in victims. False at the end of the keys. */
  pick(): boolean {
    const { host, order } = this.#parts;
    settle(host);
    const { entries } = host.versions.index;
    if (order.changes !== this.#changesSeen) {
      this.#changesSeen = order.changes;
      this.#place = order.first();
      if (this.#lastId !== 0) this.#place = order.seek(entries.keyView(this.#lastId), true);
    }
    this.#count = 0;
    let bytes = 0;
    for (let seen = 0; seen < STEP_KEYS && bytes < STEP_BYTES; seen++) {
      const id = order.forward(this.#place);
      if (id === 0) return this.#count > 0;
      this.#lastId = id;
      if (!this.#isVictim.has(entries.a(id))) continue;
      const at = this.#count++ * PICK_WORDS;
      this.#picks[at] = id;
      this.#picks[at + 1] = entries.a(id);
      this.#picks[at + 2] = entries.b(id);
      this.#picks[at + 3] = entries.c(id);
      bytes += recordBytes(entries.keyLength(id), entries.c(id));
    }
    return true;
  }

  /** Copies what was picked, if anything, to the output, or to a new one. */
  copy(given: MergeOutput | undefined): MergeOutput | undefined {
    const { host, reader } = this.#parts;
    if (this.#count === 0) return given;
    const output = given ?? new MergeOutput(host.table, host.options);
    try {
      reader.read(this.#picks, this.#count);
      const { entries } = host.versions.index;
      for (let i = 0; i < this.#count; i++) {
        const id = this.#picks[i * 4]!;
        const length = recordBytes(entries.keyLength(id), this.#picks[i * 4 + 3]!);
        const to = output.append(reader.buffer, reader.ats[i]!, length);
        output.noteMove(id, this.#picks[i * 4 + 1]!, this.#picks[i * 4 + 2]!, to);
      }
    } catch (error) {
      if (given === undefined) output.discard();
      throw error;
    }
    return output;
  }
}

/** I1: what waits to be written is written now, or refused. */
function settle({ versions, writer }: MergeHost): void {
  if (versions.hasUndo) writer.writeAll();
  assert(!versions.hasUndo, "I1: nothing is left to undo");
}

/** Step 3. */
async function finishOutput(
  { host, assertOpen }: CompactionParts,
  output: MergeOutput,
  victims: readonly Segment[],
): Promise<void> {
  output.finish(host.sequence());
  const sync = new MergeSync(host, [output], victims);
  if (host.options.background === "inline") sync.runNow();
  else {
    sync.start();
    await sync.running;
  }
  if (sync.failure !== undefined) throw sync.failure;
  assertOpen();
  host.changeManifest(() => host.table.replace([], [output.segment]));
  output.listed();
  host.count(0, output.bytesWritten);
  const pause = pauser(host);
  while (output.movesLeft > 0) {
    settle(host);
    output.move(host.versions, STEP_MOVES);
    await pause();
  }
}

/** Step 4. */
function dropVictims(host: MergeHost, victims: readonly Segment[]): void {
  for (const victim of victims) {
    assert(victim.liveBytes === 0, "every live record of a victim was moved");
  }
  if (victims.length === 0) return;
  host.changeManifest(() => host.table.replace(victims, []));
  host.dropped(victims);
}

/** Lets other work go on: a read off this thread takes as long as the event loop needs. */
function pauser(host: MergeHost): () => Promise<unknown> {
  const byte = new Uint8Array(1);
  return () => host.active().file.read(byte, 0, 1, 0);
}
