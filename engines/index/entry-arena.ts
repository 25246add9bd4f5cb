// Keys and what is known of each, in pages of typed arrays, so that no key is an object.
//
// An entry is named by its position, which is its id: it never moves and is never reused.
//
//   page  := entry*
//   entry := length: u8, a: u24, b: u32, c: u32, [keyLength: u32], key, padding to a multiple of 4
//
// `keyLength` is there when `length` is 255, which stands for every key of 255 bytes and more.
// The words stand beside the key because a lookup needs both: one cache miss instead of two.
//
// Invariants:
//  I1. An id counts units of 4 bytes: 16 GiB of entries at most. Id 0 is never given out.
//  I2. An entry never spans two pages.
//  I3. Word `a` is 0 to WORD_A_MAX; `b` and `c` are any 32 bits.

import assert from "node:assert";
import { compareRanges, type KeySource } from "./key-order.ts";

const PAGE_BITS = 18; // in units of 4 bytes: pages of 1 MiB
const PAGE_UNITS = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_UNITS - 1;
const PAGES_MAX = 2 ** (32 - PAGE_BITS);
const WORD_A_BITS = 24;
const WORD_A_MAX = 2 ** WORD_A_BITS - 1;
/** Lengths from here on stand in a word of their own. */
const LONG_KEY = 255;
/** Words before the key, the length of a long key left out. */
const HEAD_UNITS = 3;
/** From this many bytes on, a view and a native copy beat a loop. */
const COPY_BYTES_MIN = 64;

export class EntryArena implements KeySource {
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

  /** Copies the key `bytes[start..start + length)` in, with words 0, 0, 0; returns the id. */
  add(bytes: Uint8Array, start: number, length: number): number {
    const isLong = length >= LONG_KEY;
    const keyUnit = isLong ? HEAD_UNITS + 1 : HEAD_UNITS;
    const units = keyUnit + ((length + 3) >>> 2);
    if (this.#nextUnit + units > PAGE_UNITS) this.#addPage();
    const pageNumber = this.#bytes.length - 1;
    const page = this.#bytes[pageNumber]!;
    const words = this.#words[pageNumber]!;
    const unit = this.#nextUnit;
    words[unit] = isLong ? LONG_KEY : length;
    if (isLong) words[unit + HEAD_UNITS] = length;
    const to = (unit + keyUnit) << 2;
    if (length > COPY_BYTES_MIN) page.set(bytes.subarray(start, start + length), to);
    else for (let i = 0; i < length; i++) page[to + i] = bytes[start + i]!;
    this.#nextUnit = unit + units;
    assert(this.#nextUnit <= PAGE_UNITS, "I2: an entry ends in the page where it starts");
    return pageNumber * PAGE_UNITS + unit;
  }

  a(id: number): number {
    return this.#words[id >>> PAGE_BITS]![id & PAGE_MASK]! >>> 8;
  }

  b(id: number): number {
    return this.#words[id >>> PAGE_BITS]![(id & PAGE_MASK) + 1]!;
  }

  c(id: number): number {
    return this.#words[id >>> PAGE_BITS]![(id & PAGE_MASK) + 2]!;
  }

  set(id: number, a: number, b: number, c: number): void {
    assert(a <= WORD_A_MAX, "I3: word a has 24 bits");
    const page = this.#words[id >>> PAGE_BITS]!;
    const at = id & PAGE_MASK;
    page[at] = (page[at]! & 0xff) | (a << 8);
    page[at + 1] = b;
    page[at + 2] = c;
  }

  /** Whether the entry's key is `bytes[start..start + length)`. */
  keyEquals(id: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.keyLength(id) !== length) return false;
    const page = this.#bytes[id >>> PAGE_BITS]!;
    const from = this.keyStart(id);
    for (let i = 0; i < length; i++) if (page[from + i] !== bytes[start + i]) return false;
    return true;
  }

  keyLength(id: number): number {
    const words = this.#words[id >>> PAGE_BITS]!;
    const at = id & PAGE_MASK;
    const length = words[at]! & 0xff;
    return length < LONG_KEY ? length : words[at + HEAD_UNITS]!;
  }

  /** The page that holds the key, for `keyStart`. */
  keyPage(id: number): Uint8Array {
    return this.#bytes[id >>> PAGE_BITS]!;
  }

  /** Offset of the key's first byte in `keyPage`: a multiple of 4. */
  keyStart(id: number): number {
    const at = id & PAGE_MASK;
    const isLong = (this.#words[id >>> PAGE_BITS]![at]! & 0xff) === LONG_KEY;
    return (at + (isLong ? HEAD_UNITS + 1 : HEAD_UNITS)) << 2;
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

  /** Bytes `from` to `from` + 3 of the key as a big-endian number; zeros beyond its end. */
  keyWord(id: number, from: number): number {
    const page = this.keyPage(id);
    const start = this.keyStart(id);
    const length = this.keyLength(id);
    let word = 0;
    for (let i = from; i < from + 4; i++) word = word * 256 + (i < length ? page[start + i]! : 0);
    return word;
  }

  /** Every id, in the order of `add`; also those that are added while it is read. */
  *ids(): Generator<number> {
    for (let pageNumber = 0; pageNumber < this.#bytes.length; pageNumber++) {
      let unit = pageNumber === 0 ? 1 : 0;
      while (unit < (this.#pageEnds[pageNumber] ?? this.#nextUnit)) {
        const id = pageNumber * PAGE_UNITS + unit;
        yield id;
        unit = (this.keyStart(id) + this.keyLength(id) + 3) >>> 2;
      }
    }
  }

  /** The same as an array; `count` is how many there are. */
  allIds(count: number): Uint32Array {
    const ids = new Uint32Array(count);
    let filled = 0;
    for (const id of this.ids()) ids[filled++] = id;
    assert(filled === count, "every entry has an id");
    return ids;
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
