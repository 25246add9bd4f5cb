// Random calls on a database and on a plain list of records: the answers are the same. Iterators
// with every bound, direction and limit, seeks in between, snapshots, deletion of ranges.

import type { AbstractSnapshot } from "abstract-level";
import { describe, expect, it } from "vitest";
import type { RingbenchLevel } from "../../../engines/level/level.ts";
import { seeded } from "../support/stores.ts";
import { LEVEL_ENGINES, withLevel } from "./databases.ts";

type Record = readonly [key: string, value: string];
type Random = (below: number) => number;
type Range = { gt?: string; gte?: string; lt?: string; lte?: string };
type Query = Range & { reverse?: boolean; limit?: number };

const SEEDS = process.env.RINGBENCH_NIGHTLY === "1" ? 200 : 6;
const STEPS = 400;
/** More than a cursor's first chunk, so that chunks, probes and seeks meet. */
const KEYS = 1500;
const TEXTS = ["", "\u0000", "a", "zz", "ü", "€", "\u{1F600}", "\uFFFF", "key ".repeat(20)];

describe.each(LEVEL_ENGINES)("a database on %s", (engine) => {
  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("agrees with a list, seed %d", (seed) =>
    withLevel(engine, { cacheBytes: 256 * 1024 }, async (db) => {
      const run = new Run(db, seeded(seed * 7919));
      await run.fill();
      for (let step = 0; step < STEPS; step++) await run.step(`seed ${seed}, step ${step}`);
    }),
  );
});

class Run {
  readonly #db: RingbenchLevel;
  readonly #random: Random;
  #records = new Map<string, string>();
  #snapshot:
    | { readonly level: AbstractSnapshot; readonly records: Map<string, string> }
    | undefined;

  constructor(db: RingbenchLevel, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  async fill(): Promise<void> {
    const batch = this.#db.batch();
    for (let i = 0; i < KEYS; i += 1 + this.#random(3)) {
      const key = numbered(i);
      batch.put(key, `value ${i}`);
      this.#records.set(key, `value ${i}`);
    }
    await batch.write();
  }

  async step(label: string): Promise<void> {
    const choice = this.#random(20);
    if (choice === 0) await this.#clear();
    else if (choice === 1) await this.#changeSnapshot();
    else if (choice < 5) await this.#put();
    else if (choice < 7) await this.#remove();
    else if (choice < 10) await this.#batch();
    else if (choice < 13) await this.#read(label);
    else await this.#iterate(label);
  }

  async #put(): Promise<void> {
    const key = this.#key();
    const value = this.#text();
    await this.#db.put(key, value, { sync: this.#random(10) === 0 });
    this.#records.set(key, value);
  }

