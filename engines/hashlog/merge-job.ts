// One merge in small steps: copies what is live out of segments that hold dead records.
//
// Steps:
//  copy  Each victim is read in order and verified. A record is copied when the index points at it;
//        a tombstone, while a superseded record of its key may stand in a segment outside the merge
//        (bitcask issue 82) and no newer record of the key is there.
//  sync  The outputs are synced, and so is the log (merge-sync.ts).
//  list  The manifest replaces the victims by the outputs, all at once.
//  move  Each key's words are moved by compare-and-swap: a key that was written or deleted since it
//        was copied keeps its newer words (merge-output.ts).
//  drop  The victims are let go of, as soon as no snapshot reads them.
//
// A crash before `list` leaves outputs that the manifest does not list; after it, victims that it
// does not list. Either is removed at the next open.
//
// Invariants:
//  I1. While a step runs nothing can be rolled back: a record that is found dead stays dead.
//  I2. After `move` nothing points into a victim.

import assert from "node:assert";
import { corruption, EngineError } from "../errors.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LogWindow, recordLength } from "../log/log-scan.ts";
import { keyLengthAt, kindAt, RECORD_HEADER_BYTES, RecordKind, sequenceAt } from "../log/record.ts";
import type { MergeHost } from "./merge-host.ts";
import { MergeOutput } from "./merge-output.ts";
import { oldestDeadSequence } from "./merge-policy.ts";
import { MergeSync } from "./merge-sync.ts";
import type { Segment } from "./segment.ts";

const WINDOW_BYTES = 256 * 1024;
/** What a move, and what a sync or a manifest, count as in bytes of work. */
const MOVE_COST_BYTES = 64;
const SYNC_COST_BYTES = 64 * 1024;

type Phase = "copy" | "sync" | "list" | "move" | "drop" | "done";

export class MergeJob {
  readonly victims: readonly Segment[];
  readonly #host: MergeHost;
  readonly #outputLimitBytes: number;
  readonly #outputs: MergeOutput[] = [];
  readonly #inputBytes: number;
  #phase: Phase = "copy";
  /** Of `copy`: which victim, where in it, and tombstones from which sequence on must stay. */
  #victimAt = 0;
  #offset = LOG_HEADER_BYTES;
  #window: LogWindow | undefined;
  #oldestDead = 0;
  #bytesRead = 0;
  #sync: MergeSync | undefined;
  #moving = 0;
  #forgetting: Promise<void> | undefined;

  constructor(host: MergeHost, victims: readonly Segment[], outputLimitBytes: number) {
    this.#host = host;
    this.victims = victims;
    this.#outputLimitBytes = outputLimitBytes;
    this.#inputBytes = victims.reduce((sum, victim) => sum + victim.sizeBytes, 0);
  }

  get isDone(): boolean {
    return this.#phase === "done";
  }

  /** The manifest has the outputs: from here on the job is ended, not given up. */
  get isListed(): boolean {
    return this.#phase === "move" || this.#phase === "drop" || this.isDone;
  }

  /** Bytes on disk of outputs that are not part of the store yet. */
  get unlistedBytes(): number {
    if (this.isListed) return 0;
    return this.#outputs.reduce((sum, output) => sum + output.sizeBytes, 0);
  }

  /** Bytes on disk of victims that are not part of the store any more. */
  get unlistedVictimBytes(): number {
    if (!this.isListed || this.isDone) return 0;
    return this.victims.reduce((sum, victim) => sum + victim.sizeBytes + victim.hintBytes, 0);
  }

  /** Bytes of work that are left, about. */
  get workBytes(): number {
    const moves = this.#outputs.reduce((sum, output) => sum + output.movesLeft, 0);
    const sync = this.isListed ? 0 : SYNC_COST_BYTES;
    return this.#inputBytes - this.#bytesRead + moves * MOVE_COST_BYTES + 2 * sync;
  }

