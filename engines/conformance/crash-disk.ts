// A disk on which a process can die and the power can fail, on top of any other file system.
//
//  - `dieAt` ends the process: the changing operation of that number, and all after it, throw.
//    What was written before is what the kernel holds: it stands in the folder itself.
//  - `copySurvivors` is what a loss of power leaves, in the harshest way: of a file the bytes as of
//    its last sync; of a folder the names as of its last sync.
//
// Invariants:
//  I1. `synced` of a file is its content when the last finished sync of it began.
//  I2. `#durable` has the names of a folder as of its last sync, whatever they mean now.

import path from "node:path";
import type { File, FileSystem, FolderLock, OpenMode } from "../io/filesystem.ts";
import { dataFiles, putFile } from "./file-tree.ts";

/** A change of a file since its last sync. */
type Change =
  | { readonly kind: "write"; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: "truncate"; readonly sizeBytes: number };

/** One file on the device, whatever its name. */
interface Inode {
  synced: Uint8Array;
  pending: Change[];
}

export class CrashDisk implements FileSystem {
  readonly #base: FileSystem;
  readonly #live = new Map<string, Inode>();
  readonly #durable = new Map<string, Inode>();
  readonly #files: File[] = [];
  readonly #locks: FolderLock[] = [];
  #diesAt = Number.POSITIVE_INFINITY;
  #partial = 0;
  /** Changing operations so far: open, write, truncate, sync, rename, remove, syncDir. */
  operations = 0;
  /** Syncs of files so far. */
  syncs = 0;
  /** The process is gone. */
  isDead = false;

  constructor(base: FileSystem) {
    this.#base = base;
  }

  /**
   * The changing operation number `operation`, counted as `operations` is, does not happen, nor
   * anything after it; if it is a write, the share `partial` (0 to 1) of its bytes does.
   */
  dieAt(operation: number, partial: number): void {
    this.#diesAt = operation;
    this.#partial = partial;
  }

  /** What the kernel does for a dead process: its files are closed and its locks let go. */
  bury(): void {
    this.isDead = true;
    for (const file of this.#files) file.closeSync();
    for (const lock of this.#locks) lock.release();
  }

  /**
   * A file in `dir`, or below, that was not written through this file system; undefined when there
   * is none, and the disk has therefore seen everything.
   */
  unseenFile(dir: string): string | undefined {
    return dataFiles(this.#base, dir).find((file) => !this.#live.has(file));
  }

  /** Writes what is left of `from` after a loss of power into the new folder `to`. */
  copySurvivors(from: string, to: string): void {
    this.#base.makeDirSync(to);
    for (const [name, { synced }] of this.#durable) {
      const relative = path.relative(from, name);
      if (relative.startsWith("..")) continue;
      const target = path.join(to, relative);
      putFile(this.#base, target, synced);
    }
  }

  /** What of `dir` a loss of power would take, for a message; empty when nothing. */
  describeUnsynced(dir: string): string {
    const losses: string[] = [];
    for (const [name, inode] of this.#live) {
      if (path.relative(dir, name).startsWith("..")) continue;
      const short = path.relative(dir, name);
      if (inode.pending.length > 0) losses.push(`${short} was written to and not synced`);
      else if (this.#durable.get(name) !== inode) {
        losses.push(`${short} is in a folder that was not synced (syncDirSync)`);
      }
    }
    return losses.join("; ");
  }

  openSync(filePath: string, mode: OpenMode): File {
    if (mode === "read") return this.#keep(this.#base.openSync(filePath, mode));
    const existed = this.#base.existsSync(filePath);
    if (!existed) this.#step();
    const file = this.#keep(this.#base.openSync(filePath, mode));
    let inode = this.#live.get(filePath);
    if (inode === undefined || !existed) {
      inode = { synced: existed ? this.#base.readFileSync(filePath) : NO_BYTES, pending: [] };
    }
    this.#live.set(filePath, inode);
    return this.#tracked(file, inode);
  }

  renameSync(from: string, to: string): void {
    this.#step();
    this.#base.renameSync(from, to);
    const inode = this.#live.get(from);
    this.#live.delete(from);
    if (inode === undefined) this.#live.delete(to);
    else this.#live.set(to, inode);
  }

  removeSync(filePath: string): void {
    this.#step();
    this.#base.removeSync(filePath);
    this.#live.delete(filePath);
  }

  syncDirSync(dir: string): void {
    this.#step();
    this.#base.syncDirSync(dir);
    const isHere = (name: string) => path.dirname(name) === path.normalize(dir);
    for (const name of this.#durable.keys()) if (isHere(name)) this.#durable.delete(name);
    for (const [name, inode] of this.#live) if (isHere(name)) this.#durable.set(name, inode);
  }

  lockSync(dir: string): FolderLock {
    const lock = this.#base.lockSync(dir);
    this.#locks.push(lock);
    return lock;
  }

  listSync(dir: string): string[] {
    return this.#base.listSync(dir);
  }

  existsSync(filePath: string): boolean {
    return this.#base.existsSync(filePath);
  }

  readFileSync(filePath: string): Uint8Array {
    return this.#base.readFileSync(filePath);
  }

  makeDirSync(dir: string): void {
    this.#base.makeDirSync(dir);
  }

  #tracked(file: File, inode: Inode): File {
    return {
      path: file.path,
      readSync: (...range) => file.readSync(...range),
      read: (...range) => file.read(...range),
      sizeSync: () => file.sizeSync(),
      closeSync: () => file.closeSync(),
      writeSync: (buffer, offset, length, position) => {
        const write = (count: number) => {
          file.writeSync(buffer, offset, count, position);
          // A copy, which `slice` of a Node buffer is not: the caller reuses its buffers.
          const bytes = Uint8Array.from(buffer.subarray(offset, offset + count));
          inode.pending.push({ kind: "write", bytes, at: position });
        };
        this.#step(() => write(Math.floor(length * this.#partial)));
        write(length);
      },
      truncateSync: (sizeBytes) => {
        this.#step();
        file.truncateSync(sizeBytes);
        inode.pending.push({ kind: "truncate", sizeBytes });
      },
      syncSync: () => {
        this.#step();
        file.syncSync();
        this.#settle(inode, inode.pending.length);
      },
      sync: async () => {
        this.#step();
        const covered = [...inode.pending];
        await file.sync();
        // A sync that began earlier, or later, may have covered some of them by now.
        const isCovered = new Set(covered);
        this.#settle(inode, inode.pending.filter((change) => isCovered.has(change)).length);
      },
    };
  }

  /** I1: the first `count` pending changes of the file are on the device. */
  #settle(inode: Inode, count: number): void {
    this.syncs++;
    for (const change of inode.pending.splice(0, count)) {
      const end = change.kind === "write" ? change.at + change.bytes.length : change.sizeBytes;
      const old = inode.synced;
      const size = change.kind === "write" ? Math.max(old.length, end) : end;
      inode.synced = new Uint8Array(size);
      inode.synced.set(old.subarray(0, size));
      if (change.kind === "write") inode.synced.set(change.bytes, change.at);
    }
  }

  /** Counts a changing operation; `before` runs when it is the one at which the process dies. */
  #step(before: () => void = () => {}): void {
    if (!this.isDead && ++this.operations < this.#diesAt) return;
    if (!this.isDead) before();
    this.isDead = true;
    throw Object.assign(new Error("EIO: the process is gone"), { code: "EIO" });
  }

  #keep(file: File): File {
    this.#files.push(file);
    return file;
  }
}

const NO_BYTES = new Uint8Array(0);
