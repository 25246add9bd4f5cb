// Reads slowly over everything that is stored, and finds what trees over versions cannot see:
// values that are damaged, and records that are not what the index says.
//
// Steps of a round:
//  1. Records of the data engine in the order of keys, some at a time, at the pace of a budget of
//     its own. Each must be a set of versions, and have the hash that the index has.
//  2. Where the engine says that it is damaged, the keys there are read one by one, so that it is
//     known which are. When not even keys can be listed, the round ends there.
//  3. Keys of the index, in its order: each must have a record.
//
// What differs is looked at twice, since writes go on. Nothing is mended here: who is told decides.
//
// Downside: what an engine has in memory is not read from its files; its own `verify` does that.

import type { Engine } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import type { Runtime } from "../runtime.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { NO_HASH } from "./hash48.ts";
import { visitEntries } from "./local.ts";
import type { Partition } from "./partition.ts";
import { turnOf } from "./turn.ts";
import { recordHashOf } from "./version-hash.ts";
import type { VersionIndex } from "./version-index.ts";

/**
 * - `damaged`: the engine reports ENGINE_CORRUPTION for keys behind `after` up to `to`, both
 *   inclusive when they are equal; without `to` nothing behind `after` could be listed.
 * - `malformed`: the record of the key is no set of versions.
 * - `other-hash`: the index has another hash of the key, or none.
 * - `lost`: the index has the key, and nothing is stored of it.
 */
export type Finding =
  | {
      readonly kind: "damaged";
      /** Undefined: from the first key on. */
      readonly after: Uint8Array | undefined;
      readonly to: Uint8Array | undefined;
      readonly error: EngineError;
    }
  | { readonly kind: "malformed" | "other-hash" | "lost"; readonly key: Uint8Array };

interface ScrubParts {
  readonly runtime: Runtime;
  readonly data: Engine;
  readonly index: VersionIndex;
  /** Of the scrub alone. */
  readonly budget: ByteBudget;
  /** Throws VERSION_STATE for a record that is none: versions.read does. */
  readonly check: (record: Uint8Array) => void;
  readonly onFinding: (finding: Finding) => void;
}

interface ScrubReport {
  readonly records: number;
  readonly bytes: number;
  readonly findings: number;
  /** Every record was read or found damaged. */
  readonly isWhole: boolean;
}

const SLICE_RECORDS = 256;
const LOOKS = 4;

export class Scrub {
  readonly #parts: ScrubParts;
  #after: Uint8Array | undefined;
  #counts = { records: 0, bytes: 0, findings: 0 };
  #isStopped = false;

  /** @param after Where an earlier one was (`position`): the first round goes on from there. */
  constructor(parts: ScrubParts, after?: Uint8Array) {
    this.#parts = parts;
    this.#after = after;
  }

  /** The last key that was read; undefined between two rounds. */
  get position(): Uint8Array | undefined {
    return this.#after;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /**
   * One round, or the rest of one that ended early. Throws EngineError, but not ENGINE_CORRUPTION,
   * which is a finding; the next round goes on from where it was.
   */
  async round(): Promise<ScrubReport> {
    this.#counts = { records: 0, bytes: 0, findings: 0 };
    let isWhole = true;
    for (let hasMore = true; hasMore && isWhole && !this.#isStopped; ) {
      try {
        hasMore = await this.#slice();
      } catch (error) {
        if (!isDamage(error)) throw error;
        const found = await this.#oneByOne();
        hasMore = found === "more";
        isWhole = found !== "unlisted";
      }
    }
    if (isWhole && !this.#isStopped) await this.#findLost();
    if (!this.#isStopped) this.#after = undefined;
    return { ...this.#counts, isWhole: isWhole && !this.#isStopped };
  }

  #find(finding: Finding): void {
    this.#counts.findings++;
    this.#parts.runtime.probes.mark(`the scrub found: ${finding.kind}`);
    this.#parts.onFinding(finding);
  }

  /** False at the end. */
  async #slice(): Promise<boolean> {
    const { records } = this.#counts;
    let bytes = 0;
    await this.#scan(false, async (key, record) => {
      bytes += key.length + record.length;
      await this.#checkRecord(key, record);
    });
    const count = this.#counts.records - records;
    await this.#pay(bytes);
    return count === SLICE_RECORDS;
  }

