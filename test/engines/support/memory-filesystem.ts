// Files in memory, for tests that open a store many thousand times. Syncs do nothing: what was
// written is there. A file system is made from the files of another without copying them. It may
// be full.
//
// Invariants:
//  I1. Bytes that were handed in or out by `files` are never changed: a file copies them before its
//      first write.

import path from "node:path";
import { EngineError } from "../../../engines/errors.ts";
import type { File, FileSystem, FolderLock, OpenMode } from "../../../engines/io/filesystem.ts";

/** By path: what a file holds. */
export type Files = ReadonlyMap<string, Uint8Array>;

interface Content {
  bytes: Uint8Array;
  sizeBytes: number;
  /** I1: somebody else has the bytes too. */
  shared: boolean;
}

export class MemoryFileSystem implements FileSystem {
  readonly #contents = new Map<string, Content>();
  readonly #dirs = new Set<string>();
  readonly #locked = new Set<string>();
  /** What does not fit fails with ENOSPC, after as much of it as does. */
  capacityBytes = Number.POSITIVE_INFINITY;

  constructor(files: Files = new Map()) {
    for (const [filePath, bytes] of files) {
      this.#contents.set(filePath, { bytes, sizeBytes: bytes.length, shared: true });
      this.#dirs.add(path.dirname(filePath));
    }
  }

  /** All files as they are now. */
  files(): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [filePath, content] of this.#contents) {
      content.shared = true;
      files.set(filePath, content.bytes.subarray(0, content.sizeBytes));
    }
    return files;
  }

  openSync(filePath: string, mode: OpenMode): File {
    let content = this.#contents.get(filePath);
    if (content !== undefined && mode === "create") throw systemError("EEXIST", filePath);
    if (content === undefined) {
      if (mode === "read") throw systemError("ENOENT", filePath);
      if (!this.#dirs.has(path.dirname(filePath))) throw systemError("ENOENT", filePath);
      content = { bytes: new Uint8Array(0), sizeBytes: 0, shared: false };
      this.#contents.set(filePath, content);
    }
    return new MemoryFile(filePath, content, mode === "read", () => this.#freeBytes());
  }

  #freeBytes(): number {
    let free = this.capacityBytes;
    for (const { sizeBytes } of this.#contents.values()) free -= sizeBytes;
    return Math.max(0, free);
  }

  listSync(dir: string): string[] {
    return [...this.#contents.keys()]
      .filter((name) => path.dirname(name) === dir)
      .map((name) => path.basename(name))
      .sort();
  }

  existsSync(filePath: string): boolean {
    return this.#contents.has(filePath) || this.#dirs.has(filePath);
  }

  makeDirSync(dir: string): void {
    this.#dirs.add(dir);
  }

  renameSync(from: string, to: string): void {
    const content = this.#contents.get(from);
    if (content === undefined) throw systemError("ENOENT", from);
    this.#contents.delete(from);
    this.#contents.set(to, content);
  }

  removeSync(filePath: string): void {
    this.#contents.delete(filePath);
  }

  syncDirSync(_dir: string): void {}

  readFileSync(filePath: string): Uint8Array {
    const content = this.#contents.get(filePath);
    if (content === undefined) throw systemError("ENOENT", filePath);
    return content.bytes.slice(0, content.sizeBytes);
  }

  lockSync(dir: string): FolderLock {
    if (this.#locked.has(dir)) {
      throw new EngineError("ENGINE_LOCKED", `${dir} is in use; close it first`);
    }
    this.#locked.add(dir);
    return { release: () => void this.#locked.delete(dir) };
  }
}

class MemoryFile implements File {
  readonly path: string;
  readonly #content: Content;
  readonly #readOnly: boolean;
  readonly #freeBytes: () => number;
  #open = true;

  constructor(filePath: string, content: Content, readOnly: boolean, freeBytes: () => number) {
    this.path = filePath;
    this.#content = content;
    this.#readOnly = readOnly;
    this.#freeBytes = freeBytes;
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    this.#admit();
    const { bytes, sizeBytes } = this.#content;
    const count = Math.max(0, Math.min(length, sizeBytes - position));
    buffer.set(bytes.subarray(position, position + count), offset);
    return count;
  }

  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> {
    return this.readSync(buffer, offset, length, position);
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#admitWrite();
    const content = this.#content;
    const roomBytes = content.sizeBytes + this.#freeBytes() - position;
    const fitting = Math.max(0, Math.min(length, roomBytes));
    this.#reserve(position + fitting);
    content.bytes.set(buffer.subarray(offset, offset + fitting), position);
    content.sizeBytes = Math.max(content.sizeBytes, position + fitting);
    if (fitting < length) throw systemError("ENOSPC", this.path);
  }

  syncSync(): void {
    this.#admit();
  }

  async sync(): Promise<void> {
    this.#admit();
  }

  truncateSync(sizeBytes: number): void {
    this.#admitWrite();
    this.#reserve(sizeBytes);
    this.#content.bytes.fill(0, Math.min(sizeBytes, this.#content.sizeBytes));
    this.#content.sizeBytes = sizeBytes;
  }

  sizeSync(): number {
    this.#admit();
    return this.#content.sizeBytes;
  }

  closeSync(): void {
    this.#open = false;
  }

  #admit(): void {
    if (!this.#open) throw systemError("EBADF", this.path);
  }

  #admitWrite(): void {
    this.#admit();
    if (this.#readOnly) throw systemError("EBADF", this.path);
  }

  /** Room for so many bytes, in bytes of our own (I1). What is behind the size is zeros. */
  #reserve(sizeBytes: number): void {
    const content = this.#content;
    if (!content.shared && sizeBytes <= content.bytes.length) return;
    const capacity = Math.max(sizeBytes, content.shared ? content.sizeBytes : sizeBytes * 2);
    const own = new Uint8Array(capacity);
    own.set(content.bytes.subarray(0, content.sizeBytes));
    content.bytes = own;
    content.shared = false;
  }
}

function systemError(code: string, filePath: string): Error {
  return Object.assign(new Error(`${code}: '${filePath}'`), { code });
}
