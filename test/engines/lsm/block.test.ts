// Goal: a block gives back its entries, whole and one by one, whatever they have in common.
// Method: random entries with shared prefixes and many versions of a key, against a search
// through the list.

import { describe, expect, it } from "vitest";
import { BlockBuilder } from "../../../engines/lsm/block-builder.ts";
import { BlockSeeker, Found } from "../../../engines/lsm/block-seeker.ts";
import { EntryRun } from "../../../engines/lsm/entry-run.ts";
import { bytes, seeded } from "../support/stores.ts";
import { type Entry, put, randomEntries, randomKey, show, tombstone } from "./entries.ts";

/** Entries from one whole key to the next: block-builder.ts. */
const RESTART_INTERVAL = 16;
/** Ages need more than 32 bits. */
const BASE = 2 ** 33 + 17;

function ageOf({ sequence }: Entry): number {
  return sequence === 0 ? 0 : sequence - BASE + 1;
}

function build(builder: BlockBuilder, entries: readonly Entry[]): Uint8Array {
  for (const entry of entries) {
    const { key, isDelete, value } = entry;
    const tag = value.length * 2 + (isDelete ? 1 : 0);
    builder.add(key, 0, key.length, tag, ageOf(entry), value, 0, value.length);
    expect(builder.lastKey).toEqual(key);
  }
  const { sizeBytes } = builder;
  const block = builder.finish().slice();
  expect(block.length).toBe(sizeBytes);
  expect(builder.isEmpty).toBe(true);
  return block;
}

function decoded(block: Uint8Array): Entry[] {
  const run = new EntryRun();
  run.decode(block, BASE);
  return Array.from({ length: run.count }, (_, i) => ({
    key: run.keys.slice(run.keyStart(i), run.keyStart(i) + run.keyLength(i)),
    sequence: run.sequences[i]!,
    isDelete: run.deletes[i] === 1,
    value: run.values.slice(run.valueStarts[i]!, run.valueStarts[i]! + run.valueLengths[i]!),
  }));
}

function expectFound(
  block: Uint8Array,
  entries: readonly Entry[],
  key: Uint8Array,
  ageMax: number,
) {
  const seeker = new BlockSeeker();
  const found = seeker.seekPoint(block, key, ageMax);
  const expected = entries.find(
    (entry) => Buffer.compare(entry.key, key) === 0 && ageOf(entry) <= ageMax,
  );
  const what = `${Buffer.from(key).toString("hex")} up to age ${ageMax}`;
  if (expected === undefined) {
    expect(found, what).toBe(Found.nothing);
    return;
  }
  expect(found, what).toBe(expected.isDelete ? Found.tombstone : Found.value);
  const value = block.subarray(seeker.valueStart, seeker.valueStart + seeker.valueLength);
  expect(Buffer.compare(value, expected.value), what).toBe(0);
  expect(seeker.age, what).toBe(ageOf(expected));
}

/** The oldest version of some keys has lost its sequence. */
function aged(entries: readonly Entry[], random: (below: number) => number): Entry[] {
  return entries.map((entry, i) => {
    const next = entries[i + 1];
    const isOldest = next === undefined || Buffer.compare(next.key, entry.key) !== 0;
    return isOldest && !entry.isDelete && random(2) === 0 ? { ...entry, sequence: 0 } : entry;
  });
}

describe("a block", () => {
  it("holds what was put in, and finds it, whatever the keys have in common", () => {
    const builder = new BlockBuilder();
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      const entries = aged(randomEntries(random, 1 + random(90), BASE), random);
      const block = build(builder, entries);
      expect(decoded(block).map(show), `seed ${seed}`).toEqual(entries.map(show));
      const keys = [
        ...entries.map(({ key }) => key),
        ...Array.from({ length: 60 }, () => randomKey(random)),
      ];
      for (const key of keys) {
        for (const ageMax of [Number.POSITIVE_INFINITY, 0, 1 + random(90)]) {
          expectFound(block, entries, key, ageMax);
        }
      }
    }
  });

  it("finds every version of a key that fills several restarts", () => {
    const count = RESTART_INTERVAL * 5 + 3;
    for (const before of [0, 1, RESTART_INTERVAL - 1, RESTART_INTERVAL]) {
      const smaller = Array.from({ length: before }, (_, i) =>
        put(bytes(`a${String(i).padStart(3, "0")}`), BASE, bytes("s")),
      );
      const versions = Array.from({ length: count }, (_, i) => {
        const sequence = BASE + count - i;
        return i % 7 === 3
          ? tombstone(bytes("b"), sequence)
          : put(bytes("b"), sequence, bytes(`${i}`));
      });
      const entries = [...smaller, ...versions, put(bytes("ba"), BASE, bytes("behind"))];
      const block = build(new BlockBuilder(), entries);
      for (let ageMax = 0; ageMax <= count + 2; ageMax++) {
        expectFound(block, entries, bytes("b"), ageMax);
      }
      expectFound(block, entries, bytes("ba"), Number.POSITIVE_INFINITY);
      expectFound(block, entries, bytes("aa"), Number.POSITIVE_INFINITY);
    }
  });

  it("takes the largest key, the empty one, and a value beyond 16 KiB", () => {
    const largest = new Uint8Array(65_535).fill(0xff);
    const entries = [
      put(new Uint8Array(0), BASE, new Uint8Array(70_000).fill(7)),
      put(largest.subarray(0, 65_534), BASE + 1, new Uint8Array(0)),
      put(largest, Number.MAX_SAFE_INTEGER, bytes("x")),
    ];
    const block = build(new BlockBuilder(), entries);
    expect(decoded(block).map(show)).toEqual(entries.map(show));
    for (const { key } of entries) expectFound(block, entries, key, Number.POSITIVE_INFINITY);
    expectFound(block, entries, largest.subarray(0, 65_533), Number.POSITIVE_INFINITY);
  });
});

describe("a run", () => {
  it("takes entries one by one, also beyond its first room", () => {
    const run = new EntryRun();
    for (let round = 0; round < 2; round++) {
      const random = seeded(9 + round);
      const entries = randomEntries(random, 700, BASE);
      const values = Buffer.concat(entries.map(({ value }) => value));
      run.clear(values);
      let at = 0;
      for (const { key, sequence, isDelete, value } of entries) {
        run.push(key, 0, key.length, sequence, isDelete, at, value.length);
        at += value.length;
      }
      expect(run.count).toBe(700);
      for (const [i, { key, sequence, isDelete }] of entries.entries()) {
        const start = run.keyStart(i);
        expect(Buffer.compare(run.keys.subarray(start, start + run.keyLength(i)), key)).toBe(0);
        expect(run.sequences[i]).toBe(sequence);
        expect(run.deletes[i]).toBe(isDelete ? 1 : 0);
      }
    }
  });
});
