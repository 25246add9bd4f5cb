// The order agrees with a sorted array, built at once or key by key, forwards and backwards.

import { describe, expect, it } from "vitest";
import { KeyIndex } from "../../../engines/index/key-index.ts";
import { OrderedIndex } from "../../../engines/index/ordered-index.ts";
import { seeded } from "../support/stores.ts";

/** Keys with long common prefixes, prefixes of each other, and 0xFF bytes. */
function randomKey(random: (below: number) => number): Uint8Array {
  const length = random(14);
  return Uint8Array.from({ length }, (_, i) =>
    i < 4 ? 0x75 : [0, 1, 0x7f, 0xfe, 0xff][random(5)]!,
  );
}

describe("OrderedIndex", () => {
  it.each([100, 3000, 30_000])("orders %i keys by their bytes", (count) => {
    const random = seeded(count);
    const index = new KeyIndex();
    while (index.size < count / 2) index.insert(wideKey(random));
    const order = new OrderedIndex(index.entries, index.entries.allIds(index.size));
    while (index.size < count) {
      const size = index.size;
      const id = index.insert(wideKey(random));
      if (index.size > size) order.insert(id);
    }
    const expected = [...index.entries.ids()].sort((left, right) =>
      Buffer.compare(index.entries.keyView(left), index.entries.keyView(right)),
    );
    const forward: number[] = [];
    for (let place = order.first(), id = 0; (id = order.forward(place)) !== 0; ) forward.push(id);
    expect(forward).toEqual(expected);
    const backward: number[] = [];
    for (let place = order.end(), id = 0; (id = order.backward(place)) !== 0; ) backward.push(id);
    expect(backward.reverse()).toEqual(expected);
    for (let i = 0; i < 200; i++) {
      const key = wideKey(random);
      for (const after of [false, true]) {
        const wanted = expected.find((id) => {
          const side = Buffer.compare(index.entries.keyView(id), key);
          return after ? side > 0 : side >= 0;
        });
        expect(order.forward(order.seek(key, after))).toBe(wanted ?? 0);
      }
    }
  });
});

function wideKey(random: (below: number) => number): Uint8Array {
  const key = randomKey(random);
  if (random(2) === 0) return key;
  return Uint8Array.from([...key, random(256), random(256), random(256)]);
}
