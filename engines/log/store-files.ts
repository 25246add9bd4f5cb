// What a folder may hold beside the files that its manifest lists.

import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { corruption } from "../errors.ts";
import { LOG_HEADER_BYTES } from "./log-header.ts";
import { MANIFEST_NAME, type ManifestEntry, readManifest } from "./manifest.ts";

/**
 * The entries of the manifest; none for a store that nothing was ever written to. Throws
 * ENGINE_CORRUPTION when there is no manifest, and yet a file that `isOurs` names has data.
 */
export function listedFiles(
  { fileSystem, dir }: EngineOptions,
  isOurs: (name: string) => boolean,
): ManifestEntry[] {
  const entries = readManifest(fileSystem, dir);
  if (entries !== undefined) return entries;
  for (const name of fileSystem.listSync(dir).filter(isOurs)) {
    const file = fileSystem.openSync(path.join(dir, name), "read");
    const sizeBytes = file.sizeSync();
    file.closeSync();
    if (sizeBytes > LOG_HEADER_BYTES) {
      throw corruption(path.join(dir, MANIFEST_NAME), 0, `it is missing, but ${name} has data`);
    }
  }
  return [];
}

/** Removes what a crash left: temporary files, and those that `isOrphan` names. */
export function removeOrphans(
  { fileSystem, dir }: EngineOptions,
  isOrphan: (name: string) => boolean,
): void {
  for (const name of fileSystem.listSync(dir)) {
    if (name.endsWith(".tmp") || isOrphan(name)) fileSystem.removeSync(path.join(dir, name));
  }
}
