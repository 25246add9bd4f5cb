// A full check of a data folder that changes nothing.
//
// Steps:
//  1. The mark says whose folder it is; the lock, where there is one, that nobody has it open.
//  2. The engine opens it on an overlay: what recovery cuts or removes is cut in memory alone, and
//     becomes a note. A store that does not open is damaged; its logs are read one by one.
//  3. The engine reads and checks every byte, and then gives every live record in a scan.
//  4. Side files, which an engine does without when they are damaged, are checked by themselves.
//  5. What no step has read is said: nothing counts as checked that was not.

import path from "node:path";
import { dataFiles } from "../conformance/file-tree.ts";
import type { Engine, EngineModule, VerifyProblem, VerifyReport } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { FileSystem, FolderLock } from "../io/filesystem.ts";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { type OverlayChange, OverlayFileSystem } from "../io/overlay.ts";
import { completeOptions } from "../options.ts";
import { engineNames, loadEngine } from "../registry.ts";
import { Coverage } from "./coverage.ts";
import { readMark } from "./folder-mark.ts";
import { verifyListedFiles } from "./listed-files.ts";
import { checkSideFiles } from "./side-files.ts";

export interface FolderProblem extends VerifyProblem {
  /** What to do about it. */
  readonly cure: string;
}

/** Something that is no damage, and worth knowing. */
export interface FolderNote {
  readonly file: string;
  readonly message: string;
}

export interface FolderReport {
  readonly engine: string;
  readonly format: number;
  readonly filesChecked: number;
  readonly recordsChecked: number;
  readonly bytesChecked: number;
  /** Records that a scan gave; undefined when the store is damaged, and none was made. */
  readonly liveRecords: number | undefined;
  readonly problems: readonly FolderProblem[];
  readonly notes: readonly FolderNote[];
}

export interface VerifyFolderOptions {
  readonly dir: string;
  /** Default: the real one. It is only read. */
  readonly fileSystem?: FileSystem;
  /** Told of bytes read so far, and of all that there are; parts are read more than once. */
  readonly onProgress?: (bytesRead: number, bytesThere: number) => void;
}

const LOCK_NAME = "LOCK";
const CURE = "keep the folder for a look; restore a checkpoint, or load the data again";
const CURE_SIDE_FILE = "remove this file: the engine makes a new one at the next clean close";
const CURE_MARK = "write the right mark again, if you know whose data it is";

/**
 * Throws EngineError: ENGINE_NOT_FOUND or ENGINE_WRONG_FOLDER for what is no data folder or of a
 * format that is not known here, ENGINE_LOCKED when it is in use, ENGINE_UNSUPPORTED for an engine
 * that has no such check. Damage is listed, never thrown.
 */
export async function verifyFolder(options: VerifyFolderOptions): Promise<FolderReport> {
  const { dir, fileSystem = nodeFileSystem } = options;
  const { file, identity } = readMark(fileSystem, dir);
  if (identity === undefined) {
    const message = `${file} is damaged at offset 0: it does not say whose data this is`;
    const problems = [{ file, offset: 0, message, cure: CURE_MARK }];
    return { ...NOTHING, engine: "unknown", format: 0, problems, notes: [] };
  }
  const module = await checkableEngine(dir, identity.engine);
  const coverage = new Coverage();
  const bytesThere = addFiles(coverage, fileSystem, dir);
  const overlay = new OverlayFileSystem(fileSystem, (...range) => {
    coverage.note(...range);
    options.onProgress?.(coverage.bytesRead, bytesThere);
  });
  const lockFile = path.join(dir, LOCK_NAME);
  const couldLock = fileSystem.existsSync(lockFile);
  try {
    const side = checkSideFiles(identity.engine, fileSystem, dir);
    const found = await verifyOn(overlay, coverage, module, dir);
    if (!couldLock && fileSystem.existsSync(lockFile)) {
      throw new EngineError("ENGINE_LOCKED", `${dir} was opened while it was checked; do it again`);
    }
    const damaged = found.problems.map((problem) => ({ ...problem, cure: CURE }));
    const sides = side
      .filter(({ file }) => !damaged.some((problem) => problem.file === file))
      .map((problem) => ({ ...problem, cure: CURE_SIDE_FILE }));
    const problems = [...damaged, ...sides];
    const notes = [...found.notes];
    if (problems.length === 0) notes.push(...unreadNotes(coverage, notes));
    return { ...found, ...identity, problems, notes };
  } finally {
    overlay.close();
  }
}

const NOTHING = { filesChecked: 0, recordsChecked: 0, bytesChecked: 0, liveRecords: undefined };

type Found = VerifyReport & {
  readonly liveRecords: number | undefined;
  readonly notes: readonly FolderNote[];
};

