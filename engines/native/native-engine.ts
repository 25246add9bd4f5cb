// What the adapters of native stores have in common: the folder and its lock, limits, counters,
// and the refusal of what the manifest lacks.
//
// A data folder holds our mark and lock, and the native store's own files in `data/`.
//
// Invariants:
//  I1. After `close` began no call reaches the native store.
//  I2. The lock of the folder is held from before the store is opened until after it is closed.

import path from "node:path";
import type {
  Batch,
  Capabilities,
  Durability,
  EngineModule,
  EngineOptions,
  EngineStats,
  VerifyReport,
} from "../engine.ts";
import { KEY_BYTES_MAX } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { FileSystem, FolderLock } from "../io/filesystem.ts";
import { claimFolder, type FolderIdentity, makeFolder } from "../io/folder.ts";
import { nativeError } from "./native-error.ts";

/** The longest value that the adapters take: what Node's buffers and these stores carry well. */
export const NATIVE_VALUE_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes of a chunk of a scan, and its records, at most (a single record may be longer). */
export const CHUNK_BYTES = 64 * 1024;
export const CHUNK_RECORDS = 1000;

/** Longer than any key of the contract, so it is none of the user's: deleted to force a sync. */
export const NOBODYS_KEY = new Uint8Array(KEY_BYTES_MAX + 1);

const FCNTL_LOCKED_NAMES = new Set(["LOCK", "lock.mdb", "store.sqlite", "store.sqlite-shm"]);

export interface NativeFolder {
  readonly lock: FolderLock;
  /** Where the native store keeps its files. */
  readonly dataDir: string;
}

/** Checks the level, claims the folder and makes its data folder. */
export function claimNativeFolder(
  { name, supports }: Pick<EngineModule, "name" | "supports">,
  options: EngineOptions,
): NativeFolder {
  if (!supports.durability.includes(options.durability)) {
    throw new EngineError(
      "ENGINE_UNSUPPORTED",
      `engine ${name} cannot give durability ${options.durability}; ` +
        `it gives ${supports.durability.join(", ")}`,
    );
  }
  const { fileSystem, dir } = options;
  const lock = claimFolder(fileSystem, dir, identityOf(name), options.errorIfMissing);
  const dataDir = path.join(dir, "data");
  try {
    makeFolder(fileSystem, dataDir);
  } catch (error) {
    lock.release();
    throw nativeError(error, `cannot open ${dir}`, dir);
  }
  return { lock, dataDir };
}

function identityOf(engine: string): FolderIdentity {
  return { engine, format: 1 };
}

/** What `open` throws after a failure of the native store: the folder is let go. */
export function openFailure(error: unknown, options: EngineOptions, folder: NativeFolder): Error {
  folder.lock.release();
  return nativeError(error, `cannot open ${options.dir}`, folder.dataDir);
}

/**
 * Whether writers share a commit: at `group` always, at `os` when the caller asks for it. At
 * `sync` each has its own.
 */
export function sharesCommits(options: EngineOptions): boolean {
  if (options.durability === "group") return true;
  return options.durability === "os" && options.writeGrouping === "tick";
}

export abstract class NativeEngine {
  readonly name: string;
  readonly supports: Capabilities;
  readonly durability: Durability;
  protected readonly fileSystem: FileSystem;
  protected readonly dataDir: string;
  protected userBytesWritten = 0;
  protected userBytesRead = 0;
  protected closed = false;
  readonly #lock: FolderLock;
  readonly #minKeyBytes: number;
  readonly #maxKeyBytes: number;
  #closing: Promise<void> | undefined;

  constructor(
    module: Pick<EngineModule, "name" | "supports">,
    options: EngineOptions,
    folder: NativeFolder,
  ) {
    this.name = module.name;
    this.supports = module.supports;
    this.durability = options.durability;
    this.fileSystem = options.fileSystem;
    this.dataDir = folder.dataDir;
    this.#lock = folder.lock;
    this.#minKeyBytes = module.supports.minKeyBytes;
    this.#maxKeyBytes = module.supports.maxKeyBytes;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.closed = true;
    try {
      await this.closeStore();
    } catch (error) {
      throw nativeError(error, `engine ${this.name}: close`, this.dataDir);
    } finally {
      this.#lock.release();
    }
  }

  /** Lets go of the native store; `closed` is set already. */
  protected abstract closeStore(): Promise<void>;

