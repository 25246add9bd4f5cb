// Blocks in a table file.
//
//   stored := payload, type: u8, checksum: u32
//
// The type says what the payload is: 0 the block itself; 1 its length (u32) and the block as LZ4
// compressed it. The checksum is XXH32 over payload and type, seeded with the file's id and the
// block's offset (log/record.ts), so that a block in the wrong place does not verify. It is
// checked before anything is decompressed.

import { compressSync, uncompressSync } from "lz4-napi";
import { corruption, ioError } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { checksumBytes } from "../log/checksum.ts";
import { placeSeed } from "../log/record.ts";
import { wordAt } from "./block-seeker.ts";

/** What a stored block has beyond its payload. */
const TRAILER_BYTES = 5;
const TYPE_PLAIN = 0;
const TYPE_LZ4 = 1;

/** Blocks that compress to more than this part are stored plain. */
const WORTHWHILE = 7 / 8;

export function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** Encodes the block for `offset` of file `fileId`. */
export function encodeStored(
  block: Uint8Array,
  fileId: number,
  offset: number,
  compress: boolean,
): Uint8Array {
  const packed = compress ? compressSync(block as Buffer) : undefined;
  const isPacked = packed !== undefined && packed.length < block.length * WORTHWHILE;
  const payload = isPacked ? packed : block;
  const stored = new Uint8Array(payload.length + TRAILER_BYTES);
  stored.set(payload);
  stored[payload.length] = isPacked ? TYPE_LZ4 : TYPE_PLAIN;
  const checked = stored.subarray(0, payload.length + 1);
  putWord(stored, payload.length + 1, checksumBytes(checked, placeSeed(fileId, offset)));
  return stored;
}

/** Reads blocks through one buffer; what it hands out is the caller's. */
export class BlockReader {
  readonly #file: File;
  readonly #fileId: number;
  #buffer: Uint8Array = new Uint8Array(0);
  bytesRead = 0;

  constructor(file: File, fileId: number) {
    this.#file = file;
    this.#fileId = fileId;
  }

  /** The block whose stored form is at `offset`. Throws ENGINE_CORRUPTION. */
  read(offset: number, storedLength: number): Uint8Array {
    this.#fill(offset, storedLength);
    return this.#decode(0, offset, storedLength);
  }

  /** Reads `length` bytes of stored blocks at once, for `decodeAhead`. */
  readAhead(offset: number, length: number): void {
    this.#fill(offset, length);
  }

  /** The block that stands `at` bytes into what `readAhead` read, and at `offset` of the file. */
  decodeAhead(at: number, offset: number, storedLength: number): Uint8Array {
    return this.#decode(at, offset, storedLength);
  }

  #fill(offset: number, length: number): void {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    let count: number;
    try {
      count = this.#file.readSync(this.#buffer, 0, length, offset);
    } catch (cause) {
      throw ioError(cause, `cannot read ${this.#file.path}`, this.#file.path);
    }
    this.bytesRead += length;
    if (count < length) throw corruption(this.#file.path, offset + count, "a block is cut short");
  }

  #decode(at: number, offset: number, storedLength: number): Uint8Array {
    const end = at + storedLength - TRAILER_BYTES;
    const checked = this.#buffer.subarray(at, end + 1);
    const checksum = checksumBytes(checked, placeSeed(this.#fileId, offset));
    if (storedLength <= TRAILER_BYTES || checksum !== wordAt(this.#buffer, end + 1)) {
      throw corruption(this.#file.path, offset, "a block does not verify");
    }
    const type = this.#buffer[end]!;
    if (type === TYPE_PLAIN) return this.#buffer.slice(at, end);
    if (type !== TYPE_LZ4) throw corruption(this.#file.path, offset, `block type ${type}`);
    return uncompressSync(this.#buffer.subarray(at, end));
  }
}
