// The policy of hot-values.ts once more, by the book and without regard for speed: objects, arrays
// and searches. What is in memory must be the same after every call.

import { hashKey } from "../../../engines/index/hash.ts";
import { HotPages } from "../../../engines/memory/hot-pages.ts";

interface ModelRecord {
  readonly key: string;
  readonly hash: number;
  readonly keyBytes: number;
  /** Bytes to the next record, slack included. */
  readonly extent: number;
  value: Uint8Array;
  frequency: number;
  dead: boolean;
}

interface ModelPage {
  readonly number: number;
  readonly records: ModelRecord[];
  readonly size: number;
  used: number;
}

type Name = "small" | "main";

function recordBytes(keyBytes: number, valueBytes: number): number {
  const head = Math.ceil((12 + keyBytes) / 4) * 4;
  return Math.ceil((head + valueBytes) / 8) * 8;
}

export class PolicyModel {
  readonly #pageBytes: number;
  readonly #limit: number;
  readonly #queues: Record<Name, ModelPage[]> = { small: [], main: [] };
  readonly #open: Record<Name, ModelPage | undefined> = { small: undefined, main: undefined };
  /** Numbers of pages: of equals, the one with the lowest is cleaned first. */
  #numbers = 1;
  readonly #free: number[] = [];
  readonly #spare: number[] = [];
  #credit = 0;
  #ghostCells = 1024;
  #ghosts = new Map<number, number>();
  evictions = 0;

  constructor(budgetBytes: number) {
    this.#pageBytes = new HotPages(budgetBytes).pageBytes;
    this.#limit = budgetBytes - this.#pageBytes;
  }

  /** Every value in memory, by key. */
  contents(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    for (const page of this.#pages()) {
      for (const record of page.records) if (!record.dead) found.set(record.key, record.value);
    }
    return found;
  }

  memoryBytes(): number {
    const used = this.#pages().reduce((sum, page) => sum + page.size, 0);
    return used + this.#spare.length * this.#pageBytes;
  }

  get(key: string): Uint8Array | undefined {
    const record = this.#find(key)?.record;
    if (record === undefined) return undefined;
    record.frequency = Math.min(3, record.frequency + 1);
    return record.value;
  }

  put(key: string, value: Uint8Array): void {
    const bytes = Buffer.from(key);
    const hash = hashKey(bytes);
    const wanted = recordBytes(bytes.length, value.length);
    const found = this.#find(key);
    let queue: Name = "small";
    let frequency = 0;
    if (found !== undefined) {
      const { record } = found;
      frequency = Math.min(3, record.frequency + 1);
      record.frequency = frequency;
      const slack = record.extent - wanted;
      if (slack >= 0 && slack * 8 <= record.extent) {
        record.value = value;
        return;
      }
      queue = this.#queues.small.includes(found.page) ? "small" : "main";
      this.#drop(found.page, record);
    } else if (this.#ghosts.get(hash % this.#ghostCells) === hash) {
      this.#ghosts.delete(hash % this.#ghostCells);
      queue = "main";
    }
    if (wanted * 8 > this.#limit) return;
    this.#makeRoom(queue, wanted);
    const keyBytes = bytes.length;
    this.#add(queue, { key, hash, keyBytes, extent: wanted, value, frequency, dead: false });
  }

  remove(key: string): void {
    const found = this.#find(key);
    if (found !== undefined) this.#drop(found.page, found.record);
  }

  #pages(): ModelPage[] {
    return [...this.#queues.small, ...this.#queues.main];
  }

  #find(key: string): { page: ModelPage; record: ModelRecord } | undefined {
    for (const page of this.#pages()) {
      const record = page.records.find((one) => one.key === key && !one.dead);
      if (record !== undefined) return { page, record };
    }
    return undefined;
  }

