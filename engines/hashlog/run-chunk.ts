// A chunk of a scan whose records stand where they were read: nothing is copied.

import assert from "node:assert";
import type { ScanChunk } from "../engine.ts";
import type { BatchReader } from "../index/index-cursor.ts";
import { keyLengthAt, RECORD_HEADER_BYTES, valueLengthAt } from "../log/record.ts";
import type { RunReader } from "./run-reader.ts";

export class RunChunk implements ScanChunk, BatchReader {
  readonly #reader: RunReader;
  /** Told the bytes of keys and values of each batch. */
  readonly #onRead: (bytes: number, bytesFromFiles: number) => void;
  count = 0;

  constructor(reader: RunReader, onRead: (bytes: number, bytesFromFiles: number) => void) {
    this.#reader = reader;
    this.#onRead = onRead;
  }

  read(picks: Uint32Array, count: number): ScanChunk {
    const reader = this.#reader;
    const before = reader.bytesRead;
    this.count = 0;
    reader.read(picks, count);
    this.count = count;
    let bytes = 0;
    for (let i = 0; i < count; i++) {
      const at = reader.ats[i]!;
      bytes += keyLengthAt(reader.buffer, at) + valueLengthAt(reader.buffer, at);
    }
    this.#onRead(bytes, reader.bytesRead - before);
    return this;
  }

  key(i: number): Uint8Array {
    assert(i >= 0 && i < this.count, "record of a chunk out of range");
    const { buffer, ats } = this.#reader;
    const start = ats[i]! + RECORD_HEADER_BYTES;
    return buffer.bytes.subarray(start, start + keyLengthAt(buffer, ats[i]!));
  }

  value(i: number): Uint8Array {
    assert(i >= 0 && i < this.count, "record of a chunk out of range");
    const { buffer, ats } = this.#reader;
    const start = ats[i]! + RECORD_HEADER_BYTES + keyLengthAt(buffer, ats[i]!);
    return buffer.bytes.subarray(start, start + valueLengthAt(buffer, ats[i]!));
  }
}
