// What a node knows of the versions of one keyspace without reading them: the key index, and the
// trees above it. The replica tells it of every change, in the turn in which the engine took it.
//
// Invariants:
//  I1. While it is ready, the index has the hash of what the data engine shows of each key, and
//      each tree is the sum of its part of the index, at every moment.
//  I2. A key of which that cannot be said is in doubt, and it is not ready until that is settled.
//  I3. Nothing is changed after `stop`.

import assert from "node:assert";
import type { Engine, MaybePromise } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { positionOf } from "../ring/position.ts";
import type { Runtime } from "../runtime.ts";
import { Doubts } from "./doubts.ts";
import type { EntryScan } from "./entry-scan.ts";
import { Flights } from "./flights.ts";
import { Forest } from "./forest.ts";
import { NO_HASH } from "./hash48.ts";
import { IndexBuild } from "./index-build.ts";
import { KeyIndex } from "./key-index.ts";
import type { Partition, Span } from "./partition.ts";
import type { SumTree } from "./tree.ts";
import { turnOf } from "./turn.ts";
import { isRecordDeleted, recordHashOf } from "./version-hash.ts";

const RETRY_MS = 1000;

export interface VersionIndexParts {
  readonly runtime: Runtime;
  /** Of each key the record that the replica stores (versioning/replica-versions.ts). */
  readonly data: Engine;
  /** For the index alone, at durability `memory` and with `writeGrouping` one: then it is fast. */
  readonly engine: Engine;
  /** All positions, each once (partitionsOf). */
  readonly partitions: readonly Partition[];
  /** What is done on the node's own account; an error there is its end. */
  readonly watch: (work: Promise<unknown>) => void;
}

type State = "new" | "building" | "whole" | "broken" | "stopped";

export class VersionIndex {
  readonly #parts: VersionIndexParts;
  readonly #index: KeyIndex;
  readonly #forest: Forest;
  readonly #doubts: Doubts;
  readonly #flights: Flights;
  #build: IndexBuild | undefined;
  #state: State = "new";

