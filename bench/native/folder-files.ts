// What a store of another process has on the disk.

import path from "node:path";
import { nodeFileSystem } from "../../engines/io/node-filesystem.ts";

/** Files of a folder and their bytes; those that vanish meanwhile do not count. */
export function folderFiles(dir: string): { readonly files: number; readonly bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const name of nodeFileSystem.listSync(dir)) {
    try {
      const file = nodeFileSystem.openSync(path.join(dir, name), "read");
      bytes += file.sizeSync();
      files++;
      file.closeSync();
    } catch {
      // A compaction removed it since it was listed.
    }
  }
  return { files, bytes };
}
