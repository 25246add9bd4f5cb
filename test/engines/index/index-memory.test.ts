// Goal: at most 25 bytes a key beside the key itself, 8 more for the order, and no object a key, at
// each million of keys. In the nightly form up to 17 million, beyond what a Map can hold.

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { KeyIndex } from "../../../engines/index/key-index.ts";
import { OrderedIndex } from "../../../engines/index/ordered-index.ts";
import { seeded } from "../support/stores.ts";

const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
const KEY_BYTES = 16;
/** How often the figures are read, in keys, and how many keys there are in the end. */
const STEP_KEYS = isNightly ? 1_000_000 : 50_000;
const MAX_KEYS = isNightly ? 17_000_000 : 1_000_000;
const POINT_BYTES_MAX = 25;
const ORDER_BYTES_MAX = 8;
/** Leaves and tables are objects, one for hundreds or thousands of keys. */
const HEAP_BYTES_A_KEY_MAX = 2;

// What is dead and not collected yet is no memory of the index.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("memory of the index", () => {
  it("is at most 25 bytes a key, and 8 for the order", { timeout: 1_800_000 }, () => {
    const index = new KeyIndex();
    const random = seeded(1);
    const key = new Uint8Array(KEY_BYTES);
    const words = new Uint32Array(key.buffer);
    collectGarbage();
    const heapBefore = getHeapStatistics().used_heap_size;
    const over: string[] = [];
    for (let i = 0; i < MAX_KEYS; ) {
      for (const end = i + STEP_KEYS; i < end; i++) {
        for (let word = 0; word < words.length; word++) words[word] = random(0x1_0000_0000);
        words[3] = i;
        index.insert(key);
      }
      // Pages are taken a megabyte at a time, which shows while there are few.
      const slack = 1024 * 1024;
      const bytes = index.memoryBytes + index.entries.memoryBytes - slack;
      const perKey = bytes / i - KEY_BYTES;
      if (perKey > POINT_BYTES_MAX) over.push(`${i} keys: ${perKey.toFixed(1)} bytes a key`);
    }
    expect(over).toEqual([]);
    const order = new OrderedIndex(index.entries, index.entries.allIds(index.size));
    expect(order.memoryBytes / index.size).toBeLessThan(ORDER_BYTES_MAX);
    for (let i = 0; i < STEP_KEYS; i++) {
      for (let word = 0; word < words.length; word++) words[word] = random(0x1_0000_0000);
      words[3] = MAX_KEYS + i;
      order.insert(index.insert(key));
    }
    expect(order.memoryBytes / index.size).toBeLessThan(ORDER_BYTES_MAX);
    collectGarbage();
    const heapPerKey = (getHeapStatistics().used_heap_size - heapBefore) / index.size;
    expect(heapPerKey).toBeLessThan(HEAP_BYTES_A_KEY_MAX);
  });

  it.each([
    ["ascending", (i: number) => i],
    ["descending", (i: number) => 0xffff_ffff - i],
    ["scattered", (i: number) => Math.imul(i, 0x9e3779b1) >>> 0],
  ] as const)("of the order stays so when keys come in one by one, %s", (_name, numberOf) => {
    const index = new KeyIndex();
    const order = new OrderedIndex(index.entries, new Uint32Array(0));
    const key = new Uint8Array(4);
    const view = new DataView(key.buffer);
    for (let i = 0; i < 60_000; i++) {
      view.setUint32(0, numberOf(i));
      order.insert(index.insert(key));
      if (i >= 5000 && i % 1000 === 0) {
        expect(order.memoryBytes / (i + 1)).toBeLessThan(ORDER_BYTES_MAX);
      }
    }
    let seen = 0;
    let last = -1;
    for (let place = order.first(), id = 0; (id = order.forward(place)) !== 0; seen++) {
      const next = index.entries.keyWord(id, 0);
      expect(next > last).toBe(true);
      last = next;
    }
    expect(seen).toBe(60_000);
  });
});
