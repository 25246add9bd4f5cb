// What goes wrong on a MemoryDisk while a process runs on it, and when.

/** What changes the disk, or, the last one, does not. */
export type DiskOperation =
  | "open"
  | "write"
  | "truncate"
  | "sync"
  | "rename"
  | "remove"
  | "makeDir"
  | "syncDir"
  | "read";

/**
 * - `honest`: what was synced is on the device.
 * - `failing`: every sync throws EIO, and its pages count as clean from then on.
 * - `lying`: every sync returns, and nothing is on the device.
 */
export type SyncMode = "honest" | "failing" | "lying";

/** What becomes of an operation. */
export interface DiskFault {
  readonly kind: "crash" | "failure";
  readonly code: string;
  /** The share of its bytes that a write writes all the same, 0 to 1. */
  readonly writtenShare: number;
}

export interface FailureOptions {
  /** The `code` of the error. Default EIO. */
  readonly code?: string;
  /** Only operations of this kind count. Default: all that change something. */
  readonly only?: DiskOperation;
  /** The share of its bytes that a failing write writes first, 0 to 1. Default 0. */
  readonly writtenShare?: number;
}

interface PlannedFailure {
  left: number;
  readonly only: DiskOperation | undefined;
  readonly fault: DiskFault;
}

export class DiskFaults {
  /** Changing operations since the beginning, those that failed included. */
  operations = 0;
  syncMode: SyncMode = "honest";
  #crashAt = Number.POSITIVE_INFINITY;
  #crash: DiskFault | undefined;
  #failures: PlannedFailure[] = [];

  /** The changing operation `count` from now on, 1 being the next, ends the process. */
  planCrash(count: number, writtenShare: number): void {
    this.#crashAt = this.operations + count;
    this.#crash = { kind: "crash", code: "EIO", writtenShare };
  }

  /** The operation `count` from now on, 1 being the next, fails. */
  planFailure(count: number, options: FailureOptions): void {
    const { code = "EIO", only, writtenShare = 0 } = options;
    this.#failures.push({ left: count, only, fault: { kind: "failure", code, writtenShare } });
  }

  /** Nothing that was planned happens. */
  clear(): void {
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.#failures = [];
  }

  /** Counts an operation; undefined when it is to be done as it should. */
  next(operation: DiskOperation): DiskFault | undefined {
    if (operation !== "read" && ++this.operations >= this.#crashAt) return this.#crash;
    return this.#failures.length === 0 ? undefined : this.#failure(operation);
  }

  #failure(operation: DiskOperation): DiskFault | undefined {
    let found: DiskFault | undefined;
    for (const planned of this.#failures) {
      const counts = planned.only === undefined ? operation !== "read" : planned.only === operation;
      if (counts && --planned.left === 0) found = planned.fault;
    }
    if (found !== undefined) this.#failures = this.#failures.filter(({ left }) => left > 0);
    return found;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EBADF: "it is closed, or open for reading only",
  EEXIST: "it is there already",
  EIO: "the device failed",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
};

/** An error as the operating system gives it. */
export function systemError(code: string, filePath: string, reason = REASONS[code]): Error {
  return Object.assign(new Error(`${code}: ${reason ?? "planned"}, '${filePath}'`), { code });
}
