// Replaces the files of a store by snapshot files, while reads and writes go on.
//
// Steps:
//  1. The log is synced off this thread, so that what follows waits for little; a new one is begun.
//  2. In steps: of each key whose newest record is in a file from before, that record is written
//     to a snapshot file, its value from memory or from that file. A key that was written since
//     has its record in the new log. Every record gets the sequence as of step 1, so that those of
//     the new log are newer.
//  3. The snapshot files are synced, and then the log: what is in neither old files nor snapshot
//     must not be lost when they go.
//  4. The manifest lists the snapshot files in the place of the files from before.
//  5. In steps: the words of the keys of step 2 are moved by compare-and-swap.
//  6. The files from before are retired: they go when no open snapshot leads to them.
//
// A crash before step 4 leaves snapshot files that the manifest does not list; after it, files from
// before that it does not list. Either are removed at the next open.
//
// Invariants:
//  I1. Whenever words are looked at, nothing can be undone: what is skipped stays skipped.

import type { EngineOptions } from "../engine.ts";
import { ioError } from "../errors.ts";
import type { IndexSnapshot, VersionedIndex } from "../index/versioned-index.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { OFFSET_UNIT_BYTES } from "./cold-reader.ts";
import { MoveList } from "./move-list.ts";
import { type SnapshotFile, SnapshotWriter } from "./snapshot-file.ts";
import type { StoreFile } from "./store-file.ts";

/** Entries that a step looks at, at most, whether it writes them or not. */
const STEP_ENTRIES = 512;

/** The value of an entry's record, in memory or read from its file. Valid until the next call. */
export type ValueSource = (id: number, a: number, b: number, c: number) => Uint8Array;

export interface SnapshotParts {
  readonly options: EngineOptions;
  readonly versions: VersionedIndex;
  readonly readValue: ValueSource;
  readonly fileSizeBytes: number;
  readonly nextId: () => number;
  /** Lets other work run. */
  readonly pause: () => Promise<unknown>;
  /** Throws when the engine was closed meanwhile. */
  readonly assertOpen: () => void;
}

export interface ReplaceParts extends SnapshotParts {
  readonly writer: LogWriter;
  /** Step 1: begins a new log; returns the files from before. */
  readonly startLog: () => readonly StoreFile[];
  readonly sequence: () => number;
  /** Step 4: lists the new files for the replaced ones; returns their numbers. */
  readonly replace: (replaced: readonly StoreFile[], files: readonly SnapshotFile[]) => number[];
  /** Step 6. */
  readonly retire: (replaced: readonly StoreFile[]) => void;
}

/** Returns how many bytes were written. Throws EngineError; then the store is as before. */
export async function replaceBySnapshot(parts: ReplaceParts): Promise<number> {
  const { options, writer, versions, fileSizeBytes, nextId } = parts;
  const { dir } = options;
  await writer.flush();
  parts.assertOpen();
  const replaced = parts.startLog();
  const sequence = parts.sequence();
  const isReplaced = new Uint8Array(1 + Math.max(0, ...replaced.map((file) => file.number)));
  for (const { number } of replaced) isReplaced[number] = 1;
  const output = new SnapshotWriter({ options, dir, sequence, fileSizeBytes, nextId });
  const moves = new MoveList();
  let numbers: number[];
  try {
    await copyRecords(parts, output, undefined, () => writer.writeAll(), isReplaced, moves);
    await writer.flush();
    parts.assertOpen();
    numbers = parts.replace(replaced, output.files);
  } catch (cause) {
    const error = ioError(cause, "cannot replace the logs by a snapshot file");
    // When nobody knows what the manifest lists, nothing that it may list is removed.
    if (error.code !== "ENGINE_READ_ONLY") output.discard();
    throw error;
  }
  for (settle(writer); moves.step(versions.index.entries, numbers); settle(writer)) {
    await parts.pause();
  }
  parts.retire(replaced);
  return output.bytesWritten;
}

/** Writes the state as of a snapshot into another folder. Returns the files. */
export async function copySnapshot(
  parts: SnapshotParts,
  dir: string,
  snapshot: IndexSnapshot,
  sequence: number,
): Promise<readonly SnapshotFile[]> {
  const { options, fileSizeBytes, nextId } = parts;
  const output = new SnapshotWriter({ options, dir, sequence, fileSizeBytes, nextId });
  try {
    await copyRecords(parts, output, snapshot, () => {}, undefined, undefined);
    return output.files;
  } catch (cause) {
    output.discard();
    throw ioError(cause, `cannot write a checkpoint to ${dir}`, dir);
  }
}

/** Step 2: `isReplaced` by number of a file, or undefined when all are wanted. */
async function copyRecords(
  parts: SnapshotParts,
  output: SnapshotWriter,
  snapshot: IndexSnapshot | undefined,
  beforeStep: () => void,
  isReplaced: Uint8Array | undefined,
  moves: MoveList | undefined,
): Promise<void> {
  const { versions, readValue } = parts;
  const { entries } = versions.index;
  beforeStep();
  let looked = 0;
  for (const id of entries.ids()) {
    if (++looked >= STEP_ENTRIES || output.isFull) {
      looked = 0;
      await output.step();
      await parts.pause();
      parts.assertOpen();
      beforeStep();
    }
    versions.read(id, snapshot);
    const { a, b, c } = versions;
    if (a === 0 || (isReplaced !== undefined && isReplaced[a] !== 1)) continue;
    const offset = output.add(entries, id, readValue(id, a, b, c));
    moves?.add(id, a, b, output.fileIndex, offset / OFFSET_UNIT_BYTES);
  }
  await output.finish();
}

/** I1: after this nothing can be undone, whether the write went well, or was undone itself. */
function settle(writer: LogWriter): void {
  try {
    writer.writeAll();
  } catch {
    // Whoever waits for the write has the error.
  }
}
