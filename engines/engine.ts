// The contract between a storage engine and everything above it.
//
// Rules that hold for every method, and that the conformance suite checks:
//
//  R1. Keys are 0 to 65,535 bytes, values 0 to `supports.maxValueBytes` bytes; order is bytewise
//      (unsigned, shorter first on a common prefix). Anything longer throws ENGINE_LIMIT and
//      changes nothing.
//  R2. An engine copies what it needs of its arguments before the call returns, also when it
//      returns a promise: the caller may reuse its buffers at once.
//  R3. What `get` returns belongs to the caller. What a cursor's chunk returns is valid until the
//      next call on that cursor.
//  R4. Hot calls return a value or a promise. Writers that wait for the same group commit may be
//      handed the same promise object, so that one continuation can serve them all.
//  R5. A write is visible once it was appended, which may be before it is acknowledged.
//  R6. An acknowledged write is as safe as the durability level says, and so is every write
//      of this engine before it: what survives is a prefix of the writes, in order.
//  R7. Nothing that comes from a file is handed out unless its checksum was verified (engines of
//      our own; an adapter says in `supports.verifiesReads` what the native store does).
//  R8. Errors that a user can meet are EngineError with a stable code (errors.ts).

import type { Clock } from "./io/clock.ts";
import type { FileSystem } from "./io/filesystem.ts";

export type MaybePromise<T> = T | Promise<T>;

/**
 * When a write counts as done. The same meaning for every engine; printed in every result row.
 *
 * - `memory`: it is in our process. Lost with the process.
 * - `os`: `write(2)` has returned, so it survives `kill -9`. Writers of one tick may share a write.
 * - `group`: an `fdatasync` that began after the write has returned; shared by all that wait.
 * - `sync`: an `fdatasync` of its own.
 */
export type Durability = "memory" | "os" | "group" | "sync";

export const DURABILITIES: readonly Durability[] = ["memory", "os", "group", "sync"];

/** The longest key of the contract, in bytes, inclusive. */
export const KEY_BYTES_MAX = 65_535;

/** The longest value that every engine must take, in bytes, inclusive. */
export const VALUE_BYTES_MIN_SUPPORTED = 16 * 1024 * 1024;

/** What an engine can do. The conformance suite branches on this, and reports print it. */
export interface Capabilities {
  /** The levels this engine can give; opening it at another throws ENGINE_UNSUPPORTED. */
  readonly durability: readonly Durability[];
  /** Ordered scans. When false, `scan` throws ENGINE_UNSUPPORTED. */
  readonly scan: boolean;
  /** Explicit snapshots. When false, `snapshot` throws ENGINE_UNSUPPORTED. */
  readonly snapshot: boolean;
  /** A cursor sees the state as of the call to `scan`, whatever is written later. */
  readonly scanIsolation: boolean;
  /** `batch` is all or nothing, across a crash too. */
  readonly atomicBatch: boolean;
  /** `get`, `put` and `delete` may answer without a promise. */
  readonly synchronous: boolean;
  /** `verify` reads and checks every byte. When false, it throws ENGINE_UNSUPPORTED. */
  readonly verify: boolean;
  /** `checkpoint` is there. When false, it throws ENGINE_UNSUPPORTED. */
  readonly checkpoint: boolean;
  /** `compact` does something. When false, it throws ENGINE_UNSUPPORTED. */
  readonly compact: boolean;
  /** Every byte that is read from a file is checked before it is handed out. */
  readonly verifiesReads: boolean;
  /** Data outlives `close`. False for `null`. */
  readonly persistent: boolean;
  /** The shortest key it takes, in bytes: 0 by the contract, 1 where a native store refuses "". */
  readonly minKeyBytes: number;
  /** The longest key it takes, in bytes, inclusive. */
  readonly maxKeyBytes: number;
  /** The longest value it takes, in bytes, inclusive. */
  readonly maxValueBytes: number;
}