  constructor(parts: VersionIndexParts) {
    const { runtime, data, engine, watch } = parts;
    this.#parts = parts;
    this.#index = new KeyIndex(engine, runtime.probes, () => this.#break());
    const index = this.#index;
    this.#forest = new Forest({ runtime, index, watch }, parts.partitions);
    this.#doubts = new Doubts({
      ...{ runtime, data, index, watch },
      apply: (position, key, before, after) => this.#apply(position, key, before, after),
    });
    this.#flights = new Flights((key) => this.doubt(key));
  }

  /**
   * To be called before the first change. `saved` is what IndexFolder.claim gave: when the data
   * engine has another number of keys, or there is nothing saved, the index is built anew beside
   * the writes, and is not ready until then.
   */
  async start(saved: readonly SumTree[] | undefined): Promise<void> {
    assert(this.#state === "new", "an index starts once");
    if (saved !== undefined && (await this.#isOf(saved))) {
      this.#state = "whole";
      this.#forest.open(saved);
      return;
    }
    this.#state = "building";
    this.#beginBuild();
    this.#parts.watch(this.#buildAnew());
  }

  /** Exchanges may rest on it. */
  get isReady(): boolean {
    return this.#state === "whole" && this.#doubts.count === 0;
  }

  /** Keys of all partitions whose tree is made. */
  get keys(): number {
    return this.#forest.keys;
  }

  get partitions(): readonly Partition[] {
    return this.#forest.partitions;
  }

  hasPartition(partition: Partition): boolean {
    return this.#forest.has(partition);
  }

  /** Undefined when it is no partition, or its tree is not made yet. */
  treeOf(partition: Partition): SumTree | undefined {
    return this.#forest.treeOf(partition);
  }

  /** With another plan; trees of partitions that are new are made from the index. */
  setPartitions(partitions: readonly Partition[]): void {
    this.#forest.setPartitions(partitions);
  }

  /** The hash of what is stored of a key; NO_HASH for nothing. Only when ready. */
  hashOf(key: Uint8Array): MaybePromise<number> {
    return this.#index.get(positionOf(key), key);
  }

  /** The keys at some offsets, as of one moment. Only when ready. Throws EngineError. */
  async scan(partition: Partition, spans: readonly Span[]): Promise<EntryScan> {
    for (let late = this.#index.settled(); late !== undefined; late = this.#index.settled()) {
      await late;
    }
    return this.#index.scan(partition, spans);
  }

  /**
   * For the replica, in the turn in which its engine took a record of a key, or took it away.
   * @param before What was stored; undefined for nothing. @param after What is stored now.
   * @param written What the engine's `put` gave: it may still fail, and undo what it showed.
   */
  stored(
    key: Uint8Array,
    before: Uint8Array | undefined,
    after: Uint8Array | undefined,
    written: MaybePromise<void>,
  ): void {
    assert(this.#state !== "stopped", "I3: nothing is changed after stop");
    const position = positionOf(key);
    // Who reads between a failure and its news may have found what was there before.
    const isUnsure = this.#flights.mayHave(position);
    if (written !== undefined) this.#flights.add(position, key, written);
    if (!this.#keeps(key) || this.#doubts.sees(key)) return;
    const now = this.#hashOf(key, after);
    if (isUnsure) this.#replace(position, key, now);
    else this.#apply(position, key, this.#hashOf(key, before), now);
  }

  /** For the replica: nobody knows what a failed write has left of the key. */
  doubt(key: Uint8Array): void {
    if (this.#parts.runtime.probes.isPlanted("entropy-doubt-ignored")) return;
    if (this.#keeps(key)) this.#doubts.add(key);
  }

  /**
   * The last call, after the data engine was closed: what IndexFolder.release is to save once the
   * engine of the index is closed too. Undefined when the index is not to be believed. Throws
   * EngineError.
   */
  async stop(): Promise<readonly SumTree[] | undefined> {
    const isWhole = this.isReady && this.#flights.count === 0;
    this.#state = "stopped";
    this.#forest.stop();
    this.#doubts.stop();
    const trees = this.#forest.trees();
    if (!isWhole || trees === undefined) return undefined;
    await this.#index.flush();
    return trees;
  }

  /** Whether the index has entries for such keys now. */
  #keeps(key: Uint8Array): boolean {
    if (this.#state === "whole") return true;
    return this.#state === "building" && this.#build!.covers(key);
  }

  #hashOf(key: Uint8Array, record: Uint8Array | undefined): number {
    if (record === undefined) return NO_HASH;
    const { probes } = this.#parts.runtime;
    if (probes.isPlanted("entropy-omits-deletes") && isRecordDeleted(record)) return NO_HASH;
    return recordHashOf(key, record);
  }

  /** As `#apply`, from what the index has and not from what the caller found. */
  #replace(position: number, key: Uint8Array, after: number): void {
    try {
      const before = this.#index.get(position, key);
      if (!(before instanceof Promise)) {
        this.#apply(position, key, before, after);
        return;
      }
      // It is read again.
      before.catch(() => {});
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
    this.#doubts.add(key);
  }

  #apply(position: number, key: Uint8Array, before: number, after: number): void {
    if (before === after) return;
    this.#index.put(position, key, after);
    this.#forest.change(position, before, after);
  }

  /** Whether the data engine may be the one whose keys were indexed: it may have been emptied. */
  async #isOf(saved: readonly SumTree[]): Promise<boolean> {
    const keys = saved.reduce((sum, tree) => sum + tree.keys, 0);
    const { data } = this.#parts;
    const known = data.stats().keys;
    if (known !== undefined) return known === keys;
    const cursor = data.scan({ keysOnly: true, limit: 1 });
    const chunk = await cursor.next();
    await cursor.close();
    return (chunk !== undefined) === keys > 0;
  }

  #beginBuild(): void {
    const { runtime, data } = this.#parts;
    const build = new IndexBuild({
      ...{ runtime, data },
      put: (position, key, hash) => this.#apply(position, key, NO_HASH, hash),
      doubt: (key) => this.#doubts.add(key),
      isOver: () => this.#build !== build || this.#state !== "building",
    });
    this.#build = build;
  }

  async #buildAnew(): Promise<void> {
    const { runtime } = this.#parts;
    while (this.#state === "building" || this.#state === "broken") {
      try {
        if (this.#state === "broken") await turnOf(runtime, RETRY_MS);
        await this.#index.clear(() => turnOf(runtime));
        if ((this.#state as State) === "stopped") return;
        this.#state = "building";
        this.#beginBuild();
        await this.#build!.run();
        if ((this.#state as State) !== "building") continue;
        this.#state = "whole";
        this.#build = undefined;
        this.#forest.open();
        return;
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        this.#break();
      }
    }
  }

  #break(): void {
    const { runtime, watch } = this.#parts;
    if (this.#state === "stopped" || this.#state === "broken") return;
    runtime.probes.mark("a key index is broken");
    const wasWhole = this.#state === "whole";
    this.#state = "broken";
    this.#build = undefined;
    this.#doubts.clear();
    this.#forest.close();
    if (wasWhole) watch(this.#buildAnew());
  }
}