  /** Runs `write` on the data folder of a new store, then makes its names durable. */
  protected async writeCheckpoint(
    dir: string,
    write: (dataDir: string) => Promise<void> | void,
  ): Promise<void> {
    const { fileSystem } = this;
    if (fileSystem.listSync(dir).length > 0) {
      throw new EngineError("ENGINE_WRONG_FOLDER", `${dir} is not empty`, { file: dir });
    }
    const lock = claimFolder(fileSystem, dir, identityOf(this.name), false);
    try {
      const dataDir = path.join(dir, "data");
      fileSystem.makeDirSync(dataDir);
      await write(dataDir);
      fileSystem.syncDirSync(dataDir);
      fileSystem.syncDirSync(dir);
    } catch (error) {
      throw nativeError(error, `engine ${this.name}: checkpoint`, dir);
    } finally {
      lock.release();
    }
  }

  async compact(): Promise<void> {
    throw this.unsupported("compact");
  }

  async verify(): Promise<VerifyReport> {
    throw this.unsupported("verify");
  }

  async checkpoint(_dir: string): Promise<void> {
    throw this.unsupported("checkpoint");
  }

  /** Throws ENGINE_CLOSED or ENGINE_LIMIT (R1). Every point call begins with it. */
  protected admitKey(key: Uint8Array): void {
    if (this.closed) throw this.closedError();
    if (key.length > this.#maxKeyBytes || key.length < this.#minKeyBytes) {
      throw new EngineError(
        "ENGINE_LIMIT",
        `a key of ${key.length} bytes; engine ${this.name} takes ` +
          `${this.#minKeyBytes} to ${this.#maxKeyBytes}`,
      );
    }
  }

  protected admitWrite(key: Uint8Array, value: Uint8Array): void {
    this.admitKey(key);
    if (value.length > this.supports.maxValueBytes) {
      throw new EngineError(
        "ENGINE_LIMIT",
        `a value of ${value.length} bytes; engine ${this.name} takes at most ` +
          `${this.supports.maxValueBytes}`,
      );
    }
    this.userBytesWritten += key.length + value.length;
  }

  /** Looks at the whole batch before any of it is taken, so that a refusal changes nothing. */
  protected admitBatch(batch: Batch): void {
    this.admitOpen();
    batch.forEach(this.#admitOperation);
    this.userBytesWritten += batch.byteLength;
  }

  readonly #admitOperation = (key: Uint8Array, value: Uint8Array | undefined): void => {
    const before = this.userBytesWritten;
    if (value === undefined) this.admitKey(key);
    else this.admitWrite(key, value);
    this.userBytesWritten = before;
  };

  /** Throws ENGINE_CLOSED. For the cursors too. */
  admitOpen(): void {
    if (this.closed) throw this.closedError();
  }

  /** For the cursors: bytes of keys and values that they handed out. */
  countRead(bytes: number): void {
    this.userBytesRead += bytes;
  }

  protected closedError(): EngineError {
    return new EngineError("ENGINE_CLOSED", `engine ${this.name} is closed`);
  }

  protected unsupported(what: string): EngineError {
    if (this.closed) return this.closedError();
    return new EngineError("ENGINE_UNSUPPORTED", `engine ${this.name} has no ${what}`);
  }

  /** For the cursors: a failure, or that the engine was closed while they read. */
  scanFailure(error: unknown): EngineError {
    return this.closed ? this.closedError() : this.failure(error, "scan");
  }

  /** A native failure in the words of the contract. */
  protected failure(error: unknown, what: string): EngineError {
    return nativeError(error, `engine ${this.name}: ${what}`, this.dataDir);
  }

  /**
   * Figures that all adapters have; the native files are measured by opening them. Not those that
   * the stores lock with fcntl: closing any descriptor of such a file drops the process's lock.
   */
  protected commonStats(): EngineStats {
    let diskBytes = 0;
    let files = 0;
    for (const name of this.fileSystem.listSync(this.dataDir)) {
      if (FCNTL_LOCKED_NAMES.has(name)) continue;
      try {
        const file = this.fileSystem.openSync(path.join(this.dataDir, name), "read");
        diskBytes += file.sizeSync();
        files++;
        file.closeSync();
      } catch {
        // Compaction removed it since it was listed.
      }
    }
    return {
      userBytesWritten: this.userBytesWritten,
      userBytesRead: this.userBytesRead,
      diskBytes,
      files,
    };
  }
}
