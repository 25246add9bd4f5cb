// The values that are held in memory, under a budget of bytes, and the policy that chooses them:
// S3-FIFO (Yang, Zhang, Qiu, Yue, Vinayak: "FIFO queues are all you need for cache eviction",
// SOSP 2023, algorithm 1), by pages instead of single values, as segment-structured caches do it
// (Yang, Yue, Vinayak: "Segcache", NSDI 2021), so that eviction leaves no fragments.
//
// Steps, when a new page is needed:
//  1. When a quarter of what is in use is dead, pages with the most dead bytes are cleaned: their
//     live values go to the end of their queue.
//  2. While the page does not fit into the budget, another is emptied. With over a tenth of the
//     budget in the small queue: its oldest page. A value that was asked for more than once moves
//     to the main queue; of any other only the hash stays, as a ghost.
//  3. Else the oldest page of the main queue goes. A value that was asked for since it was last
//     looked at goes to the end of the queue, its count one lower; any other is let go.
//  4. So that a step stays short when all values are in use, at most half of the bytes that leave
//     a queue are kept, those with the highest counts first; what was not needed of that is saved
//     up, for some pages.
//
// A new value enters the small queue, or the main queue when its ghost is there. One that is
// read once, as by a scan, so passes through a tenth of the memory and no more.
//
// Invariants:
//  I1. A key has at most one live record, and the table leads to it: its newest value.
//  I2. The memory of pages exceeds the budget by at most one page, while one is emptied.

import assert from "node:assert";
import { hashKey } from "../index/hash.ts";
import { GhostTable } from "./ghost-table.ts";
import { type Page, Queue } from "./hot-pages.ts";
import { FREQUENCY_MAX, HotRecords, hotRecordBytes } from "./hot-records.ts";
import { HotTable } from "./hot-table.ts";
import { ValuePool } from "./value-pool.ts";

/** Share of the budget that the small queue keeps. */
const SMALL_SHARE = 0.1;
/** A longer record is never kept in memory: it would push out too many others. */
const RECORD_SHARE_MAX = 1 / 8;
/** A value stays when it was asked for so often: of the small queue, and of the main one. */
const KEPT_FREQUENCY: readonly number[] = [2, 1];
const CREDIT_PAGES_MAX = 8;
/** So many pages are cleaned, at most, when a new one is needed: twice what debris comes in. */
const CLEANED_PAGES_MAX = 2;

export class HotValues {
  readonly records: HotRecords;
  readonly #table: HotTable;
  readonly #ghosts = new GhostTable();
  readonly #pool = new ValuePool();
  readonly #budgetBytes: number;
  /** Bytes that may be kept of the next pages that leave a queue. */
  #creditBytes = 0;
  #evictions = 0;
  readonly #bytesByFrequency = new Float64Array(FREQUENCY_MAX + 1);

  /** `budgetBytes`: of pages, dead and unused bytes in them included. */
  constructor(budgetBytes: number) {
    this.records = new HotRecords(budgetBytes);
    this.#table = new HotTable(this.records);
    this.#budgetBytes = budgetBytes - this.records.pages.pageBytes;
  }

  /** How many values are in memory. */
  get count(): number {
    return this.#table.count;
  }

  /** How many values were let go to stay within the budget. */
  get evictions(): number {
    return this.#evictions;
  }

  /** Bytes of the pages. */
  get valueBytes(): number {
    return this.records.pages.memoryBytes;
  }

  /** Bytes of the tables that find them. */
  get tableBytes(): number {
    return this.#table.memoryBytes + this.#ghosts.memoryBytes;
  }

  /** The place of the value of the key bytes[start .. start + length), or 0. Counts no use. */
  find(bytes: Uint8Array, start: number, length: number): number {
    return this.#table.find(hashKey(bytes, start, length), bytes, start, length);
  }

  /** A place of a key with this hash: most probably the one to be found, if there is one; or 0. */
  candidate(hash: number): number {
    return this.#table.candidate(hash);
  }

