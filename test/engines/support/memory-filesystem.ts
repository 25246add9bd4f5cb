// A MemoryDisk and the one process that uses it, as one FileSystem, for tests that open a store
// many thousand times. It is made from the files of another without copying them.

import type { File, FileSystem, FolderLock, OpenMode } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";

/** By path: what a file holds. */
export type Files = ReadonlyMap<string, Uint8Array>;

export class MemoryFileSystem implements FileSystem {
  readonly disk: MemoryDisk;
  readonly #mount: FileSystem;

  constructor(files: Files = new Map()) {
    this.disk = new MemoryDisk(files);
    this.#mount = this.disk.mount();
  }

  /** All files as they are now. */
  files(): Map<string, Uint8Array> {
    return this.disk.files();
  }

  openSync(filePath: string, mode: OpenMode): File {
    return this.#mount.openSync(filePath, mode);
  }

  listSync(dir: string): string[] {
    return this.#mount.listSync(dir);
  }

  existsSync(filePath: string): boolean {
    return this.#mount.existsSync(filePath);
  }

  makeDirSync(dir: string): void {
    this.#mount.makeDirSync(dir);
  }

  renameSync(from: string, to: string): void {
    this.#mount.renameSync(from, to);
  }

  removeSync(filePath: string): void {
    this.#mount.removeSync(filePath);
  }

  syncDirSync(dir: string): void {
    this.#mount.syncDirSync(dir);
  }

  readFileSync(filePath: string): Uint8Array {
    return this.#mount.readFileSync(filePath);
  }

  lockSync(dir: string): FolderLock {
    return this.#mount.lockSync(dir);
  }
}
