// Sorts ids by key: a radix sort on the first eight bytes, then comparisons where those are equal.
//
// Steps:
//  1. Four passes of 16 bits over the words of bytes 4-7 and 0-3, from the lowest up (LSD radix).
//  2. In each run of equal first eight bytes, a merge-free insertion or comparison sort by key.

import type { KeySource } from "./key-order.ts";

const RADIX_BITS = 16;
const RADIX_SIZE = 1 << RADIX_BITS;
const RADIX_MASK = RADIX_SIZE - 1;
/** Below this many ids the passes over 65,536 counters cost more than comparing. */
const RADIX_COUNT_MIN = 20_000;

/** The ids in ascending order of their keys. The argument is left as it was. */
export function sortIdsByKey(entries: KeySource, ids: Uint32Array): Uint32Array {
  const compare = (left: number, right: number) => entries.compareEntries(left, right);
  if (ids.length < RADIX_COUNT_MIN) return ids.toSorted(compare);
  const high = new Uint32Array(ids.length);
  const low = new Uint32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    high[i] = entries.keyWord(ids[i]!, 0);
    low[i] = entries.keyWord(ids[i]!, 4);
  }
  let order = new Uint32Array(ids.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order = radixPass(order, low, 0);
  order = radixPass(order, low, RADIX_BITS);
  order = radixPass(order, high, 0);
  order = radixPass(order, high, RADIX_BITS);
  const sorted = new Uint32Array(ids.length);
  for (let i = 0; i < order.length; i++) sorted[i] = ids[order[i]!]!;
  for (let from = 0; from < order.length; ) {
    const first = order[from]!;
    let to = from + 1;
    while (
      to < order.length &&
      high[order[to]!] === high[first] &&
      low[order[to]!] === low[first]
    ) {
      to++;
    }
    if (to - from > 1) sorted.subarray(from, to).sort(compare);
    from = to;
  }
  return sorted;
}

function radixPass(
  order: Uint32Array<ArrayBuffer>,
  words: Uint32Array,
  shift: number,
): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(RADIX_SIZE + 1);
  for (let i = 0; i < words.length; i++) {
    const digit = (words[i]! >>> shift) & RADIX_MASK;
    starts[digit + 1] = starts[digit + 1]! + 1;
  }
  for (let digit = 0; digit < RADIX_SIZE; digit++) {
    starts[digit + 1] = starts[digit + 1]! + starts[digit]!;
  }
  const next = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const digit = (words[order[i]!]! >>> shift) & RADIX_MASK;
    const at = starts[digit]!;
    next[at] = order[i]!;
    starts[digit] = at + 1;
  }
  return next;
}
