// The index holds what a Map holds, and goes on where a Map stops.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyIndex } from "../../../engines/index/key-index.ts";

describe("KeyIndex", () => {
  it("agrees with a Map over random keys, with words set and read", () => {
    const keys = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 300 });
    fc.assert(
      fc.property(keys, (list) => {
        const index = new KeyIndex();
        const model = new Map<string, number>();
        for (const [i, key] of list.entries()) {
          index.entries.set(index.insert(key), i + 1, i * 2, i * 3);
          model.set(key.join(), i + 1);
        }
        expect(index.size).toBe(model.size);
        for (const key of list)
          expect(index.entries.a(index.find(key))).toBe(model.get(key.join()));
        expect(index.find(new Uint8Array(41))).toBe(0);
      }),
    );
  });

  it("takes the longest and the empty key, which differ from their neighbours", () => {
    const index = new KeyIndex();
    const keys = [
      new Uint8Array(0),
      new Uint8Array(1),
      new Uint8Array(65_535),
      new Uint8Array(65_534),
    ];
    const ids = keys.map((key) => index.insert(key));
    expect(new Set(ids).size).toBe(keys.length);
    expect(keys.map((key) => index.find(key))).toEqual(ids);
    expect(keys.map((_, i) => index.entries.keyView(ids[i]!).length)).toEqual(
      keys.map((key) => key.length),
    );
  });

  it("keeps only live keys when it is rebuilt", () => {
    const index = new KeyIndex();
    for (let i = 0; i < 5000; i++) {
      const id = index.insert(new Uint8Array([i & 255, i >> 8]));
      if (i % 3 === 0) index.entries.set(id, i + 1, 0, 0);
    }
    const rebuilt = index.rebuild();
    expect(rebuilt.size).toBe(Math.ceil(5000 / 3));
    for (let i = 0; i < 5000; i++) {
      const id = rebuilt.find(new Uint8Array([i & 255, i >> 8]));
      expect(id === 0 ? 0 : rebuilt.entries.a(id)).toBe(i % 3 === 0 ? i + 1 : 0);
    }
  });

  it.each([0, 20_000, 50_000])("loads 50,000 new keys at once, %i expected", (expected) => {
    const index = new KeyIndex();
    // Fewer than there will be: it is a hint, not a promise.
    index.reserve(expected);
    const key = new Uint8Array(7);
    for (let i = 0; i < 50_000; i++) {
      key.set([i, i >> 8, i >> 16], 3);
      const id = index.load(key, 3, 3);
      index.entries.set(id, 1 + (i % 1000), i, i);
    }
    index.settle();
    expect(index.size).toBe(50_000);
    for (let i = 0; i < 50_000; i += 7) {
      key.set([i, i >> 8, i >> 16], 3);
      expect(index.entries.b(index.findRange(key, 3, 3))).toBe(i);
    }
    for (let i = 50_000; i < 200_000; i++) index.insert(new Uint8Array([i, i >> 8, i >> 16]));
    expect(index.size).toBe(200_000);
    expect(index.entries.a(index.find(new Uint8Array([1, 0, 0])))).toBe(2);
  });

  it("finds its way among keys of equal hashes' neighbours: tables grow and split", () => {
    const index = new KeyIndex();
    const text = new TextEncoder();
    for (let i = 0; i < 60_000; i++) index.insert(text.encode(`user${i}`));
    let missing = 0;
    for (let i = 0; i < 60_000; i++) if (index.find(text.encode(`user${i}`)) === 0) missing++;
    for (let i = 60_000; i < 70_000; i++) if (index.find(text.encode(`user${i}`)) !== 0) missing++;
    expect(missing).toBe(0);
  });

  it("goes past 2^24 keys, where a Map throws", { timeout: 120_000 }, () => {
    const index = new KeyIndex();
    const count = 2 ** 24 + 1000;
    const key = new Uint8Array(4);
    const view = new DataView(key.buffer);
    index.reserve(2 ** 24);
    for (let i = 0; i < 2 ** 24; i++) {
      view.setUint32(0, i);
      index.entries.set(index.load(key, 0, 4), 1, i, 0);
    }
    index.settle();
    for (let i = 2 ** 24; i < count; i++) {
      view.setUint32(0, i);
      index.entries.set(index.insert(key), 1, i, 0);
    }
    expect(index.size).toBe(count);
    const stride = 9973;
    let wrong = 0;
    for (let i = 0; i < count; i += stride) {
      view.setUint32(0, i);
      if (index.entries.b(index.find(key)) !== i) wrong++;
    }
    expect(wrong).toBe(0);
    view.setUint32(0, count);
    expect(index.find(key)).toBe(0);
  });
});
