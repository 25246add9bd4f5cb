// Decides when memtables are flushed and tables compacted, and follows the work through.
//
// Invariants:
//  I1. At most one flush and one compaction run at a time; memtables are flushed oldest first.
//  I2. The inputs of a job are pinned until its result is installed or given up.
//  I3. A job that failed is tried again with the next flush, or when a write waits for it, never
//      by itself: a full disk is not hammered.
//  I4. What a job wrote is removed only when its result was not installed.

import assert from "node:assert";
import type { EngineEvent, EngineOptions } from "../engine.ts";
import { EngineError, ignoreIoErrors, ioError } from "../errors.ts";
import type { Background } from "./background.ts";
import {
  type CompactionPlan,
  compactionDebtBytes,
  planCompaction,
  planFull,
} from "./compaction-plan.ts";
import type { CompactionJob, FlushJob, JobResult } from "./job.ts";
import type { LsmSettings } from "./settings.ts";
import type { SnapshotList } from "./snapshot-list.ts";
import { tablePath } from "./table-facts.ts";
import type { Tree } from "./tree.ts";

export interface CompactorParts {
  readonly options: EngineOptions;
  readonly settings: LsmSettings;
  readonly tree: Tree;
  readonly snapshots: SnapshotList;
  readonly background: Background;
  /** A flush or a compaction was installed, or got on by so many bytes. */
  readonly onProgress: (bytes: number) => void;
  readonly onFailure: (error: EngineError) => void;
  /** Writes wait that came after the last failure, and before the job that failed was over. */
  readonly isAwaited: () => boolean;
  /** The next number for an event. */
  readonly nextEvent: () => number;
}

export class Compactor {
  readonly #parts: CompactorParts;
  #flushing: Promise<void> | undefined;
  #compacting: Promise<void> | undefined;
  #closing = false;
  #flushFailure: EngineError | undefined;
  #compactionFailure: EngineError | undefined;
  bytesWritten = { table: 0, compaction: 0 };
  bytesRead = 0;

  constructor(parts: CompactorParts) {
    this.#parts = parts;
  }

  /** The last failure of a kind of work that has not succeeded since. */
  get failure(): EngineError | undefined {
    return this.#flushFailure ?? this.#compactionFailure;
  }

  get isCompacting(): boolean {
    return this.#compacting !== undefined;
  }

  get isBusy(): boolean {
    return this.#flushing !== undefined || this.#compacting !== undefined;
  }

