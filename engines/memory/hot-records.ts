// The records of hot values in their pages.
//
//   page   := record*
//   record := hash: u32, lengths: u32, valueLength: u32, key, zeros to 4, value, zeros to 8, slack
//   lengths: bits 0-15 length of the key, 16-17 frequency, 18 dead, 19-31 slack in units of 8 bytes
//
// The key stands beside the value, so that a read misses the processor's cache once for both.
// A value begins at a multiple of 4, so that it can be copied word by word.
//
// Invariants:
//  I1. The records of a page stand one after the other, without a gap, up to its `usedBytes`.
//  I2. A dead record stays so until its page is given back.

import assert from "node:assert";
import { HotPages, type Page, type Queue, UNIT_BYTES } from "./hot-pages.ts";

const HEADER_BYTES = 12;
const KEY_MASK = 0xffff;
const FREQUENCY_AT = 16;
const DEAD = 1 << 18;
const SLACK_AT = 19;
const SLACK_UNITS_MAX = 0x1fff;

/** The highest frequency that is counted: two bits. */
export const FREQUENCY_MAX = 3;

/** Bytes of a record without slack. */
export function hotRecordBytes(keyLength: number, valueLength: number): number {
  const length = ((HEADER_BYTES + keyLength + 3) & ~3) + valueLength;
  return length + (-length & (UNIT_BYTES - 1));
}

export class HotRecords {
  readonly pages: HotPages;
  readonly #bits: number;
  readonly #mask: number;
  readonly #bytes: readonly Uint8Array[];
  readonly #words: readonly Uint32Array[];

  constructor(budgetBytes: number) {
    this.pages = new HotPages(budgetBytes);
    this.#bits = this.pages.unitBits;
    this.#mask = this.pages.unitMask;
    this.#bytes = this.pages.bytes;
    this.#words = this.pages.words;
  }

  /** Copies a record in, behind all others of the queue; returns its place. */
  add(
    queue: Queue,
    hash: number,
    frequency: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    value: Uint8Array,
  ): number {
    const place = this.pages.take(queue, hotRecordBytes(keyLength, value.length));
    const words = this.#words[place >>> this.#bits]!;
    const bytes = this.#bytes[place >>> this.#bits]!;
    const word = (place & this.#mask) * 2;
    words[word] = hash;
    words[word + 1] = keyLength | (frequency << FREQUENCY_AT);
    words[word + 2] = value.length;
    const to = word * 4 + HEADER_BYTES;
    for (let i = 0; i < keyLength; i++) bytes[to + i] = keyBytes[keyStart + i]!;
    bytes.set(value, (to + keyLength + 3) & ~3);
    return place;
  }

  /** Copies a record behind all others of a queue, without slack; returns its new place. */
  copy(from: number, queue: Queue, frequency: number): number {
    const fromWords = this.#words[from >>> this.#bits]!;
    const fromWord = (from & this.#mask) * 2;
    const keyLength = fromWords[fromWord + 1]! & KEY_MASK;
    const length = hotRecordBytes(keyLength, fromWords[fromWord + 2]!);
    const place = this.pages.take(queue, length);
    const words = this.#words[place >>> this.#bits]!;
    const word = (place & this.#mask) * 2;
    words.set(fromWords.subarray(fromWord, fromWord + length / 4), word);
    words[word + 1] = keyLength | (frequency << FREQUENCY_AT);
    return place;
  }

  /** Puts another value in the place of one. False when it does not fit, or wastes over 1/8. */
  overwrite(place: number, value: Uint8Array): boolean {
    const words = this.#words[place >>> this.#bits]!;
    const word = (place & this.#mask) * 2;
    const lengths = words[word + 1]!;
    const capacity = this.extentBytes(place) / UNIT_BYTES;
    const slack = capacity - hotRecordBytes(lengths & KEY_MASK, value.length) / UNIT_BYTES;
    if (slack < 0 || slack > SLACK_UNITS_MAX || slack * 8 > capacity) return false;
    words[word + 1] = (lengths & ((1 << SLACK_AT) - 1)) | (slack << SLACK_AT);
    words[word + 2] = value.length;
    this.#bytes[place >>> this.#bits]!.set(value, this.valueStart(place));
    return true;
  }

  kill(place: number): void {
    const words = this.#words[place >>> this.#bits]!;
    const at = (place & this.#mask) * 2 + 1;
    assert((words[at]! & DEAD) === 0, "I2: a record dies once");
    words[at] = words[at]! | DEAD;
    this.pages.kill(this.pages.pageOf(place), this.extentBytes(place));
  }

  /** The place of the first record of the page, dead or not. */
  first(page: Page): number {
    return this.pages.placeAt(page, 0);
  }

  /** The place behind a record of the page, or 0 behind the last. */
  next(page: Page, place: number): number {
    const offset = (place & this.#mask) * UNIT_BYTES + this.extentBytes(place);
    assert(offset <= page.usedBytes, "I1: a record ends where the next begins");
    return offset < page.usedBytes ? this.pages.placeAt(page, offset) : 0;
  }

  /** Bytes from the start of the record to the start of the next: slack included. */
  extentBytes(place: number): number {
    const words = this.#words[place >>> this.#bits]!;
    const word = (place & this.#mask) * 2;
    const lengths = words[word + 1]!;
    const slackBytes = (lengths >>> SLACK_AT) * UNIT_BYTES;
    return hotRecordBytes(lengths & KEY_MASK, words[word + 2]!) + slackBytes;
  }

  isDead(place: number): boolean {
    return (this.#lengths(place) & DEAD) !== 0;
  }

  frequency(place: number): number {
    return (this.#lengths(place) >>> FREQUENCY_AT) & FREQUENCY_MAX;
  }

  setFrequency(place: number, frequency: number): void {
    const words = this.#words[place >>> this.#bits]!;
    const at = (place & this.#mask) * 2 + 1;
    words[at] = (words[at]! & ~(FREQUENCY_MAX << FREQUENCY_AT)) | (frequency << FREQUENCY_AT);
  }

  hash(place: number): number {
    return this.#words[place >>> this.#bits]![(place & this.#mask) * 2]!;
  }

  valueLength(place: number): number {
    return this.#words[place >>> this.#bits]![(place & this.#mask) * 2 + 2]!;
  }

  /** Offset of the value in its page, a multiple of 4. */
  valueStart(place: number): number {
    const keyEnd = (place & this.#mask) * UNIT_BYTES + HEADER_BYTES + this.keyLength(place);
    return (keyEnd + 3) & ~3;
  }

  keyLength(place: number): number {
    return this.#lengths(place) & KEY_MASK;
  }

  /** The memory of the record's page. */
  pageBytes(place: number): Uint8Array {
    return this.#bytes[place >>> this.#bits]!;
  }

  pageWords(place: number): Uint32Array {
    return this.#words[place >>> this.#bits]!;
  }

  /** Whether the record's key is bytes[start .. start + length). */
  keyEquals(place: number, key: Uint8Array, start: number, length: number): boolean {
    if (this.keyLength(place) !== length) return false;
    const bytes = this.#bytes[place >>> this.#bits]!;
    const at = (place & this.#mask) * UNIT_BYTES + HEADER_BYTES;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== key[start + i]) return false;
    return true;
  }

  #lengths(place: number): number {
    return this.#words[place >>> this.#bits]![(place & this.#mask) * 2 + 1]!;
  }
}
