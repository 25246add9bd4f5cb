// Background work as plain data, so that it can be sent to another thread, and its execution in
// steps, so that long work can give way to urgent work.

import type { FileSystem } from "../io/filesystem.ts";
import { runCompaction } from "./compaction.ts";
import { runFlush } from "./flush.ts";
import type { TableFacts } from "./table-facts.ts";
import type { TableOptions } from "./table-writer.ts";

interface CommonJob {
  readonly dir: string;
  readonly tableOptions: TableOptions;
  /** Sequences of the open snapshots, ascending. */
  readonly snapshots: readonly number[];
}

/** Writes a sealed memtable as a table of level 0. */
export interface FlushJob extends CommonJob {
  readonly kind: "flush";
  readonly tableId: number;
  /** The image of the log (log-image.ts), and the end of its last record. */
  readonly memory: ArrayBufferLike;
  readonly endOffset: number;
}

/** A range of keys, both inclusive. */
export interface KeyRange {
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

/** Merges tables. */
export interface CompactionJob extends CommonJob {
  readonly kind: "compaction";
  /** Ids of tables, newest group first; the tables of a group ascend. */
  readonly groups: readonly (readonly number[])[];
  /** Where older versions may be that are not in the groups: lists of ranges that ascend. */
  readonly older: readonly (readonly KeyRange[])[];
  /** Ids for the output. When they are used up, the last table grows. */
  readonly outputIds: readonly number[];
  /** A table is ended when it has grown to this many bytes. */
  readonly tableBytes: number;
}

export type Job = FlushJob | CompactionJob;

export interface JobResult {
  /** In the order of their keys; all durable. */
  readonly tables: readonly TableFacts[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Work in steps: yields how many bytes of keys and values each step took in. */
export type JobSteps = Generator<number, JobResult>;

/** Throws EngineError, and then leaves nothing behind. */
export function runJob(job: Job, fileSystem: FileSystem): JobSteps {
  return job.kind === "flush" ? runFlush(job, fileSystem) : runCompaction(job, fileSystem);
}
