// Folders for data that nobody wants to keep: fresh, and gone at the end, however the process ends
// short of kill -9. What that leaves behind is found by its name, which says whose it was.

import fs from "node:fs";
import path from "node:path";
import { ioError } from "../engines/errors.ts";

const NAME = /^ringbench-data-(?:(\d+)-)?\w{6}$/;

export class DataDir {
  readonly path: string;
  readonly #parent: string;
  readonly #createdParent: boolean;
  readonly #onExit = () => this.#remove();

  /**
   * Throws ENGINE_IO when there can be no such folder.
   *
   * @param parent created when absent, and removed again if it was and is empty at the end.
   */
  constructor(parent: string) {
    this.#parent = path.resolve(parent);
    this.#createdParent = !fs.existsSync(this.#parent);
    makeFolder(this.#parent);
    const prefix = path.join(this.#parent, `ringbench-data-${process.pid}-`);
    try {
      this.path = fs.mkdtempSync(prefix);
    } catch (cause) {
      throw ioError(cause, `cannot make a folder for data in ${this.#parent}`);
    }
    process.on("exit", this.#onExit);
  }

  /** A folder in it that is empty, or will be when it is created. */
  emptyDir(name: string): string {
    const dir = path.join(this.path, name);
    fs.rmSync(dir, { recursive: true, force: true });
    return dir;
  }

  close(): void {
    process.off("exit", this.#onExit);
    this.#remove();
  }

  #remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
    if (!this.#createdParent) return;
    try {
      fs.rmdirSync(this.#parent);
    } catch {
      // Somebody else put something there: it stays.
    }
  }
}

/**
 * Makes a folder with its parents, one after the other. (`mkdirSync` with `recursive` never comes
 * back where a parent is there and the folder cannot be, as in /proc.) Returns those that were
 * made, the outermost first; when it throws, ENGINE_IO or ENGINE_NO_SPACE, none is left.
 */
export function makeFolder(dir: string): string[] {
  const missing: string[] = [];
  for (let each = path.resolve(dir); !fs.existsSync(each); each = path.dirname(each)) {
    missing.unshift(each);
  }
  const made: string[] = [];
  try {
    for (const each of missing) {
      fs.mkdirSync(each);
      made.push(each);
    }
  } catch (cause) {
    removeFolders(made);
    throw ioError(cause, `cannot make the folder ${dir}`);
  }
  return made;
}

/** Removes what `makeFolder` made, as far as it is empty. */
export function removeFolders(made: readonly string[]): void {
  for (const each of [...made].reverse()) {
    try {
      fs.rmdirSync(each);
    } catch {
      return;
    }
  }
}

/**
 * Data folders of runs that are gone, killed before they could remove them: in `parent`, and in the
 * folders in it, for the report of a run and its data may lie together.
 */
export function leftoverDataDirs(parent: string): string[] {
  const left: string[] = [];
  for (const name of folderNames(parent)) {
    const dir = path.join(parent, name);
    if (isLeftover(name)) left.push(dir);
    else if (!NAME.test(name)) {
      const inside = folderNames(dir).filter(isLeftover);
      left.push(...inside.map((each) => path.join(dir, each)));
    }
  }
  return left;
}

function folderNames(dir: string): string[] {
  try {
    const entries = fs.readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function isLeftover(name: string): boolean {
  const match = NAME.exec(name);
  return match !== null && (match[1] === undefined || !isRunning(Number(match[1])));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
