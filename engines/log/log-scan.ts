// Reads a log from the start, verifies every record, and tells a torn tail from damage.
//
// Steps:
//  1. Records are verified in order. A batch is handed out only when all of it is there.
//  2. At the first bytes that do not verify, in a file that is not the last of its log: damage.
//  3. In the last file, what follows is searched for records, at every place where one could be:
//     - none:                       the tail was being written at the crash: it is cut off.
//     - written at `memory`, `os`:  a process that dies leaves a prefix; a record behind a hole
//                                   proves that the hole was not there before: damage.
//     - written at `group`, `sync`: after a power loss, unsynced pages may be there in any order.
//                                   A sync mark for a place behind the bad bytes proves that they
//                                   were on the device once: damage. Without one: a torn tail.
//  4. Bytes before `provenBytes` (the length at a clean close) were whole once: damage.
//
// So a hole is never passed over, and nothing that was acknowledged is taken for a torn tail
// unless it was the last group before the end.

import type { Durability } from "../engine.ts";
import { corruption } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import {
  FLAG_BATCH_CONTINUES,
  flagsAt,
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
  verifyRecord,
} from "./record.ts";

const WINDOW_BYTES = 1024 * 1024;

/** `buffer` holds the record at `at`; `offset` and `length` say where it stands in the file. */
export type RecordVisitor = (
  buffer: RecordBuffer,
  at: number,
  offset: number,
  length: number,
) => void;

export interface LogScanOptions {
  readonly file: File;
  readonly fileId: number;
  /** Offset of the first record. */
  readonly from: number;
  /** The level the file was written at, from its header. */
  readonly durability: Durability;
  /** Only the last file of a log may have a torn tail. */
  readonly isLast: boolean;
  /** Bytes of the file that were whole and synced once, known from elsewhere; 0 when unknown. */
  readonly provenBytes: number;
}

export interface LogScanResult {
  /** Offset behind the last whole record: the file is to be cut here. */
  readonly end: number;
  /** Bytes behind `end`, a torn tail. */
  readonly tornBytes: number;
  readonly records: number;
}

/** A window over a file that moves as it is asked for ranges. */
export class LogWindow {
  readonly #file: File;
  readonly sizeBytes: number;
  buffer: RecordBuffer;
  #start = 0;
  #end = 0;

  /** Reads so many bytes at a time, a multiple of 4. */
  constructor(file: File, windowBytes = WINDOW_BYTES) {
    this.#file = file;
    this.sizeBytes = file.sizeSync();
    // A small file costs no large window: opening a store reads many of them.
    this.buffer = newRecordBuffer(Math.min(windowBytes, this.sizeBytes));
  }

  /** Where `offset` is in the buffer, with `length` bytes from there on; -1: not in the file. */
  locate(offset: number, length: number): number {
    if (offset + length > this.sizeBytes) return -1;
    if (offset >= this.#start && offset + length <= this.#end) return offset - this.#start;
    if (length > this.buffer.bytes.length) this.buffer = newRecordBuffer(length * 2);
    const wanted = Math.min(this.buffer.bytes.length, this.sizeBytes - offset);
    this.#start = offset;
    this.#end = offset + this.#file.readSync(this.buffer.bytes, 0, wanted, offset);
    return this.#end - offset >= length ? 0 : -1;
  }
}

/** Length of the verified record at `offset`, or 0. The window then holds it. */
export function recordLength(window: LogWindow, fileId: number, offset: number): number {
  const headAt = window.locate(offset, RECORD_HEADER_BYTES);
  if (headAt < 0) return 0;
  const kind = kindAt(window.buffer, headAt);
  if (kind < RecordKind.put || kind > RecordKind.syncMark) return 0;
  if (flagsAt(window.buffer, headAt) > FLAG_BATCH_CONTINUES) return 0;
  const keyLength = keyLengthAt(window.buffer, headAt);
  const valueLength = valueLengthAt(window.buffer, headAt);
  const length = recordBytes(keyLength, valueLength);
  const at = window.locate(offset, length);
  if (at < 0) return 0;
  return verifyRecord(window.buffer, at, length, fileId, offset) ? length : 0;
}

/** Offset behind the batch, or single record, that starts at `offset`; 0 when it is not whole. */
function unitEnd(window: LogWindow, fileId: number, offset: number): number {
  for (let next = offset; ; ) {
    const length = recordLength(window, fileId, next);
    if (length === 0) return 0;
    const flags = flagsAt(window.buffer, window.locate(next, length));
    next += length;
    if ((flags & FLAG_BATCH_CONTINUES) === 0) return next;
  }
}

/** Throws ENGINE_CORRUPTION with file and offset for damage. */
export function scanLog(options: LogScanOptions, visit: RecordVisitor): LogScanResult {
  const { file, fileId, isLast, provenBytes } = options;
  const window = new LogWindow(file);
  if (window.sizeBytes < provenBytes) {
    throw corruption(file.path, window.sizeBytes, `${provenBytes} bytes were there once`);
  }
  let offset = options.from;
  let records = 0;
  while (offset < window.sizeBytes) {
    const end = unitEnd(window, fileId, offset);
    if (end === 0) {
      if (!isLast) throw corruption(file.path, offset, "a record does not verify");
      if (offset < provenBytes) throw corruption(file.path, offset, "this was whole at a close");
      assertTorn(window, options, offset);
      break;
    }
    while (offset < end) {
      const length = recordLength(window, fileId, offset);
      visit(window.buffer, window.locate(offset, length), offset, length);
      offset += length;
      records++;
    }
  }
  return { end: offset, tornBytes: window.sizeBytes - offset, records };
}

/** Step 3: throws unless what begins at `offset` can be what a crash left. */
function assertTorn(window: LogWindow, options: LogScanOptions, offset: number): void {
  const { file, fileId, durability } = options;
  const ordered = durability === "memory" || durability === "os";
  // An unfinished batch is whole records without an end: they are skipped, not taken for a proof.
  let from = offset;
  for (let length = recordLength(window, fileId, from); length > 0; ) {
    from += length;
    length = recordLength(window, fileId, from);
  }
  for (let at = from + 4; at + RECORD_HEADER_BYTES <= window.sizeBytes; at += 4) {
    if (recordLength(window, fileId, at) === 0) continue;
    const found = window.locate(at, RECORD_HEADER_BYTES);
    const kind = kindAt(window.buffer, found);
    if (ordered) {
      throw corruption(file.path, from, `it does not verify, yet a record follows at ${at}`);
    }
    if (kind === RecordKind.syncMark && sequenceAt(window.buffer, found) > from) {
      throw corruption(
        file.path,
        from,
        `it does not verify, yet it had been synced (mark at ${at})`,
      );
    }
  }
}
