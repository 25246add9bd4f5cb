// Goal: a memtable answers as of every open snapshot, in any order, also after writes were undone.
// Method: random writes, undone groups and snapshots against the list of all that was written.

import { describe, expect, it } from "vitest";
import { hashKey } from "../../../engines/index/hash.ts";
import type { File } from "../../../engines/io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { encodeRecord, RecordKind } from "../../../engines/log/record.ts";
import { EntryRun } from "../../../engines/lsm/entry-run.ts";
import { EntrySource } from "../../../engines/lsm/entry-source.ts";
import { LogImage } from "../../../engines/lsm/log-image.ts";
import { Memtable } from "../../../engines/lsm/memtable.ts";
import { MemtableFeeder } from "../../../engines/lsm/memtable-feeder.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, seeded } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import { byKeyThenNewest, type Entry, put, randomKey, show, tombstone } from "./entries.ts";

const NOW = Number.POSITIVE_INFINITY;

function anyFile(): File {
  const fileSystem = new MemoryFileSystem();
  fileSystem.makeDirSync(STORE_DIR);
  return fileSystem.openSync(`${STORE_DIR}/000001.log`, "create");
}

/** A memtable with what the log does for it, and the list of what is in it. */
class Subject {
  readonly image = LogImage.ofSize(1024 * 1024);
  readonly memtable = new Memtable({ id: 1, file: anyFile() }, this.image);
  #end = LOG_HEADER_BYTES;
  #committedEnd = LOG_HEADER_BYTES;
  #sequence = 0;
  entries: Entry[] = [];
  #committed: Entry[] = [];
  readonly snapshots = new Set<number>();

  get sequence(): number {
    return this.#sequence;
  }

  write(key: Uint8Array, value: Uint8Array | undefined): void {
    const sequence = ++this.#sequence;
    const kind = value === undefined ? RecordKind.delete : RecordKind.put;
    const { buffer } = this.image;
    const offset = this.#end;
    const content = value ?? new Uint8Array(0);
    this.#end += encodeRecord(buffer, offset, 1, offset, kind, 0, sequence, key, content);
    this.memtable.add(hashKey(key), key, offset, this.snapshots.size > 0);
    this.entries.push(value === undefined ? tombstone(key, sequence) : put(key, sequence, value));
  }

  commit(): void {
    this.memtable.commit();
    this.#committed = [...this.entries];
    this.#committedEnd = this.#end;
  }

  rollback(): void {
    this.memtable.rollback();
    this.entries = [...this.#committed];
    this.#end = this.#committedEnd;
  }

  /** What a reader as of `sequence` has to see, in order. */
  visible(sequence: number): Entry[] {
    const newest = new Map<string, Entry>();
    for (const entry of this.entries) {
      if (entry.sequence <= sequence) newest.set(Buffer.from(entry.key).toString("hex"), entry);
    }
    return [...newest.values()].sort(byKeyThenNewest);
  }

  get(key: Uint8Array, sequence: number): string | undefined {
    const offset = this.memtable.findAsOf(hashKey(key), key, sequence);
    return offset === 0 ? undefined : show(this.#entryAt(offset));
  }

  scan(sequence: number, reverse: boolean): string[] {
    const feeder = new MemtableFeeder(this.memtable, sequence, reverse, undefined);
    const source = new EntrySource(feeder, reverse, undefined, new EntryRun());
    const seen: string[] = [];
    for (; !source.done; source.advance()) {
      const { run, keyStart, keyLength, isDelete, valueStart, valueLength } = source;
      seen.push(
        show({
          key: run.keys.slice(keyStart, keyStart + keyLength),
          sequence: source.sequence,
          isDelete,
          value: run.values.slice(valueStart, valueStart + valueLength),
        }),
      );
    }
    return seen;
  }

  #entryAt(offset: number): Entry {
    const { image } = this;
    const start = image.valueStart(offset);
    const value = image.buffer.bytes.slice(start, start + image.valueLength(offset));
    const { words } = image.buffer;
    const sequence = words[(offset >>> 2) + 3]!;
    const key = image.keyView(offset).slice();
    return { key, sequence, isDelete: !image.isPut(offset), value };
  }
}

function expectAsOf(subject: Subject, sequence: number, keys: Iterable<Uint8Array>, what: string) {
  const visible = subject.visible(sequence);
  const expected = new Map(visible.map((e) => [Buffer.from(e.key).toString("hex"), show(e)]));
  for (const key of keys) {
    const found = subject.get(key, sequence);
    expect(found, what).toBe(expected.get(Buffer.from(key).toString("hex")));
  }
  expect(subject.scan(sequence, false), what).toEqual(visible.map(show));
  expect(subject.scan(sequence, true), what).toEqual(visible.map(show).reverse());
}

describe("a memtable", () => {
  it("answers as of every open snapshot, after random writes, some of them undone", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = seeded(seed);
      const subject = new Subject();
      const keys = Array.from({ length: 30 }, () => randomKey(random));
      for (let step = 0; step < 150; step++) {
        const action = random(20);
        if (action < 12) {
          const key = keys[random(30)]!;
          subject.write(key, random(4) === 0 ? undefined : bytes(`${step}`));
        } else if (action < 15) subject.commit();
        else if (action < 17) subject.rollback();
        else if (action < 19) {
          // A snapshot of what is committed: that of a write which is undone sees nothing of it.
          subject.commit();
          subject.snapshots.add(subject.sequence);
        } else subject.snapshots.delete([...subject.snapshots][0] ?? -1);
        if (step % 10 !== 0) continue;
        const what = `seed ${seed}, step ${step}`;
        for (const sequence of [NOW, ...subject.snapshots])
          expectAsOf(subject, sequence, keys, what);
      }
    }
  });

