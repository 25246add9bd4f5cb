// A file system that can lose power: what was not synced is gone, in the harshest way.
//
//  - Of a file, the bytes as of its last sync are left; none, when it was never synced.
//  - Of a folder, the names as of its last sync are left: a file that was created or renamed since
//    is not there, one that was removed is there again.
//
// It goes on top of FaultyFileSystem, which ends the process at a chosen operation.

import fs from "node:fs";
import path from "node:path";
import type { File, OpenMode } from "../../../engines/io/filesystem.ts";
import { type Fault, FaultyFileSystem } from "./faulty-filesystem.ts";

/** What the device holds of one file, whatever its name. */
interface Inode {
  synced: Uint8Array;
}

export class PowerLossFileSystem extends FaultyFileSystem {
  /** By path: what the names mean to the running system. */
  readonly #live = new Map<string, Inode>();
  /** By path: what the names mean on the device. */
  #durable = new Map<string, Inode>();

  constructor(fault: Fault = {}) {
    super(fault);
  }

  override openSync(filePath: string, mode: OpenMode): File {
    const file = super.openSync(filePath, mode);
    if (mode === "read") return file;
    let inode = this.#live.get(filePath);
    if (inode === undefined || mode === "create") inode = { synced: new Uint8Array(0) };
    this.#live.set(filePath, inode);
    const keep = (kept: Inode) => {
      const bytes = new Uint8Array(file.sizeSync());
      file.readSync(bytes, 0, bytes.length, 0);
      kept.synced = bytes;
    };
    const held = inode;
    return {
      ...file,
      syncSync: () => {
        file.syncSync();
        keep(held);
      },
      sync: async () => {
        await file.sync();
        keep(held);
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

  /** The power is gone: the folder is left as the device has it. */
  losePower(dir: string): void {
    this.bury();
    for (const name of fs.readdirSync(dir)) fs.rmSync(path.join(dir, name));
    for (const [name, { synced }] of this.#durable) fs.writeFileSync(name, synced);
  }
}
