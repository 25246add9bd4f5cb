// Reads a chunk of a scan from memory and files.
//
// In key order, values lie anywhere in memory: one by one, each would wait for two misses of the
// processor's cache, its slot in the table and its place. So the chunk is gone through in passes,
// each of which asks for one thing of every record, and the misses of a pass overlap.
//
// Steps:
//  1. The hash of each key.
//  2. The slot of each hash: what is probably the place of the value.
//  3. The first word there.
//  4. Key and value, checked and copied; what is not in memory is read from its file.

import { FlatChunk } from "../chunk.ts";
import type { ScanChunk } from "../engine.ts";
import { hashKey } from "../index/hash.ts";
import type { BatchReader } from "../index/index-cursor.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import type { TieredValues } from "./tiered-values.ts";

/** Words of a pick: id, a, b, c. */
const PICK_WORDS = 4;

export class TierReader implements BatchReader {
  readonly #versions: VersionedIndex;
  readonly #values: TieredValues;
  readonly #count: (bytes: number) => void;
  readonly #chunk = new FlatChunk();
  #places = new Uint32Array(64);
  /** What step 3 read: kept, so that the reads are not for nothing. */
  touched = 0;

  /** `count` is told how many bytes of keys and values each chunk has. */
  constructor(versions: VersionedIndex, values: TieredValues, count: (bytes: number) => void) {
    this.#versions = versions;
    this.#values = values;
    this.#count = count;
  }

  read(picks: Uint32Array, count: number): ScanChunk {
    this.#prepare(picks, count);
    const chunk = this.#chunk;
    chunk.clear();
    for (let i = 0; i < count; i++) {
      const at = i * PICK_WORDS;
      this.#values.pushFrom(
        chunk,
        this.#places[i]!,
        picks[at]!,
        picks[at + 1]!,
        picks[at + 2]!,
        picks[at + 3]!,
      );
    }
    this.#count(chunk.byteLength);
    return chunk;
  }

  /** Steps 1 to 3. */
  #prepare(picks: Uint32Array, count: number): void {
    if (count > this.#places.length) this.#places = new Uint32Array(count);
    const places = this.#places;
    const { entries } = this.#versions.index;
    const hot = this.#values.hot();
    for (let i = 0; i < count; i++) {
      const id = picks[i * PICK_WORDS]!;
      places[i] = hashKey(entries.keyPage(id), entries.keyStart(id), entries.keyLength(id));
    }
    for (let i = 0; i < count; i++) places[i] = hot.candidate(places[i]!);
    let sum = 0;
    for (let i = 0; i < count; i++) if (places[i] !== 0) sum += hot.records.hash(places[i]!);
    this.touched = sum;
  }
}
