// Reading and writing the bytes of versions and contexts: numbers in groups of seven bits, the
// lowest first, each in its shortest form; names of nodes as their length and ASCII.
//
// Hot: a read takes two numbers and a name an entry. Names are few and come again and again, so
// that each is made into text once and then found by its bytes.

import assert from "node:assert";

/** Longest name of a node, in bytes. */
export const NODE_BYTES_MAX = 64;
/** What the name of a node may look like. */
export const NODE_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** What four groups of seven bits hold, and how much of the rest is allowed up to 2^53. */
const LOW_BOUND = 2 ** 28;
const HIGH_BOUND = 2 ** 25;

/** Makes the error for what is wrong at a position. */
export type ErrorMaker = (position: number, what: string) => Error;

/** Strict: whatever is not exactly what `ByteWriter` makes is refused with the error given. */
export class ByteReader {
  bytes: Uint8Array;
  at: number;
  readonly #error: ErrorMaker;

  constructor(bytes: Uint8Array, at: number, error: ErrorMaker) {
    this.bytes = bytes;
    this.at = at;
    this.#error = error;
  }

  /** A number of 0 to 2^53 - 1. */
  number(): number {
    const { bytes, at } = this;
    const first = bytes[at]!;
    if (first < 128) {
      this.at = at + 1;
      return first;
    }
    const second = bytes[at + 1]!;
    if (second >= 128) return this.#longNumber(first, second);
    this.#endNumber(2, second);
    return (first & 127) | (second << 7);
  }

  /** The first four groups and the last four fit into an integer each. Hot, hence no loop. */
  #longNumber(first: number, second: number): number {
    const { bytes, at } = this;
    let low = (first & 127) | ((second & 127) << 7);
    let high = 0;
    let length = 3;
    let last = bytes[at + 2]!;
    low |= (last & 127) << 14;
    if (last >= 128) {
      last = bytes[at + length++]!;
      low |= (last & 127) << 21;
      if (last >= 128) {
        last = bytes[at + length++]!;
        high = last & 127;
        if (last >= 128) {
          last = bytes[at + length++]!;
          high |= (last & 127) << 7;
          if (last >= 128) {
            last = bytes[at + length++]!;
            high |= (last & 127) << 14;
            if (last >= 128) {
              last = bytes[at + length++]!;
              high |= (last & 127) << 21;
            }
          }
        }
      }
    }
    if (high >= HIGH_BOUND) this.fail("a number beyond 2^53 - 1");
    this.#endNumber(length, last);
    return high * LOW_BOUND + low;
  }

  /** Beyond the end there is undefined, which no comparison holds for. */
  #endNumber(length: number, last: number): void {
    if (last > 0 && last < 128) this.at += length;
    else if (last === 0) this.fail("a number that is not in its shortest form");
    else if (last >= 128) this.fail("a number that is too long");
    else this.fail("it ends in the middle of a number");
  }

  /** The name of a node. */
  node(): string {
    const length = this.number();
    if (length < 1 || length > NODE_BYTES_MAX || length > this.bytes.length - this.at) {
      this.fail("a name of a node that is too long, or empty");
    }
    const name = names.find(this.bytes, this.at, length);
    if (name === undefined) this.fail("a name of a node with characters that it may not have");
    this.at += length;
    return name;
  }

  /** Goes over so many bytes and returns where they begin. */
  skip(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) this.fail("it ends in the middle of a value");
    this.at = start + length;
    return start;
  }

  fail(what: string): never {
    throw this.#error(this.at, what);
  }
}

/** New bytes are cut from one such piece after the other, since making an array is dear. */
const SLAB_BYTES = 16_384;
/** Up to here a loop is faster than the view that `set` needs. */
const COPY_LOOP_MAX = 64;

/** Writes one run of bytes after the other: `begin`, what is to be written, `take`. */
export class ByteWriter {
  bytes = new Uint8Array(SLAB_BYTES);
  /** Where the run begins. */
  start = 0;
  at = 0;

  /** Begins a run of at most so many bytes. */
  begin(bytesMax: number): void {
    if (bytesMax > this.bytes.length - this.start) {
      this.bytes = new Uint8Array(Math.max(SLAB_BYTES, bytesMax));
      this.start = 0;
    }
    this.at = this.start;
  }

  number(value: number): void {
    const { bytes } = this;
    let { at } = this;
    let rest = value;
    if (value >= LOW_BOUND) {
      const low = value % LOW_BOUND;
      rest = (value - low) / LOW_BOUND;
      bytes[at] = low | 128;
      bytes[at + 1] = (low >>> 7) | 128;
      bytes[at + 2] = (low >>> 14) | 128;
      bytes[at + 3] = (low >>> 21) | 128;
      at += 4;
    }
    while (rest >= 128) {
      bytes[at++] = rest | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.at = at;
  }

  node(name: string): void {
    const { bytes } = this;
    let { at } = this;
    assert(name.length >= 1 && name.length <= NODE_BYTES_MAX, "a name of a node is short");
    bytes[at++] = name.length;
    for (let i = 0; i < name.length; i++) bytes[at++] = name.charCodeAt(i);
    this.at = at;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    if (end - start > COPY_LOOP_MAX) this.bytes.set(source.subarray(start, end), this.at);
    else for (let i = start, at = this.at; i < end; i++) this.bytes[at++] = source[i]!;
    this.at += end - start;
  }

  /** The run. Nobody writes there again; small ones share memory with their neighbours. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(this.start, this.at);
    this.start = this.at;
    return taken;
  }
}

/** Names by their bytes, forgotten when there are implausibly many. */
class NameTable {
  static readonly #slots = 1024;
  readonly #names: (string | undefined)[] = new Array(NameTable.#slots).fill(undefined);

  /** Undefined when the bytes are no name. */
  find(bytes: Uint8Array, start: number, length: number): string | undefined {
    let hash = length;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (NameTable.#slots - 1);
    const known = this.#names[slot];
    if (known !== undefined && isName(known, bytes, start, length)) return known;
    const name = String.fromCharCode(...bytes.subarray(start, start + length));
    if (!NODE_NAME.test(name)) return undefined;
    this.#names[slot] = name;
    return name;
  }
}

function isName(name: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

const names = new NameTable();
