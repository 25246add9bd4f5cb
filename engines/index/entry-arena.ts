// Keys and what is known of each, in pages of typed arrays, so that no key is an object.
//
// An entry is named by its position, which is its id: it never moves and is never reused.
//
//   page  := entry*
//   entry := a: u32, b: u32, c: u32, keyLength: u16, key, padding to a multiple of 4
//
// The words stand beside the key because a lookup needs both: one cache miss instead of two.
//
// Invariants:
//  I1. An id counts units of 4 bytes: 16 GiB of entries at most. Id 0 is never given out.
//  I2. An entry never spans two pages.

import assert from "node:assert";

const PAGE_BITS = 18; // in units of 4 bytes: pages of 1 MiB
const PAGE_UNITS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_UNITS - 1;
const PAGES_MAX = 2 ** (32 - PAGE_BITS);
/** Offset of the key's length, and of its first byte, in an entry. */
const LENGTH_AT = 12;
const KEY_AT = 14;

export class EntryArena {
  readonly #bytes: Uint8Array[] = [];
  readonly #words: Uint32Array[] = [];
  /** Next free unit in the last page. */
  #nextUnit = PAGE_UNITS;
  /** Of each page but the last, the first unit that no entry uses. */
  readonly #pageEnds: number[] = [];

  /** Bytes of memory that the pages hold. */
  get memoryBytes(): number {
    return this.#bytes.length * PAGE_UNITS * 4;
  }

  /** Copies the key in, with words 0, 0, 0; returns the id. */
  add(key: Uint8Array): number {
    const length = key.length;
    const units = (KEY_AT + length + 3) >>> 2;
    if (this.#nextUnit + units > PAGE_UNITS) this.#addPage();
    const pageNumber = this.#bytes.length - 1;
    const page = this.#bytes[pageNumber]!;
    const start = this.#nextUnit << 2;
    page[start + LENGTH_AT] = length & 0xff;
    page[start + LENGTH_AT + 1] = length >>> 8;
    if (length > 64) page.set(key, start + KEY_AT);
    else for (let i = 0; i < length; i++) page[start + KEY_AT + i] = key[i]!;
    const id = pageNumber * PAGE_UNITS + this.#nextUnit;
    this.#nextUnit += units;
    assert(this.#nextUnit <= PAGE_UNITS, "I2: an entry ends in the page where it starts");
    return id;
  }

  a(id: number): number {
    return this.#words[id >>> PAGE_BITS]![id & PAGE_MASK]!;
  }

  b(id: number): number {
    return this.#words[id >>> PAGE_BITS]![(id & PAGE_MASK) + 1]!;
  }

  c(id: number): number {
    return this.#words[id >>> PAGE_BITS]![(id & PAGE_MASK) + 2]!;
  }

  set(id: number, a: number, b: number, c: number): void {
    const page = this.#words[id >>> PAGE_BITS]!;
    const at = id & PAGE_MASK;
    page[at] = a;
    page[at + 1] = b;
    page[at + 2] = c;
  }

  keyEquals(id: number, key: Uint8Array): boolean {
    const page = this.#bytes[id >>> PAGE_BITS]!;
    const start = (id & PAGE_MASK) << 2;
    const length = key.length;
    if ((page[start + LENGTH_AT]! | (page[start + LENGTH_AT + 1]! << 8)) !== length) return false;
    const keyStart = start + KEY_AT;
    for (let i = 0; i < length; i++) if (page[keyStart + i] !== key[i]) return false;
    return true;
  }

  keyLength(id: number): number {
    const page = this.#bytes[id >>> PAGE_BITS]!;
    const at = ((id & PAGE_MASK) << 2) + LENGTH_AT;
    return page[at]! | (page[at + 1]! << 8);
  }

  /** The page that holds the key, for `keyStart`. */
  keyPage(id: number): Uint8Array {
    return this.#bytes[id >>> PAGE_BITS]!;
  }

  /** Offset of the key's first byte in `keyPage`. */
  keyStart(id: number): number {
    return ((id & PAGE_MASK) << 2) + KEY_AT;
  }

  /** A view of the key's bytes. They never change or move, but the view pins their page. */
  keyView(id: number): Uint8Array {
    const start = this.keyStart(id);
    return this.keyPage(id).subarray(start, start + this.keyLength(id));
  }

  /** Below 0, 0 or above 0 as the entry's key sorts before, at or after `key`. */
  compareKey(id: number, key: Uint8Array): number {
    return compareRanges(
      this.keyPage(id),
      this.keyStart(id),
      this.keyLength(id),
      key,
      0,
      key.length,
    );
  }

  /** The same between the keys of two entries. */
  compareEntries(left: number, right: number): number {
    return compareRanges(
      this.keyPage(left),
      this.keyStart(left),
      this.keyLength(left),
      this.keyPage(right),
      this.keyStart(right),
      this.keyLength(right),
    );
  }

  /** Bytes `skip` to `skip` + 3 of the key as a big-endian number; zeros beyond its end. */
  keyWord(id: number, skip: number): number {
    const page = this.keyPage(id);
    const start = this.keyStart(id);
    const length = this.keyLength(id);
    let word = 0;
    for (let i = skip; i < skip + 4; i++) word = word * 256 + (i < length ? page[start + i]! : 0);
    return word;
  }

  /** Every id, in the order of `add`; also those that are added while it is read. */
  *ids(): Generator<number> {
    for (let pageNumber = 0; pageNumber < this.#bytes.length; pageNumber++) {
      let unit = pageNumber === 0 ? 1 : 0;
      while (unit < (this.#pageEnds[pageNumber] ?? this.#nextUnit)) {
        const id = pageNumber * PAGE_UNITS + unit;
        yield id;
        unit += (KEY_AT + this.keyLength(id) + 3) >>> 2;
      }
    }
  }

  #addPage(): void {
    assert(this.#bytes.length < PAGES_MAX, "I1: more than 16 GiB of keys");
    if (this.#bytes.length > 0) this.#pageEnds.push(this.#nextUnit);
    const words = new Uint32Array(PAGE_UNITS);
    this.#words.push(words);
    this.#bytes.push(new Uint8Array(words.buffer));
    this.#nextUnit = this.#bytes.length === 1 ? 1 : 0;
  }
}

function compareRanges(
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
