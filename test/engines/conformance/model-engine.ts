// A small honest engine for testing the suite itself, and dishonest variants of it: each has one
// bug that real stores have had. State in a sorted model, a log of whole writes in one file.

import path from "node:path";
import { Model } from "../../../engines/conformance/model.ts";
import {
  type Batch,
  type Cursor,
  type Engine,
  type EngineEvent,
  type EngineModule,
  type EngineOptions,
  type EngineStats,
  KEY_BYTES_MAX,
  type ScanOptions,
  type Snapshot,
  VALUE_BYTES_MIN_SUPPORTED,
} from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { FolderLock } from "../../../engines/io/filesystem.ts";
import { claimFolder } from "../../../engines/io/folder.ts";
import { readSettings } from "../../../engines/settings.ts";
import type { Bug } from "./bugs.ts";
import { ModelLog, type Operation } from "./model-log.ts";
import { OneChunk, selectRecords } from "./model-scan.ts";

const LOG_NAME = "writes.log";
const EMPTY = new Uint8Array(0);

interface ModelSnapshot extends Snapshot {
  readonly state: Model;
}

export class ModelEngine implements Engine {
  readonly name: string;
  readonly durability: EngineOptions["durability"];
  readonly #module: EngineModule;
  readonly #options: EngineOptions;
  readonly #bug: Bug;
  readonly #lock: FolderLock | undefined;
  readonly #log: ModelLog;
  #state = new Model();
  #closed = false;
  #sharedPosition = 0;
  #turnWrites = 0;
  #userBytesWritten = 0;
  #lastEvent = 0;

