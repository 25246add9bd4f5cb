// A hash of a key and of what a replica knows of it: 48 bits, without its values, straight from the
// bytes of a set (versioning/codec.ts), without an object for an entry or a slot.
//
// What goes in is what `isEqual` of the policies sees: of each actor how many events are known, and
// every living version with its number, request, kind, time and length. What is remembered of
// overwritten requests stays out: a merge does not carry it over where nothing else differs, and
// two replicas that remember different ones would find each other different for ever.
//
// Steps:
//  1. The key goes into two lanes of 32 bits, each the mix of MurmurHash3 (A. Appleby) with
//     constants of its own.
//  2. For each entry: its actor and counter as they stand; then each living slot, from its flags up
//     to its value, behind its place among the slots.
//  3. Both lanes are finished; one gives the low 32 bits, the other the high 16.
//
// It is no proof against one who looks for two sets with one hash.
//
// Hot: every write makes two. The lanes are kept in a class with fields, since variables of a
// module cost a load and a store each time.

import { stateError } from "../versioning/errors.ts";
import { VersionState } from "../versioning/version.ts";
import { ByteReader } from "../versioning/wire.ts";
import { NO_HASH } from "./hash48.ts";

const STATE_MASK = 3;
const TIMED = 4;
/** Ends an entry; what stands before a slot is its place and one more. */
const END = 0;
const HIGH = 2 ** 32;

class Lanes {
  #a = 0;
  #b = 0;
  #length = 0;

  begin(): void {
    this.#a = 0x3c6ef372;
    this.#b = 0x7a5d39e1;
    this.#length = 0;
  }

  word(word: number): void {
    this.#a = mixA(this.#a, word);
    this.#b = mixB(this.#b, word);
  }

  bytes(bytes: Uint8Array, start: number, end: number): void {
    let a = this.#a;
    let b = this.#b;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word =
        bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      a = mixA(a, word);
      b = mixB(b, word);
    }
    if (at < end) {
      let tail = 0;
      for (let i = end - 1; i >= at; i--) tail = (tail << 8) | bytes[i]!;
      a = mixA(a, tail);
      b = mixB(b, tail);
    }
    this.#a = a;
    this.#b = b;
    this.#length += end - start;
  }

  /** 1 to 2^48 - 1. */
  end(): number {
    const low = finish(this.#a ^ this.#length);
    const high = finish(this.#b ^ Math.imul(this.#length, 0x9e3779b1)) & 0xffff;
    const hash = high * HIGH + (low >>> 0);
    return hash === NO_HASH ? 1 : hash;
  }
}

function mixA(lane: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  mixed ^= lane;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function mixB(lane: number, word: number): number {
  let mixed = Math.imul(word, 0x239b961b);
  mixed = Math.imul((mixed << 16) | (mixed >>> 16), 0xab0e9789);
  mixed ^= lane;
  return (Math.imul((mixed << 17) | (mixed >>> 15), 5) + 0x0bcaa747) | 0;
}

function finish(lane: number): number {
  let bits = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

const lanes = new Lanes();
const reader = new ByteReader(new Uint8Array(0), 0, stateError);

/**
 * The hash of a key with the versions in a record of a replica: 1 to 2^48 - 1. The replica's own
 * epoch does not count, so that replicas that hold the same have the same. Throws VERSION_STATE for
 * bytes that are not in the shape of a record; it does not check all that decoding them would.
 */
export function recordHashOf(key: Uint8Array, record: Uint8Array): number {
  reader.bytes = record;
  reader.at = 0;
  reader.number();
  lanes.begin();
  lanes.bytes(key, 0, key.length);
  hashEntries();
  return lanes.end();
}

/** Whether the record holds no living value, but a tombstone or nothing. Throws VERSION_STATE. */
export function isRecordDeleted(record: Uint8Array): boolean {
  reader.bytes = record;
  reader.at = 0;
  reader.number();
  lanes.begin();
  return hashEntries() === 0;
}

/** Returns how many living values there are. */
function hashEntries(): number {
  const { bytes } = reader;
  lanes.word(reader.number());
  let values = 0;
  for (let count = reader.number(); count > 0; count--) {
    const start = reader.at;
    reader.skip(reader.number());
    reader.number();
    reader.number();
    lanes.bytes(bytes, start, reader.at);
    const slots = reader.number();
    for (let place = 1; place <= slots; place++) values += hashSlot(bytes, place);
    lanes.word(END);
  }
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return values;
}

function hashSlot(bytes: Uint8Array, place: number): number {
  const start = reader.at;
  const flags = reader.number();
  reader.number();
  reader.number();
  const state = flags & STATE_MASK;
  if (state === VersionState.superseded) return 0;
  if (flags >= TIMED) {
    reader.number();
    reader.number();
  }
  const length = state === VersionState.value ? reader.number() : 0;
  lanes.word(place);
  lanes.bytes(bytes, start, reader.at);
  reader.skip(length);
  return state === VersionState.value ? 1 : 0;
}
