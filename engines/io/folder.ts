// What marks a folder as the data of one engine: a small text file, and the lock.
//
// Opening reads the mark before anything else is touched, so that a folder of another engine, or
// one that holds something else altogether, is refused with nothing changed.

import path from "node:path";
import { corruption, EngineError, ioError } from "../errors.ts";
import type { FileSystem, FolderLock } from "./filesystem.ts";

const MARK_NAME = "ENGINE";
/** Names that a folder may hold and still count as empty: what a lock leaves behind. */
const HARMLESS_NAMES = new Set(["LOCK", "LOCK-journal", "lost+found"]);

/** A folder that we may not even read, or that is read-only, has nothing in it that we made. */
const FOREIGN_CODES = new Set(["EACCES", "EPERM", "EROFS"]);

export interface FolderIdentity {
  readonly engine: string;
  /** Version of the on-disk format; another number is refused. */
  readonly format: number;
}

/**
 * Locks the folder and makes sure that it is this engine's, making and marking a new one: both are
 * on the device when it returns.
 * Throws ENGINE_LOCKED, ENGINE_WRONG_FOLDER, or, when it is absent or empty and `errorIfMissing`,
 * ENGINE_NOT_FOUND.
 */
export function claimFolder(
  fileSystem: FileSystem,
  dir: string,
  identity: FolderIdentity,
  errorIfMissing: boolean,
): FolderLock {
  try {
    const marked = checkMark(fileSystem, dir, identity);
    if (!marked && errorIfMissing) {
      throw new EngineError("ENGINE_NOT_FOUND", `${dir} holds no ${identity.engine} data`);
    }
    if (!marked) makeFolder(fileSystem, dir);
    const lock = fileSystem.lockSync(dir);
    // Between the first look and the lock another process may have made the folder its own.
    try {
      if (!checkMark(fileSystem, dir, identity)) writeMark(fileSystem, dir, identity);
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  } catch (error) {
    throw ioError(error, `cannot open ${dir}`, dir);
  }
}

/**
 * Makes the folder, with those that it is in, so that a loss of power leaves it where it is.
 * Steps, each of which may be the last of a process, so that the next one goes on from there:
 *  1. The deepest folder that is there may be left from such an end: its parent is synced.
 *  2. Each one that is missing is made, from the top, and its parent synced before the next.
 * Throws the errors of the operating system.
 */
export function makeFolder(fileSystem: FileSystem, dir: string): void {
  const missing: string[] = [];
  let found = path.resolve(dir);
  while (!fileSystem.existsSync(found) && path.dirname(found) !== found) {
    missing.push(found);
    found = path.dirname(found);
  }
  try {
    fileSystem.syncDirSync(path.dirname(found));
  } catch (error) {
    if (!FOREIGN_CODES.has((error as { code?: string }).code ?? "")) throw error;
  }
  for (const folder of missing.reverse()) {
    fileSystem.makeDirSync(folder);
    fileSystem.syncDirSync(path.dirname(folder));
  }
}

/** True when the folder is ours; false when it is absent or empty; throws when it is another's. */
function checkMark(fileSystem: FileSystem, dir: string, identity: FolderIdentity): boolean {
  const markPath = path.join(dir, MARK_NAME);
  if (!fileSystem.existsSync(markPath)) {
    const stranger = fileSystem
      .listSync(dir)
      .find((name) => !HARMLESS_NAMES.has(name) && !name.endsWith(".tmp"));
    if (stranger === undefined) return false;
    throw new EngineError(
      "ENGINE_WRONG_FOLDER",
      `${dir} is not a data folder of ringbench (it holds ${stranger}); choose an empty one`,
      { file: path.join(dir, stranger) },
    );
  }
  const text = new TextDecoder().decode(fileSystem.readFileSync(markPath)).trim();
  const expected = markText(identity);
  if (text === expected) return true;
  const [mark, engine, format] = text.split(" ");
  if (mark !== expected.split(" ")[0] || engine === undefined || !/^\d+$/.test(format ?? "")) {
    throw corruption(markPath, 0, "it does not say whose data this is");
  }
  const cure =
    engine === identity.engine
      ? "open it with the version of ringbench that wrote it"
      : `open it with engine ${engine}, or choose another folder`;
  throw new EngineError(
    "ENGINE_WRONG_FOLDER",
    `${dir} holds data of engine ${engine} (format ${format}), ` +
      `not of ${identity.engine} (format ${identity.format}); ${cure}`,
    { file: markPath, offset: 0 },
  );
}

function writeMark(fileSystem: FileSystem, dir: string, identity: FolderIdentity): void {
  replaceFile(fileSystem, dir, MARK_NAME, new TextEncoder().encode(`${markText(identity)}\n`));
}

function markText(identity: FolderIdentity): string {
  return `ringbench-engine ${identity.engine} ${identity.format}`;
}

/**
 * What `replaceFile` left, durable from now on: a process may have died between the rename and the
 * sync of the folder, so that the file is there and a loss of power would take it back. Undefined
 * when there is none. Throws the errors of the operating system.
 */
export function readReplaced(
  fileSystem: FileSystem,
  dir: string,
  name: string,
): Uint8Array | undefined {
  const file = path.join(dir, name);
  if (!fileSystem.existsSync(file)) return undefined;
  fileSystem.syncDirSync(dir);
  return fileSystem.readFileSync(file);
}

/**
 * Replaces a small file as a whole, durably: written aside, synced, renamed, folder synced.
 * After a crash it holds the old bytes or the new ones. When it throws, it holds the old ones, but
 * for ENGINE_READ_ONLY: then the rename was done and may be lost again, so that nobody knows which
 * it holds, and the caller must not change what either describes.
 */
export function replaceFile(
  fileSystem: FileSystem,
  dir: string,
  name: string,
  bytes: Uint8Array,
): void {
  const temporary = path.join(dir, `${name}.tmp`);
  fileSystem.removeSync(temporary);
  const file = fileSystem.openSync(temporary, "create");
  try {
    file.writeSync(bytes, 0, bytes.length, 0);
    file.syncSync();
  } finally {
    file.closeSync();
  }
  const target = path.join(dir, name);
  fileSystem.renameSync(temporary, target);
  try {
    fileSystem.syncDirSync(dir);
  } catch (cause) {
    const what = `${target} was replaced, but its folder could not be synced; open it again`;
    throw new EngineError("ENGINE_READ_ONLY", what, { file: target, cause });
  }
}