  constructor(module: EngineModule, options: EngineOptions, bug: Bug) {
    const settings = bug === "unknown settings are ignored" ? {} : options.settings;
    readSettings(module.name, settings, {});
    this.name = module.name;
    this.durability = options.durability;
    this.#module = module;
    this.#options = options;
    this.#bug = bug;
    const { fileSystem, dir } = options;
    const identity = { engine: module.name, format: 1 };
    const errorIfMissing = options.errorIfMissing && bug !== "errorIfMissing creates";
    if (bug === "no lock" || bug === "any folder is taken") fileSystem.makeDirSync(dir);
    if (bug === "any folder is taken") this.#lock = fileSystem.lockSync(dir);
    else if (bug !== "no lock") {
      this.#lock = claimFolder(fileSystem, dir, identity, errorIfMissing);
    } else if (!fileSystem.existsSync(path.join(dir, "ENGINE"))) {
      claimFolder(fileSystem, dir, identity, errorIfMissing).release();
    }
    const file = fileSystem.openSync(path.join(dir, LOG_NAME), "write");
    if (bug !== "the folder is not synced") fileSystem.syncDirSync(dir);
    this.#log = new ModelLog(file, this.durability, bug);
    this.#log.replay((key, value) => {
      if (value === undefined) this.#state.delete(this.#stored(key));
      else this.#state.put(this.#stored(key), value);
    });
  }

  get supports() {
    return this.#module.supports;
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    this.#admit(key);
    if (this.#bug === "empty key is absent" && key.length === 0) return undefined;
    const state = (snapshot as ModelSnapshot | undefined)?.state ?? this.#state;
    const value = state.get(this.#stored(key));
    if (this.#bug === "empty value is absent" && value?.length === 0) return undefined;
    return this.#bug === "returned values are shared" ? value : value?.slice();
  }

  put(key: Uint8Array, value: Uint8Array): void | Promise<void> {
    this.#admit(key, value);
    if (this.#bug === "only one write of a turn is kept") {
      if (this.#turnWrites++ > 0) return;
      queueMicrotask(() => {
        this.#turnWrites = 0;
      });
    }
    if (this.#bug === "buffers of the caller are read late") {
      return Promise.resolve().then(() => this.#write([[key, value]]));
    }
    this.#write([[key, value]]);
  }

  delete(key: Uint8Array): void {
    this.#admit(key);
    this.#write([[key, undefined]]);
  }

  batch(batch: Batch): void {
    this.#admitOpen();
    const operations: Operation[] = [];
    const atomic = this.#bug !== "batch is not atomic on a refusal";
    batch.forEach((key, value) => {
      this.#admit(key, value);
      if (!atomic) this.#write([[key.slice(), value?.slice()]]);
      operations.push([key.slice(), value?.slice()]);
    });
    if (this.#bug === "first write of a batch wins") operations.reverse();
    if (this.#bug === "batch is written in pieces") {
      for (const operation of operations) this.#write([operation]);
    } else if (atomic) this.#write(operations);
  }

  getMany(keys: readonly Uint8Array[], snapshot?: Snapshot): (Uint8Array | undefined)[] {
    this.#admitOpen();
    return keys.map((key) => this.get(key, snapshot));
  }

  scan(options: ScanOptions = {}): Cursor {
    this.#admitOpen();
    const own: Record<string, unknown> = { ...options };
    for (const side of ["gt", "gte", "lt", "lte"]) {
      const bound = own[side] as Uint8Array | undefined;
      if (bound !== undefined) own[side] = bound.slice();
    }
    const state = (options.snapshot as ModelSnapshot | undefined)?.state ?? this.#state;
    const isLive = options.snapshot === undefined;
    const copy = state.copy();
    let records = isLive ? undefined : selectRecords(this.#bug, copy, own);
    if (this.#bug !== "cursor sees the state of the first read") {
      records ??= selectRecords(this.#bug, copy, own);
    }
    let at = 0;
    this.#sharedPosition = 0;
    return {
      next: () => {
        this.#admitOpen();
        if (this.#bug === "cursor sees later writes" && isLive) {
          records = selectRecords(this.#bug, this.#state, own);
        }
        records ??= selectRecords(this.#bug, this.#state, own);
        if (this.#bug === "cursors share their position") at = this.#sharedPosition++;
        const record = records[at++];
        if (record === undefined) return undefined;
        const hasValue = options.keysOnly !== true || this.#bug === "keys only gives values";
        return new OneChunk(record.key.slice(), hasValue ? record.value.slice() : EMPTY);
      },
      close: () => {
        records = [];
      },
    };
  }

  snapshot(): ModelSnapshot {
    this.#admitOpen();
    const isLive = this.#bug === "snapshot is the live state";
    return { state: isLive ? this.#state : this.#state.copy(), close: () => {} };
  }

  flush(): void {
    this.#admitOpen();
    this.#emit("begin");
    this.#log.flush();
    if (this.#bug !== "an event has no end") this.#emit("end");
    if (this.#bug === "an event ends twice") this.#emit("end");
  }

  async compact(): Promise<void> {
    this.#admitOpen();
    if (this.#bug === "compact forgets") {
      const [first] = this.#state.records;
      if (first !== undefined) this.#state.delete(first.key);
    }
    this.#log.replaceAll(this.#state.records.map(({ key, value }) => [key, value]));
  }

  async verify() {
    this.#admitOpen();
    const problem = { file: this.#log.file.path, offset: 0, message: "a phantom" };
    return {
      filesChecked: 1,
      recordsChecked: this.#state.size,
      bytesChecked: this.#log.sizeBytes,
      problems: this.#bug === "verify finds phantoms" ? [problem] : [],
    };
  }

  async checkpoint(dir: string): Promise<void> {
    this.#admitOpen();
    const copy = new ModelEngine(this.#module, { ...this.#options, dir }, "none");
    for (const { key, value } of this.#state.records) copy.put(key, value);
    await copy.close();
    if (this.#bug === "checkpoint shares its file") {
      await Promise.resolve();
      this.#options.fileSystem.removeSync(path.join(dir, LOG_NAME));
    }
  }

  stats(): EngineStats {
    const stats = { keys: this.#state.size, userBytesWritten: this.#userBytesWritten };
    if (this.#bug === "stats has a word of its own") return { ...stats, ...{ tables: 3 } };
    if (this.#bug === "what is not known is 0") return { ...stats, diskBytes: 0 };
    return this.#bug === "a counter falls" ? { ...stats, syncs: 10 - this.#state.size } : stats;
  }

  async close(): Promise<void> {
    if (this.#closed) {
      if (this.#bug === "close throws the second time") throw new Error("closed twice");
      return;
    }
    this.#closed = true;
    this.#log.close();
    if (this.#bug !== "lock is not released") this.#lock?.release();
  }

  #emit(phase: EngineEvent["phase"]): void {
    if (phase === "begin") this.#lastEvent++;
    this.#options.onEvent({ kind: "flush", phase, id: this.#lastEvent });
  }

  #admitOpen(): void {
    if (this.#closed && this.#bug !== "calls after close answer") {
      throw new EngineError("ENGINE_CLOSED", "closed");
    }
  }

  #admit(key: Uint8Array, value: Uint8Array = EMPTY): void {
    this.#admitOpen();
    const isLongKey = key.length > KEY_BYTES_MAX && this.#bug !== "too long keys are cut";
    if (isLongKey || value.length > VALUE_BYTES_MIN_SUPPORTED) {
      throw new EngineError("ENGINE_LIMIT", "too long");
    }
  }

  /** The key as the store knows it. */
  #stored(key: Uint8Array): Uint8Array {
    if (this.#bug === "too long keys are cut") return key.slice(0, KEY_BYTES_MAX);
    if (this.#bug !== "keys are strings") return key;
    return new TextEncoder().encode(new TextDecoder().decode(key));
  }

  #write(operations: readonly Operation[]): void {
    for (const [key, value] of operations) {
      this.#apply(this.#stored(key), value);
      this.#userBytesWritten += key.length + (value?.length ?? 0);
    }
    this.#log.write(operations, this.#state.size);
  }

  #apply(key: Uint8Array, value: Uint8Array | undefined): void {
    if (value === undefined) {
      this.#state.delete(key);
      return;
    }
    this.#state.put(key, value);
    if (this.#bug !== "buffers of the caller are kept") return;
    const records = this.#state.records as { key: Uint8Array; value: Uint8Array }[];
    const at = records.findIndex((record) => record.value.length === value.length);
    if (at >= 0) records[at] = { key: records[at]!.key, value };
  }
}
