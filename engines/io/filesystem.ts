// What an engine may ask of a disk. Sync first: a read from the page cache takes half a
// microsecond, and a promise around it twenty (DESIGN, measured facts). Only the sync to the
// device has a form that waits elsewhere.
//
// Errors are those of the operating system (`code` is ENOSPC, EIO, ENOENT, ...); engines turn
// them into EngineError with `ioError`.

/** An open file. Positions are explicit: there is no file pointer to share by mistake. */
export interface File {
  readonly path: string;
  /**
   * Reads up to `length` bytes at `position` into `buffer` at `offset`.
   * Returns how many were read: fewer than `length` only at the end of the file.
   */
  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number;
  /** The same, off this thread: for long reads in the background, which then pause by nature. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Writes all of it, or throws. After a throw any prefix of it may be in the file. */
  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void;
  /** Data and the size are on the device when it returns (fdatasync). */
  syncSync(): void;
  /** The same, off this thread. */
  sync(): Promise<void>;
  /** Cuts the file, or lengthens it with zeros. */
  truncateSync(sizeBytes: number): void;
  sizeSync(): number;
  closeSync(): void;
}

/** How `open` treats the file: `read` must exist; `create` must not; `write` may. */
export type OpenMode = "read" | "write" | "create";

/** A lock on a folder, held until `release` or until the process dies. */
export interface FolderLock {
  release(): void;
}

export interface FileSystem {
  openSync(path: string, mode: OpenMode): File;
  /** Names in the folder, sorted; empty when the folder is absent. */
  listSync(dir: string): string[];
  existsSync(path: string): boolean;
  /**
   * With parents; no error when it is there. Each folder that it made is durable only after
   * `syncDirSync` of the one that it is in.
   */
  makeDirSync(dir: string): void;
  /** Atomic replacement; durable only after `syncDirSync` of the folder. */
  renameSync(from: string, to: string): void;
  /** No error when it is absent. */
  removeSync(path: string): void;
  /** Makes creations, renames and removals in the folder durable, of folders in it too. */
  syncDirSync(dir: string): void;
  /** Whole small files. */
  readFileSync(path: string): Uint8Array;
  /** Throws EngineError ENGINE_LOCKED when it is held, by whomever. */
  lockSync(dir: string): FolderLock;
}
