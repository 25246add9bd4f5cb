// The key index with what makes it safe to change: undo for writes that failed, and snapshots.
//
// The three words of a key say where its newest value is; word `a` is 0 when the key is absent.
// Words of the past are kept only as long as somebody may ask for them:
//
//   undo     the words before each change since the last `commit`, newest first on `rollback`
//   history  the words before each change while a snapshot is open, linked per key
//
// Invariants:
//  I1. `version` grows by one with every change.
//  I2. History has an entry for every change since the oldest open snapshot was taken.
//  I3. Rolling back restores the words, in reverse order, to what they were at the last commit.

import assert from "node:assert";
import type { Snapshot } from "../engine.ts";
import { IdTable } from "./id-table.ts";
import { KeyIndex } from "./key-index.ts";

/** Words of an undo entry: id, a, b, c. */
const UNDO_WORDS = 4;
/** Words of a history entry: previous entry of the id + 1, a, b, c. */
const HISTORY_WORDS = 4;

export class IndexSnapshot implements Snapshot {
  readonly version: number;
  /** The index that it is a snapshot of. */
  readonly owner: VersionedIndex;
  readonly #release: (snapshot: IndexSnapshot) => void;
  open = true;

  constructor(owner: VersionedIndex, version: number, release: (snapshot: IndexSnapshot) => void) {
    this.owner = owner;
    this.version = version;
    this.#release = release;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.#release(this);
  }
}

/** Called for each change that is undone: the words that are no longer true, and those that are. */
export type RollbackVisitor = (
  id: number,
  a: number,
  b: number,
  c: number,
  oldA: number,
  oldB: number,
  oldC: number,
) => void;

export class VersionedIndex {
  index = new KeyIndex();
  #version = 0;
  #undo = new Uint32Array(UNDO_WORDS * 64);
  #undoCount = 0;
  readonly #snapshots = new Set<IndexSnapshot>();
  #history = new Uint32Array(0);
  #historyVersions = new Float64Array(0);
  #historyCount = 0;
  #historyOf = new IdTable();
  /** Called when the last open snapshot was closed. */
  onNoSnapshots: () => void = () => {};
  /** The words that the last `read` found. */
  a = 0;
  b = 0;
  c = 0;

  get hasSnapshots(): boolean {
    return this.#snapshots.size > 0;
  }

  /** True when something was set since the last commit, and may be rolled back. */
  get hasUndo(): boolean {
    return this.#undoCount > 0;
  }

  /** Bytes of memory of tables, entries and history. */
  get memoryBytes(): number {
    return this.index.memoryBytes + this.index.entries.memoryBytes + this.#history.byteLength;
  }

  /** Changes the words of an id; the old ones can be rolled back, and read through snapshots. */
  set(id: number, a: number, b: number, c: number): void {
    const entries = this.index.entries;
    if (this.#undoCount * UNDO_WORDS === this.#undo.length) this.#growUndo();
    const at = this.#undoCount++ * UNDO_WORDS;
    this.#undo[at] = id;
    this.#undo[at + 1] = entries.a(id);
    this.#undo[at + 2] = entries.b(id);
    this.#undo[at + 3] = entries.c(id);
    this.#version++;
    if (this.#snapshots.size > 0) this.#remember(id);
    entries.set(id, a, b, c);
  }

  /** What was set so far can no longer be rolled back. */
  commit(): void {
    this.#undoCount = 0;
  }

  /** Undoes every `set` since the last commit, the newest first. */
  rollback(visit: RollbackVisitor): void {
    const entries = this.index.entries;
    while (this.#undoCount > 0) {
      const at = --this.#undoCount * UNDO_WORDS;
      const id = this.#undo[at]!;
      assert(id !== 0, "I3: an undo entry names a key");
      const oldA = this.#undo[at + 1]!;
      const oldB = this.#undo[at + 2]!;
      const oldC = this.#undo[at + 3]!;
      visit(id, entries.a(id), entries.b(id), entries.c(id), oldA, oldB, oldC);
      entries.set(id, oldA, oldB, oldC);
      this.#version++;
    }
  }

  snapshot(): IndexSnapshot {
    const snapshot = new IndexSnapshot(this, this.#version, this.#release);
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  /** Puts the words of the id, now or as of a snapshot, into `a`, `b` and `c`. */
  read(id: number, snapshot: IndexSnapshot | undefined): void {
    const entries = this.index.entries;
    this.a = entries.a(id);
    this.b = entries.b(id);
    this.c = entries.c(id);
    if (snapshot === undefined || snapshot.version === this.#version) return;
    assert(snapshot.open, "a snapshot is read only while it is open");
    let entry = this.#historyOf.get(id);
    while (entry >= 0 && this.#historyVersions[entry]! > snapshot.version) {
      const at = entry * HISTORY_WORDS;
      this.a = this.#history[at + 1]!;
      this.b = this.#history[at + 2]!;
      this.c = this.#history[at + 3]!;
      entry = this.#history[at]! - 1;
    }
  }

  /** Drops the keys that are absent. Only without snapshots and with nothing to undo. */
  rebuild(): void {
    assert(this.#snapshots.size === 0 && this.#undoCount === 0, "I2: ids are in use");
    this.index = this.index.rebuild();
  }

  #remember(id: number): void {
    const entry = this.#historyCount++;
    if (entry * HISTORY_WORDS >= this.#history.length) this.#growHistory();
    const entries = this.index.entries;
    const at = entry * HISTORY_WORDS;
    this.#history[at] = this.#historyOf.get(id) + 1;
    this.#history[at + 1] = entries.a(id);
    this.#history[at + 2] = entries.b(id);
    this.#history[at + 3] = entries.c(id);
    this.#historyVersions[entry] = this.#version;
    this.#historyOf.set(id, entry);
    assert(this.#version > 0, "I1: a change has a version");
  }

  readonly #release = (snapshot: IndexSnapshot): void => {
    this.#snapshots.delete(snapshot);
    if (this.#snapshots.size > 0) return;
    if (this.#historyCount > 0) {
      this.#historyCount = 0;
      this.#historyOf = new IdTable();
      this.#history = new Uint32Array(0);
      this.#historyVersions = new Float64Array(0);
    }
    this.onNoSnapshots();
  };

  #growUndo(): void {
    const larger = new Uint32Array(this.#undo.length * 2);
    larger.set(this.#undo);
    this.#undo = larger;
  }

  #growHistory(): void {
    const capacity = Math.max(64, this.#historyVersions.length * 2);
    const history = new Uint32Array(capacity * HISTORY_WORDS);
    history.set(this.#history);
    this.#history = history;
    const versions = new Float64Array(capacity);
    versions.set(this.#historyVersions);
    this.#historyVersions = versions;
  }
}
