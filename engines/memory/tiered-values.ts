// The values of all keys: the hot ones in memory, the others in their files.
//
// Invariants:
//  I1. A value in memory is the newest of its key, which the words lead to; but for that of
//      `#superseded`, which is dropped before anything in memory is looked at.
//  I2. Only gets count as uses, and bring values into memory: scans and snapshots leave no trace.

import type { FlatChunk } from "../chunk.ts";
import type { EngineStats } from "../engine.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import type { Clock } from "../io/clock.ts";
import type { ColdReader } from "./cold-reader.ts";
import { HotValues } from "./hot-values.ts";
import { LatencySample } from "./latency-sample.ts";

/** One get in so many is timed; a power of two. */
const SAMPLE_EVERY = 64;
const NO_BYTES = new Uint8Array(0);

export class TieredValues {
  readonly #versions: VersionedIndex;
  readonly #cold: ColdReader;
  readonly #clock: Clock;
  readonly #hot: HotValues;
  /** Id of a key whose value in memory is no longer its newest, or 0. */
  #superseded = 0;
  readonly #bytesRead = { get: 0, scan: 0, snapshot: 0 };
  #gets = 0;
  #hits = 0;
  #misses = 0;
  #missesBefore = 0;
  readonly #hitTimes = new LatencySample();
  readonly #missTimes = new LatencySample();

  constructor(versions: VersionedIndex, cold: ColdReader, clock: Clock, memoryBytes: number) {
    this.#versions = versions;
    this.#cold = cold;
    this.#clock = clock;
    this.#hot = new HotValues(memoryBytes);
  }

  /** The values in memory, all of them the newest (I1). */
  hot(): HotValues {
    if (this.#superseded !== 0) {
      const id = this.#superseded;
      this.#superseded = 0;
      const { entries } = this.#versions.index;
      this.#hot.remove(entries.keyPage(id), entries.keyStart(id), entries.keyLength(id));
    }
    return this.#hot;
  }

  /** The value of the key when it is in memory. */
  getHot(key: Uint8Array): Uint8Array | undefined {
    const hot = this.hot();
    const place = hot.find(key, 0, key.length);
    if (place === 0) return undefined;
    this.#hits++;
    return hot.read(place);
  }

  /** The value that the words of the entry lead to, as of now or of the past, for a get. */
  get(id: number, a: number, b: number, c: number): Uint8Array {
    const { entries } = this.#versions.index;
    const place = this.#placeOf(id, a, b);
    if (place !== 0) {
      this.#hits++;
      return this.#hot.read(place);
    }
    this.#misses++;
    const value = this.#readCold(id, a, b, c, "get");
    if (entries.a(id) === a && entries.b(id) === b) {
      const keyLength = entries.keyLength(id);
      this.#hot.put(entries.keyPage(id), entries.keyStart(id), keyLength, value);
    }
    return value;
  }

  /** The key has a new value. */
  put(id: number, value: Uint8Array): void {
    // What is superseded by this very value is overwritten where it is.
    if (this.#superseded === id) this.#superseded = 0;
    const { entries } = this.#versions.index;
    this.hot().put(entries.keyPage(id), entries.keyStart(id), entries.keyLength(id), value);
  }

  /** The value in memory, if it is there, is no longer the newest of its key. */
  supersede(id: number): void {
    this.hot();
    this.#superseded = id;
  }

  /** The record for a scan. `c` bytes of value, or none when only the key is asked for. */
  push(chunk: FlatChunk, id: number, a: number, b: number, c: number, keysOnly: boolean): void {
    const { entries } = this.#versions.index;
    if (!keysOnly) this.pushFrom(chunk, 0, id, a, b, c);
    else
      chunk.pushRange(
        entries.keyPage(id),
        entries.keyStart(id),
        entries.keyLength(id),
        NO_BYTES,
        0,
        0,
      );
  }

  /** The same with the value; `place` is where it is in memory, or a wrong guess, or 0. */
  pushFrom(chunk: FlatChunk, place: number, id: number, a: number, b: number, c: number): void {
    const { entries } = this.#versions.index;
    const { records } = this.#hot;
    const keyLength = entries.keyLength(id);
    const keyPage = entries.keyPage(id);
    const keyStart = entries.keyStart(id);
    const isNewest = entries.a(id) === a && entries.b(id) === b;
    let found = 0;
    if (isNewest) {
      const isGuessed = place !== 0 && records.keyEquals(place, keyPage, keyStart, keyLength);
      found = isGuessed ? place : this.hot().find(keyPage, keyStart, keyLength);
    }
    if (found === 0) {
      const value = this.#readCold(id, a, b, c, "scan");
      chunk.pushRange(keyPage, keyStart, keyLength, value, 0, c);
    } else {
      const start = records.valueStart(found);
      chunk.pushRange(keyPage, keyStart, keyLength, records.pageBytes(found), start, c);
    }
  }

  /** A view of the value for a snapshot file, valid until the next call. */
  readonly view = (id: number, a: number, b: number, c: number): Uint8Array => {
    const place = this.#placeOf(id, a, b);
    if (place === 0) return this.#readCold(id, a, b, c, "snapshot");
    const { records } = this.#hot;
    const start = records.valueStart(place);
    return records.pageBytes(place).subarray(start, start + c);
  };

  /** Counts a get; the start of its time when it is in the sample, else -1. */
  beginGet(): number {
    this.#gets = (this.#gets + 1) & (SAMPLE_EVERY - 1);
    if (this.#gets !== 0) return -1;
    this.#missesBefore = this.#misses;
    return this.#clock.now();
  }

  /** Ends a get of the sample that found something. */
  endGet(startNs: number): void {
    const times = this.#misses > this.#missesBefore ? this.#missTimes : this.#hitTimes;
    times.add(this.#clock.now() - startNs);
  }

  /** Bytes that gets and scans read from files. */
  get bytesReadByUsers(): number {
    return this.#bytesRead.get + this.#bytesRead.scan;
  }

  stats(): Pick<
    EngineStats,
    "bytesRead" | "cacheHits" | "cacheMisses" | "hitLatencyNs" | "missLatencyNs"
  > {
    const hitLatencyNs = this.#hitTimes.meanNs;
    const missLatencyNs = this.#missTimes.meanNs;
    return {
      bytesRead: { ...this.#bytesRead },
      cacheHits: this.#hits,
      cacheMisses: this.#misses,
      ...(hitLatencyNs === undefined ? {} : { hitLatencyNs }),
      ...(missLatencyNs === undefined ? {} : { missLatencyNs }),
    };
  }

  /** Where the value is in memory that the words lead to, or 0. */
  #placeOf(id: number, a: number, b: number): number {
    const { entries } = this.#versions.index;
    if (entries.a(id) !== a || entries.b(id) !== b) return 0;
    return this.hot().find(entries.keyPage(id), entries.keyStart(id), entries.keyLength(id));
  }

  #readCold(
    id: number,
    a: number,
    b: number,
    c: number,
    by: "get" | "scan" | "snapshot",
  ): Uint8Array {
    const before = this.#cold.bytesRead;
    const value = this.#cold.read(this.#versions.index.entries, id, a, b, c);
    this.#bytesRead[by] += this.#cold.bytesRead - before;
    return value;
  }
}
