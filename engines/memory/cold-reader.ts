// Reads values that are not in memory, each verified: checksum, place, and key.

import { corruption, ioError } from "../errors.ts";
import type { EntryArena } from "../index/entry-arena.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { ReadPool } from "../log/read-pool.ts";
import {
  keyLengthAt,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  recordBytes,
  valueLengthAt,
  verifyRecord,
} from "../log/record.ts";
import type { FileTable } from "./file-table.ts";
import type { StoreFile } from "./store-file.ts";

/** Offsets of records are kept in words of 32 bits, in units of 4 bytes. */
export const OFFSET_UNIT_BYTES = 4;

export class ColdReader {
  readonly #files: FileTable;
  readonly #writer: LogWriter;
  readonly #pool = new ReadPool();
  /** Bytes read from files so far. */
  bytesRead = 0;

  constructor(files: FileTable, writer: LogWriter) {
    this.#files = files;
    this.#writer = writer;
  }

  /**
   * The value of `length` bytes of the entry's key, whose record begins at `unit` of the file. It
   * belongs to the caller. Throws ENGINE_CORRUPTION with file and offset, or ENGINE_IO.
   */
  read(entries: EntryArena, id: number, number: number, unit: number, length: number): Uint8Array {
    const stored = this.#files.get(number);
    const offset = unit * OFFSET_UNIT_BYTES;
    const valueAt = RECORD_HEADER_BYTES + entries.keyLength(id);
    const { fileId, tail, tailStart } = this.#writer;
    if (stored.id === fileId && offset >= tailStart) {
      const start = offset - tailStart + valueAt;
      return tail.bytes.slice(start, start + length);
    }
    const bytes = recordBytes(entries.keyLength(id), length);
    const at = this.#pool.take(bytes);
    const { buffer } = this.#pool;
    this.#fill(buffer, at, bytes, stored, offset);
    if (!hasKey(buffer, at, entries, id) || valueLengthAt(buffer, at) !== length) {
      throw corruption(stored.file.path, offset, "the record is of another key");
    }
    return buffer.bytes.subarray(at + valueAt, at + valueAt + length);
  }

  #fill(
    buffer: RecordBuffer,
    at: number,
    length: number,
    { file, id }: StoreFile,
    offset: number,
  ): void {
    let count: number;
    try {
      count = file.readSync(buffer.bytes, at, length, offset);
    } catch (cause) {
      throw ioError(cause, `cannot read ${file.path}`, file.path);
    }
    this.bytesRead += count;
    if (count < length) throw corruption(file.path, offset, "the record is cut short");
    if (!verifyRecord(buffer, at, length, id, offset)) {
      throw corruption(file.path, offset, "the record does not verify");
    }
  }
}

function hasKey(buffer: RecordBuffer, at: number, entries: EntryArena, id: number): boolean {
  const length = keyLengthAt(buffer, at);
  if (length !== entries.keyLength(id)) return false;
  const page = entries.keyPage(id);
  const start = entries.keyStart(id);
  const keyStart = at + RECORD_HEADER_BYTES;
  for (let i = 0; i < length; i++) {
    if (buffer.bytes[keyStart + i] !== page[start + i]) return false;
  }
  return true;
}