  it("shows nothing of another key where an overwrite was undone", () => {
    const subject = new Subject();
    subject.write(bytes("k1"), bytes("one"));
    subject.commit();
    subject.snapshots.add(1);
    subject.write(bytes("k1"), bytes("two"));
    subject.rollback();
    subject.write(bytes("k2"), bytes("new"));
    subject.commit();
    expect(subject.get(bytes("k2"), 1)).toBeUndefined();
    expectAsOf(subject, 1, [bytes("k1"), bytes("k2")], "as of 1");
  });

  it("keeps many keys in order while they come, and finds all of them when it grows", () => {
    const subject = new Subject();
    const random = seeded(2);
    const keys = Array.from({ length: 13_000 }, () => bytes(`${random(2 ** 30)}`));
    for (const [i, key] of keys.entries()) {
      subject.write(key, bytes(`${i}`));
      if (i === 100) expect(subject.scan(NOW, false)).toHaveLength(101);
    }
    subject.commit();
    expectAsOf(subject, NOW, keys, "all");
    const { memoryBytes } = subject.memtable;
    expect(memoryBytes).toBeGreaterThan(subject.image.capacityBytes);
  });

  it("goes on with a scan where it was when keys come in or are undone", () => {
    for (const reverse of [false, true]) {
      const subject = new Subject();
      for (let i = 0; i < 400; i++)
        subject.write(bytes(`key${String(i * 2).padStart(4, "0")}`), bytes("v"));
      subject.commit();
      const asOf = subject.sequence;
      const feeder = new MemtableFeeder(subject.memtable, asOf, reverse, undefined);
      subject.snapshots.add(asOf);
      const source = new EntrySource(feeder, reverse, undefined, new EntryRun());
      const seen: string[] = [];
      for (let step = 0; !source.done; step++) {
        const { run, keyStart, keyLength } = source;
        seen.push(new TextDecoder().decode(run.keys.slice(keyStart, keyStart + keyLength)));
        subject.write(bytes(`key${String(step * 2 + 1).padStart(4, "0")}`), bytes("later"));
        if (step % 3 === 0) subject.rollback();
        else subject.commit();
        source.advance();
      }
      const expected = subject.visible(asOf).map(({ key }) => new TextDecoder().decode(key));
      expect(seen).toEqual(reverse ? expected.reverse() : expected);
    }
  });

  it("is made again from its log, and has what it had", () => {
    const subject = new Subject();
    for (let i = 0; i < 300; i++)
      subject.write(bytes(`key${i % 70}`), i % 5 === 0 ? undefined : bytes(`${i}`));
    const last = subject.memtable.find(hashKey(bytes("key19")), bytes("key19"));
    expect(last).toBeGreaterThan(0);
    let end = LOG_HEADER_BYTES;
    for (const { key, value } of subject.entries) end += (20 + key.length + value.length + 3) & ~3;
    const again = Memtable.recovered(subject.memtable.log, subject.image, end);
    for (let i = 0; i < 70; i++) {
      const key = bytes(`key${i}`);
      expect(again.find(hashKey(key), key)).toBe(subject.memtable.find(hashKey(key), key));
    }
  });
});