  async #scan(
    keysOnly: boolean,
    visit: (key: Uint8Array, record: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const after = this.#after === undefined ? {} : { gt: this.#after };
    const cursor = this.#parts.data.scan({ ...after, limit: SLICE_RECORDS, keysOnly });
    try {
      for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
        for (let i = 0; i < chunk.count; i++) {
          const key = chunk.key(i).slice();
          await visit(key, chunk.value(i));
          this.#counts.records++;
          this.#after = key;
        }
      }
    } finally {
      await cursor.close();
    }
  }

  /** The keys behind the last one, each by itself. */
  async #oneByOne(): Promise<"more" | "end" | "unlisted"> {
    const { data } = this.#parts;
    const keys: Uint8Array[] = [];
    const before = { after: this.#after, records: this.#counts.records };
    try {
      await this.#scan(true, async (key) => {
        keys.push(key);
      });
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#find({ kind: "damaged", after: this.#after, to: undefined, error });
      return "unlisted";
    }
    this.#after = before.after;
    this.#counts.records = before.records;
    for (const key of keys) {
      try {
        const record = await data.get(key);
        if (record !== undefined) await this.#checkRecord(key, record);
        await this.#pay(key.length + (record?.length ?? 0));
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#find({ kind: "damaged", after: key, to: key, error });
      }
      this.#counts.records++;
      this.#after = key;
    }
    return keys.length === SLICE_RECORDS ? "more" : "end";
  }

  async #checkRecord(key: Uint8Array, record: Uint8Array): Promise<void> {
    const { check, index } = this.#parts;
    try {
      check(record);
      const hash = recordHashOf(key, record);
      if (!index.isReady || hash === (await index.hashOf(key))) return;
    } catch (error) {
      if (!(error instanceof VersioningError)) throw error;
      this.#find({ kind: "malformed", key });
      return;
    }
    if (await this.#differs(key)) this.#find({ kind: "other-hash", key });
  }

  /** Whether the record of a key, as it is now, has another hash than the index. */
  async #differs(key: Uint8Array): Promise<boolean> {
    const { data, index, runtime } = this.#parts;
    for (let look = 0; look < LOOKS; look++) {
      if (!index.isReady) return false;
      const before = await index.hashOf(key);
      const record = await data.get(key);
      const after = await index.hashOf(key);
      const hash = record === undefined ? NO_HASH : recordHashOf(key, record);
      if (hash === before || hash === after) return false;
      if (before === after && index.isReady) return true;
      await turnOf(runtime);
    }
    return false;
  }

  async #findLost(): Promise<void> {
    const { index, data } = this.#parts;
    for (const partition of index.partitions) {
      let offset = 0;
      while (offset < partition.size && index.isReady && !this.#isStopped) {
        const { keys, end } = await this.#indexed(partition, offset);
        let bytes = 0;
        for (const key of keys) {
          const record = await readIfSound(data, key);
          bytes += key.length + (record?.length ?? 0);
          if (record === undefined && (await this.#isLost(key))) this.#find({ kind: "lost", key });
        }
        offset = end;
        await this.#pay(bytes);
      }
    }
  }

  /** Keys of the index from an offset on, and up to which: never between two of one position. */
  async #indexed(
    partition: Partition,
    start: number,
  ): Promise<{ readonly keys: Uint8Array[]; readonly end: number }> {
    const keys: Uint8Array[] = [];
    let end = partition.size;
    let last = -1;
    const spans = [{ start, end }];
    await visitEntries(this.#parts, partition, spans, (offset, page, i) => {
      if (keys.length >= SLICE_RECORDS && offset !== last) {
        end = offset;
        return false;
      }
      keys.push(page.key(i).slice());
      last = offset;
      return true;
    });
    return { keys, end };
  }

  async #isLost(key: Uint8Array): Promise<boolean> {
    const isThere = (await readIfSound(this.#parts.data, key)) !== undefined;
    return !isThere && (await this.#differs(key));
  }

  async #pay(bytes: number): Promise<void> {
    this.#counts.bytes += bytes;
    await this.#parts.budget.take(bytes);
    await turnOf(this.#parts.runtime);
  }
}

const DAMAGED = new Uint8Array(0);

/** What is damaged was told before, and counts as there. */
async function readIfSound(data: Engine, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await data.get(key);
  } catch (error) {
    if (isDamage(error)) return DAMAGED;
    throw error;
  }
}

function isDamage(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === "ENGINE_CORRUPTION";
}