/** How an engine is opened. Everything that it takes from outside is here. */
export interface EngineOptions {
  /** The folder of the data. Created when absent, unless `errorIfMissing`. */
  readonly dir: string;
  readonly durability: Durability;
  readonly fileSystem: FileSystem;
  /** Throw ENGINE_NOT_FOUND, and create nothing, when the folder holds no data. */
  readonly errorIfMissing: boolean;
  /** Bytes for caches of data read from disk and for in-memory tails, together. */
  readonly cacheBytes: number;
  /**
   * `one`: at `os` and `memory` a write is done when the call returns. `tick`: the writes of one
   * turn of the microtask queue share a `write(2)` and a promise. `tick` is for many clients.
   */
  readonly writeGrouping: "one" | "tick";
  /**
   * Where long work runs. `worker`: on a thread of its own, when the engine has such work and the
   * file system is the real one. `inline`: on this thread, in steps that follow from the calls
   * alone, so that a simulation repeats exactly.
   */
  readonly background: "worker" | "inline";
  /** For stalls and latencies in `stats`; nothing that is stored depends on it. */
  readonly clock: Clock;
  /** Told when background work and stalls begin and end. It must not call the engine. */
  readonly onEvent: (event: EngineEvent) => void;
  /** Settings of one engine, by name; an unknown one throws ENGINE_OPTION, listing the valid. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** Something that an engine does by itself, and that shows in latencies. */
export interface EngineEvent {
  readonly kind: "flush" | "compaction" | "merge" | "snapshot" | "stall";
  readonly phase: "begin" | "end";
  /** The end of an event has the number of its begin; unique in an open engine. */
  readonly id: number;
  /** What was worked on, for a person: "4 files of level 0 into level 1". */
  readonly detail?: string;
  /** At an end: bytes read and written. */
  readonly bytes?: number;
}

/** Bounds of a scan. At most one of gt/gte and of lt/lte counts; with both, gt and lt win. */
export interface ScanOptions {
  /** Exclusive lower bound. */
  readonly gt?: Uint8Array;
  /** Inclusive lower bound. */
  readonly gte?: Uint8Array;
  /** Exclusive upper bound. */
  readonly lt?: Uint8Array;
  /** Inclusive upper bound. */
  readonly lte?: Uint8Array;
  /** From the largest key down. Default false. */
  readonly reverse?: boolean;
  /** At most so many records; -1 or absent: all. 0: none. */
  readonly limit?: number;
  /** Values are not read; `value(i)` of a chunk is empty. Default false. */
  readonly keysOnly?: boolean;
  /** Read as of this snapshot instead of now. */
  readonly snapshot?: Snapshot;
}

/** Some records of a scan, in order. Valid until the next call on its cursor. */
export interface ScanChunk {
  /** Records in the chunk; at least 1. */
  readonly count: number;
  /** Key `i`, 0 <= i < count. A view: copy it to keep it. */
  key(i: number): Uint8Array;
  /** Value `i`, empty when the scan asked for keys only. A view: copy it to keep it. */
  value(i: number): Uint8Array;
}

export interface Cursor {
  /** The next chunk, or undefined at the end. */
  next(): MaybePromise<ScanChunk | undefined>;
  /** Lets go of what the cursor pins. May be called twice, and before the end. */
  close(): MaybePromise<void>;
}

/** A state of the engine that later writes do not change. Close it: it pins files. */
export interface Snapshot {
  close(): void;
}

/** One operation of a batch, as `Batch.forEach` hands it out. */
export type BatchVisitor = (key: Uint8Array, value: Uint8Array | undefined) => void;

/** Writes that become visible and durable together. The last write to a key in it wins. */
export interface Batch {
  readonly count: number;
  /** Sum of the lengths of keys and values, in bytes. */
  readonly byteLength: number;
  put(key: Uint8Array, value: Uint8Array): this;
  delete(key: Uint8Array): this;
  /** In the order of the calls; `value` is undefined for a delete. Views: valid in the callback. */
  forEach(visit: BatchVisitor): void;
  clear(): void;
}

/** The same words for all engines. A figure that an engine cannot know is absent, never 0. */
export interface EngineStats {
  /** Live keys, when it is known without a scan. */
  readonly keys?: number;
  /** Bytes of keys and values that users wrote since open. */
  readonly userBytesWritten?: number;
  /** Bytes of keys and values that users read since open. */
  readonly userBytesRead?: number;
  /** Bytes written to files since open, by purpose: log, table, snapshot, merge, hint, manifest. */
  readonly bytesWritten?: Readonly<Record<string, number>>;
  /** Bytes read from files since open, by purpose: get, scan, merge, recovery, verify. */
  readonly bytesRead?: Readonly<Record<string, number>>;
  /** Bytes written to files over bytes written by users, since open. */
  readonly writeAmplification?: number;
  /** Bytes read from files over bytes read by users, since open. */
  readonly readAmplification?: number;
  /** Bytes on disk over `liveBytes` where that is given, else over live keys and values. */
  readonly spaceAmplification?: number;
  readonly cacheHits?: number;
  readonly cacheMisses?: number;
  readonly filterChecks?: number;
  readonly filterFalsePositives?: number;
  /** Times in which writes had to wait for background work, and how long in all. */
  readonly stalls?: number;
  readonly stallNs?: number;
  /** Mean time of a get answered from memory, and of one that went to a file, over a sample. */
  readonly hitLatencyNs?: number;
  readonly missLatencyNs?: number;
  /** Files and bytes of each level, from 0 down; of an engine that has levels. */
  readonly levels?: readonly { readonly files: number; readonly bytes: number }[];
  readonly compactionDebtBytes?: number;
  /** Bytes on disk that the newest version of a key holds, headers included. */
  readonly liveBytes?: number;
  /** Bytes on disk that a merge or compaction could give back. */
  readonly deadBytes?: number;
  readonly files?: number;
  readonly diskBytes?: number;
  /** Bytes in memory by part: index, keys, values, tail, cache. */
  readonly memoryBytes?: Readonly<Record<string, number>>;
  /** Calls of fdatasync and fsync since open. */
  readonly syncs?: number;
  /** Calls of write(2) since open. */
  readonly writes?: number;
  /** Facts about the last open: milliseconds, how it recovered. */
  readonly recovery?: Readonly<Record<string, number | string | boolean>>;
}

/** What `verify` found. It throws nothing for damage: it lists it. */
export interface VerifyReport {
  readonly filesChecked: number;
  readonly recordsChecked: number;
  readonly bytesChecked: number;
  readonly problems: readonly VerifyProblem[];
}

export interface VerifyProblem {
  readonly file: string;
  /** Offset in the file, in bytes. */
  readonly offset: number;
  readonly message: string;
}

export interface Engine {
  readonly name: string;
  readonly supports: Capabilities;
  readonly durability: Durability;
  /** The newest value, or undefined when the key is absent. An empty value is not absent. */
  get(key: Uint8Array, snapshot?: Snapshot): MaybePromise<Uint8Array | undefined>;
  put(key: Uint8Array, value: Uint8Array): MaybePromise<void>;
  /** No error when the key is absent. */
  delete(key: Uint8Array): MaybePromise<void>;
  batch(batch: Batch): MaybePromise<void>;
  /** Values in the order of the keys, undefined where absent. */
  getMany(
    keys: readonly Uint8Array[],
    snapshot?: Snapshot,
  ): MaybePromise<(Uint8Array | undefined)[]>;
  scan(options?: ScanOptions): Cursor;
  snapshot(): Snapshot;
  /** Makes every earlier write as durable as `sync` does, whatever the level. */
  flush(): MaybePromise<void>;
  /** Gives back dead space, or brings the store into its best shape for reading. */
  compact(): Promise<void>;
  /** Reads and checks every byte. */
  verify(): Promise<VerifyReport>;
  /** A copy of the state as of the call, in a new folder, that can be opened as a store. */
  checkpoint(dir: string): Promise<void>;
  stats(): EngineStats;
  /**
   * Makes earlier writes durable, and lets go of the folder. Rejects with the EngineError when that
   * cannot be said of all of them, as after a failed sync, and has let go all the same. A second
   * call answers as the first.
   */
  close(): Promise<void>;
}

/** What the registry knows of an engine before it is opened. */
export interface EngineModule {
  readonly name: string;
  /** One line for `--help` and reports. */
  readonly description: string;
  /** Version of the store behind it, for the report: ours, or the native package's. */
  version(): string;
  readonly supports: Capabilities;
  /** Throws EngineError; ENGINE_UNAVAILABLE when the package behind it is not installed. */
  open(options: EngineOptions): Promise<Engine>;
}
