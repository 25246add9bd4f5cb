// Reads single records: from the log's tail in memory where they are still there, else from their
// segment, verified: checksum, place and key.

import { corruption, ioError } from "../errors.ts";
import type { BatchReader } from "../index/index-cursor.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { ReadPool } from "../log/read-pool.ts";
import {
  keyLengthAt,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  recordBytes,
  verifyRecord,
} from "../log/record.ts";
import { RunChunk } from "./run-chunk.ts";
import { RunReader } from "./run-reader.ts";
import type { SegmentTable } from "./segment-table.ts";
import type { TailCache } from "./tail-cache.ts";

/** Longer records are copied by the runtime. */
const COPY_BYTES_MAX = 1024;

export class RecordReader {
  readonly #table: SegmentTable;
  readonly #writer: LogWriter;
  readonly #versions: VersionedIndex;
  readonly tails: TailCache;
  readonly #pool = new ReadPool();
  tailReads = 0;
  fileReads = 0;
  bytesRead = 0;
  scanBytesRead = 0;

  constructor(table: SegmentTable, writer: LogWriter, versions: VersionedIndex, tails: TailCache) {
    this.tails = tails;
    this.#table = table;
    this.#writer = writer;
    this.#versions = versions;
  }

  /** The value of `id` in the record at `offset` of the slot's segment; it is the caller's. */
  value(id: number, slot: number, offset: number, valueLength: number): Uint8Array {
    const keyLength = this.#versions.index.entries.keyLength(id);
    const { tailStart, tail, fileId } = this.#writer;
    const segment = this.#table.at(slot);
    const length = recordBytes(keyLength, valueLength);
    const valueAt = RECORD_HEADER_BYTES + keyLength;
    const { tails } = this;
    if (offset >= tailStart && segment.id === fileId) {
      return this.#copy(tail, offset - tailStart, length, valueAt, valueLength);
    }
    if (tails.find(segment.id, offset, offset + length)) {
      return this.#copy(tails.buffer, tails.at, length, valueAt, valueLength);
    }
    this.fileReads++;
    const at = this.#pool.take(length);
    const { buffer } = this.#pool;
    this.#read(buffer, at, id, slot, offset, length);
    const start = at + valueAt;
    return buffer.bytes.subarray(start, start + valueLength);
  }

  /** The value of a record that is in memory. As words, which are fewer, and need no view. */
  #copy(
    from: RecordBuffer,
    fromAt: number,
    length: number,
    valueAt: number,
    valueLength: number,
  ): Uint8Array {
    this.tailReads++;
    if (length > COPY_BYTES_MAX) {
      return from.bytes.slice(fromAt + valueAt, fromAt + valueAt + valueLength);
    }
    const at = this.#pool.take(length);
    const { words, bytes } = this.#pool.buffer;
    const source = fromAt >>> 2;
    const target = at >>> 2;
    for (let i = valueAt >>> 2; i < length >>> 2; i++) {
      words[target + i] = from.words[source + i]!;
    }
    return bytes.subarray(at + valueAt, at + valueAt + valueLength);
  }

  /** Reads chunks of a scan; told are the bytes of keys and values of each. */
  newBatchReader(onRead: (bytes: number) => void): BatchReader {
    return new RunChunk(this.newRunReader(), (bytes, bytesFromFiles) => {
      this.scanBytesRead += bytesFromFiles;
      onRead(bytes);
    });
  }

  newRunReader(): RunReader {
    return new RunReader(this.#table, this.#writer, this.tails, () => this.#versions.index.entries);
  }

  #read(
    buffer: RecordBuffer,
    at: number,
    id: number,
    slot: number,
    offset: number,
    length: number,
  ): void {
    const { file, id: fileId } = this.#table.at(slot);
    let count: number;
    try {
      count = file.readSync(buffer.bytes, at, length, offset);
    } catch (cause) {
      throw ioError(cause, `cannot read ${file.path}`, file.path);
    }
    this.bytesRead += length;
    if (count < length) throw corruption(file.path, offset, "the record is cut short");
    if (!verifyRecord(buffer, at, length, fileId, offset)) {
      throw corruption(file.path, offset, "the record does not verify");
    }
    const { entries } = this.#versions.index;
    const keyLength = keyLengthAt(buffer, at);
    if (!entries.keyEquals(id, buffer.bytes, at + RECORD_HEADER_BYTES, keyLength)) {
      throw corruption(file.path, offset, "the record is of another key");
    }
  }
}
