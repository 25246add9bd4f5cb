// A file system that changes nothing: reads see the files of another, and whatever is written,
// renamed or removed is kept in memory and forgotten with the overlay.
//
// An engine that opens a folder recovers it: it cuts torn tails and removes what a crash left. On
// an overlay it does so in thought, and what it would have done can be looked at.
//
// Invariants:
//  I1. The base is only ever read, and its folder locked when there is a lock file to lock.
//  I2. A byte of a file is the page's where a page is there, else the base's below `baseBytes`,
//      else 0; nothing is read beyond `sizeBytes`.
//  I3. `#entries` decides what a path means; a path that is not in it means what the base says.

import path from "node:path";
import type { File, FileSystem, FolderLock, OpenMode } from "./filesystem.ts";

const PAGE_BYTES = 4096;
/** The file that the lock of a folder is taken on. */
const LOCK_NAME = "LOCK";

interface Content {
  /** The file of the base underneath; undefined for a file that is new. */
  readonly base: File | undefined;
  /** Bytes of the base that still count. */
  baseBytes: number;
  sizeBytes: number;
  readonly pages: Map<number, Uint8Array>;
}

/** How a file of the base would have been changed. */
export interface OverlayChange {
  readonly kind: "changed" | "replaced" | "removed" | "created";
  readonly file: string;
  /** Its size in the base, in bytes; 0 where there is none. */
  readonly sizeBytes: number;
  /** How many bytes from its start were never cut off; what is behind them may be new. */
  readonly keptBytes: number;
}

export class OverlayFileSystem implements FileSystem {
  readonly #base: FileSystem;
  readonly #onRead: (file: string, position: number, length: number) => void;
  readonly #entries = new Map<string, Content | undefined>();
  readonly #folders = new Set<string>();
  readonly #opened: File[] = [];

  /** `onRead` is told of each range that is read from the base; `length` is what was there. */
  constructor(
    base: FileSystem,
    onRead: (file: string, position: number, length: number) => void = () => {},
  ) {
    this.#base = base;
    this.#onRead = onRead;
  }

