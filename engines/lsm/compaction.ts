// Merges sorted tables into new ones.
//
// Steps, for each entry in order (keys ascending, the newest version of a key first):
//  1. The newest version of a key is kept, and an older one only when a snapshot sees it.
//  2. Where no other table can hold anything older of the key, and no snapshot tells versions
//     apart, a delete has done its work and goes, and a value's sequence no longer matters.
//  3. A table ends when it is large enough, never between two versions of a key.
//  4. As many entries must have been read as the tables say they have: an entry that went missing
//     on the way is damage, not a compaction.

import { corruption } from "../errors.ts";
import { compareRanges } from "../index/key-order.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { BlockCache } from "./block-cache.ts";
import { EntrySource, MergedSources } from "./entry-source.ts";
import { STEP_BYTES } from "./flush.ts";
import type { CompactionJob, JobResult, JobSteps, KeyRange } from "./job.ts";
import { hasBetween } from "./snapshot-list.ts";
import { Table } from "./table.ts";
import { readFacts, tablePath } from "./table-facts.ts";
import { TableFeeder } from "./table-feeder.ts";
import { TableOutput } from "./table-output.ts";

const AHEAD_BYTES = 512 * 1024;

export function* runCompaction(job: CompactionJob, fileSystem: FileSystem): JobSteps {
  const inputs = new Inputs(job, fileSystem);
  const output = new TableOutput(fileSystem, job.dir, job.tableOptions);
  try {
    return yield* merge(job, inputs, output);
  } catch (cause) {
    throw output.discard(cause);
  } finally {
    inputs.close();
  }
}

/** The tables of a job, opened for this job alone. */
class Inputs {
  readonly groups: Table[][] = [];
  readonly #dir: string;
  readonly #fileSystem: FileSystem;
  bytesRead = 0;

  constructor({ groups, dir }: CompactionJob, fileSystem: FileSystem) {
    this.#dir = dir;
    this.#fileSystem = fileSystem;
    try {
      for (const ids of groups) {
        const group: Table[] = [];
        this.groups.push(group);
        for (const id of ids) group.push(this.#open(id));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get entryCount(): number {
    return this.#sum((table) => table.facts.entryCount);
  }

  get baseSequence(): number {
    return Math.min(...this.groups.flat().map((table) => table.facts.baseSequence));
  }

  get newestSequence(): number {
    return Math.max(...this.groups.flat().map((table) => table.facts.maxSequence));
  }

  sources(): EntrySource[] {
    const onRead = (bytes: number): void => {
      this.bytesRead += bytes;
    };
    const options = { reverse: false, start: undefined, aheadBytesMax: AHEAD_BYTES, onRead };
    return this.groups.map(
      (group) => new EntrySource(new TableFeeder(group, options), false, undefined),
    );
  }

  close(): void {
    for (const table of this.groups.flat()) table.close();
  }

  #open(id: number): Table {
    const file = this.#fileSystem.openSync(tablePath(this.#dir, id), "read");
    try {
      const counters = { filterChecks: 0, filterFalsePositives: 0, getBytesRead: 0 };
      return new Table(file, readFacts(file, id), new BlockCache(0), counters);
    } catch (error) {
      file.closeSync();
      throw error;
    }
  }

  #sum(of: (table: Table) => number): number {
    return this.groups.flat().reduce((sum, table) => sum + of(table), 0);
  }
}

function* merge(job: CompactionJob, inputs: Inputs, output: TableOutput): JobSteps {
  const { snapshots, tableBytes } = job;
  const { baseSequence, newestSequence } = inputs;
  const oldestSnapshot = snapshots[0] ?? Number.POSITIVE_INFINITY;
  const merged = new MergedSources(inputs.sources(), false);
  const below = new RangesBelow(job.older);
  const ids = [...job.outputIds];
  const last = new LastKey();
  let newer = Number.POSITIVE_INFINITY;
  let entriesRead = 0;
  let stepBytes = 0;
  for (let source = merged.top; source !== undefined; source = merged.top) {
    const { run, keyStart, keyLength, sequence, isDelete, valueStart, valueLength } = source;
    const isNewest = last.differs(run.keys, keyStart, keyLength);
    if (isNewest || hasBetween(snapshots, sequence, newer)) {
      const isOldest =
        sequence === 0 ||
        (sequence <= oldestSnapshot && !below.mayHold(run.keys, keyStart, keyLength));
      if (!isDelete || !isOldest) {
        let { writer } = output;
        if (isNewest && writer !== undefined && writer.sizeBytes >= tableBytes && ids.length > 0) {
          output.finish();
          writer = undefined;
        }
        writer ??= output.start(ids.shift()!, baseSequence, newestSequence);
        const { values } = run;
        writer.add(
          isNewest,
          run.keys,
          keyStart,
          keyLength,
          sequence,
          isOldest,
          isDelete,
          values,
          valueStart,
          valueLength,
        );
      }
    }
    newer = sequence;
    entriesRead++;
    stepBytes += keyLength + valueLength;
    merged.advance();
    if (stepBytes < STEP_BYTES) continue;
    yield stepBytes;
    stepBytes = 0;
  }
  if (entriesRead !== inputs.entryCount) {
    const first = inputs.groups.flat()[0]!;
    const what = `${inputs.entryCount} entries were expected, ${entriesRead} found`;
    throw corruption(first.file.path, 0, what);
  }
  output.finish();
  return resultOf(inputs, output);
}

function resultOf(inputs: Inputs, output: TableOutput): JobResult {
  const tables = output.publish();
  const bytesWritten = tables.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { tables, bytesRead: inputs.bytesRead, bytesWritten };
}

/** A copy of the key before. */
class LastKey {
  #bytes = new Uint8Array(256);
  #length = -1;

  /** Whether this key is another; it is kept then. */
  differs(keys: Uint8Array, start: number, length: number): boolean {
    if (this.#length >= 0) {
      if (compareRanges(this.#bytes, 0, this.#length, keys, start, length) === 0) return false;
    }
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(length * 2);
    for (let i = 0; i < length; i++) this.#bytes[i] = keys[start + i]!;
    this.#length = length;
    return true;
  }
}

/** Where older versions may be, asked with ascending keys. */
class RangesBelow {
  readonly #lists: readonly (readonly KeyRange[])[];
  /** For each list the first range that does not end before the last key asked for. */
  readonly #at: number[];

  constructor(lists: readonly (readonly KeyRange[])[]) {
    this.#lists = lists;
    this.#at = lists.map(() => 0);
  }

  mayHold(keys: Uint8Array, start: number, length: number): boolean {
    let holds = false;
    for (const [i, list] of this.#lists.entries()) {
      let at = this.#at[i]!;
      while (at < list.length && compareTo(list[at]!.largest, keys, start, length) < 0) at++;
      this.#at[i] = at;
      if (at < list.length && compareTo(list[at]!.smallest, keys, start, length) <= 0) holds = true;
    }
    return holds;
  }
}

function compareTo(key: Uint8Array, keys: Uint8Array, start: number, length: number): number {
  return compareRanges(key, 0, key.length, keys, start, length);
}
