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

/** For reads whose bytes are used up before they return: one for all the tables of a thread. */
let scratch = new Uint8Array(64 * 1024);

/** Beyond this, bytes are read into a buffer of their own. */
const SCRATCH_BYTES_MAX = 4 * 1024 * 1024;

function scratchFor(length: number): Uint8Array {
  if (length <= scratch.length) return scratch;
  const larger = new Uint8Array(length);
  if (length <= SCRATCH_BYTES_MAX) scratch = larger;
  return larger;
}

/** Reads blocks; what it hands out is the caller's. */
export class BlockReader {
  #file: File;
  #fileId: number;
  #ahead: Uint8Array = new Uint8Array(0);

  constructor(file: File, fileId: number) {
    this.#file = file;
    this.#fileId = fileId;
  }

  /** Goes on with another file, in the same buffer. */
  moveTo(file: File, fileId: number): void {
    this.#file = file;
    this.#fileId = fileId;
  }

  /** The block whose stored form is at `offset`. Throws ENGINE_CORRUPTION. */
  read(offset: number, storedLength: number): Uint8Array {
    const buffer = scratchFor(storedLength);
    this.#fill(buffer, offset, storedLength);
    return this.#decode(buffer, 0, offset, storedLength);
  }

  /** Reads `length` bytes of stored blocks at once, for `decodeAhead`. */
  readAhead(offset: number, length: number): void {
    if (this.#ahead.length < length) this.#ahead = new Uint8Array(length);
    this.#fill(this.#ahead, offset, length);
  }

  /** The block that stands `at` bytes into what `readAhead` read, and at `offset` of the file. */
  decodeAhead(at: number, offset: number, storedLength: number): Uint8Array {
    return this.#decode(this.#ahead, at, offset, storedLength);
  }

  #fill(buffer: Uint8Array, offset: number, length: number): void {
    let count: number;
    try {
      count = this.#file.readSync(buffer, 0, length, offset);
    } catch (cause) {
      throw ioError(cause, `cannot read ${this.#file.path}`, this.#file.path);
    }
    if (count < length) throw corruption(this.#file.path, offset + count, "a block is cut short");
  }

  #decode(buffer: Uint8Array, at: number, offset: number, storedLength: number): Uint8Array {
    const end = at + storedLength - TRAILER_BYTES;
    const checked = buffer.subarray(at, end + 1);
    const checksum = checksumBytes(checked, placeSeed(this.#fileId, offset));
    if (storedLength <= TRAILER_BYTES || checksum !== wordAt(buffer, end + 1)) {
      throw corruption(this.#file.path, offset, "a block does not verify");
    }
    const type = buffer[end]!;
    if (type === TYPE_PLAIN) return buffer.slice(at, end);
    if (type !== TYPE_LZ4) throw corruption(this.#file.path, offset, `block type ${type}`);
    return uncompressSync(buffer.subarray(at, end));
  }
}
