// The hints of the segments that this process writes: one grows with the active segment; those of
// sealed ones wait until their segment was synced, and then get their names.
//
// At `group` and `sync` a segment is synced when it is sealed. At the levels below that is done
// here, off this thread where there is one: so after a crash only the last segments are scanned.
//
// Invariants:
//  I1. A hint has its name only when its segment is synced as a whole.

import assert from "node:assert";
import type { EngineOptions } from "../engine.ts";
import { type EngineError, ignoreIoErrors, ioError } from "../errors.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import {
  keyLengthAt,
  kindAt,
  RECORD_HEADER_BYTES,
  RecordKind,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { HintWriter } from "./hint-writer.ts";
import type { Segment } from "./segment.ts";

interface WaitingHint {
  readonly segment: Segment;
  readonly writer: HintWriter;
}

export class HintKeeper {
  readonly #options: EngineOptions;
  readonly #onSyncFailure: (error: EngineError) => void;
  /** Of the active segment; undefined when it has records that no entry tells of. */
  #current: HintWriter | undefined;
  #waiting: WaitingHint[] = [];
  /** A sync that runs off this thread; settles without an error. */
  syncing: Promise<void> | undefined;
  bytesWritten = 0;

  constructor(options: EngineOptions, onSyncFailure: (error: EngineError) => void) {
    this.#options = options;
    this.#onSyncFailure = onSyncFailure;
  }

  /** Bytes on disk of hints that have no name yet. */
  get unnamedBytes(): number {
    const waiting = this.#waiting.reduce((sum, { writer }) => sum + writer.bytesWritten, 0);
    return waiting + (this.#current?.bytesWritten ?? 0);
  }

  get memoryBytes(): number {
    return this.#current?.memoryBytes ?? 0;
  }

  /** A new segment is active. */
  begin(segment: Segment): void {
    const { fileSystem, dir } = this.#options;
    this.#current = new HintWriter(fileSystem, dir, segment.id);
  }

  /** A record was appended to the active segment. */
  add(
    kind: number,
    page: Uint8Array,
    start: number,
    keyLength: number,
    valueLength: number,
    offset: number,
    sequence: number,
  ): void {
    this.#current?.add(kind, page, start, keyLength, valueLength, offset, sequence);
  }

  /** The active segment is full, or the store is closed; its size is final. */
  seal(segment: Segment, sequence: number): void {
    const writer = this.#current;
    this.#current = undefined;
    if (writer === undefined) return;
    let isWhole = false;
    ignoreIoErrors(() => {
      isWhole = writer.finish(segment.file, segment.sizeBytes, sequence);
    });
    if (!isWhole) {
      writer.discard();
      return;
    }
    this.bytesWritten += writer.bytesWritten;
    this.#waiting.push({ segment, writer });
    this.publish();
  }

  /** Names the hints of segments that were synced, and has the next one synced. */
  publish(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = waiting.filter(({ segment }) => !segment.synced);
    for (const { segment, writer } of waiting) if (segment.synced) publishHint(segment, writer);
    if (this.#waiting.length > 0 && this.syncing === undefined) this.#sync(this.#waiting[0]!);
  }

  #sync({ segment }: WaitingHint): void {
    const fail = (cause: unknown) => {
      // A merge may be done with the segment before its sync is.
      if (!this.#waiting.some((waiting) => waiting.segment === segment)) return;
      this.#onSyncFailure(ioError(cause, "cannot sync a segment", segment.file.path));
    };
    if (this.#options.background === "inline") {
      try {
        segment.file.syncSync();
        segment.synced = true;
      } catch (cause) {
        fail(cause);
        return;
      }
      this.publish();
      return;
    }
    this.syncing = segment.file
      .sync()
      .then(() => {
        segment.synced = true;
      }, fail)
      .then(() => {
        this.syncing = undefined;
        if (segment.synced) this.publish();
      });
  }

  /** The segment is not part of the store any more. */
  drop(segments: readonly Segment[]): void {
    for (const { segment, writer } of this.#waiting) {
      if (segments.includes(segment)) writer.discard();
    }
    this.#waiting = this.#waiting.filter(({ segment }) => !segments.includes(segment));
  }

  /** Before a close, when all is synced: every segment gets a hint, if the disk has room. */
  complete(listed: readonly Segment[], active: Segment, sequence: number): void {
    for (const segment of listed) segment.synced = true;
    this.seal(active, sequence);
    this.publish();
    ignoreIoErrors(() => {
      for (const segment of listed) if (segment.hintBytes === 0) this.#scan(segment, sequence);
    });
  }

  /** For a segment that has none, such as one that a crash left: by a scan of it. */
  #scan(segment: Segment, sequence: number): void {
    const { fileSystem, dir, durability } = this.#options;
    const writer = new HintWriter(fileSystem, dir, segment.id);
    const { file, id, sizeBytes } = segment;
    const scan = { file, fileId: id, from: LOG_HEADER_BYTES, durability, isLast: false };
    scanLog({ ...scan, provenBytes: sizeBytes }, (buffer, at, offset) => {
      const kind = kindAt(buffer, at);
      if (kind === RecordKind.syncMark) return;
      const start = at + RECORD_HEADER_BYTES;
      const keyLength = keyLengthAt(buffer, at);
      const valueLength = valueLengthAt(buffer, at);
      const own = sequenceAt(buffer, at);
      writer.add(kind, buffer.bytes, start, keyLength, valueLength, offset, own);
    });
    if (!writer.finish(file, sizeBytes, sequence)) return;
    this.bytesWritten += writer.bytesWritten;
    publishHint(segment, writer);
  }

  /** Hints that cannot be named any more go. */
  close(): void {
    this.#current?.discard();
    for (const { writer } of this.#waiting) writer.discard();
    this.#waiting = [];
  }
}

function publishHint(segment: Segment, writer: HintWriter): void {
  assert(segment.synced, "I1: a hint is named only when its segment is synced");
  try {
    writer.publish();
    segment.hintBytes = writer.bytesWritten;
  } catch {
    // A hint saves time at the next open; without it the segment is scanned.
    writer.discard();
  }
}
