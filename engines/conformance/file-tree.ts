// The files of a folder and of those in it, through a FileSystem that only lists names.

import path from "node:path";
import type { FileSystem } from "../io/filesystem.ts";

/** The lock of a folder makes files of its own, which hold no data. */
const LOCK_NAMES = /^LOCK/;

/** Paths of the files that hold data in `dir` and below, in order of name. */
export function dataFiles(fileSystem: FileSystem, dir: string): string[] {
  const found: string[] = [];
  for (const name of fileSystem.listSync(dir)) {
    if (LOCK_NAMES.test(name)) continue;
    const file = path.join(dir, name);
    if (isFolder(fileSystem, file)) found.push(...dataFiles(fileSystem, file));
    else found.push(file);
  }
  return found;
}

/** A file cannot be listed: the real file system throws, others give no names. */
function isFolder(fileSystem: FileSystem, file: string): boolean {
  try {
    return fileSystem.listSync(file).length > 0;
  } catch {
    return false;
  }
}

/** Puts a file there, with the folders above it; one that is there is replaced. */
export function putFile(fileSystem: FileSystem, file: string, content: Uint8Array): void {
  fileSystem.makeDirSync(path.dirname(file));
  fileSystem.removeSync(file);
  const opened = fileSystem.openSync(file, "create");
  try {
    opened.writeSync(content, 0, content.length, 0);
  } finally {
    opened.closeSync();
  }
}
