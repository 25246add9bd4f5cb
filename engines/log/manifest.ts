// The list of the files that make up a store, replaced as a whole.
//
//   ringbench-manifest 1
//   000001.log
//   000003.log
//   checksum 9f3c0a1e
//
// A listed file that is missing is damage, never an empty store; a file that is not listed is
// the rest of a crash and holds nothing that was acknowledged.

import path from "node:path";
import { corruption } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { replaceFile } from "../io/folder.ts";
import { checksumBytes } from "./checksum.ts";

const MANIFEST_NAME = "MANIFEST";
const FIRST_LINE = "ringbench-manifest 1";

export function writeManifest(fileSystem: FileSystem, dir: string, names: readonly string[]): void {
  const body = [FIRST_LINE, ...names, ""].join("\n");
  replaceFile(fileSystem, dir, MANIFEST_NAME, new TextEncoder().encode(body + checksumLine(body)));
}

/** Names in the order they were written; undefined when there is no manifest yet. */
export function readManifest(fileSystem: FileSystem, dir: string): string[] | undefined {
  const file = path.join(dir, MANIFEST_NAME);
  if (!fileSystem.existsSync(file)) return undefined;
  const text = new TextDecoder().decode(fileSystem.readFileSync(file));
  const bodyEnd = text.lastIndexOf("checksum ");
  const body = text.slice(0, Math.max(0, bodyEnd));
  if (!body.startsWith(`${FIRST_LINE}\n`) || text.slice(bodyEnd) !== checksumLine(body)) {
    throw corruption(file, Math.max(0, bodyEnd), "the manifest does not verify");
  }
  return body.split("\n").slice(1, -1);
}

function checksumLine(body: string): string {
  const checksum = checksumBytes(new TextEncoder().encode(body), 0);
  return `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
}
