// The segments of a store: their files, their places in the manifest, and which slot is whose.
//
// Invariants:
//  I1. The last segment of the table is the active one, and the last in the manifest: the outputs
//      of merges come before it.
//  I2. Every segment of the table is in the manifest. Retired ones, which only snapshots still
//      read, are in neither.
//  I3. A slot is given to another segment only when nothing points into the one before.
//  I4. `liveBytes` is the sum of those of all segments that have a slot.

import assert from "node:assert";
import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { ignoreIoErrors, ioError } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import { writeManifest } from "../log/manifest.ts";
import { hintName, type Segment, segmentName, segmentPath } from "./segment.ts";

/** What is known of a segment that nothing was written to. */
export function emptySegment(id: number, slot: number, file: File): Segment {
  return {
    id,
    slot,
    file,
    sizeBytes: LOG_HEADER_BYTES,
    liveBytes: 0,
    deadPutBytes: 0,
    tombstoneBytes: 0,
    hintBytes: 0,
    minSequence: Number.POSITIVE_INFINITY,
    synced: false,
    damaged: false,
  };
}

export class SegmentTable {
  readonly #options: EngineOptions;
  /** In the order of the manifest. */
  #listed: readonly Segment[];
  /** By slot: listed, retired, or the output of a merge. Slot 0 is none. */
  readonly #bySlot: (Segment | undefined)[] = [undefined];
  readonly #freeSlots: number[] = [];
  readonly #retired: Segment[] = [];
  /** The highest id given out. */
  #lastId = 0;
  liveBytes = 0;
  /** Told when nothing reads a segment any more, with its id. */
  onRemoved: (id: number) => void = () => {};

  /** `found` is in the order of the manifest, with slots from 1 up. */
  constructor(options: EngineOptions, found: readonly Segment[]) {
    this.#options = options;
    this.#listed = found;
    for (const segment of found) {
      assert(segment.slot === this.#bySlot.length, "I3: slots are given in order");
      this.#bySlot.push(segment);
      this.#lastId = Math.max(this.#lastId, segment.id);
      this.liveBytes += segment.liveBytes;
    }
  }

  /** In the order of the manifest, retired ones left out. */
  get listed(): readonly Segment[] {
    return this.#listed;
  }

  /** Copies of what is listed, the active one with the given size: for reads while writes go on. */
  asOf(activeBytes: number): Segment[] {
    const last = this.#listed.length - 1;
    return this.#listed.map((segment, i) =>
      i < last ? { ...segment } : { ...segment, sizeBytes: activeBytes },
    );
  }

  get retired(): readonly Segment[] {
    return this.#retired;
  }

  /** The segment of a slot that something points into. */
  at(slot: number): Segment {
    const segment = this.#bySlot[slot];
    assert(segment !== undefined, "I3: what is pointed into is there");
    return segment;
  }

  /** A record of so many bytes in the segment is the newest of its key. */
  addLive(segment: Segment, length: number): void {
    segment.liveBytes += length;
    this.liveBytes += length;
  }

  /** It is so no more: superseded, or, unless `isThere`, undone and not in the file any more. */
  addDead(segment: Segment, length: number, isThere: boolean): void {
    segment.liveBytes -= length;
    this.liveBytes -= length;
    assert(segment.liveBytes >= 0, "I4: no more is dead than was live");
    if (isThere) segment.deadPutBytes += length;
  }

  /** What superseded it was undone. */
  addRevived(segment: Segment, length: number): void {
    segment.deadPutBytes -= length;
    this.addLive(segment, length);
  }

  /**
   * A new empty segment, durable and last in the manifest before anything is written to it.
   * Throws EngineError, and then the table is as before; ENGINE_READ_ONLY: the manifest may not be.
   */
  append(minSequence: number): Segment {
    const segment = this.createFile(minSequence);
    try {
      this.#list([...this.#listed, segment]);
    } catch (cause) {
      segment.file.closeSync();
      this.#release(segment);
      throw ioError(cause, `cannot list ${segment.file.path}`, segment.file.path);
    }
    return segment;
  }

  /** A new empty segment with a slot, that is not in the manifest yet. */
  createFile(minSequence: number): Segment {
    const { fileSystem, dir, durability } = this.#options;
    const id = ++this.#lastId;
    const file = createLogFile(fileSystem, segmentPath(dir, id), id, durability);
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    const segment = emptySegment(id, slot, file);
    segment.minSequence = minSequence;
    this.#bySlot[slot] = segment;
    return segment;
  }

  /** A file that `createFile` made and that was never listed goes; later, if not now. */
  discard(segment: Segment): void {
    segment.file.closeSync();
    this.#release(segment);
    ignoreIoErrors(() => this.#options.fileSystem.removeSync(segment.file.path));
  }

  /** Of the last segment the manifest gives no length as long as it grows. */
  writeManifest(closed = false): void {
    this.#list(this.#listed, closed);
  }

  /** The outputs of a merge take the place of the segments that it read. Throws like `append`. */
  replace(merged: readonly Segment[], outputs: readonly Segment[]): void {
    const kept = this.#listed.filter((segment) => !merged.includes(segment));
    this.#list([...outputs, ...kept]);
  }

  /** Manifest first: the table changes only when it was written. */
  #list(segments: readonly Segment[], closed = false): void {
    const entries = segments.map(({ id, sizeBytes }, i) => ({
      name: segmentName(id),
      sizeBytes: i < segments.length - 1 || closed ? sizeBytes : undefined,
    }));
    writeManifest(this.#options.fileSystem, this.#options.dir, entries);
    this.#listed = segments;
  }

  /** A segment that is not listed any more, and that only snapshots read. */
  retire(segment: Segment): void {
    assert(segment.liveBytes === 0, "I3: nothing points into a merged segment");
    assert(!this.#listed.includes(segment), "I2: what is listed is not retired");
    this.#retired.push(segment);
  }

  /** No snapshot is open: what was retired goes from the disk, now or at the next open. */
  dropRetired(): void {
    for (const segment of this.#retired.splice(0)) {
      segment.file.closeSync();
      this.#release(segment);
      this.onRemoved(segment.id);
      ignoreIoErrors(() => this.#removeFiles(segment));
    }
  }

  #removeFiles({ id, file }: Segment): void {
    const { fileSystem, dir } = this.#options;
    fileSystem.removeSync(file.path);
    fileSystem.removeSync(path.join(dir, hintName(id)));
  }

  #release({ slot, liveBytes }: Segment): void {
    assert(liveBytes === 0, "I4: what is let go of holds nothing live");
    this.#bySlot[slot] = undefined;
    this.#freeSlots.push(slot);
  }

  closeFiles(): void {
    for (const segment of this.#bySlot) segment?.file.closeSync();
  }
}
