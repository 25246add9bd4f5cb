// One file of a MemoryDisk, whatever its name: what the kernel holds of it, and what of that is on
// the device.
//
// The bytes are those that the kernel holds. Of what is older, only that is kept which was changed
// since: a version is the state at the begin of a sync, as the old content of the pages that were
// written over since, and the old size. So appending costs nothing beside the bytes themselves, and
// a sync that ends forgets versions, however long the file is.
//
// Steps of `losePower`, for each sector that has been changed since the oldest version:
//  1. It is as on the device, or as in the kernel, or, rarely, as at the begin of a sync that did
//     not end, or, where the file has grown, what a removed file had there.
//  2. The size is one that the file had since, or reaches behind the last sector that was kept.
//
// Invariants:
//  I1. There is a version, and the oldest is what the device holds, but for `#lost`.
//  I2. What a version says of a page holds below the size of the version; behind it is nothing. A
//      page that is in none of the versions from there on is as it is now.
//  I3. In the array, behind the size, are zeros.
//  I4. Bytes that somebody else has too (`#isShared`) are copied before the first write.
//  I5. A page of `#lost` was in a sync that failed: only when it is written again does a later sync
//      bring it to the device. `#lost` has what the device holds of it.

import assert from "node:assert";

const PAGE_BYTES = 4096;
/** What the device writes as a whole. */
const SECTOR_BYTES = 512;
/** One sector in so many that were not synced is older than it might be. */
const OLDER_ONE_IN = 32;

/** Chance that repeats. */
export interface RandomLike {
  /** Uniform over the integers 0 <= x < bound. */
  nextBelow(bound: number): number;
}

interface Version {
  readonly sizeBytes: number;
  /** By number: pages as they were, of those that were written over while this was the newest. */
  pages: Map<number, Uint8Array> | undefined;
}

const NO_BYTES = new Uint8Array(0);

export class MemoryFile {
  #bytes: Uint8Array;
  #isShared: boolean;
  sizeBytes: number;
  /** I1: the oldest first; the last one is what a sync would bring to the device. */
  #versions: Version[];
  /** The number of the oldest version, counted since the beginning. */
  #firstVersion = 0;
  /** I5: by number of the page. */
  readonly #lost = new Map<number, Uint8Array>();
  /** The size on the device, when a sync that was to change it failed. */
  #lostSizeBytes: number | undefined;
  /** Bytes written since the last sync began. */
  unsyncedBytes = 0;
  #isChanged = false;

  /** `bytes` are on the device; they are not copied, and must not be changed by others (I4). */
  constructor(bytes: Uint8Array = NO_BYTES) {
    this.#bytes = bytes;
    this.#isShared = true;
    this.sizeBytes = bytes.length;
    this.#versions = [{ sizeBytes: bytes.length, pages: undefined }];
  }

  /** All of it, as a view that stays as it is now. */
  share(): Uint8Array {
    this.#isShared = true;
    return this.#bytes.subarray(0, this.sizeBytes);
  }

  /** How many bytes were there to read. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): number {
    const count = Math.min(length, this.sizeBytes - position);
    if (count <= 0) return 0;
    buffer.set(this.#bytes.subarray(position, position + count), offset);
    return count;
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number): void {
    if (length === 0) return;
    const end = position + length;
    this.#own(end);
    this.#keepOld(position, end);
    const isWhole = offset === 0 && length === buffer.length;
    this.#bytes.set(isWhole ? buffer : buffer.subarray(offset, offset + length), position);
    if (end > this.sizeBytes) this.sizeBytes = end;
    this.unsyncedBytes += length;
    this.#isChanged = true;
  }

  truncate(sizeBytes: number): void {
    this.#own(sizeBytes);
    if (sizeBytes < this.sizeBytes) {
      this.#keepOld(sizeBytes, this.sizeBytes);
      this.#bytes.fill(0, sizeBytes, this.sizeBytes);
    }
    this.sizeBytes = sizeBytes;
    this.#isChanged = true;
  }

  /** The number of the version that the sync is to bring to the device. */
  beginSync(): number {
    if (this.#isChanged) {
      this.#versions.push({ sizeBytes: this.sizeBytes, pages: undefined });
      this.#isChanged = false;
    }
    this.unsyncedBytes = 0;
    return this.#firstVersion + this.#versions.length - 1;
  }

