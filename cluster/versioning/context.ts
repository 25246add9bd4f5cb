// What a client has seen of a key, handed out with a read and taken back with a write: every event
// that the answering replicas knew, and the newest requests among them (request-merge.ts). Clients
// get it as bytes, opaque; people, histories and command lines as text.
//
//   bytes := 0xc1 checksum timeMs timeCounter entries      checksum: 4 bytes, little-endian, of all
//                                                          that follows; entries as in codec.ts
//   text  := { actor , ... } [ ~ timeMs . timeCounter ]    without spaces
//   actor := node @ epoch : counter [ '[' client # number , ... ']' ]
//
// For example {a@2:5[7#12,7#11],b@1:3}: five events of node a in its epoch 2, the last two of them
// requests 12 and 11 of client 7, and three events of node b.

import { hashKey } from "../../engines/index/hash.ts";
import { entriesBytesMax, readEntries, writeEntries } from "./codec.ts";
import { type DvvSet, Entry } from "./dvv-set.ts";
import { contextError } from "./errors.ts";
import { asSeen } from "./request-merge.ts";
import { compareActors } from "./vector-clock.ts";
import { isLive, Version, VersionState } from "./version.ts";
import { ByteReader, ByteWriter } from "./wire.ts";

const FORMAT = 0xc1;
const HEADER_BYTES = 5;

export interface Context {
  /** In ascending order of actors; all slots are superseded. */
  readonly entries: readonly Entry[];
  /** The newest hybrid timestamp among what was seen; 0 and 0 where the policy has no clock. */
  readonly timeMs: number;
  readonly timeCounter: number;
}

/** The context of somebody who reads all of the set. */
export function contextOf(set: DvvSet): Context {
  let timeMs = 0;
  let timeCounter = 0;
  for (const { slots } of set.entries) {
    for (const slot of slots) {
      if (slot.timeMs < timeMs) continue;
      timeCounter =
        slot.timeMs > timeMs ? slot.timeCounter : Math.max(timeCounter, slot.timeCounter);
      timeMs = slot.timeMs;
    }
  }
  return { entries: asSeen(set.entries), timeMs, timeCounter };
}

const writer = new ByteWriter();

export function encodeContext(context: Context): Uint8Array {
  beginContext(writer, entriesBytesMax(context.entries), context.timeMs, context.timeCounter);
  writeEntries(writer, context.entries);
  return takeContext(writer);
}

/** Begins the bytes of a context; entries of at most so many bytes are to follow. */
export function beginContext(
  writer: ByteWriter,
  entriesBytes: number,
  timeMs: number,
  timeCounter: number,
): void {
  writer.begin(HEADER_BYTES + 16 + entriesBytes);
  writer.at = writer.start + HEADER_BYTES;
  writer.number(timeMs);
  writer.number(timeCounter);
}

/** Ends them. */
export function takeContext(writer: ByteWriter): Uint8Array {
  const { start } = writer;
  const body = start + HEADER_BYTES;
  const checksum = hashKey(writer.bytes, body, writer.at - body);
  writer.bytes[start] = FORMAT;
  for (let i = 0; i < 4; i++) writer.bytes[start + 1 + i] = checksum >>> (8 * i);
  return writer.take();
}

/** Throws VERSION_CONTEXT for anything that `encodeContext` does not make. */
export function decodeContext(bytes: Uint8Array): Context {
  const reader = new ByteReader(bytes, HEADER_BYTES, contextError);
  if (bytes.length < HEADER_BYTES) throw contextError(bytes.length, "it is too short");
  if (bytes[0] !== FORMAT) throw contextError(0, `format ${bytes[0]} is unknown`);
  const checksum = bytes[1]! | (bytes[2]! << 8) | (bytes[3]! << 16) | (bytes[4]! << 24);
  if (checksum >>> 0 !== hashKey(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES)) {
    throw contextError(1, "its checksum is wrong");
  }
  const timeMs = reader.number();
  const timeCounter = reader.number();
  const entries = readEntries(reader);
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  for (const { slots } of entries) {
    if (slots.some(isLive)) reader.fail("it has values");
  }
  return { entries, timeMs, timeCounter };
}

export function formatContext(context: Context): string {
  const actors = context.entries.map(({ node, epoch, counter, slots }) => {
    const requests = slots.map(({ client, number }) => `${client}#${number}`).join();
    return `${node}@${epoch}:${counter}${requests === "" ? "" : `[${requests}]`}`;
  });
  const { timeMs, timeCounter } = context;
  const time = timeMs === 0 && timeCounter === 0 ? "" : `~${timeMs}.${timeCounter}`;
  return `{${actors.join()}}${time}`;
}

/** The inverse of `formatContext`; throws VERSION_CONTEXT for anything else. */
export function parseContext(text: string): Context {
  const scanner = new TextScanner(text);
  const entries: Entry[] = [];
  scanner.take("{");
  if (!scanner.skip("}")) {
    do entries.push(parseActor(scanner, entries.at(-1)));
    while (scanner.skip(","));
    scanner.take("}");
  }
  let timeMs = 0;
  let timeCounter = 0;
  if (scanner.skip("~")) {
    timeMs = scanner.number();
    scanner.take(".");
    timeCounter = scanner.number();
  }
  scanner.finish();
  return { entries, timeMs, timeCounter };
}

function parseActor(scanner: TextScanner, before: Entry | undefined): Entry {
  const node = scanner.match(/[A-Za-z0-9._-]{1,64}/y, "the name of a node");
  scanner.take("@");
  const epoch = scanner.number();
  scanner.take(":");
  const counter = scanner.number();
  if (counter === 0) scanner.fail("an actor of whom nothing is known");
  const slots: Version[] = [];
  if (scanner.skip("[")) {
    do {
      const client = scanner.number();
      if (client === 0) scanner.fail("client 0 is nobody");
      scanner.take("#");
      slots.push(new Version(client, scanner.number(), VersionState.superseded));
    } while (scanner.skip(","));
    scanner.take("]");
  }
  if (slots.length > counter) scanner.fail("an actor with more events than it counts");
  const entry = new Entry({ node, epoch }, counter, slots);
  if (before !== undefined && compareActors(before, entry) >= 0) {
    scanner.fail("actors out of order");
  }
  return entry;
}

/** Goes over a text from left to right. */
class TextScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  take(character: string): void {
    if (!this.skip(character)) this.fail(`"${character}" should be here`);
  }

  /** The pattern is sticky. */
  match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) this.fail(`${what} should be here`);
    this.#at += found.length;
    return found;
  }

  number(): number {
    const value = Number(this.match(/0|[1-9][0-9]{0,15}/y, "a whole number"));
    if (!Number.isSafeInteger(value)) this.fail("a number beyond 2^53 - 1");
    return value;
  }

  finish(): void {
    if (this.#at < this.#text.length) this.fail("it goes on behind its end");
  }

  fail(what: string): never {
    throw contextError(this.#at, what);
  }
}
