// The files and folders that a command line names: read, or looked at before hours are spent on
// what could not be written in the end.

import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../../engines/errors.ts";
import { leftoverDataDirs, makeFolder, removeFolders } from "../data-dir.ts";
import type { CliContext } from "./context.ts";
import { UsageError } from "./usage.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it may not be read",
  ERR_STRING_TOO_LONG: "it is larger than the 512 MiB that one text can have",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

/** The text of a file that the user named; throws UsageError when it cannot be read. */
export function readInput(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot read ${file}: ${REASONS[code ?? ""] ?? code ?? String(error)}`);
  }
}

/**
 * Throws UsageError when there can be no folder of this name, because a file is in its way, or when
 * nothing can be written there. What it tries, it takes back.
 */
export function checkFolder(flag: string, given: string | undefined): void {
  if (given === undefined) return;
  checkNoFile(flag, given);
  let made: readonly string[] = [];
  try {
    made = makeFolder(given);
    // Really tried, for `access` answers for another user than the one who will write. A name
    // that ends so is nobody's data, should an engine look just now.
    const trial = path.join(given, `ringbench-${process.pid}.tmp`);
    fs.mkdirSync(trial);
    fs.rmdirSync(trial);
  } catch (error) {
    const { code, message } = systemError(error);
    throw new UsageError(
      `${flag} ${given} cannot be written (${code ?? message}); ` +
        "choose another folder, or see to its rights and its disk",
    );
  } finally {
    removeFolders(made);
  }
}

/** What the operating system said, where something else is wrapped around it. */
function systemError(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return (cause instanceof Error ? cause : error) as NodeJS.ErrnoException;
}

/**
 * The folder in which data is to lie, "results" when none is given. Throws UsageError as
 * `checkFolder` does, and says what runs that were killed have left there.
 */
export function checkDataFolder(
  context: CliContext,
  flag: string,
  given: string | undefined,
): string {
  checkFolder(flag, given ?? "results");
  const parent = path.resolve(given ?? "results");
  warnOfLeftovers(context, parent);
  return parent;
}

/** Says in one line what runs that were killed have left in a folder. */
export function warnOfLeftovers(context: CliContext, parent: string): void {
  const left = leftoverDataDirs(parent);
  if (left.length === 0) return;
  const [what, them] =
    left.length === 1 ? ["a data folder", "it"] : [`${left.length} data folders`, "them"];
  const words = left.map((dir) => shellWord(path.relative("", dir)));
  context.warn(`${what} of a run that was killed; remove ${them}: rm -r ${words.join(" ")}`);
}

/** A word that a shell takes as it is. */
function shellWord(word: string): string {
  return /^[\w./+:@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function checkNoFile(flag: string, given: string): void {
  for (let dir = path.resolve(given); ; dir = path.dirname(dir)) {
    const found = fs.statSync(dir, { throwIfNoEntry: false });
    if (found?.isDirectory() || dir === path.dirname(dir)) return;
    if (found === undefined) continue;
    const what = dir === path.resolve(given) ? "it" : dir;
    throw new UsageError(`${flag} ${given} can be no folder: ${what} is a file`);
  }
}

/**
 * Throws ENGINE_IO for a folder that is there and may not be looked into: to whoever only asks
 * whether a file is in it, it looks empty.
 */
export function checkReadable(dir: string): void {
  try {
    fs.readdirSync(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") return;
    const what = `${dir} may not be read (${code}); run it as the user that the folder belongs to`;
    throw new EngineError("ENGINE_IO", what, { cause: error });
  }
}

/** Throws UsageError when a report would be written over another, or among files of others. */
export function checkReportFolder(given: string | undefined): void {
  checkFolder("--out", given);
  if (given === undefined || !fs.existsSync(path.join(given, "result.json"))) return;
  throw new UsageError(`--out ${given} holds a result already: choose another, or remove it`);
}

/** Throws UsageError when no file of this name can be written. */
export function checkOutputFile(what: string, given: string | undefined): void {
  if (given === undefined) return;
  if (fs.statSync(given, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${what} ${given} can be no file: it is a folder`);
  }
  const dir = path.dirname(path.resolve(given));
  if (fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UsageError(`${what} ${given} cannot be written: there is no folder ${dir}`);
}
