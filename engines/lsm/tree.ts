// The shape of a store: the memtable that is written to, sealed ones that wait for their flush, and
// the version of the tables; what is on disk, and the manifest that says so,
// is in tree-files.ts.
//
// Read path of one key (`get`), newest first, up to the first place that knows it:
//   1. the memtable
//   2. sealed memtables
//   3. tables of level 0, one after the other
//   4. of every deeper level the one table that covers the key
//
// Invariants:
//  I1. What is newer is asked first: a key's newest version is found first.
//  I2. The manifest changes first, and what is in memory only when it was written.
//  I3. The log of the memtable is the last entry of the manifest, and the only open one.

import assert from "node:assert";
import type { EngineOptions } from "../engine.ts";
import { ignoreIoErrors } from "../errors.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { LogWriter } from "../log/log-writer.ts";
import { ReadPool } from "../log/read-pool.ts";
import { BlockCache } from "./block-cache.ts";
import { Found } from "./block-seeker.ts";
import { RunPool } from "./entry-run.ts";
import type { LogImage } from "./log-image.ts";
import type { Memtable } from "./memtable.ts";
import { type RecoveredStore, recoverStore } from "./recovery.ts";
import type { LsmSettings } from "./settings.ts";
import { type Table, type TableCounters, TableSeeker } from "./table.ts";
import type { TableFacts } from "./table-facts.ts";
import { TreeFiles } from "./tree-files.ts";
import { type Placed, Version } from "./version.ts";

export class Tree {
  readonly cache: BlockCache;
  readonly counters: TableCounters = { filterChecks: 0, filterFalsePositives: 0, getBytesRead: 0 };
  readonly writer: LogWriter;
  readonly files: TreeFiles;
  readonly runs = new RunPool();
  /** Cursors that may read memtables which are no longer part of the tree. */
  openScans = 0;
  readonly recovery: Record<string, number | string | boolean>;
  readonly #options: EngineOptions;
  readonly #settings: LsmSettings;
  readonly #seeker = new TableSeeker();
  readonly #pool = new ReadPool();
  #active: Memtable;
  #sealed: Memtable[] = [];
  #version: Version;
  /** Sequence of the last write. */
  sequence: number;

  /** Throws EngineError for what is damaged; then nothing is open. */
  constructor(options: EngineOptions, settings: LsmSettings) {
    this.#options = options;
    this.#settings = settings;
    this.cache = new BlockCache(settings.blockCacheBytes);
    this.writer = new LogWriter({
      durability: options.durability,
      writeGrouping: options.writeGrouping,
      bufferBytes: 0,
      onCommit: () => this.#active?.commit(),
      onRollback: () => this.#active.rollback(),
    });
    const found = recoverStore(options, settings.memtableBytes);
    this.sequence = found.sequence;
    this.recovery = found.facts;
    this.files = new TreeFiles(options, this.writer, this.cache, this.counters, found.lastId);
    const placed = found.tables.map(({ file, facts, level }) => ({
      level,
      table: this.files.adoptTable(file, facts),
    }));
    this.#version = Version.empty((table) => this.files.removeTable(table))
      .edited(new Set(), placed)
      .hold();
    try {
      this.#active = this.#start(found);
    } catch (error) {
      for (const { memtable } of found.memtables) memtable.log.file.closeSync();
      for (const { file } of found.tables) file.closeSync();
      throw error;
    }
  }

  get active(): Memtable {
    return this.#active;
  }

  /** Oldest first. */
  get sealed(): readonly Memtable[] {
    return this.#sealed;
  }

  get version(): Version {
    return this.#version;
  }