  /** What differs from the base, in order of path. */
  changes(): OverlayChange[] {
    const changes: OverlayChange[] = [];
    for (const [file, content] of this.#entries) {
      const existed = this.#base.existsSync(file);
      const sizeBytes = existed ? this.#baseSize(file) : 0;
      const isSame = content?.base?.path === file;
      const keptBytes = isSame ? content.baseBytes : 0;
      const add = (kind: OverlayChange["kind"]): void => {
        changes.push({ kind, file, sizeBytes, keptBytes });
      };
      if (content === undefined) {
        if (existed) add("removed");
      } else if (!existed) add("created");
      else if (!isSame) add("replaced");
      else if (content.pages.size > 0 || content.sizeBytes !== sizeBytes) add("changed");
    }
    return changes.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** Lets go of the files of the base. The overlay is of no use afterwards. */
  close(): void {
    for (const file of this.#opened) file.closeSync();
  }

  openSync(filePath: string, mode: OpenMode): File {
    const found = this.#content(filePath);
    if (found === undefined && mode === "read") throw systemError("ENOENT", filePath);
    if (found !== undefined && mode === "create") throw systemError("EEXIST", filePath);
    const content = found ?? this.#create(filePath);
    return new OverlayFile(filePath, content, this.#onRead);
  }

  listSync(dir: string): string[] {
    const names = new Set(this.#base.listSync(dir));
    for (const [file, content] of this.#entries) {
      if (path.dirname(file) !== path.resolve(dir)) continue;
      if (content === undefined) names.delete(path.basename(file));
      else names.add(path.basename(file));
    }
    return [...names].sort();
  }

  existsSync(filePath: string): boolean {
    const file = path.resolve(filePath);
    if (this.#entries.has(file)) return this.#entries.get(file) !== undefined;
    return this.#folders.has(file) || this.#base.existsSync(file);
  }

  makeDirSync(dir: string): void {
    if (!this.#base.existsSync(dir)) this.#folders.add(path.resolve(dir));
  }

  renameSync(from: string, to: string): void {
    const content = this.#content(from);
    if (content === undefined) throw systemError("ENOENT", from);
    this.#entries.set(path.resolve(from), undefined);
    this.#entries.set(path.resolve(to), content);
  }

  removeSync(filePath: string): void {
    if (this.existsSync(filePath)) this.#entries.set(path.resolve(filePath), undefined);
  }

  syncDirSync(_dir: string): void {}

  readFileSync(filePath: string): Uint8Array {
    const file = this.openSync(filePath, "read");
    const bytes = new Uint8Array(file.sizeSync());
    file.readSync(bytes, 0, bytes.length, 0);
    return bytes;
  }

  /** I1: a folder without a lock file is held by nobody, and none is made. */
  lockSync(dir: string): FolderLock {
    if (this.#base.existsSync(path.join(dir, LOCK_NAME))) return this.#base.lockSync(dir);
    return { release: () => {} };
  }

  /** I3: what the path means now; undefined when there is no such file. */
  #content(filePath: string): Content | undefined {
    const file = path.resolve(filePath);
    if (this.#entries.has(file)) return this.#entries.get(file);
    if (!this.#base.existsSync(file)) return undefined;
    const base = this.#base.openSync(file, "read");
    this.#opened.push(base);
    const sizeBytes = base.sizeSync();
    const content = { base, baseBytes: sizeBytes, sizeBytes, pages: new Map() };
    this.#entries.set(file, content);
    return content;
  }

  #create(filePath: string): Content {
    const content = { base: undefined, baseBytes: 0, sizeBytes: 0, pages: new Map() };
    this.#entries.set(path.resolve(filePath), content);
    return content;
  }

  #baseSize(file: string): number {
    const opened = this.#base.openSync(file, "read");
    try {
      return opened.sizeSync();
    } finally {
      opened.closeSync();
    }
  }
}

class OverlayFile implements File {
  readonly path: string;
  readonly #content: Content;
  readonly #onRead: (file: string, position: number, length: number) => void;

  constructor(
    filePath: string,
    content: Content,
    onRead: (file: string, position: number, length: number) => void,
  ) {
    this.path = filePath;
    this.#content = content;
    this.#onRead = onRead;
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    const { pages, sizeBytes } = this.#content;
    const wanted = Math.max(0, Math.min(length, sizeBytes - position));
    if (pages.size === 0) {
      this.#readBase(buffer, offset, wanted, position);
      return wanted;
    }
    for (let done = 0; done < wanted; ) {
      const at = position + done;
      const page = pages.get(Math.floor(at / PAGE_BYTES));
      const inPage = at % PAGE_BYTES;
      const count = Math.min(wanted - done, PAGE_BYTES - inPage);
      if (page === undefined) this.#readBase(buffer, offset + done, count, at);
      else buffer.set(page.subarray(inPage, inPage + count), offset + done);
      done += count;
    }
    return wanted;
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number) {
    const { base, pages, baseBytes } = this.#content;
    if (base === undefined || pages.size > 0 || position + length > baseBytes) {
      return this.readSync(buffer, offset, length, position);
    }
    const count = await base.read(buffer, offset, length, position);
    this.#onRead(base.path, position, count);
    return count;
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    const { pages } = this.#content;
    for (let done = 0; done < length; ) {
      const at = position + done;
      const number = Math.floor(at / PAGE_BYTES);
      const inPage = at % PAGE_BYTES;
      const count = Math.min(length - done, PAGE_BYTES - inPage);
      let page = pages.get(number);
      if (page === undefined) {
        page = new Uint8Array(PAGE_BYTES);
        this.#readBase(page, 0, PAGE_BYTES, number * PAGE_BYTES);
        pages.set(number, page);
      }
      page.set(buffer.subarray(offset + done, offset + done + count), inPage);
      done += count;
    }
    this.#content.sizeBytes = Math.max(this.#content.sizeBytes, position + length);
  }

  syncSync(): void {}

  async sync(): Promise<void> {}

  truncateSync(sizeBytes: number): void {
    const content = this.#content;
    const { pages } = content;
    if (sizeBytes < content.sizeBytes) {
      const last = Math.floor(sizeBytes / PAGE_BYTES);
      for (const number of pages.keys()) if (number > last) pages.delete(number);
      pages.get(last)?.fill(0, sizeBytes % PAGE_BYTES);
      content.baseBytes = Math.min(content.baseBytes, sizeBytes);
    }
    content.sizeBytes = sizeBytes;
  }

  sizeSync(): number {
    return this.#content.sizeBytes;
  }

  /** The base stays open until the overlay is closed: the file may be opened again. */
  closeSync(): void {}

  /** I2: the base where it counts, and zeros. */
  #readBase(buffer: Uint8Array, offset: number, length: number, position: number): void {
    const { base, baseBytes } = this.#content;
    const there = Math.max(0, Math.min(length, baseBytes - position));
    if (base !== undefined && there > 0) {
      const count = base.readSync(buffer, offset, there, position);
      if (count < there) throw systemError("EIO", base.path);
      this.#onRead(base.path, position, there);
    }
    buffer.fill(0, offset + there, offset + length);
  }
}

const SYSTEM_MESSAGES = {
  ENOENT: "no such file",
  EEXIST: "the file exists already",
  EIO: "the file became shorter while it was read",
} as const;

/** What the operating system would say. */
function systemError(code: keyof typeof SYSTEM_MESSAGES, file: string): Error {
  const message = `${code}: ${SYSTEM_MESSAGES[code]}, '${file}'`;
  return Object.assign(new Error(message), { code, path: file });
}
