// Copies what is live out of segments that hold dead records, so that their space comes back.
//
// Steps:
//  1. Victims: sealed segments with dead bytes, the oldest records first.
//  2. A record is copied when the index points at it. A tombstone is copied as long as an older
//     record may stand in a segment outside this merge (bitcask issue 82: else the key comes back).
//  3. The output is synced, and so is the log: what made records dead is as safe as their absence.
//  4. The manifest replaces the victims by the output, in one step.
//  5. Each key's words are moved by compare-and-swap: a key that was written or deleted since
//     step 2 keeps its newer words.
//
// A crash before step 4 leaves an output that the manifest does not list; after it, victims that it
// does not list. Either is removed at the next open.

import type { EngineOptions } from "../engine.ts";
import { corruption, ignoreIoErrors, ioError } from "../errors.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LogWindow, recordLength } from "../log/log-scan.ts";
import type { LogWriter } from "../log/log-writer.ts";
import {
  encodeRecord,
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { writeHint } from "./hint.ts";
import type { Segment } from "./segment.ts";

const OUTPUT_BUFFER_BYTES = 1024 * 1024;

export interface MergeContext {
  readonly options: EngineOptions;
  readonly segmentSizeBytes: number;
  readonly versions: VersionedIndex;
  readonly writer: LogWriter;
  /** The sealed segments. */
  readonly victims: readonly Segment[];
  /** All segments as of the call. */
  readonly others: () => readonly Segment[];
  /** A new file that the manifest does not list. */
  readonly createFile: () => Segment;
  /** Step 4. */
  readonly replace: (merged: readonly Segment[], output: Segment | undefined) => void;
  /** After step 5: nothing points into these any more. */
  readonly retire: (merged: readonly Segment[]) => void;
  readonly assertOpen: () => void;
  readonly count: (bytesRead: number, bytesWritten: number) => void;
}

/** A file being filled, and where its records came from. */
class Output {
  readonly segment: Segment;
  readonly victims: Segment[] = [];
  /** Step 4 is done: the file is part of the store. */
  isListed = false;
  #buffer = newRecordBuffer(OUTPUT_BUFFER_BYTES);
  #used = 0;
  /** Four numbers a record: id, victim, offset there, offset here. */
  moves = new Uint32Array(4 * 1024);
  moveCount = 0;

  constructor(segment: Segment) {
    this.segment = segment;
    segment.minSequence = Number.POSITIVE_INFINITY;
  }

  copy(from: LogWindow, at: number, length: number): number {
    if (this.#used + length > this.#buffer.bytes.length) {
      this.write();
      if (length > this.#buffer.bytes.length) this.#buffer = newRecordBuffer(length);
    }
    const { bytes } = from.buffer;
    const keyStart = at + RECORD_HEADER_BYTES;
    const keyEnd = keyStart + keyLengthAt(from.buffer, at);
    const sequence = sequenceAt(from.buffer, at);
    const offset = this.segment.sizeBytes + this.#used;
    this.#used += encodeRecord(
      this.#buffer,
      this.#used,
      this.segment.id,
      offset,
      kindAt(from.buffer, at) as RecordKind,
      0,
      sequence,
      bytes.subarray(keyStart, keyEnd),
      bytes.subarray(keyEnd, keyEnd + valueLengthAt(from.buffer, at)),
    );
    this.segment.minSequence = Math.min(this.segment.minSequence, sequence);
    return offset;
  }

  noteMove(id: number, victim: number, from: number, to: number): void {
    if (this.moveCount * 4 === this.moves.length) {
      const larger = new Uint32Array(this.moves.length * 2);
      larger.set(this.moves);
      this.moves = larger;
    }
    const at = this.moveCount++ * 4;
    this.moves[at] = id;
    this.moves[at + 1] = victim;
    this.moves[at + 2] = from;
    this.moves[at + 3] = to;
  }

  write(): void {
    if (this.#used === 0) return;
    this.segment.file.writeSync(this.#buffer.bytes, 0, this.#used, this.segment.sizeBytes);
    this.segment.sizeBytes += this.#used;
    this.#used = 0;
  }
}

/** Throws EngineError; then the segments are as before. */
export async function mergeSegments(context: MergeContext): Promise<void> {
  const victims = context.victims
    .filter((victim) => victim.sizeBytes - LOG_HEADER_BYTES > victim.liveBytes)
    .sort((left, right) => left.minSequence - right.minSequence);
  const outputs = new Set<Segment>();
  let output: Output | undefined;
  try {
    for (const victim of victims) {
      output ??= new Output(context.createFile());
      outputs.add(output.segment);
      await copyVictim(context, victim, output, outputs);
      if (output.segment.sizeBytes >= context.segmentSizeBytes) {
        await finish(context, output);
        output = undefined;
      }
    }
    if (output !== undefined) await finish(context, output);
  } catch (error) {
    const failure = ioError(error, "cannot merge segments");
    // When nobody knows what the manifest lists, nothing that it may list is removed.
    if (output !== undefined && !output.isListed && failure.code !== "ENGINE_READ_ONLY") {
      discard(context, output.segment);
    }
    throw failure;
  }
}

/** The file is in no manifest; if it cannot be removed now, the next open does it. */
function discard(context: MergeContext, segment: Segment): void {
  segment.file.closeSync();
  ignoreIoErrors(() => context.options.fileSystem.removeSync(segment.file.path));
}

/** Step 2 for one victim. */
async function copyVictim(
  context: MergeContext,
  victim: Segment,
  output: Output,
  outputs: ReadonlySet<Segment>,
): Promise<void> {
  output.victims.push(victim);
  const mayBeOlder = context
    .others()
    .filter((segment) => !output.victims.includes(segment) && !outputs.has(segment));
  const oldestElsewhere = Math.min(...mayBeOlder.map((segment) => segment.minSequence));
  const { index } = context.versions;
  const window = new LogWindow(victim.file);
  for (let offset = LOG_HEADER_BYTES; offset < victim.sizeBytes; ) {
    if (await window.prefetch(offset)) context.assertOpen();
    const length = recordLength(window, victim.id, offset);
    if (length === 0) throw corruption(victim.file.path, offset, "a record does not verify");
    const at = window.locate(offset, length);
    const kind = kindAt(window.buffer, at);
    const keyStart = at + RECORD_HEADER_BYTES;
    const keyEnd = keyStart + keyLengthAt(window.buffer, at);
    if (kind === RecordKind.put) {
      const id = index.find(window.buffer.bytes.subarray(keyStart, keyEnd));
      if (id !== 0 && index.entries.a(id) === victim.id && index.entries.b(id) === offset) {
        output.noteMove(id, victim.id, offset, output.copy(window, at, length));
      }
    } else if (kind === RecordKind.delete && oldestElsewhere < sequenceAt(window.buffer, at)) {
      output.copy(window, at, length);
    }
    offset += length;
  }
  output.write();
  context.count(victim.sizeBytes, 0);
}

/** Steps 3 to 5. */
async function finish(context: MergeContext, output: Output): Promise<void> {
  const { segment, victims } = output;
  const { fileSystem, dir, durability } = context.options;
  const empty = segment.sizeBytes === LOG_HEADER_BYTES;
  if (!empty) {
    await segment.file.sync();
    const hintBytes = writeHint(fileSystem, dir, segment, { durability });
    context.count(0, segment.sizeBytes + hintBytes);
  }
  await context.writer.flush();
  context.assertOpen();
  // Nothing may be left to undo: undoing would bring back words that point into a victim.
  context.writer.writeAll();
  context.replace(victims, empty ? undefined : segment);
  output.isListed = !empty;
  moveWords(context.versions, output);
  context.retire(victims);
  if (empty) discard(context, segment);
}

/** Step 5. */
function moveWords(versions: VersionedIndex, output: Output): void {
  const { entries } = versions.index;
  const byId = new Map(output.victims.map((victim) => [victim.id, victim]));
  for (let i = 0; i < output.moveCount; i++) {
    const id = output.moves[i * 4]!;
    const victim = output.moves[i * 4 + 1]!;
    if (entries.a(id) !== victim || entries.b(id) !== output.moves[i * 4 + 2]!) continue;
    const bytes = recordBytes(entries.keyLength(id), entries.c(id));
    entries.set(id, output.segment.id, output.moves[i * 4 + 3]!, entries.c(id));
    byId.get(victim)!.liveBytes -= bytes;
    output.segment.liveBytes += bytes;
  }
}
