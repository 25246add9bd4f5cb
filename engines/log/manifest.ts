// The list of the files that make up a store, replaced as a whole.
//
//   ringbench-manifest 1
//   000001.log 134217704
//   000003.log open
//   000002.sst 4194304 1
//   checksum 9f3c0a1e
//
// A file that is being written is `open`; every other has its length in bytes, so that one that
// was cut short is found, even at the end of a record. A third word is the level of a table. A
// listed file that is missing is damage, never an empty store; a file that is not listed is the
// rest of a crash and holds nothing that was acknowledged.

import path from "node:path";
import { corruption } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { replaceFile } from "../io/folder.ts";
import { checksumBytes } from "./checksum.ts";

export const MANIFEST_NAME = "MANIFEST";
const FIRST_LINE = "ringbench-manifest 1";

export interface ManifestEntry {
  readonly name: string;
  /** Length of a file that is not written to any more; undefined for the open one. */
  readonly sizeBytes: number | undefined;
  /** Of a table, in an engine that has levels. */
  readonly level?: number;
}

export function writeManifest(
  fileSystem: FileSystem,
  dir: string,
  entries: readonly ManifestEntry[],
): void {
  const lines = entries.map(({ name, sizeBytes, level }) =>
    [name, sizeBytes ?? "open", ...(level === undefined ? [] : [level])].join(" "),
  );
  const body = [FIRST_LINE, ...lines, ""].join("\n");
  replaceFile(fileSystem, dir, MANIFEST_NAME, new TextEncoder().encode(body + checksumLine(body)));
}

/** Entries in the order they were written; undefined when there is no manifest yet. */
export function readManifest(fileSystem: FileSystem, dir: string): ManifestEntry[] | undefined {
  const file = path.join(dir, MANIFEST_NAME);
  if (!fileSystem.existsSync(file)) return undefined;
  const text = new TextDecoder().decode(fileSystem.readFileSync(file));
  const bodyEnd = text.lastIndexOf("checksum ");
  const body = text.slice(0, Math.max(0, bodyEnd));
  if (!body.startsWith(`${FIRST_LINE}\n`) || text.slice(bodyEnd) !== checksumLine(body)) {
    throw corruption(file, Math.max(0, bodyEnd), "the manifest does not verify");
  }
  return body
    .split("\n")
    .slice(1, -1)
    .map((line) => {
      const [name = "", size = "", level] = line.split(" ");
      const sizeBytes = size === "open" ? undefined : Number(size);
      return { name, sizeBytes, ...(level === undefined ? {} : { level: Number(level) }) };
    });
}

/** Throws ENGINE_CORRUPTION when a listed file is missing or has another length than listed. */
export function checkListed(fileSystem: FileSystem, dir: string, entry: ManifestEntry): void {
  const file = path.join(dir, entry.name);
  if (!fileSystem.existsSync(file)) {
    throw corruption(file, 0, "it is missing, but the manifest lists it");
  }
  if (entry.sizeBytes === undefined) return;
  const opened = fileSystem.openSync(file, "read");
  const sizeBytes = opened.sizeSync();
  opened.closeSync();
  if (sizeBytes === entry.sizeBytes) return;
  const at = Math.min(sizeBytes, entry.sizeBytes);
  throw corruption(file, at, `it has ${sizeBytes} bytes, the manifest says ${entry.sizeBytes}`);
}

function checksumLine(body: string): string {
  const checksum = checksumBytes(new TextEncoder().encode(body), 0);
  return `checksum ${checksum.toString(16).padStart(8, "0")}\n`;
}