  #live(page: ModelPage): number {
    return page.records.reduce((sum, record) => sum + (record.dead ? 0 : record.extent), 0);
  }

  #drop(page: ModelPage, record: ModelRecord): void {
    record.dead = true;
    const isOpen = page === this.#open.small || page === this.#open.main;
    if (this.#live(page) > 0 || isOpen) return;
    this.#unlink(page);
    this.#release(page);
  }

  #unlink(page: ModelPage): Name {
    const name = this.#queues.small.includes(page) ? "small" : "main";
    this.#queues[name] = this.#queues[name].filter((other) => other !== page);
    if (this.#open[name] === page) this.#open[name] = undefined;
    return name;
  }

  #release(page: ModelPage): void {
    const isSpare = page.size === this.#pageBytes && this.#spare.length < 4;
    (isSpare ? this.#spare : this.#free).push(page.number);
  }

  #add(queue: Name, record: ModelRecord): void {
    const isOwn = record.extent > this.#pageBytes / 8;
    let page = isOwn ? undefined : this.#open[queue];
    if (page === undefined || page.used + record.extent > page.size) {
      const spare = isOwn ? undefined : this.#spare.pop();
      const number = spare ?? this.#free.pop() ?? this.#numbers++;
      page = { number, records: [], size: isOwn ? record.extent : this.#pageBytes, used: 0 };
      this.#queues[queue].push(page);
      if (!isOwn) this.#open[queue] = page;
    }
    page.records.push(record);
    page.used += record.extent;
  }

  #makeRoom(queue: Name, bytes: number): void {
    const isOwn = bytes > this.#pageBytes / 8;
    const open = this.#open[queue];
    if (!isOwn && open !== undefined && open.used + bytes <= open.size) return;
    for (let i = 0; i < 2; i++) {
      const debris = this.#debris();
      if (debris === undefined) break;
      this.#clean(debris);
    }
    const missing = () => (isOwn ? bytes : this.#spare.length > 0 ? 0 : this.#pageBytes);
    while (this.memoryBytes() + missing() > this.#limit) {
      this.#evict();
      if (this.memoryBytes() > this.#limit && this.#spare.length > 0) {
        this.#free.push(this.#spare.pop()!);
      }
    }
  }

  #debris(): ModelPage | undefined {
    const pages = this.#pages();
    const live = pages.reduce((sum, page) => sum + this.#live(page), 0);
    const memory = this.memoryBytes();
    if ((memory - live) * 4 <= memory) return undefined;
    const isOpen = (page: ModelPage) => page === this.#open.small || page === this.#open.main;
    const dead = (page: ModelPage) => page.used - this.#live(page);
    const candidates = pages.filter((page) => page.size === this.#pageBytes && !isOpen(page));
    const most = Math.max(0, ...candidates.map(dead));
    const [page] = candidates
      .filter((one) => dead(one) === most)
      .sort((left, right) => left.number - right.number);
    return page !== undefined && most * 4 >= page.size ? page : undefined;
  }

  #clean(page: ModelPage): void {
    const name = this.#unlink(page);
    for (const record of page.records) if (!record.dead) this.#copy(name, record, record.frequency);
    this.#release(page);
  }

  #copy(queue: Name, record: ModelRecord, frequency: number): void {
    const extent = recordBytes(record.keyBytes, record.value.length);
    this.#add(queue, { ...record, extent, frequency });
  }

  #evict(): void {
    const { small, main } = this.#queues;
    const smallBytes = small.reduce((sum, page) => sum + page.size, 0);
    const name = smallBytes > this.#limit * 0.1 || main.length === 0 ? "small" : "main";
    const page = this.#queues[name][0]!;
    this.#unlink(page);
    const lowest = name === "small" ? 2 : 1;
    this.#credit = Math.min(8 * this.#pageBytes, this.#credit + page.size / 2);
    const live = page.records.filter((record) => !record.dead);
    let kept = 4;
    for (; kept > lowest; kept--) {
      const bytes = live
        .filter((record) => record.frequency === kept - 1)
        .reduce((sum, record) => sum + record.extent, 0);
      if (bytes > this.#credit) break;
      this.#credit -= bytes;
    }
    let stayed = false;
    for (const record of live) {
      let stays = record.frequency >= kept;
      if (!stays && record.frequency === kept - 1 && record.frequency >= lowest) {
        stays = record.extent <= this.#credit;
        if (stays) this.#credit -= record.extent;
      }
      if (!stays) {
        if (name === "small") this.#ghosts.set(record.hash % this.#ghostCells, record.hash);
        record.dead = true;
        this.evictions++;
        continue;
      }
      const frequency = name === "small" ? 0 : record.frequency - 1;
      if (page.size === this.#pageBytes) this.#copy("main", record, frequency);
      else {
        record.frequency = frequency;
        stayed = true;
      }
    }
    if (this.contents().size > this.#ghostCells) throw new Error("the model keeps 1024 ghosts");
    if (stayed) this.#queues.main.push(page);
    else this.#release(page);
  }
}
