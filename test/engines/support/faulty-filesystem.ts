// A file system that fails on purpose: another, the real one by default, behind a counter of the
// operations that change something.
//
//  - `crashAt`: from that operation on everything throws, as if the process had been killed before
//    it. What was written is what the kernel holds.
//  - `failAt`: that one operation throws an error of the given code; a write may write half first.

import type { File, FileSystem, FolderLock } from "../../../engines/io/filesystem.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";

export interface Fault {
  /** 1-based number of the changing operation; Infinity for never. */
  readonly crashAt?: number;
  readonly failAt?: number;
  readonly code?: string;
  /** Only operations of this name count: write, sync, truncate, open, rename, remove, syncDir. */
  readonly only?: string;
  /** A failing or crashing write writes this share of its bytes first. */
  readonly partial?: number;
}

class CrashError extends Error {}

export class FaultyFileSystem implements FileSystem {
  readonly #fault: Fault;
  readonly #base: FileSystem;
  /** Changing operations so far. */
  operations = 0;
  /** Runs before each read off the thread: what others do while a merge waits for its file. */
  onBackgroundRead: () => void = () => {};
  /** Nothing works any more. */
  crashed = false;
  readonly #files: File[] = [];

  constructor(fault: Fault = {}, base: FileSystem = nodeFileSystem) {
    this.#fault = fault;
    this.#base = base;
  }

  /** How many files are open that were opened here. */
  openFiles = 0;
  #failNext: { readonly name: string; readonly code: string } | undefined;

  /** The next operation of this name fails, whatever the fault says. */
  failNext(name: string, code: string): void {
    this.#failNext = { name, code };
  }

  /** Counts an operation; throws when it is the one to fail. `before` runs first in that case. */
  step(name: string, before: () => void = () => {}): void {
    if (this.crashed) throw new CrashError("the process is gone");
    if (this.#failNext?.name === name) {
      const { code } = this.#failNext;
      this.#failNext = undefined;
      throw Object.assign(new Error(`${code}: planted`), { code });
    }
    if (this.#fault.only !== undefined && this.#fault.only !== name) return;
    this.operations++;
    if (this.operations === this.#fault.crashAt) {
      before();
      this.crashed = true;
      throw new CrashError(`crash at operation ${this.operations} (${name})`);
    }
    if (this.operations === this.#fault.failAt) {
      before();
      throw Object.assign(new Error(`${this.#fault.code}: planted`), { code: this.#fault.code });
    }
  }

  /** The operating system closes what a dead process had open. */
  closeAll(): void {
    for (const file of this.#files) file.closeSync();
  }

  openSync(path: string, mode: "read" | "write" | "create"): File {
    if (mode !== "read") this.step("open");
    const file = this.#base.openSync(path, mode);
    this.#files.push(file);
    this.openFiles++;
    let open = true;
    const { partial = 0 } = this.#fault;
    return {
      path,
      readSync: (...args) => file.readSync(...args),
      read: (...args) => {
        this.onBackgroundRead();
        return file.read(...args);
      },
      writeSync: (buffer, offset, length, position) => {
        const half = Math.floor(length * partial);
        this.step("write", () => file.writeSync(buffer, offset, half, position));
        file.writeSync(buffer, offset, length, position);
      },
      syncSync: () => this.step("sync"),
      sync: async () => this.step("sync"),
      truncateSync: (size) => {
        this.step("truncate");
        file.truncateSync(size);
      },
      sizeSync: () => file.sizeSync(),
      closeSync: () => {
        if (open) this.openFiles--;
        open = false;
        file.closeSync();
      },
    };
  }

  listSync(dir: string): string[] {
    return this.#base.listSync(dir);
  }

  existsSync(path: string): boolean {
    return this.#base.existsSync(path);
  }

  readFileSync(path: string): Uint8Array {
    return this.#base.readFileSync(path);
  }

  makeDirSync(dir: string): void {
    this.#base.makeDirSync(dir);
  }

  readonly #locks: FolderLock[] = [];

  lockSync(dir: string): FolderLock {
    const lock = this.#base.lockSync(dir);
    this.#locks.push(lock);
    return lock;
  }

  renameSync(from: string, to: string): void {
    this.step("rename");
    this.#base.renameSync(from, to);
  }

  removeSync(path: string): void {
    this.step("remove");
    this.#base.removeSync(path);
  }

  syncDirSync(_dir: string): void {
    this.step("syncDir");
  }

  /** What the kernel does when the process is gone: files closed, locks released. */
  bury(): void {
    this.closeAll();
    for (const lock of this.#locks) lock.release();
  }
}
