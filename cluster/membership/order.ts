// Lists that are put in another order, in place.

import type { RandomStream } from "../runtime.ts";

/** Moves what is bygone to the end; returns where that begins. */
export function moveLast<Item>(items: Item[], isBygone: (item: Item) => boolean): number {
  let end = items.length;
  for (let i = 0; i < end; ) {
    if (!isBygone(items[i]!)) {
      i++;
      continue;
    }
    end--;
    const moved = items[i]!;
    items[i] = items[end]!;
    items[end] = moved;
  }
  return end;
}

/** All orders are equally likely (Fisher and Yates). */
export function shuffle<Item>(items: Item[], random: RandomStream): void {
  for (let i = items.length - 1; i > 0; i--) {
    const k = random.nextBelow(i + 1);
    const item = items[i]!;
    items[i] = items[k]!;
    items[k] = item;
  }
}