  /** The version, and so all older ones, are on the device. */
  endSync(version: number): void {
    const count = version - this.#firstVersion;
    if (count < 0) return; // A sync that failed, or a loss of power, came in between.
    if (this.#lost.size > 0) {
      for (const page of this.#changedPages(count)) this.#lost.delete(page);
    }
    this.#lostSizeBytes = undefined;
    if (count === 0) return;
    this.#versions.splice(0, count);
    this.#firstVersion = version;
    assert(this.#versions.length > 0, "I1: there is a version");
  }

  /**
   * A sync fails as it does on Linux: the pages count as clean from then on, though nobody knows
   * whether the device has them, and the next sync succeeds without them (Rebello et al., "Can
   * Applications Recover from fsync Failures?", USENIX ATC 2020, section 3). So does one that is
   * under way: of several that wait on one open file, the kernel tells the error to one.
   */
  failSync(): void {
    const sizeBytes = this.durableSizeBytes;
    for (const page of this.#changedPages(this.#versions.length)) {
      if (!this.#lost.has(page)) this.#lost.set(page, this.#pageAt(0, page));
    }
    this.#restart();
    this.#lostSizeBytes = sizeBytes;
  }

  /** The power goes. Without `random` nothing is left but what the device has. */
  losePower(random?: RandomLike, stale: Uint8Array = NO_BYTES): void {
    const pages = [
      ...new Set([...this.#changedPages(this.#versions.length), ...this.#lost.keys()]),
    ];
    pages.sort((a, b) => a - b);
    const kernelBytes = this.sizeBytes;
    const versions = this.#versions.map((version) => version.sizeBytes);
    const sizes = [this.durableSizeBytes, ...versions.slice(1), kernelBytes];
    this.#own(Math.max(...sizes));
    const keptEnd = this.#mix(pages, random, stale);
    sizes.push(Math.max(this.durableSizeBytes, Math.min(keptEnd, kernelBytes)));
    this.sizeBytes = sizes[random === undefined ? 0 : random.nextBelow(sizes.length)]!;
    this.#bytes.fill(0, this.sizeBytes);
    this.#lost.clear();
    this.#restart();
  }

  /** What the device has of the size. */
  get durableSizeBytes(): number {
    return this.#lostSizeBytes ?? this.#versions[0]!.sizeBytes;
  }

  /** Flips a bit at rest, below `durableSizeBytes`: of the device's copy where there are two. */
  flip(position: number, bit: number): void {
    assert(position < this.durableSizeBytes, "a bit at rest is one on the device");
    this.#own(position + 1);
    const page = Math.floor(position / PAGE_BYTES);
    const old = this.#lost.get(page) ?? this.#oldPage(0, page);
    const holder = old ?? this.#bytes;
    const at = old === undefined ? position : position - page * PAGE_BYTES;
    holder[at] = holder[at]! ^ (1 << bit);
  }

  /** What there is now is the only version. */
  #restart(): void {
    this.#firstVersion += this.#versions.length;
    this.#versions = [{ sizeBytes: this.sizeBytes, pages: undefined }];
    this.#lostSizeBytes = undefined;
    this.#isChanged = false;
    this.unsyncedBytes = 0;
  }

  /** I2: the bytes from `start` to `end` are about to change. */
  #keepOld(start: number, end: number): void {
    const version = this.#versions[this.#versions.length - 1]!;
    const limit = Math.min(end, version.sizeBytes);
    if (start >= limit) return;
    version.pages ??= new Map();
    const last = Math.floor((limit - 1) / PAGE_BYTES);
    for (let page = Math.floor(start / PAGE_BYTES); page <= last; page++) {
      if (version.pages.has(page)) continue;
      const pageStart = page * PAGE_BYTES;
      const pageEnd = Math.min(pageStart + PAGE_BYTES, version.sizeBytes);
      version.pages.set(page, copyOf(this.#bytes, pageStart, pageEnd));
    }
  }

  /** Pages that were written while one of the oldest `count` versions was the newest. */
  #changedPages(count: number): Set<number> {
    const changed = new Set<number>();
    for (let i = 0; i < count; i++) {
      const { sizeBytes, pages } = this.#versions[i]!;
      if (pages !== undefined) for (const page of pages.keys()) changed.add(page);
      const next = this.#versions[i + 1]?.sizeBytes ?? this.sizeBytes;
      for (let at = sizeBytes; at < next; at = (Math.floor(at / PAGE_BYTES) + 1) * PAGE_BYTES) {
        changed.add(Math.floor(at / PAGE_BYTES));
      }
    }
    return changed;
  }

  /** I2: what is kept of a page for the version at this index; undefined: it is as it is now. */
  #oldPage(index: number, page: number): Uint8Array | undefined {
    for (let i = index; i < this.#versions.length; i++) {
      const old = this.#versions[i]!.pages?.get(page);
      if (old !== undefined) return old;
    }
    return undefined;
  }

  /** A copy of the page as in the version at this index, no longer than the file was then. */
  #pageAt(index: number, page: number): Uint8Array {
    if (index === 0) {
      const lost = this.#lost.get(page);
      if (lost !== undefined) return copyOf(lost, 0, lost.length);
    }
    const start = page * PAGE_BYTES;
    const sizeBytes = index === 0 ? this.durableSizeBytes : this.#versions[index]!.sizeBytes;
    const length = Math.max(0, Math.min(PAGE_BYTES, sizeBytes - start));
    const old = this.#oldPage(index, page);
    return old === undefined
      ? copyOf(this.#bytes, start, start + length)
      : copyOf(old, 0, Math.min(length, old.length));
  }

  /** Step 1, in place. Returns the end of the last sector that is as in the kernel. */
  #mix(pages: readonly number[], random: RandomLike | undefined, stale: Uint8Array): number {
    // Some losses take little, some nearly everything, and some all from one place on.
    const keptOfFour = random === undefined ? 0 : random.nextBelow(5);
    const sectors = pages.length * (PAGE_BYTES / SECTOR_BYTES);
    let left = random?.nextBelow(4) === 0 ? random.nextBelow(sectors + 1) : sectors;
    const kernelBytes = this.sizeBytes;
    const durableBytes = this.durableSizeBytes;
    let keptEnd = 0;
    for (const page of pages) {
      const durable = this.#pageAt(0, page);
      const index = random === undefined ? 0 : random.nextBelow(this.#versions.length);
      const between = index > 0 ? this.#pageAt(index, page) : undefined;
      for (let at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
        const position = page * PAGE_BYTES + at;
        const isReached = left-- > 0;
        const isKept = isReached && random !== undefined && random.nextBelow(4) < keptOfFour;
        const isOlder = isReached && random !== undefined && random.nextBelow(OLDER_ONE_IN) === 0;
        // A block that was cut off was not written: it is as it was, if it is still in the file.
        if (position >= kernelBytes) this.#putSector(durable, at, position);
        else if (isOlder && between !== undefined) this.#putSector(between, at, position);
        else if (isOlder && position >= durableBytes) this.#putSector(stale, position, position);
        else if (isKept) keptEnd = position + SECTOR_BYTES;
        else this.#putSector(durable, at, position);
      }
    }
    return keptEnd;
  }

  /** The sector at `position` becomes the one at `from` of `source`, with zeros behind its end. */
  #putSector(source: Uint8Array, from: number, position: number): void {
    const end = Math.min(position + SECTOR_BYTES, this.#bytes.length);
    if (position >= end) return;
    this.#bytes.fill(0, position, end);
    const room = Math.min(from + SECTOR_BYTES, from + end - position);
    this.#bytes.set(source.subarray(from, room), position);
  }

  /** Room for so many bytes, in an array of our own (I4). */
  #own(sizeBytes: number): void {
    if (!this.#isShared && sizeBytes <= this.#bytes.length) return;
    const isGrowing = sizeBytes > this.#bytes.length && !this.#isShared;
    const own = new Uint8Array(Math.max(isGrowing ? sizeBytes * 2 : sizeBytes, this.sizeBytes));
    own.set(this.#bytes.subarray(0, this.sizeBytes));
    this.#bytes = own;
    this.#isShared = false;
  }
}

/** Not `slice`, which for a Node buffer is a view. */
function copyOf(source: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(source.subarray(start, end));
  return copy;
}
