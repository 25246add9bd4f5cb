// Memory for hot values, in pages: filled from the start, given back as a whole, in two queues.
//
// A place names something in a page by the page's number and an offset in units of 8 bytes, in 32
// bits. What would waste much of a page has one of its own, as long as it needs.
//
// Invariants:
//  I1. A page is in one queue, or in none while it is emptied, or free.
//  I2. liveBytes of a page is the sum of its records that are not dead; a free page has none.
//  I3. Page 0 is never given out, so that place 0 is none.

import assert from "node:assert";

export const UNIT_BYTES = 8;
const PAGE_BYTES_MAX = 128 * 1024;
const PAGE_BYTES_MIN = 1024;
/** Free pages that are kept for the next use, so that eviction allocates nothing. */
const SPARE_PAGES_MAX = 4;
const NO_WORDS = new Uint32Array(0);
const NO_BYTES = new Uint8Array(0);

/** The queues of S3-FIFO. */
export const Queue = { small: 0, main: 1 } as const;
export type Queue = (typeof Queue)[keyof typeof Queue];

export interface Page {
  readonly number: number;
  readonly sizeBytes: number;
  queue: Queue;
  usedBytes: number;
  liveBytes: number;
  older: Page | undefined;
  younger: Page | undefined;
}

interface PageList {
  oldest: Page | undefined;
  youngest: Page | undefined;
  /** The page that new records go to; in the queue as any other. */
  open: Page | undefined;
  bytes: number;
}

export class HotPages {
  readonly pageBytes: number;
  /** Bits of a place that are an offset in its page. */
  readonly unitBits: number;
  readonly unitMask: number;
  /** The memory of each page, by number, as bytes and as words. */
  readonly bytes: Uint8Array[] = [NO_BYTES];
  readonly words: Uint32Array[] = [NO_WORDS];
  readonly #pages: (Page | undefined)[] = [undefined];
  readonly #freeNumbers: number[] = [];
  /** Numbers of pages of the usual size that still have their memory. */
  readonly #spare: number[] = [];
  readonly #lists: readonly PageList[] = [newList(), newList()];
  #memoryBytes = 0;
  #liveBytes = 0;

  /** Pages are so large that some 32 of them make up the budget, within bounds. */
  constructor(budgetBytes: number) {
    const wanted = 2 ** Math.floor(Math.log2(budgetBytes / 32));
    this.pageBytes = Math.min(PAGE_BYTES_MAX, Math.max(PAGE_BYTES_MIN, wanted));
    this.unitBits = Math.log2(this.pageBytes / UNIT_BYTES);
    this.unitMask = this.pageBytes / UNIT_BYTES - 1;
  }

  /** Bytes of memory of all pages, spare ones included. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Bytes of records that are not dead. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Bytes of the pages of a queue. */
  queueBytes(queue: Queue): number {
    return this.#lists[queue]!.bytes;
  }

  oldest(queue: Queue): Page | undefined {
    return this.#lists[queue]!.oldest;
  }

  pageOf(place: number): Page {
    return this.#pages[place >>> this.unitBits]!;
  }

  placeAt(page: Page, offset: number): number {
    return ((page.number << this.unitBits) | (offset / UNIT_BYTES)) >>> 0;
  }

