// The real file system.
//
// The lock on a folder is the operating system's own: an exclusive transaction on an empty SQLite
// file. It is released when the process dies, however it dies, holds against other processes,
// worker threads and second opens in this thread alike, and needs no guess about stale files.

import fs from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EngineError, ioError } from "../errors.ts";
import type { File, FileSystem, FolderLock, OpenMode } from "./filesystem.ts";

const LOCK_NAME = "LOCK";
const SQLITE_BUSY = 5;

class NodeFile implements File {
  readonly path: string;
  readonly #fd: number;
  #open = true;

  constructor(filePath: string, fd: number) {
    this.path = filePath;
    this.#fd = fd;
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    const first = fs.readSync(this.#fd, buffer, offset, length, position);
    if (first === length || first === 0) return first;
    let done = first;
    while (done < length) {
      const more = fs.readSync(this.#fd, buffer, offset + done, length - done, position + done);
      if (more === 0) break;
      done += more;
    }
    return done;
  }

  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> {
    let done = 0;
    while (done < length) {
      const more = await readOnce(this.#fd, buffer, offset + done, length - done, position + done);
      if (more === 0) break;
      done += more;
    }
    return done;
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    let done = fs.writeSync(this.#fd, buffer, offset, length, position);
    while (done < length) {
      done += fs.writeSync(this.#fd, buffer, offset + done, length - done, position + done);
    }
  }

  syncSync(): void {
    fs.fdatasyncSync(this.#fd);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  truncateSync(sizeBytes: number): void {
    fs.ftruncateSync(this.#fd, sizeBytes);
  }

  sizeSync(): number {
    return fs.fstatSync(this.#fd).size;
  }

  closeSync(): void {
    if (!this.#open) return;
    this.#open = false;
    fs.closeSync(this.#fd);
  }
}

function readOnce(
  fd: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, offset, length, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

const OPEN_FLAGS: Readonly<Record<OpenMode, string | number>> = {
  read: "r",
  write: fs.constants.O_RDWR | fs.constants.O_CREAT,
  create: "wx+",
};

/** A database that nothing refers to is closed by the garbage collector, and its lock with it. */
const heldLocks = new Set<DatabaseSync>();

function lockSync(dir: string): FolderLock {
  const lockPath = path.join(dir, LOCK_NAME);
  const database = new DatabaseSync(lockPath);
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new EngineError(
        "ENGINE_LOCKED",
        `${dir} is in use by another process, or is open already in this one; close it first`,
        { file: lockPath, cause },
      );
    }
    throw ioError(cause, `cannot lock ${dir}`, lockPath);
  }
  heldLocks.add(database);
  return {
    release() {
      if (heldLocks.delete(database)) database.close();
    },
  };
}

export const nodeFileSystem: FileSystem = {
  openSync: (filePath, mode) => new NodeFile(filePath, fs.openSync(filePath, OPEN_FLAGS[mode])),
  listSync: (dir) => (fs.existsSync(dir) ? fs.readdirSync(dir).sort() : []),
  existsSync: (filePath) => fs.existsSync(filePath),
  makeDirSync: (dir) => {
    fs.mkdirSync(dir, { recursive: true });
  },
  renameSync: (from, to) => fs.renameSync(from, to),
  removeSync: (filePath) => fs.rmSync(filePath, { force: true }),
  syncDirSync: (dir) => {
    const fd = fs.openSync(dir, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  readFileSync: (filePath) => fs.readFileSync(filePath),
  lockSync,
};
