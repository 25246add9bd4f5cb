// Whose data a folder says that it holds, without claiming it.

import path from "node:path";
import { EngineError } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";

/** The file that every engine's folder is marked with (io/folder.ts writes it). */
const MARK_NAME = "ENGINE";
const MARK = /^ringbench-engine (\S+) (\d+)\n$/;

export interface FolderMark {
  readonly file: string;
  /** Undefined when the mark is damaged. */
  readonly identity: { readonly engine: string; readonly format: number } | undefined;
}

/** Throws ENGINE_NOT_FOUND for a folder that is missing or empty, ENGINE_WRONG_FOLDER else. */
export function readMark(fileSystem: FileSystem, dir: string): FolderMark {
  if (!fileSystem.existsSync(dir)) {
    throw new EngineError("ENGINE_NOT_FOUND", `there is no folder ${dir}`);
  }
  const file = path.join(dir, MARK_NAME);
  if (!fileSystem.existsSync(file)) throw unmarked(fileSystem, dir);
  const match = MARK.exec(new TextDecoder().decode(fileSystem.readFileSync(file)));
  if (match === null) return { file, identity: undefined };
  return { file, identity: { engine: match[1]!, format: Number(match[2]) } };
}

function unmarked(fileSystem: FileSystem, dir: string): EngineError {
  let names: string[];
  try {
    names = fileSystem.listSync(dir);
  } catch {
    return new EngineError("ENGINE_WRONG_FOLDER", `${dir} is no folder`);
  }
  if (names.length === 0) {
    return new EngineError("ENGINE_NOT_FOUND", `${dir} is empty: there is nothing to check`);
  }
  const what = `${dir} is not a data folder of ringbench: it holds ${names[0]} and no ${MARK_NAME}`;
  return new EngineError("ENGINE_WRONG_FOLDER", what);
}