  /** The newest value not newer than `sequence`; the caller's. Undefined: absent. */
  get(key: Uint8Array, hash: number, sequence: number): Uint8Array | undefined {
    const offset = this.#active.findAsOf(hash, key, sequence);
    if (offset !== 0) return this.#imageValue(this.#active.image, offset);
    for (let i = this.#sealed.length - 1; i >= 0; i--) {
      const memtable = this.#sealed[i]!;
      const older = memtable.findAsOf(hash, key, sequence);
      if (older !== 0) return this.#imageValue(memtable.image, older);
    }
    const { levels } = this.#version;
    const level0 = levels[0]!;
    for (let i = 0; i < level0.length; i++) {
      const table = level0[i]!;
      if (!table.covers(key)) continue;
      const found = table.get(key, hash, sequence, this.#seeker);
      if (found !== Found.nothing) return this.#tableValue(found);
    }
    for (let level = 1; level < levels.length; level++) {
      if (levels[level]!.length === 0) continue;
      const table = this.#version.tableOf(level, key);
      if (table === undefined) continue;
      const found = table.get(key, hash, sequence, this.#seeker);
      if (found !== Found.nothing) return this.#tableValue(found);
    }
    return undefined;
  }

  /** Whether the memtable has room for so many bytes of records, and a sync mark. */
  hasRoom(length: number): boolean {
    return this.writer.endOffset + length + 64 <= this.#active.image.capacityBytes;
  }

  /** Seals the memtable, and begins another one with room for at least `length` bytes. */
  roll(length: number): void {
    this.writer.seal();
    const { endOffset } = this.writer;
    const sizeBytes = Math.max(this.#settings.memtableBytes, length + LOG_HEADER_BYTES + 64);
    const next = this.files.newMemtable(sizeBytes);
    const full = this.#active;
    full.seal(endOffset);
    // An empty memtable that was too small for one record leaves nothing to flush.
    const sealed = full.isEmpty ? this.#sealed : [...this.#sealed, full];
    try {
      this.files.list(this.#version, sealed, next);
    } catch (error) {
      full.seal(0);
      this.files.discardLog(next, error);
      throw error;
    }
    if (full.isEmpty) this.files.removeLog(full);
    this.#sealed = sealed;
    this.#active = next;
    this.#enter(next);
  }

  /** A flushed memtable becomes a table of level 0. When it throws, the table is not part of us. */
  installFlush(memtable: Memtable, facts: TableFacts): void {
    assert(this.#sealed[0] === memtable, "I1: memtables are flushed in the order of their writes");
    const table = this.files.openTable(facts);
    const version = this.#version.edited(new Set(), [{ level: 0, table }]);
    const sealed = this.#sealed.slice(1);
    this.#install(version, sealed, [table]);
    this.#sealed = sealed;
    this.files.removeLog(memtable);
    if (this.openScans === 0) this.files.recycle(memtable);
  }

  /** Tables take the place of others. When it throws, the new ones are not part of us. */
  installTables(removed: readonly Table[], added: readonly Placed[]): void {
    const version = this.#version.edited(new Set(removed), added);
    const kept = new Set(added.map(({ table }) => table));
    const obsolete = removed.filter((table) => !kept.has(table));
    this.#install(version, this.#sealed, [...kept], () => {
      for (const table of obsolete) table.isObsolete = true;
    });
  }

  /** Lists every length, so that the next open can prove that all is there; closes every file. */
  close(isSound: boolean): void {
    try {
      if (isSound)
        ignoreIoErrors(() => this.files.list(this.#version, this.#sealed, this.#active, true));
    } finally {
      for (const { log } of [...this.#sealed, this.#active]) log.file.closeSync();
      this.files.closeTables();
    }
  }

  /** Size of a file of the store on disk, in bytes, over all of them. */
  get diskBytes(): number {
    const tables = this.#version.tables().reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
    const logs = this.#sealed.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
    return tables + logs + this.writer.endOffset;
  }

  /** Goes on with the last log when it has room and our level, else with a new one. */
  #start({ memtables, lastDurability }: RecoveredStore): Memtable {
    const { memtableBytes } = this.#settings;
    const last = memtables.at(-1);
    const isRoomy = last !== undefined && last.endOffset * 2 < memtableBytes;
    const empty: Memtable[] = [];
    const continues = isRoomy && lastDurability === this.#options.durability;
    for (const { memtable, endOffset } of memtables) {
      if (continues && memtable === last.memtable) continue;
      if (memtable.isEmpty) {
        empty.push(memtable);
        continue;
      }
      memtable.seal(endOffset);
      this.#sealed.push(memtable);
    }
    if (continues) {
      const { log, image } = last.memtable;
      this.writer.switchTo(log.id, log.file, last.endOffset, image.buffer);
      this.files.list(this.#version, this.#sealed, last.memtable);
      for (const memtable of empty) this.files.removeLog(memtable);
      return last.memtable;
    }
    const active = this.files.newMemtable(memtableBytes);
    try {
      this.files.list(this.#version, this.#sealed, active);
    } catch (error) {
      this.files.discardLog(active, error);
      throw error;
    }
    for (const memtable of empty) this.files.removeLog(memtable);
    this.#enter(active);
    return active;
  }

  #install(
    version: Version,
    sealed: readonly Memtable[],
    fresh: readonly Table[],
    onListed: () => void = () => {},
  ): void {
    try {
      this.files.list(version, sealed, this.#active);
    } catch (error) {
      // When nobody knows what the manifest lists, nothing that it may list is removed.
      for (const table of fresh) if (table.references === 0) this.files.giveUpTable(table);
      throw error;
    }
    onListed();
    const before = this.#version;
    this.#version = version.hold();
    before.release();
  }

  #enter({ log, image }: Memtable): void {
    this.writer.switchTo(log.id, log.file, LOG_HEADER_BYTES, image.buffer);
  }

  #imageValue(image: LogImage, offset: number): Uint8Array | undefined {
    if (!image.isPut(offset)) return undefined;
    return this.#copy(image.buffer.bytes, image.valueStart(offset), image.valueLength(offset));
  }

  #tableValue(found: Found): Uint8Array | undefined {
    if (found === Found.tombstone) return undefined;
    const { block, inBlock } = this.#seeker;
    return this.#copy(block, inBlock.valueStart, inBlock.valueLength);
  }

  #copy(from: Uint8Array, start: number, length: number): Uint8Array {
    const at = this.#pool.take(length);
    const { bytes } = this.#pool.buffer;
    if (length > 256) bytes.set(from.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
    return bytes.subarray(at, at + length);
  }
}