  /** Whether `take` of so many bytes in the queue needs no other page. */
  hasRoom(queue: Queue, lengthBytes: number): boolean {
    const { open } = this.#lists[queue]!;
    if (open === undefined || this.#isOwn(lengthBytes)) return false;
    return open.usedBytes + lengthBytes <= open.sizeBytes;
  }

  /** Bytes of new memory that another page for so many bytes would take. */
  missingBytes(lengthBytes: number): number {
    if (this.#isOwn(lengthBytes)) return lengthBytes;
    return this.#spare.length > 0 ? 0 : this.pageBytes;
  }

  /** Room for `lengthBytes`, a multiple of 8, behind all that is in the queue; its place. */
  take(queue: Queue, lengthBytes: number): number {
    const list = this.#lists[queue]!;
    let page: Page | undefined;
    if (this.#isOwn(lengthBytes)) {
      page = this.#newPage(queue, lengthBytes);
    } else {
      page = list.open;
      if (page === undefined || page.usedBytes + lengthBytes > page.sizeBytes) {
        page = this.#newPage(queue, this.pageBytes);
        list.open = page;
      }
    }
    const place = this.placeAt(page, page.usedBytes);
    page.usedBytes += lengthBytes;
    page.liveBytes += lengthBytes;
    this.#liveBytes += lengthBytes;
    return place;
  }

  /** So many bytes of the page are dead; a page of which nothing is live is given back. */
  kill(page: Page, lengthBytes: number): void {
    page.liveBytes -= lengthBytes;
    this.#liveBytes -= lengthBytes;
    assert(page.liveBytes >= 0, "I2: no more is dead than was live");
  }

  /** Whether nothing more will be put into the page, which is in a queue. */
  isClosed(page: Page): boolean {
    return page !== this.#lists[page.queue]!.open;
  }

  /** The page of the usual size with the most dead bytes that is not open, if any has some. */
  deadest(): Page | undefined {
    let found: Page | undefined;
    let most = 0;
    for (const page of this.#pages) {
      if (page === undefined || page.sizeBytes !== this.pageBytes || !this.isClosed(page)) continue;
      const dead = page.usedBytes - page.liveBytes;
      if (dead <= most) continue;
      most = dead;
      found = page;
    }
    return found;
  }

  /** Takes the page out of its queue. */
  unlink(page: Page): void {
    const list = this.#lists[page.queue]!;
    if (page.older === undefined) list.oldest = page.younger;
    else page.older.younger = page.younger;
    if (page.younger === undefined) list.youngest = page.older;
    else page.younger.older = page.older;
    page.older = undefined;
    page.younger = undefined;
    if (list.open === page) list.open = undefined;
    list.bytes -= page.sizeBytes;
  }

  /** Puts a page that is in no queue behind all others of one. */
  link(page: Page, queue: Queue): void {
    const list = this.#lists[queue]!;
    page.queue = queue;
    page.older = list.youngest;
    if (list.youngest === undefined) list.oldest = page;
    else list.youngest.younger = page;
    list.youngest = page;
    list.bytes += page.sizeBytes;
  }

  /** Gives back a page that is in no queue, and of which nothing is live. */
  release(page: Page): void {
    assert(page.liveBytes === 0, "I2: a page that is given back holds nothing");
    this.#pages[page.number] = undefined;
    if (page.sizeBytes === this.pageBytes && this.#spare.length < SPARE_PAGES_MAX) {
      this.#spare.push(page.number);
      return;
    }
    this.#free(page.number);
  }

  /** Lets go of the memory of a spare page, if there is one. */
  dropSpare(): void {
    const number = this.#spare.pop();
    if (number !== undefined) this.#free(number);
  }

  #free(number: number): void {
    this.#memoryBytes -= this.bytes[number]!.length;
    this.bytes[number] = NO_BYTES;
    this.words[number] = NO_WORDS;
    this.#freeNumbers.push(number);
  }

  /** Beyond an eighth of a page, what does not fit into the rest of one would waste too much. */
  #isOwn(lengthBytes: number): boolean {
    return lengthBytes > this.pageBytes / 8;
  }

  #newPage(queue: Queue, sizeBytes: number): Page {
    let number = sizeBytes === this.pageBytes ? this.#spare.pop() : undefined;
    if (number === undefined) {
      number = this.#freeNumbers.pop() ?? this.#pages.length;
      assert(number > 0 && number < 2 ** (32 - this.unitBits), "I3: the number fits into a place");
      const words = new Uint32Array(sizeBytes / 4);
      this.words[number] = words;
      this.bytes[number] = new Uint8Array(words.buffer);
      this.#memoryBytes += sizeBytes;
    }
    const none = undefined;
    const page = {
      number,
      sizeBytes,
      queue,
      usedBytes: 0,
      liveBytes: 0,
      older: none,
      younger: none,
    };
    this.#pages[number] = page;
    this.link(page, queue);
    return page;
  }
}

function newList(): PageList {
  return { oldest: undefined, youngest: undefined, open: undefined, bytes: 0 };
}