/** Step 2 and 3. */
async function verifyOn(
  overlay: OverlayFileSystem,
  coverage: Coverage,
  module: EngineModule,
  dir: string,
): Promise<Found> {
  const opening = { dir, fileSystem: overlay, errorIfMissing: true };
  let engine: Engine;
  try {
    engine = await module.open(completeOptions(opening));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return verifyUnopened(overlay, dir, error);
  }
  // What was read before it was removed had its use: it is made anew at a clean close.
  const changes = overlay
    .changes()
    .filter(({ kind, file }) => kind !== "removed" || !coverage.wasRead(file));
  const notes = changes.flatMap((change) => recoveryNote(change));
  try {
    const report = await engine.verify();
    if (report.problems.length > 0) return { ...report, liveRecords: undefined, notes };
    try {
      return { ...report, liveRecords: await countRecords(engine), notes };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { ...report, problems: [problemOf(error, dir)], liveRecords: undefined, notes };
    }
  } finally {
    await closeQuietly(engine);
  }
}

function verifyUnopened(overlay: OverlayFileSystem, dir: string, cause: EngineError): Found {
  // The engine let go of its lock: what is read now is held again, so that nobody opens it.
  const lock: FolderLock = overlay.lockSync(dir);
  try {
    const first = problemOf(cause, dir);
    const { unchecked, ...report } = verifyListedFiles(overlay, dir);
    const others = report.problems.filter(
      ({ file, offset }) => file !== first.file || offset !== first.offset,
    );
    const notes = unchecked.map((file) => ({
      file,
      message: "not checked, because the store does not open",
    }));
    return { ...report, problems: [first, ...others], liveRecords: undefined, notes };
  } finally {
    lock.release();
  }
}

/** Throws ENGINE_WRONG_FOLDER or ENGINE_UNSUPPORTED for an engine that cannot be asked. */
async function checkableEngine(dir: string, name: string): Promise<EngineModule> {
  if (!engineNames().includes(name)) {
    const what = `${dir} holds data of engine ${name}, which is none of ringbench's own`;
    throw new EngineError("ENGINE_WRONG_FOLDER", `${what}; its author may have a check for it`);
  }
  const module = await loadEngine(name);
  if (module.supports.verify) return module;
  throw new EngineError(
    "ENGINE_UNSUPPORTED",
    `${dir} holds data of ${name}, which has no check that leaves the folder as it is; ` +
      `copy the folder, and use the tools of ${name} on the copy`,
  );
}

/** Every file of data counts; returns the sum of their lengths. */
function addFiles(coverage: Coverage, fileSystem: FileSystem, dir: string): number {
  let bytes = 0;
  for (const file of dataFiles(fileSystem, path.resolve(dir))) {
    const opened = fileSystem.openSync(file, "read");
    try {
      coverage.add(file, opened.sizeSync());
      bytes += opened.sizeSync();
    } finally {
      opened.closeSync();
    }
  }
  return bytes;
}

/** What opening the folder for real would do to it, where that takes something away. */
function recoveryNote({ kind, file, sizeBytes, keptBytes }: OverlayChange): FolderNote[] {
  if (kind === "removed") {
    const message = `nothing refers to it: the next open removes it (${sizeBytes} bytes)`;
    return [{ file, message }];
  }
  if (kind !== "changed" || keptBytes === sizeBytes) return [];
  const message =
    `the last ${sizeBytes - keptBytes} bytes, from offset ${keptBytes}, are no whole record: a ` +
    "write that a crash cut short, which nobody was told is done; the next open cuts them off";
  return [{ file, message }];
}

function unreadNotes(coverage: Coverage, notes: readonly FolderNote[]): FolderNote[] {
  return coverage
    .unread()
    .filter(({ file }) => !notes.some((note) => path.resolve(note.file) === file))
    .map(({ file, bytes, isAll }) => ({
      file,
      message: isAll
        ? "it is not a file of the store: nothing reads it"
        : `about ${bytes} bytes of it are not in use`,
    }));
}

async function countRecords(engine: Engine): Promise<number> {
  const cursor = engine.scan();
  let records = 0;
  try {
    for (;;) {
      const chunk = await cursor.next();
      if (chunk === undefined) return records;
      records += chunk.count;
    }
  } finally {
    await cursor.close();
  }
}

function isDamage(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === "ENGINE_CORRUPTION";
}

function problemOf(error: EngineError, dir: string): VerifyProblem {
  return { file: error.file ?? dir, offset: error.offset ?? 0, message: error.message };
}

/** What it would still write goes nowhere, and its problems were told. */
async function closeQuietly(engine: Engine): Promise<void> {
  try {
    await engine.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}
