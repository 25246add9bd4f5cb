// Values in memory, in pages, so that no value is an object.
//
// A place is named by a page and an offset in units of 8 bytes. Freed places are kept in lists by
// size class and used again; a class is an eighth of a power of two, so at most 1/8 is lost.
//
// Invariants:
//  I1. A place that is in use is in no free list, and no two places overlap.
//  I2. A freed place is used again only for a value of its own class.

import assert from "node:assert";

const PAGE_BYTES = 1024 * 1024;
const UNIT_BYTES = 8;
/** Values above this get a page of their own, which goes when the value is freed. */
const SHARED_BYTES_MAX = PAGE_BYTES / 8;
const EMPTY = new Uint8Array(0);

interface FreeList {
  places: Uint32Array;
  count: number;
}

export class ValueArena {
  readonly #pages: Uint8Array[] = [EMPTY];
  readonly #freePages: number[] = [];
  readonly #free = new Map<number, FreeList>();
  /** The page that new places come from, and the next free byte in it. */
  #page = 0;
  #next = PAGE_BYTES;
  #pageBytes = 0;
  /** Page and offset of the last `add`. */
  page = 0;
  unit = 0;

  /** Bytes of memory that the pages hold. */
  get memoryBytes(): number {
    return this.#pageBytes;
  }

  /** Copies the value in; its place is in `page` and `unit`. */
  add(value: Uint8Array): void {
    const capacity = capacityBytes(value.length);
    if (capacity > SHARED_BYTES_MAX) {
      this.page = this.#addPage(capacity);
      this.unit = 0;
    } else if (!this.#reuse(capacity)) {
      if (this.#next + capacity > PAGE_BYTES) {
        this.#page = this.#addPage(PAGE_BYTES);
        this.#next = 0;
      }
      this.page = this.#page;
      this.unit = this.#next / UNIT_BYTES;
      this.#next += capacity;
    }
    const start = this.unit * UNIT_BYTES;
    assert(start + value.length <= this.#pages[this.page]!.length, "I1: a place ends in its page");
    this.#pages[this.page]!.set(value, start);
  }

  /** A copy of the `length` bytes at the place. */
  copy(page: number, unit: number, length: number): Uint8Array {
    const start = unit * UNIT_BYTES;
    return this.#pages[page]!.slice(start, start + length);
  }

  bytes(page: number): Uint8Array {
    return this.#pages[page]!;
  }

  start(unit: number): number {
    return unit * UNIT_BYTES;
  }

  /** The place may be used again for another value. */
  free(page: number, unit: number, length: number): void {
    const capacity = capacityBytes(length);
    if (capacity > SHARED_BYTES_MAX) {
      this.#pageBytes -= this.#pages[page]!.length;
      this.#pages[page] = EMPTY;
      this.#freePages.push(page);
      return;
    }
    let list = this.#free.get(capacity);
    if (list === undefined) {
      list = { places: new Uint32Array(32), count: 0 };
      this.#free.set(capacity, list);
    }
    if (list.count * 2 === list.places.length) {
      const larger = new Uint32Array(list.places.length * 2);
      larger.set(list.places);
      list.places = larger;
    }
    list.places[list.count * 2] = page;
    list.places[list.count * 2 + 1] = unit;
    list.count++;
  }

  #reuse(capacity: number): boolean {
    const list = this.#free.get(capacity);
    if (list === undefined || list.count === 0) return false;
    list.count--;
    this.page = list.places[list.count * 2]!;
    this.unit = list.places[list.count * 2 + 1]!;
    assert(this.page > 0, "I2: a free place has a page");
    return true;
  }

  #addPage(sizeBytes: number): number {
    this.#pageBytes += sizeBytes;
    const page = this.#freePages.pop() ?? this.#pages.length;
    this.#pages[page] = new Uint8Array(sizeBytes);
    return page;
  }
}

/** The size class: a multiple of an eighth of the power of two below it, and of 8 bytes. */
function capacityBytes(length: number): number {
  if (length <= 64) return Math.max(UNIT_BYTES, (length + 7) & ~7);
  const step = 1 << (31 - Math.clz32(length - 1) - 3);
  return Math.ceil(length / step) * step;
}
