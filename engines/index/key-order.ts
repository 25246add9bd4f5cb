// The order of keys, bytewise: unsigned, shorter first on a common prefix.

/** Keys that are named by numbers, wherever their bytes are. */
export interface KeySource {
  /** Bytes `from` to `from + 3` of the key as a big-endian number; zeros behind its end. */
  keyWord(id: number, from: number): number;
  /** A view of the key's bytes. */
  keyView(id: number): Uint8Array;
  /** Below 0, 0 or above 0 as the key sorts before, at or after `key`. */
  compareKey(id: number, key: Uint8Array): number;
  /** The same between two of them; a source may order equal keys further. */
  compareEntries(left: number, right: number): number;
}

/** Below 0, 0 or above 0 as the left range sorts before, at or after the right one. */
export function compareRanges(
  left: Uint8Array,
  leftStart: number,
  leftLength: number,
  right: Uint8Array,
  rightStart: number,
  rightLength: number,
): number {
  const common = Math.min(leftLength, rightLength);
  for (let i = 0; i < common; i++) {
    const difference = left[leftStart + i]! - right[rightStart + i]!;
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}

/** The same between two whole keys. */
export function compareKeys(left: Uint8Array, right: Uint8Array): number {
  return compareRanges(left, 0, left.length, right, 0, right.length);
}
