// Goal: bytes that are whole, but not where they belong, are never read as data. Method: a store in
// memory; its files exchanged, lengthened, taken from another store, and blocks of them put in the
// place of others. What is allowed is in tiny-store.ts.

import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Durability } from "../../../engines/engine.ts";
import type { Files } from "../support/memory-filesystem.ts";
import { OWN_ENGINES, seeded } from "../support/stores.ts";
import { buildTinyStore, judge, type TinyStore } from "../support/tiny-store.ts";

const COUNT = 30;
const BLOCK_BYTES = [512, 64];
const SEED = 20;
const MODES: [Durability, boolean][] = [
  ["os", true],
  ["os", false],
  ["group", false],
];

function replaced(store: TinyStore, name: string, content: Uint8Array): Files {
  return new Map(store.files).set(name, content);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

describe.each(OWN_ENGINES)("$name", (module) => {
  it.each(MODES)("at %s, closed %s: bytes behind the end of a file", async (level, clean) => {
    const store = await buildTinyStore(module, level, clean, COUNT);
    const random = seeded(SEED);
    for (const [name, content] of store.files) {
      const junk = Uint8Array.from({ length: 700 }, () => random(256));
      const tails: [string, Uint8Array][] = [
        ["one byte", Uint8Array.of(7)],
        ["junk", junk],
        ["zeros", new Uint8Array(4096)],
        ["zeros, not to a word", new Uint8Array(4097)],
        ["its own last bytes", content.slice(-100)],
        ["its own bytes", content],
      ];
      for (const [tail, bytes] of tails) {
        const what = `${name} with ${tail} behind it`;
        const { outcome } = await judge(store, replaced(store, name, concat(content, bytes)), what);
        expect(outcome, what).not.toBe("prefix");
        // A crash leaves what was written, and may leave room that was not: neither is damage.
        const mayFollow = name === store.openFile && tail !== "its own bytes";
        if (mayFollow) expect(outcome, what).toBe("right");
      }
    }
  });

  it.each(MODES)("at %s, closed %s: files with their names exchanged", async (level, clean) => {
    const store = await buildTinyStore(module, level, clean, COUNT);
    const names = [...store.files.keys()];
    for (const one of names) {
      for (const other of names.slice(names.indexOf(one) + 1)) {
        const what = `${path.basename(one)} and ${path.basename(other)} exchanged`;
        const swapped = new Map(store.files)
          .set(one, store.files.get(other)!)
          .set(other, store.files.get(one)!);
        expect((await judge(store, swapped, what)).outcome, what).not.toBe("prefix");
      }
    }
  });

  it.each(MODES)("at %s, closed %s: a block in the place of another", async (level, clean) => {
    const store = await buildTinyStore(module, level, clean, COUNT);
    for (const [name, content] of store.files) {
      for (const blockBytes of BLOCK_BYTES) {
        for (let from = 0; from + blockBytes <= content.length; from += blockBytes) {
          for (let to = 0; to + blockBytes <= content.length; to += blockBytes) {
            if (from === to) continue;
            const what = `${name}, ${blockBytes} bytes from ${from} to ${to} of ${content.length}`;
            const changed = content.slice();
            changed.copyWithin(to, from, from + blockBytes);
            const { outcome } = await judge(store, replaced(store, name, changed), what);
            const nearEnd = name === store.openFile && to + 2 * blockBytes > content.length - 128;
            if (!nearEnd) expect(outcome, what).not.toBe("prefix");
          }
        }
      }
    }
  });

  it("a file of another store, longer, after a clean close", async () => {
    const store = await buildTinyStore(module, "os", true, COUNT);
    const other = await buildTinyStore(module, "os", true, COUNT + 2, "other");
    for (const [name, content] of store.files) {
      const foreign = other.files.get(name);
      if (foreign === undefined || foreign.length === content.length) continue;
      const what = `${name} of another store`;
      const { outcome } = await judge(store, replaced(store, name, foreign), what);
      expect(outcome, what).toBe("refused at open");
    }
  });
});