  async #remove(): Promise<void> {
    const key = this.#key();
    await this.#db.del(key);
    this.#records.delete(key);
  }

  async #batch(): Promise<void> {
    const operations = Array.from({ length: this.#random(6) }, () =>
      this.#random(2) === 0
        ? ({ type: "put", key: this.#key(), value: this.#text() } as const)
        : ({ type: "del", key: this.#key() } as const),
    );
    await this.#db.batch(operations);
    for (const operation of operations) {
      if (operation.type === "put") this.#records.set(operation.key, operation.value);
      else this.#records.delete(operation.key);
    }
  }

  async #clear(): Promise<void> {
    const query = this.#query(50);
    const from = this.#source();
    await this.#db.clear({ ...query, ...from.options });
    for (const [key] of select(from.records, query)) this.#records.delete(key);
  }

  async #changeSnapshot(): Promise<void> {
    if (this.#snapshot === undefined) {
      this.#snapshot = { level: this.#db.snapshot(), records: new Map(this.#records) };
    } else {
      await this.#snapshot.level.close();
      this.#snapshot = undefined;
    }
  }

  async #read(label: string): Promise<void> {
    const { options, records } = this.#source();
    const keys = Array.from({ length: 1 + this.#random(4) }, () => this.#key());
    const values = keys.map((key) => records.get(key));
    expect(await this.#db.getMany(keys, options), label).toEqual(values);
    expect(await this.#db.get(keys[0]!, options), label).toBe(values[0]);
    expect(this.#db.getSync(keys[0]!, options), label).toBe(values[0]);
    const found = keys.map((key) => records.has(key));
    expect(await this.#db.hasMany(keys, options), label).toEqual(found);
    expect(await this.#db.has(keys[0]!, options), label).toBe(found[0]);
  }

  /** Reads in pieces, with seeks and writes in between, as of where the iterator began. */
  async #iterate(label: string): Promise<void> {
    const query = this.#query(KEYS);
    const { options, records } = this.#source();
    const frozen = new Map(records);
    const mode = (["iterator", "keys", "values"] as const)[this.#random(3)]!;
    const given = { ...query, ...options };
    const iterators = {
      iterator: () => this.#db.iterator(given),
      keys: () => this.#db.keys(given),
      values: () => this.#db.values(given),
    };
    const iterator = iterators[mode]();
    const inRange = (range: Query) =>
      select(frozen, { ...range, limit: -1 }).map((record) =>
        mode === "iterator" ? record : record[mode === "keys" ? 0 : 1],
      );
    let rest = inRange(query);
    let left =
      query.limit === undefined || query.limit < 0 ? Number.POSITIVE_INFINITY : query.limit;
    for (let piece = 0; piece < 6; piece++) {
      const choice = this.#random(5);
      let got: unknown[] = [];
      let size = 1;
      if (choice === 0) {
        const target = this.#key();
        iterator.seek(target);
        if (!isWithin(target, query)) rest = [];
        else rest = inRange({ ...query, ...(query.reverse ? upTo(target) : from(target)) });
        size = 0;
      } else if (choice === 1) {
        await this.#put();
        size = 0;
      } else if (choice === 2) {
        const item = await iterator.next();
        got = item === undefined ? [] : [item];
      } else {
        size = 1 + this.#random(choice === 3 ? 4 : 900);
        got = await iterator.nextv(size);
      }
      const expected = rest.slice(0, Math.min(size, left));
      expect(got, `${label}, ${mode} ${JSON.stringify(query)}`).toEqual(expected);
      rest = rest.slice(expected.length);
      left -= expected.length;
    }
    const tail = rest.slice(0, Math.min(rest.length, left));
    expect(await iterator.all(), `${label}, all of ${mode}`).toEqual(tail);
  }

  /** Now, or the snapshot. */
  #source(): { options: { snapshot?: AbstractSnapshot }; records: Map<string, string> } {
    if (this.#snapshot === undefined || this.#random(2) === 0) {
      return { options: {}, records: this.#records };
    }
    return { options: { snapshot: this.#snapshot.level }, records: this.#snapshot.records };
  }

  #query(limitMax: number): Query {
    const query: Query = { reverse: this.#random(2) === 0 };
    for (const bound of ["gt", "gte", "lt", "lte"] as const) {
      if (this.#random(4) === 0) query[bound] = this.#key();
    }
    if (this.#random(3) === 0) query.limit = this.#random(limitMax) - 1;
    return query;
  }

  #key(): string {
    return this.#random(4) === 0 ? this.#text() : numbered(this.#random(KEYS));
  }

  #text(): string {
    return `${TEXTS[this.#random(TEXTS.length)]}${TEXTS[this.#random(TEXTS.length)]}`;
  }
}

function numbered(i: number): string {
  return `n${String(i).padStart(4, "0")}`;
}

function from(key: string): Range {
  return { gte: key };
}

function upTo(key: string): Range {
  return { lte: key };
}

/** abstract-level: `gte` and `lte` win over `gt` and `lt`. */
function isWithin(key: string, range: Range): boolean {
  const bytes = Buffer.from(key);
  const side = (bound: string) => Buffer.compare(bytes, Buffer.from(bound));
  if (range.gte !== undefined ? side(range.gte) < 0 : range.gt !== undefined && side(range.gt) <= 0)
    return false;
  if (range.lte !== undefined) return side(range.lte) <= 0;
  return range.lt === undefined || side(range.lt) < 0;
}

function select(records: ReadonlyMap<string, string>, query: Query): Record[] {
  const found = [...records].filter(([key]) => isWithin(key, query));
  found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (query.reverse) found.reverse();
  return query.limit === undefined || query.limit < 0 ? found : found.slice(0, query.limit);
}
