// The segments of a store: their files, their places in the manifest, and which id is whose.
//
// Invariants:
//  I1. The last segment of the table is the active one, and the last in the manifest: a merge puts
//      its output first.
//  I2. Every segment of the table is in the manifest. Retired ones, which only snapshots still
//      read, are in neither.
//  I3. Nothing but snapshots points into a retired segment.

import assert from "node:assert";
import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { ignoreIoErrors, ioError } from "../errors.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import { writeManifest } from "../log/manifest.ts";
import { hintName, type Segment, segmentName, segmentPath } from "./segment.ts";

export class SegmentTable {
  readonly #options: EngineOptions;
  readonly #segments = new Map<number, Segment>();
  readonly #retired: Segment[] = [];
  /** The highest id given out. */
  #lastId = 0;

  /** `found` is in the order of the manifest. */
  constructor(options: EngineOptions, found: readonly Segment[]) {
    this.#options = options;
    for (const segment of found) {
      this.#segments.set(segment.id, segment);
      this.#lastId = Math.max(this.#lastId, segment.id);
    }
  }

  /** How many there are, retired ones left out. */
  get size(): number {
    return this.#segments.size;
  }

  /** In the order of the manifest, retired ones left out. */
  list(): Segment[] {
    return [...this.#segments.values()];
  }

  /** A segment that something points into, retired ones included. */
  get(id: number): Segment {
    const segment =
      this.#segments.get(id) ?? this.#retired.find((candidate) => candidate.id === id);
    assert(segment !== undefined, "I3: what is pointed into is there");
    return segment;
  }

  /**
   * A new empty segment, durable and last in the manifest before anything is written to it.
   * Throws EngineError, and then the table is as before; ENGINE_READ_ONLY: the manifest may not be.
   */
  append(minSequence: number): Segment {
    const segment = this.createFile(minSequence);
    try {
      this.#list([...this.list(), segment]);
    } catch (cause) {
      segment.file.closeSync();
      throw ioError(cause, `cannot list ${segment.file.path}`, segment.file.path);
    }
    return segment;
  }

  /** A new empty segment that is not in the table yet, nor in the manifest. */
  createFile(minSequence: number): Segment {
    const { fileSystem, dir, durability } = this.#options;
    const id = ++this.#lastId;
    const file = createLogFile(fileSystem, segmentPath(dir, id), id, durability);
    return { id, file, sizeBytes: LOG_HEADER_BYTES, liveBytes: 0, minSequence, hinted: false };
  }

  /** Of the last segment the manifest gives no length as long as it grows. */
  writeManifest(closed = false): void {
    this.#list(this.list(), closed);
  }

  /** The output of a merge takes the place of the segments that it read. Throws like `append`. */
  replace(merged: readonly Segment[], output: Segment | undefined): void {
    const kept = this.list().filter((segment) => !merged.includes(segment));
    this.#list(output === undefined ? kept : [output, ...kept]);
  }

  /** Manifest first: the table changes only when it was written. */
  #list(segments: readonly Segment[], closed = false): void {
    const entries = segments.map(({ id, sizeBytes }, i) => ({
      name: segmentName(id),
      sizeBytes: i < segments.length - 1 || closed ? sizeBytes : undefined,
    }));
    writeManifest(this.#options.fileSystem, this.#options.dir, entries);
    this.#segments.clear();
    for (const segment of segments) this.#segments.set(segment.id, segment);
  }

  /** Replaced segments stay readable until `dropRetired`. */
  retire(merged: readonly Segment[]): void {
    for (const segment of merged) {
      assert(segment.liveBytes === 0, "I3: nothing points into a merged segment");
      this.#retired.push(segment);
    }
  }

  /** No snapshot is open: what was retired goes from the disk, now or at the next open. */
  dropRetired(): void {
    const { fileSystem, dir } = this.#options;
    for (const segment of this.#retired.splice(0)) {
      segment.file.closeSync();
      ignoreIoErrors(() => {
        fileSystem.removeSync(segment.file.path);
        fileSystem.removeSync(path.join(dir, hintName(segment.id)));
      });
    }
  }

  closeFiles(): void {
    for (const { file } of [...this.#segments.values(), ...this.#retired]) file.closeSync();
  }
}
