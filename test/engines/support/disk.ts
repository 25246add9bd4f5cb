// A small disk that can be full, and be given room again: in memory, or a tmpfs of its own.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";

export interface Disk {
  readonly fileSystem: FileSystem;
  /** Where a store may be made. */
  readonly dir: string;
  /** Gives room: an eighth of the whole, each of the first two times. */
  free(): void;
  remove(): void;
}

export function memoryDisk(sizeBytes: number): Disk {
  const disk = new MemoryDisk();
  disk.capacityBytes = (sizeBytes / 8) * 6;
  const free = () => {
    disk.capacityBytes += sizeBytes / 8;
  };
  return { fileSystem: disk.mount(), dir: "/store", free, remove: () => {} };
}

/** Undefined where the system does not let us mount. */
export function mountedDisk(sizeBytes: number): Disk | undefined {
  const mountPoint = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-disk-"));
  try {
    const options = ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", mountPoint];
    execFileSync("mount", options, { stdio: "ignore" });
  } catch {
    fs.rmdirSync(mountPoint);
    return undefined;
  }
  const ballast = ["one", "two"].map((name) => path.join(mountPoint, name));
  for (const name of ballast) fs.writeFileSync(name, new Uint8Array(sizeBytes / 8));
  return {
    fileSystem: nodeFileSystem,
    dir: path.join(mountPoint, "store"),
    free: () => {
      const name = ballast.pop();
      if (name !== undefined) fs.rmSync(name);
    },
    remove: () => {
      execFileSync("umount", ["-l", mountPoint]);
      fs.rmdirSync(mountPoint);
    },
  };
}
