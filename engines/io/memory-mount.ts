// The view that one run of a process has of a MemoryDisk: the FileSystem, and its open files.
//
// Invariants:
//  I1. Once the machine is off, what was begun is never answered, and every call throws, but to
//      close a file or release a lock: engines do so after errors, and there is nothing to do.
//  I2. After a planned crash, until then, the same; but what was begun fails, so that whoever
//      drives the process is told by errors.

import path from "node:path";
import { EngineError } from "../errors.ts";
import type { File, FileSystem, FolderLock, OpenMode } from "./filesystem.ts";
import {
  type DiskFault,
  type DiskFaults,
  type DiskOperation,
  systemError,
} from "./memory-faults.ts";
import { MemoryFile } from "./memory-file.ts";
import type { MemoryNames } from "./memory-names.ts";

/**
 * Told when a sync or a read that does not block begins, with how many bytes it has to move; it is
 * over when `done` is called, at once or later. What a sync covers is not safe before.
 */
export type Settle = (kind: "sync" | "read", bytes: number, done: () => void) => void;

export interface MountOptions {
  /** Default: `done` is called in a microtask. */
  readonly settle?: Settle;
  /** Told of each write that does not fit on the disk. */
  readonly onFull?: () => void;
}

/** What a mount shares with its disk. */
export interface MountParts {
  readonly names: MemoryNames;
  readonly faults: DiskFaults;
  /** Bytes that still fit; asked for a write that makes a file longer. */
  readonly freeBytes: () => number;
  readonly onFull: () => void;
  readonly settle: Settle;
}

export class MemoryMount implements FileSystem {
  readonly parts: MountParts;
  readonly #locked = new Set<string>();
  state: "on" | "crashed" | "off" = "on";

  constructor(parts: MountParts) {
    this.parts = parts;
  }

  openSync(filePath: string, mode: OpenMode): File {
    const { names } = this.parts;
    const name = path.resolve(filePath);
    this.#admit(filePath);
    if (names.isFolder(name)) throw systemError("EISDIR", filePath);
    const found = names.file(name);
    if (found !== undefined) {
      if (mode === "create") throw systemError("EEXIST", filePath);
      return new OpenFile(this, filePath, found, mode === "read");
    }
    const isThere = mode !== "read" && names.isFolder(path.dirname(name));
    if (!isThere) throw systemError("ENOENT", filePath);
    this.step("open", filePath);
    const file = new MemoryFile();
    names.create(name, file);
    return new OpenFile(this, filePath, file, false);
  }

  listSync(dir: string): string[] {
    this.#admit(dir);
    return this.parts.names.list(path.resolve(dir));
  }

  existsSync(filePath: string): boolean {
    const { names } = this.parts;
    const name = path.resolve(filePath);
    this.#admit(filePath);
    return names.file(name) !== undefined || names.isFolder(name);
  }

  makeDirSync(dir: string): void {
    const { names } = this.parts;
    const name = path.resolve(dir);
    this.#admit(dir);
    if (names.isFolder(name)) return;
    this.step("makeDir", dir);
    names.makeFolder(name);
  }

  renameSync(from: string, to: string): void {
    const { names } = this.parts;
    const target = path.resolve(to);
    this.#admit(from);
    if (names.file(path.resolve(from)) === undefined) throw systemError("ENOENT", from);
    if (names.isFolder(target)) throw systemError("EISDIR", to);
    if (!names.isFolder(path.dirname(target))) throw systemError("ENOENT", to);
    this.step("rename", from);
    names.rename(path.resolve(from), target);
  }

  removeSync(filePath: string): void {
    const { names } = this.parts;
    const name = path.resolve(filePath);
    this.#admit(filePath);
    if (names.isFolder(name)) throw systemError("EISDIR", filePath);
    if (names.file(name) === undefined) return;
    this.step("remove", filePath);
    names.remove(name);
  }

  syncDirSync(dir: string): void {
    const { names, faults } = this.parts;
    const name = path.resolve(dir);
    this.#admit(dir);
    if (!names.isFolder(name)) throw systemError("ENOENT", dir);
    this.step("syncDir", dir);
    if (faults.syncMode === "failing") throw systemError("EIO", dir);
    if (faults.syncMode === "honest") names.sync(name);
  }

  readFileSync(filePath: string): Uint8Array {
    const file = this.openSync(filePath, "read");
    const bytes = new Uint8Array(file.sizeSync());
    file.readSync(bytes, 0, bytes.length, 0);
    return bytes;
  }