  /** A copy of the value at the place, for the caller to keep. Counts a use. */
  read(place: number): Uint8Array {
    const { records } = this;
    const frequency = records.frequency(place);
    if (frequency < FREQUENCY_MAX) records.setFrequency(place, frequency + 1);
    return this.#pool.copy(
      records.pageWords(place),
      records.valueStart(place) >>> 2,
      records.valueLength(place),
    );
  }

  /** The value of a key was written, or was read from a file: from here on it is in memory. */
  put(bytes: Uint8Array, start: number, length: number, value: Uint8Array): void {
    const { records } = this;
    const hash = hashKey(bytes, start, length);
    const found = this.#table.find(hash, bytes, start, length);
    let queue: Queue = Queue.small;
    let frequency = 0;
    if (found !== 0) {
      frequency = Math.min(FREQUENCY_MAX, records.frequency(found) + 1);
      records.setFrequency(found, frequency);
      if (records.overwrite(found, value)) return;
      queue = records.pages.pageOf(found).queue;
      this.#drop(hash, found);
    } else if (this.#ghosts.take(hash)) {
      queue = Queue.main;
    }
    const recordBytes = hotRecordBytes(length, value.length);
    if (recordBytes > this.#budgetBytes * RECORD_SHARE_MAX) return;
    this.#makeRoom(queue, recordBytes);
    this.#table.add(hash, records.add(queue, hash, frequency, bytes, start, length, value));
  }

  /** The key has no value any more, or one that is not in memory. */
  remove(bytes: Uint8Array, start: number, length: number): void {
    const hash = hashKey(bytes, start, length);
    const found = this.#table.find(hash, bytes, start, length);
    if (found !== 0) this.#drop(hash, found);
  }

  #drop(hash: number, place: number): void {
    const { pages } = this.records;
    const page = pages.pageOf(place);
    this.#table.remove(hash, place);
    this.records.kill(place);
    if (page.liveBytes > 0 || !pages.isClosed(page)) return;
    pages.unlink(page);
    pages.release(page);
  }

  #makeRoom(queue: Queue, recordBytes: number): void {
    const { pages } = this.records;
    if (pages.hasRoom(queue, recordBytes)) return;
    for (let i = 0; i < CLEANED_PAGES_MAX && this.#hasDebris(); i++) this.#clean();
    while (pages.memoryBytes + pages.missingBytes(recordBytes) > this.#budgetBytes) {
      this.#evictPage();
      assert(
        pages.memoryBytes <= this.#budgetBytes + pages.pageBytes,
        "I2: emptying a page takes at most another",
      );
      if (pages.memoryBytes > this.#budgetBytes) pages.dropSpare();
    }
  }

  /** Step 1: whether a page that can be cleaned gives back a quarter of itself. */
  #hasDebris(): boolean {
    const { pages } = this.records;
    const dead = pages.memoryBytes - pages.liveBytes;
    return dead * 4 > pages.memoryBytes && this.#debrisPage() !== undefined;
  }

  #debrisPage(): Page | undefined {
    const page = this.records.pages.deadest();
    if (page === undefined) return undefined;
    return (page.usedBytes - page.liveBytes) * 4 >= page.sizeBytes ? page : undefined;
  }

  #clean(): void {
    const page = this.#debrisPage();
    assert(page !== undefined, "there is a page to clean");
    const { pages } = this.records;
    pages.unlink(page);
    for (let place = this.records.first(page); place !== 0; ) {
      const next = this.records.next(page, place);
      if (!this.records.isDead(place)) {
        this.#keep(place, page.queue, this.records.frequency(place));
      }
      place = next;
    }
    pages.release(page);
  }

  /** Steps 2 to 4 for one page. */
  #evictPage(): void {
    const { pages } = this.records;
    const smallIsFull = pages.queueBytes(Queue.small) > this.#budgetBytes * SMALL_SHARE;
    const queue = smallIsFull || pages.oldest(Queue.main) === undefined ? Queue.small : Queue.main;
    const page = pages.oldest(queue);
    assert(page !== undefined, "what fills the budget is in a queue");
    pages.unlink(page);
    const keptFrequency = this.#keptFrequency(page, KEPT_FREQUENCY[queue]!);
    for (let place = this.records.first(page); place !== 0; ) {
      const next = this.records.next(page, place);
      if (!this.records.isDead(place)) this.#judge(page, place, keptFrequency);
      place = next;
    }
    this.#ghosts.resize(this.#table.count);
    if (page.liveBytes > 0) pages.link(page, Queue.main);
    else pages.release(page);
  }

  /**
   * Step 4: the lowest frequency, `lowest` or more, at which all values of the page that have it or
   * more can be kept. What is left then is for some of those with one less.
   */
  #keptFrequency(page: Page, lowest: number): number {
    const { records } = this;
    const limit = CREDIT_PAGES_MAX * records.pages.pageBytes;
    this.#creditBytes = Math.min(limit, this.#creditBytes + page.sizeBytes / 2);
    const byFrequency = this.#bytesByFrequency.fill(0);
    for (let place = records.first(page); place !== 0; place = records.next(page, place)) {
      if (records.isDead(place)) continue;
      const frequency = records.frequency(place);
      byFrequency[frequency] = byFrequency[frequency]! + records.extentBytes(place);
    }
    let kept = FREQUENCY_MAX + 1;
    let bytes = 0;
    while (kept > lowest && bytes + byFrequency[kept - 1]! <= this.#creditBytes) {
      bytes += byFrequency[--kept]!;
    }
    this.#creditBytes -= bytes;
    return kept;
  }

  /** Keeps or lets go of one live record of a page that leaves its queue. */
  #judge(page: Page, place: number, keptFrequency: number): void {
    const { records } = this;
    const { queue } = page;
    const frequency = records.frequency(place);
    let stays = frequency >= keptFrequency;
    if (!stays && frequency === keptFrequency - 1 && frequency >= KEPT_FREQUENCY[queue]!) {
      const length = records.extentBytes(place);
      stays = length <= this.#creditBytes;
      if (stays) this.#creditBytes -= length;
    }
    if (stays) {
      const next = queue === Queue.small ? 0 : frequency - 1;
      // A page that is one record's own moves as it is, in `evictPage`.
      if (page.sizeBytes !== records.pages.pageBytes) records.setFrequency(place, next);
      else this.#keep(place, Queue.main, next);
      return;
    }
    const hash = records.hash(place);
    if (queue === Queue.small) this.#ghosts.add(hash);
    this.#table.remove(hash, place);
    records.kill(place);
    this.#evictions++;
  }

  #keep(place: number, queue: Queue, frequency: number): void {
    const copy = this.records.copy(place, queue, frequency);
    this.#table.move(this.records.hash(place), place, copy);
    this.records.kill(place);
    assert(!this.records.isDead(copy), "I1: a key's record is live");
  }
}
