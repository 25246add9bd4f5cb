// Reads the bytes that codec.ts describes, and refuses all others: whatever is taken is encoded to
// the same bytes again.

import { KEY_BYTES_MAX } from "../../engines/engine.ts";
import { messageError } from "../errors.ts";
import { RING_POSITIONS } from "../ring/position.ts";
import { ByteReader } from "../versioning/wire.ts";
import { getHash, HASH_BYTES } from "./hash48.ts";
import {
  type Answer,
  type Ask,
  type Found,
  HASHES_MAX,
  KEYS_MAX,
  Kind,
  type Message,
  Missing,
  NODES_MAX,
  Refusal,
  SPANS_MAX,
} from "./messages.ts";
import { LEVEL_MAX, Partition, type Span } from "./partition.ts";

const RULE_BOUND = 2 ** 32;

/**
 * The message; keys and sets are views into `bytes`, which must not change as long as they are
 * used. @throws ClusterError CLUSTER_MESSAGE for anything that `encode` does not make
 */
export function decode(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes, 0, messageError);
  const kind = reader.number();
  const number = reader.number();
  const message =
    kind < Kind.sumsAnswer ? readAsk(reader, kind, number) : readAnswer(reader, kind, number);
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return message;
}

function readAsk(reader: ByteReader, kind: number, number: number): Ask {
  const epoch = reader.number();
  const rule = below(reader, RULE_BOUND, "a rule that is none");
  const partition = new Partition(readPosition(reader), readPosition(reader));
  const head = { number, plan: { epoch, rule }, partition };
  const { size } = partition;
  switch (kind) {
    case Kind.sums: {
      const level = readLevel(reader);
      return { kind, ...head, level, nodes: readRising(reader, NODES_MAX, 2 ** level) };
    }
    case Kind.list:
      return { kind, ...head, spans: readSpans(reader, size) };
    case Kind.look:
      return { kind, ...head, offsets: readRising(reader, KEYS_MAX, size) };
    case Kind.fetch: {
      const count = readCount(reader, KEYS_MAX);
      return { kind, ...head, keys: Array.from({ length: count }, () => readKey(reader)) };
    }
    case Kind.push: {
      const keys: Uint8Array[] = [];
      const sets: Uint8Array[] = [];
      for (let count = readCount(reader, KEYS_MAX); count > 0; count--) {
        keys.push(readKey(reader));
        sets.push(readBytes(reader, reader.number()));
      }
      return { kind, ...head, keys, sets };
    }
    case Kind.page:
      return { kind, ...head, start: below(reader, size, "an offset behind the last") };
    default:
      reader.at = 0;
      return reader.fail(`a kind of message that does not exist: ${kind}`);
  }
}

function readAnswer(reader: ByteReader, kind: number, number: number): Answer {
  switch (kind) {
    case Kind.sumsAnswer: {
      const level = readLevel(reader);
      const keys = reader.number();
      const count = readCount(reader, NODES_MAX);
      return { kind, number, level, keys, sums: readHashes(reader, count) };
    }
    case Kind.listAnswer:
      return readList(reader, number);
    case Kind.lookAnswer: {
      const end = readEnd(reader);
      const keys: Uint8Array[] = [];
      const hashes: number[] = [];
      for (let count = readCount(reader, HASHES_MAX); count > 0; count--) {
        keys.push(readKey(reader));
        hashes.push(readHash(reader));
      }
      return { kind, number, end, keys, hashes };
    }
    case Kind.fetchAnswer: {
      const count = readCount(reader, KEYS_MAX);
      return { kind, number, found: Array.from({ length: count }, () => readFound(reader)) };
    }
    case Kind.pushAnswer:
      return { kind, number, failed: reader.number() };
    case Kind.pageAnswer: {
      const end = readEnd(reader);
      const keys: Uint8Array[] = [];
      const found: Found[] = [];
      for (let count = readCount(reader, HASHES_MAX); count > 0; count--) {
        keys.push(readKey(reader));
        found.push(readFound(reader));
      }
      return { kind, number, end, keys, found };
    }
    case Kind.refused: {
      const reason = reader.number();
      if (reason < Refusal.plan || reason > Refusal.failed) reader.fail("a reason that is none");
      return { kind, number, reason: reason as Refusal };
    }
    case Kind.busy:
      return { kind, number, waitMs: reader.number() };
    default:
      reader.at = 0;
      return reader.fail(`a kind of message that does not exist: ${kind}`);
  }
}

function readList(reader: ByteReader, number: number): Answer {
  const end = readEnd(reader);
  const offsets: number[] = [];
  const hashes: number[] = [];
  let offset = 0;
  for (let count = readCount(reader, HASHES_MAX); count > 0; count--) {
    offset += reader.number();
    if (offset >= end) reader.fail("an offset behind the end");
    offsets.push(offset);
    hashes.push(readHash(reader));
  }
  return { kind: Kind.listAnswer, number, end, offsets, hashes };
}

/** Strictly rising, and below the bound. */
function readRising(reader: ByteReader, countMax: number, bound: number): number[] {
  const numbers: number[] = [];
  let last = -1;
  for (let count = readCount(reader, countMax); count > 0; count--) {
    const next = Math.max(last, 0) + reader.number();
    if (next <= last || next >= bound) reader.fail("numbers that do not rise, or rise too far");
    numbers.push(next);
    last = next;
  }
  return numbers;
}

function readSpans(reader: ByteReader, size: number): Span[] {
  const spans: Span[] = [];
  let before = 0;
  for (let count = readCount(reader, SPANS_MAX); count > 0; count--) {
    const gap = reader.number();
    if (gap === 0 && spans.length > 0) reader.fail("two spans that are one");
    const start = before + gap;
    const end = start + reader.number();
    if (end <= start || end > size) reader.fail("a span that is empty, or goes too far");
    spans.push({ start, end });
    before = end;
  }
  return spans;
}

function readHashes(reader: ByteReader, count: number): number[] {
  const start = reader.skip(count * HASH_BYTES);
  return Array.from({ length: count }, (_, i) => getHash(reader.bytes, start + i * HASH_BYTES));
}

function readHash(reader: ByteReader): number {
  const hash = getHash(reader.bytes, reader.skip(HASH_BYTES));
  if (hash === 0) reader.fail("a hash of nothing");
  return hash;
}

function readFound(reader: ByteReader): Found {
  const told = reader.number();
  if (told === Missing.absent || told === Missing.unreadable) return told;
  return readBytes(reader, told - 2);
}

function readKey(reader: ByteReader): Uint8Array {
  const length = reader.number();
  if (length > KEY_BYTES_MAX) reader.fail("a key that is too long");
  return readBytes(reader, length);
}

function readBytes(reader: ByteReader, length: number): Uint8Array {
  const start = reader.skip(length);
  return reader.bytes.subarray(start, reader.at);
}

function readCount(reader: ByteReader, max: number): number {
  const count = reader.number();
  if (count > max) reader.fail("more than a message may have");
  return count;
}

function readLevel(reader: ByteReader): number {
  return below(reader, LEVEL_MAX + 1, "a level that no tree has");
}

function readPosition(reader: ByteReader): number {
  return below(reader, RING_POSITIONS, "a position that is not on the ring");
}

function readEnd(reader: ByteReader): number {
  return below(reader, RING_POSITIONS + 1, "an end that is behind the ring's");
}

function below(reader: ByteReader, bound: number, what: string): number {
  const number = reader.number();
  if (number >= bound) reader.fail(what);
  return number;
}