  lockSync(dir: string): FolderLock {
    const name = path.resolve(dir);
    this.#admit(dir);
    if (!this.parts.names.isFolder(name)) throw systemError("ENOENT", dir);
    if (this.#locked.has(name)) {
      throw new EngineError("ENGINE_LOCKED", `${dir} is in use; close it first`, { file: dir });
    }
    this.#locked.add(name);
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#locked.delete(name);
        isHeld = false;
      },
    };
  }

  /** Throws when the operation is not to be done. */
  step(operation: DiskOperation, filePath: string): void {
    const fault = this.parts.faults.next(operation);
    if (fault !== undefined) throw this.fail(fault, filePath);
  }

  /** The error of an operation that is not to be done; the process ends with it, or not. */
  fail(fault: DiskFault, filePath: string): Error {
    if (fault.kind === "crash") this.state = "crashed";
    return fault.kind === "crash" ? offError(filePath) : systemError(fault.code, filePath);
  }

  #admit(filePath: string): void {
    if (this.state !== "on") throw offError(filePath);
  }
}

class OpenFile implements File {
  readonly path: string;
  readonly #mount: MemoryMount;
  readonly #file: MemoryFile;
  readonly #isReadOnly: boolean;
  #isOpen = true;

  constructor(mount: MemoryMount, filePath: string, file: MemoryFile, isReadOnly: boolean) {
    this.path = filePath;
    this.#mount = mount;
    this.#file = file;
    this.#isReadOnly = isReadOnly;
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    this.#admit();
    this.#mount.step("read", this.path);
    return this.#file.read(buffer, offset, length, position);
  }

  /** The bytes are those of the moment in which it is done. */
  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> {
    this.#admit();
    this.#mount.step("read", this.path);
    const bytes = Math.min(length, Math.max(0, this.#file.sizeBytes - position));
    return this.#settled("read", bytes, () => {
      this.#admit();
      return this.#file.read(buffer, offset, length, position);
    });
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#admitWrite();
    const { faults, freeBytes } = this.#mount.parts;
    const file = this.#file;
    const fault = faults.next("write");
    if (fault !== undefined) {
      file.write(buffer, offset, Math.floor(length * fault.writtenShare), position);
      throw this.#mount.fail(fault, this.path);
    }
    const growth = position + length - file.sizeBytes;
    const missing = growth > 0 ? growth - freeBytes() : 0;
    if (missing > 0) {
      file.write(buffer, offset, Math.max(0, length - missing), position);
      this.#mount.parts.onFull();
      throw systemError("ENOSPC", this.path);
    }
    file.write(buffer, offset, length, position);
  }

  syncSync(): void {
    this.#admit();
    const { faults } = this.#mount.parts;
    const fault = faults.next("sync");
    if (fault?.kind === "crash") throw this.#mount.fail(fault, this.path);
    if (fault !== undefined || faults.syncMode === "failing") throw this.#failSync(fault);
    if (faults.syncMode === "honest") this.#file.endSync(this.#file.beginSync());
  }

  async sync(): Promise<void> {
    this.#admit();
    const { faults } = this.#mount.parts;
    const fault = faults.next("sync");
    if (fault?.kind === "crash") throw this.#mount.fail(fault, this.path);
    const bytes = this.#file.unsyncedBytes;
    if (fault !== undefined || faults.syncMode === "failing") {
      const error = this.#failSync(fault);
      return this.#settled("sync", bytes, () => {
        throw error;
      });
    }
    const version = faults.syncMode === "honest" ? this.#file.beginSync() : undefined;
    return this.#settled("sync", bytes, () => {
      if (version !== undefined) this.#file.endSync(version);
    });
  }

  truncateSync(sizeBytes: number): void {
    this.#admitWrite();
    const growth = sizeBytes - this.#file.sizeBytes;
    if (growth > 0 && growth > this.#mount.parts.freeBytes()) {
      throw systemError("ENOSPC", this.path);
    }
    this.#mount.step("truncate", this.path);
    this.#file.truncate(sizeBytes);
  }

  sizeSync(): number {
    this.#admit();
    return this.#file.sizeBytes;
  }

  closeSync(): void {
    this.#isOpen = false;
  }

  #failSync(fault: DiskFault | undefined): Error {
    this.#file.failSync();
    return systemError(fault?.code ?? "EIO", this.path);
  }

  /** I1, I2: completes when the disk says so; never when the machine is off by then. */
  #settled<T>(kind: "sync" | "read", bytes: number, complete: () => T): Promise<T> {
    const mount = this.#mount;
    return new Promise((resolve, reject) => {
      mount.parts.settle(kind, bytes, () => {
        if (mount.state === "off") return;
        try {
          if (mount.state === "crashed") throw offError(this.path);
          resolve(complete());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #admit(): void {
    if (this.#mount.state !== "on") throw offError(this.path);
    if (!this.#isOpen) throw systemError("EBADF", this.path);
  }

  #admitWrite(): void {
    this.#admit();
    if (this.#isReadOnly) throw systemError("EBADF", this.path);
  }
}

function offError(filePath: string): Error {
  return systemError("EIO", filePath, "the machine is off");
}