  /** Bytes that the outputs may still grow by, about. */
  get growthBytes(): number {
    if (this.#phase !== "copy") return 0;
    let bytes = 0;
    for (let i = this.#victimAt; i < this.victims.length; i++) bytes += this.victims[i]!.liveBytes;
    const current = this.victims[this.#victimAt];
    if (current !== undefined) bytes -= (current.liveBytes * this.#offset) / current.sizeBytes;
    return bytes;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get bytesWritten(): number {
    return this.#outputs.reduce((sum, output) => sum + output.bytesWritten, 0);
  }

  /** What runs off this thread; settles without an error. */
  get running(): Promise<void> | undefined {
    return this.#phase === "sync" ? this.#sync?.running : this.#forgetting;
  }

  /**
   * Does about so many bytes of work, or less when it waits for the device; it does not wait when
   * `mayWait` is false. Throws EngineError when a file fails: then `abandon` follows.
   */
  step(budgetBytes: number, mayWait: boolean): void {
    const { versions, writer } = this.#host;
    if (versions.hasUndo) writer.writeAll();
    assert(!versions.hasUndo, "I1: nothing is left to undo");
    for (let left = budgetBytes; left > 0 && !this.isDone; ) {
      const before = this.#phase;
      left -= this.#advance(left, mayWait);
      if (before === this.#phase && before !== "move") return;
    }
  }

  /** Goes on in one phase, perhaps to its end; returns bytes of work done. */
  #advance(budgetBytes: number, mayWait: boolean): number {
    switch (this.#phase) {
      case "copy":
        return this.#copy(budgetBytes);
      case "sync":
        return this.#awaitSync(mayWait);
      case "list":
        return this.#list();
      case "move":
        return this.#move(Math.ceil(budgetBytes / MOVE_COST_BYTES));
      case "drop":
        return this.#drop();
      case "done":
        return 0;
    }
  }

  /** After an error: what is in no manifest goes. Not to be called once it is listed. */
  abandon(error: unknown): void {
    this.#phase = "done";
    // When nobody knows what the manifest lists, nothing that it may list is removed.
    const isUnknown = error instanceof EngineError && error.code === "ENGINE_READ_ONLY";
    if (!isUnknown) for (const output of this.#outputs) output.discard();
  }

  #copy(budgetBytes: number): number {
    const from = this.#bytesRead;
    const until = from + budgetBytes;
    while (this.#bytesRead < until) {
      const victim = this.victims[this.#victimAt];
      if (victim === undefined) {
        for (const output of this.#outputs) output.finish(this.#host.sequence());
        this.#sync = new MergeSync(this.#host, this.#outputs, this.victims);
        this.#phase = "sync";
        break;
      }
      // What is dead altogether, and buries nothing, need not be read.
      const isWorthReading = victim.liveBytes > 0 || victim.tombstoneBytes > 0;
      if (isWorthReading || this.#window !== undefined) this.#copyFrom(victim, until);
      else {
        this.#bytesRead += victim.sizeBytes - this.#offset;
        this.#offset = victim.sizeBytes;
      }
      if (this.#offset < victim.sizeBytes) break;
      this.#host.count(victim.sizeBytes, 0);
      this.#victimAt++;
      this.#offset = LOG_HEADER_BYTES;
      this.#window = undefined;
    }
    return this.#bytesRead - from;
  }

  #copyFrom(victim: Segment, until: number): void {
    const { versions, table } = this.#host;
    if (this.#window === undefined) {
      this.#window = new LogWindow(victim.file, WINDOW_BYTES);
      this.#oldestDead = oldestDeadSequence(
        table.listed.filter((segment) => !this.victims.includes(segment)),
      );
    }
    const window = this.#window;
    const { index } = versions;
    const { entries } = index;
    while (this.#offset < victim.sizeBytes && this.#bytesRead < until) {
      const offset = this.#offset;
      const length = recordLength(window, victim.id, offset);
      if (length === 0) {
        victim.damaged = true;
        throw corruption(victim.file.path, offset, "a record does not verify");
      }
      const at = window.locate(offset, length);
      const { buffer } = window;
      const kind = kindAt(buffer, at);
      const keyLength = keyLengthAt(buffer, at);
      if (kind === RecordKind.put) {
        const id = index.findRange(buffer.bytes, at + RECORD_HEADER_BYTES, keyLength);
        if (id !== 0 && entries.a(id) === victim.slot && entries.b(id) === offset) {
          const output = this.#output();
          output.noteMove(id, victim.slot, offset, output.append(buffer, at, length));
        }
      } else if (kind === RecordKind.delete && this.#oldestDead < sequenceAt(buffer, at)) {
        const id = index.findRange(buffer.bytes, at + RECORD_HEADER_BYTES, keyLength);
        const isSuperseded = id !== 0 && entries.a(id) !== 0;
        if (!isSuperseded) this.#output().append(buffer, at, length);
      }
      this.#offset += length;
      this.#bytesRead += length;
    }
  }

  #output(): MergeOutput {
    const last = this.#outputs.at(-1);
    if (last !== undefined && last.endOffset < this.#outputLimitBytes) return last;
    last?.finish(this.#host.sequence());
    const output = new MergeOutput(this.#host.table, this.#host.options);
    this.#outputs.push(output);
    return output;
  }

  #awaitSync(mayWait: boolean): number {
    const sync = this.#sync;
    assert(sync !== undefined, "the sync was made when the copying ended");
    if (!mayWait && !sync.isDone) sync.runNow();
    else if (sync.running === undefined && !sync.isDone) sync.start();
    if (!sync.isDone) return 0;
    if (sync.failure !== undefined) throw sync.failure;
    this.#phase = "list";
    return SYNC_COST_BYTES;
  }

  #list(): number {
    const { changeManifest, dropped, table } = this.#host;
    const outputs = this.#outputs.map((output) => output.segment);
    changeManifest(() => table.replace(this.victims, outputs));
    dropped(this.victims);
    for (const output of this.#outputs) output.listed();
    this.#host.count(0, this.bytesWritten);
    this.#phase = "move";
    return SYNC_COST_BYTES;
  }

  #move(count: number): number {
    const output = this.#outputs[this.#moving];
    if (output === undefined) {
      this.#phase = "drop";
      return 0;
    }
    const before = output.movesLeft;
    output.move(this.#host.versions, count);
    if (output.movesLeft === 0) this.#moving++;
    return (before - output.movesLeft) * MOVE_COST_BYTES;
  }

  #drop(): number {
    if (this.#forgetting !== undefined) return 0;
    const { writer } = this.#host;
    const waits = this.victims.map(({ file }) => writer.forget(file));
    if (waits.every((wait) => wait === undefined)) this.#retire();
    else this.#forgetting = Promise.all(waits).then(() => this.#retire());
    return 0;
  }

  /** I2: only snapshots read the victims from here on. */
  #retire(): void {
    const { table, versions } = this.#host;
    for (const victim of this.victims) table.retire(victim);
    this.#phase = "done";
    if (!versions.hasSnapshots) table.dropRetired();
  }
}
