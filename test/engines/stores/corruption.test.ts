// Goal: no damage is ever read as data. Method: a store of a few hundred bytes a file, in memory;
// each bit of each of its files flipped, each file cut at each length; then everything is read.
// What is allowed is in tiny-store.ts. An earlier state is allowed only in the one file that was
// being written, and there only what the last two writes had put into it.

import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Durability } from "../../../engines/engine.ts";
import { OWN_ENGINES, stride } from "../support/stores.ts";
import { buildTinyStore, judge, STORE_DIR } from "../support/tiny-store.ts";

const isNightly = process.env.RINGBENCH_NIGHTLY === "1";
/** Writes that a flipped bit at the end may cost: itself, and one that nothing stands behind. */
const LOST_WRITES_MAX = 2;

describe.each(OWN_ENGINES)("$name, every bit and every length", (module) => {
  // Every third bit still meets every byte, and over three bytes every bit of one.
  it.each<[Durability, boolean, number]>([
    ["os", true, 1],
    ["os", false, 3],
    ["group", false, 3],
  ])("at %s, closed %s, gives no wrong answer", { timeout: 240_000 }, async (...row) => {
    const [level, clean, everyday] = row;
    const store = await buildTinyStore(module, level, clean, isNightly ? 30 : 3);
    const last = store.states.length - 1;
    expect(await judge(store, store.files, "untouched")).toMatchObject({ outcome: "right" });
    const counts: Record<string, number> = {};
    for (const [name, content] of store.files) {
      const isOpen = name === store.openFile;
      const where = `${module.name} ${level} ${clean} ${path.relative(STORE_DIR, name)}`;
      for (let bit = 0; bit < content.length * 8; bit += stride(everyday)) {
        const what = `${where}, bit ${bit % 8} of byte ${bit >> 3} of ${content.length}`;
        const changed = content.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const { outcome, state } = await judge(
          store,
          new Map(store.files).set(name, changed),
          what,
        );
        counts[outcome] = (counts[outcome] ?? 0) + 1;
        if (outcome !== "prefix") continue;
        expect(isOpen, `${what}: taken for a torn tail`).toBe(true);
        expect(state, what).toBeGreaterThanOrEqual(last - LOST_WRITES_MAX);
      }
      let before = 0;
      for (let length = 0; length < content.length; length++) {
        const what = `${where}, cut to ${length} of ${content.length}`;
        const cut = new Map(store.files).set(name, content.subarray(0, length));
        const { outcome, state } = await judge(store, cut, what);
        if (outcome !== "prefix") continue;
        expect(isOpen, `${what}: an earlier state`).toBe(true);
        expect(state, `${what}: less than of a shorter file`).toBeGreaterThanOrEqual(before);
        before = state!;
      }
    }
    expect(counts["refused at open"]).toBeGreaterThan(100);
  });
});