  /** Starts what is due and not running. */
  kick(): void {
    if (this.#closing) return;
    if (this.#flushing === undefined && this.#parts.tree.sealed.length > 0) {
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
        if (this.#flushFailure === undefined || this.#parts.isAwaited()) this.kick();
        this.#parts.onProgress(0);
      });
    }
    if (this.#compacting !== undefined) return;
    const { tree, settings } = this.#parts;
    const plan = planCompaction(tree.version, settings);
    if (plan !== undefined) this.#startCompaction(plan);
  }

  /** Waits until every sealed memtable is a table. Throws the error of a flush that failed. */
  async flushAll(): Promise<void> {
    const { tree } = this.#parts;
    while (tree.sealed.length > 0) {
      this.kick();
      await this.#flushing;
      this.assertOpen();
      // A flush that succeeded has begun the next one; one that failed leaves nothing running.
      if (this.#flushing === undefined && tree.sealed.length > 0) {
        assert(this.#flushFailure !== undefined, "I1: what does not run has failed");
        throw this.#flushFailure;
      }
    }
  }

  /** Brings everything into one level. Throws the error of the job that failed. */
  async compactAll(): Promise<void> {
    while (this.#compacting !== undefined) await this.#compacting;
    this.assertOpen();
    const { tree, settings } = this.#parts;
    const plan = planFull(tree.version, settings);
    if (plan === undefined) return;
    await this.#startCompaction(plan);
    this.assertOpen();
    if (this.#compactionFailure !== undefined) throw this.#compactionFailure;
  }

  /** Throws ENGINE_CLOSED once `close` was called: what waits for a job must not begin another. */
  assertOpen(): void {
    if (!this.#closing) return;
    throw new EngineError("ENGINE_CLOSED", "the engine was closed meanwhile");
  }

  get debtBytes(): number {
    const { tree, settings } = this.#parts;
    return compactionDebtBytes(tree.version, settings);
  }

  /** Lets a flush finish, and stops a compaction. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#flushing;
    await this.#parts.background.close();
    await this.#compacting;
  }

  #startCompaction(plan: CompactionPlan): Promise<void> {
    assert(this.#compacting === undefined, "I1: one compaction at a time");
    const { onProgress } = this.#parts;
    this.#compacting = this.#compact(plan).finally(() => {
      this.#compacting = undefined;
      if (this.#compactionFailure === undefined || this.#parts.isAwaited()) this.kick();
      onProgress(0);
    });
    return this.#compacting;
  }

  async #flush(): Promise<void> {
    const { tree, options, settings, snapshots, background } = this.#parts;
    const memtable = tree.sealed[0]!;
    const job: FlushJob = {
      kind: "flush",
      dir: options.dir,
      tableOptions: tableOptionsOf(settings),
      snapshots: snapshots.sequences(),
      tableId: tree.files.nextId(),
      memory: memtable.image.buffer.bytes.buffer,
      endOffset: memtable.sealedBytes,
    };
    const event = this.#begin("flush", `${memtable.keyCount} keys`);
    let result: JobResult | undefined;
    try {
      result = await background.run(job, () => {});
      tree.installFlush(memtable, result.tables[0]!);
      this.bytesWritten.table += result.bytesWritten;
      this.#flushFailure = undefined;
    } catch (error) {
      this.#flushFailure = ioError(error, "cannot flush a memtable");
      this.#giveUp(this.#flushFailure, [job.tableId]);
    } finally {
      this.#end(event, result?.bytesWritten);
    }
  }

  async #compact(plan: CompactionPlan): Promise<void> {
    const { tree, background, onProgress } = this.#parts;
    const tables = plan.groups.flat();
    const from = `${tables.length} tables into level ${plan.toLevel}`;
    if (plan.isMove) {
      // In the next turn, like any other result.
      await undefined;
      try {
        tree.installTables(
          tables,
          tables.map((table) => ({ level: plan.toLevel, table })),
        );
        this.#compactionFailure = undefined;
      } catch (error) {
        this.#compactionFailure = ioError(error, "cannot move a table");
        this.#giveUp(this.#compactionFailure, []);
      }
      return;
    }
    const job = this.#jobOf(plan);
    const pinned = tree.version.hold();
    const event = this.#begin("compaction", from);
    let result: JobResult | undefined;
    try {
      result = await background.run(job, onProgress);
      const fresh = tree.files.openTables(result.tables);
      const added = fresh.map((table) => ({ level: plan.toLevel, table }));
      tree.installTables(tables, added);
      this.bytesRead += result.bytesRead;
      this.bytesWritten.compaction += result.bytesWritten;
      this.#compactionFailure = undefined;
    } catch (error) {
      this.#compactionFailure = ioError(error, "cannot compact");
      this.#giveUp(this.#compactionFailure, job.outputIds);
    } finally {
      pinned.release();
      this.#end(event, result === undefined ? undefined : result.bytesRead + result.bytesWritten);
    }
  }

  #jobOf(plan: CompactionPlan): CompactionJob {
    const { tree, options, settings, snapshots } = this.#parts;
    const inputBytes = plan.groups.flat().reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
    const outputs = plan.splits ? Math.ceil((2 * inputBytes) / settings.tableBytes) + 1 : 1;
    return {
      kind: "compaction",
      dir: options.dir,
      tableOptions: tableOptionsOf(settings),
      snapshots: snapshots.sequences(),
      groups: plan.groups.map((group) => group.map(({ facts }) => facts.id)),
      older: plan.older.map((list) =>
        list.map(({ facts: { smallest, largest } }) => ({ smallest, largest })),
      ),
      outputIds: Array.from({ length: outputs }, () => tree.files.nextId()),
      tableBytes: plan.splits ? settings.tableBytes : Number.POSITIVE_INFINITY,
    };
  }

  /** I4: what the job may have left is removed, unless the manifest may list it. */
  #giveUp(error: EngineError, ids: readonly number[]): void {
    const { tree, options, onFailure } = this.#parts;
    const listed = new Set(tree.version.tables().map(({ facts }) => facts.id));
    assert(!ids.some((id) => listed.has(id)), "I4: a table of the store is not removed");
    if (error.code !== "ENGINE_READ_ONLY") {
      for (const id of ids) {
        ignoreIoErrors(() => options.fileSystem.removeSync(tablePath(options.dir, id)));
      }
    }
    if (!this.#closing) onFailure(error);
  }

  #begin(kind: EngineEvent["kind"], detail: string): Pick<EngineEvent, "kind" | "id"> {
    const id = this.#parts.nextEvent();
    this.#parts.options.onEvent({ kind, id, phase: "begin", detail });
    return { kind, id };
  }

  #end(event: Pick<EngineEvent, "kind" | "id">, bytes: number | undefined): void {
    const measured = bytes === undefined ? {} : { bytes };
    this.#parts.options.onEvent({ ...event, phase: "end", ...measured });
  }
}

function tableOptionsOf({ blockBytes, filterBitsPerKey, compress }: LsmSettings) {
  return { blockBytes, filterBitsPerKey, compress };
}
