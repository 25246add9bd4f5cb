// Files in memory that can lose power: what was not synced is gone, or torn.
//
//  - Of a file, the bytes as of its last sync are left; none, when it was never synced.
//  - Of a folder, the names as of its last sync are left: a file that was created or renamed since
//    is not there, one that was removed is there again.
//  - Or some of what was not synced is there as well: any pages and any names, in any order, as
//    Pebble's MemFS.CrashClone has it (vfs/mem_fs.go).
//
// It is a FaultyFileSystem, which ends the process at a chosen operation. What it begins with is on
// the device.

import path from "node:path";
import type { File, OpenMode } from "../../../engines/io/filesystem.ts";
import { type Fault, FaultyFileSystem } from "./faulty-filesystem.ts";
import { type Files, MemoryFileSystem } from "./memory-filesystem.ts";

/** What a device writes as a whole. */
const PAGE_BYTES = 512;

/** What the device holds of one file, whatever its name. */
interface Inode {
  synced: Uint8Array;
}

export class PowerLossFileSystem extends FaultyFileSystem {
  readonly #memory: MemoryFileSystem;
  /** By path: what the names mean to the running system. */
  readonly #live = new Map<string, Inode>();
  /** By path: what the names mean on the device. */
  readonly #durable = new Map<string, Inode>();

  constructor(fault: Fault = {}, files: Files = new Map()) {
    const memory = new MemoryFileSystem(files);
    super(fault, memory);
    this.#memory = memory;
    for (const [name, synced] of files) {
      const inode = { synced };
      this.#live.set(name, inode);
      this.#durable.set(name, inode);
    }
  }

  override openSync(filePath: string, mode: OpenMode): File {
    const file = super.openSync(filePath, mode);
    if (mode === "read") return file;
    const held = this.#live.get(filePath) ?? { synced: new Uint8Array(0) };
    this.#live.set(filePath, held);
    const keep = () => {
      const bytes = new Uint8Array(file.sizeSync());
      file.readSync(bytes, 0, bytes.length, 0);
      held.synced = bytes;
    };
    return {
      ...file,
      syncSync: () => {
        file.syncSync();
        keep();
      },
      sync: async () => {
        await file.sync();
        keep();
      },
    };
  }

  override renameSync(from: string, to: string): void {
    super.renameSync(from, to);
    this.#live.set(to, this.#live.get(from)!);
    this.#live.delete(from);
  }

  override removeSync(filePath: string): void {
    super.removeSync(filePath);
    this.#live.delete(filePath);
  }

  override syncDirSync(dir: string): void {
    super.syncDirSync(dir);
    for (const name of this.#durable.keys()) {
      if (path.dirname(name) === dir) this.#durable.delete(name);
    }
    for (const [name, inode] of this.#live) {
      if (path.dirname(name) === dir) this.#durable.set(name, inode);
    }
  }

  /** What is left when the process dies: all that it wrote. */
  kill(): Files {
    this.bury();
    return this.#memory.files();
  }

  /** What is left when the power goes; what was not synced when `survives` says so of a piece. */
  losePower(survives: () => boolean = () => false): Files {
    const written = this.#memory.files();
    this.bury();
    const left = new Map<string, Uint8Array>();
    for (const name of new Set([...this.#durable.keys(), ...this.#live.keys()])) {
      const durable = this.#durable.get(name);
      const live = this.#live.get(name);
      const inode = durable === live || !survives() ? durable : live;
      if (inode === undefined) continue;
      const current = inode === live ? written.get(name)! : inode.synced;
      left.set(name, mixPages(inode.synced, current, survives));
    }
    return left;
  }
}

/** The synced bytes, with some pages of what was written since. */
function mixPages(synced: Uint8Array, current: Uint8Array, survives: () => boolean): Uint8Array {
  const mixed = new Uint8Array(Math.max(synced.length, current.length));
  mixed.set(synced);
  let sizeBytes = synced.length;
  for (let at = 0; at < current.length; at += PAGE_BYTES) {
    const end = Math.min(at + PAGE_BYTES, current.length);
    const isSame =
      end <= synced.length &&
      Buffer.compare(current.subarray(at, end), synced.subarray(at, end)) === 0;
    if (isSame || !survives()) continue;
    mixed.set(current.subarray(at, end), at);
    sizeBytes = Math.max(sizeBytes, end);
  }
  return mixed.subarray(0, sizeBytes);
}
