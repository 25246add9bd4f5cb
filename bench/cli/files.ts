// The files and folders that a command line names: read, or looked at before hours are spent on
// what could not be written in the end.

import fs from "node:fs";
import path from "node:path";
import { UsageError } from "./usage.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it may not be read",
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

/** Throws UsageError when there can be no folder of this name, because a file is in its way. */
export function checkFolder(flag: string, given: string | undefined): void {
  if (given === undefined) return;
  for (let dir = path.resolve(given); ; dir = path.dirname(dir)) {
    const found = fs.statSync(dir, { throwIfNoEntry: false });
    if (found?.isDirectory() || dir === path.dirname(dir)) return;
    if (found === undefined) continue;
    const what = dir === path.resolve(given) ? "it" : dir;
    throw new UsageError(`${flag} ${given} can be no folder: ${what} is a file`);
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
