// Hashes by offset, as two replicas list them.

/** Side by side; both in the order of offsets, and of keys within one. */
export interface HashList {
  readonly offsets: readonly number[];
  readonly hashes: readonly number[];
}

/** Offsets at which the hashes are not the same ones in the same order. */
export function differingOffsets(a: HashList, b: HashList): number[] {
  const differing: number[] = [];
  let i = 0;
  let k = 0;
  while (i < a.offsets.length || k < b.offsets.length) {
    const offset = Math.min(a.offsets[i] ?? Infinity, b.offsets[k] ?? Infinity);
    let isSame = true;
    while (a.offsets[i] === offset || b.offsets[k] === offset) {
      const inA = a.offsets[i] === offset;
      const inB = b.offsets[k] === offset;
      if (inA !== inB || a.hashes[i] !== b.hashes[k]) isSame = false;
      if (inA) i++;
      if (inB) k++;
    }
    if (!isSame) differing.push(offset);
  }
  return differing;
}
