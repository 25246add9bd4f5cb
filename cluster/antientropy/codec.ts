// The bytes of messages of anti-entropy. Numbers as in versioning/wire.ts; hashes and sums are six
// bytes (hash48.ts); rising numbers are told as their distances, the first from 0.
//
//   ask     := kind number epoch rule after to body     epoch, rule: of the plan; after, to: of the
//   1 sums  := level count node*                        partition
//   2 list  := count (gap length)*                      gap: from the end of the span before
//   3 look  := count offset*
//   4 fetch := count bytes*                             bytes := length byte*
//   5 push  := count (bytes bytes)*                     key, set
//   6 page  := start
//   answer  := kind number body
//   17 sums  := level keys count sum*     18 list := end count (offset hash)*
//   19 look  := end count (bytes hash)*   20 fetch := count found*
//   21 push  := failed                    22 page := end count (bytes found)*
//   32 refused := reason                  33 busy := waitMs
//   found   := 0 absent | 1 unreadable | (length + 2) byte*
//
// For example `02 07 05 63 09 64 02 00 10 04 04` in hexadecimal asks under the number 7, in epoch 5
// and rule 99, of the positions (9, 100], which hashes are at the offsets 0 to 15 and 20 to 23.
//
// Downside: a partition is named in every request, some ten bytes.

import { ByteWriter } from "../versioning/wire.ts";
import { HASH_BYTES, putHash } from "./hash48.ts";
import { type Ask, type Found, Kind, type Message } from "./messages.ts";
import type { Span } from "./partition.ts";

/** More than the numbers of a header and a count take. */
const HEAD_BYTES_MAX = 80;
const NUMBER_BYTES_MAX = 8;

const writer = new ByteWriter();

export function encode(message: Message): Uint8Array {
  writer.begin(HEAD_BYTES_MAX + bodyBytesMax(message));
  writer.number(message.kind);
  writer.number(message.number);
  if (message.kind < Kind.sumsAnswer) writeHead(message as Ask);
  writeBody(message);
  return writer.take();
}

function writeHead({ plan, partition }: Ask): void {
  writer.number(plan.epoch);
  writer.number(plan.rule);
  writer.number(partition.after);
  writer.number(partition.to);
}

function writeBody(message: Message): void {
  switch (message.kind) {
    case Kind.sums:
      writer.number(message.level);
      writeRising(message.nodes);
      break;
    case Kind.list:
      writeSpans(message.spans);
      break;
    case Kind.look:
      writeRising(message.offsets);
      break;
    case Kind.fetch:
      writer.number(message.keys.length);
      for (const key of message.keys) writeBytes(key);
      break;
    case Kind.push:
      writer.number(message.keys.length);
      message.keys.forEach((key, i) => {
        writeBytes(key);
        writeBytes(message.sets[i]!);
      });
      break;
    case Kind.page:
      writer.number(message.start);
      break;
    case Kind.sumsAnswer:
      writer.number(message.level);
      writer.number(message.keys);
      writer.number(message.sums.length);
      for (const sum of message.sums) writeHash(sum);
      break;
    case Kind.listAnswer:
      writeHashes(message.end, message.offsets, message.hashes);
      break;
    case Kind.lookAnswer:
      writer.number(message.end);
      writer.number(message.keys.length);
      message.keys.forEach((key, i) => {
        writeBytes(key);
        writeHash(message.hashes[i]!);
      });
      break;
    case Kind.fetchAnswer:
      writer.number(message.found.length);
      for (const found of message.found) writeFound(found);
      break;
    case Kind.pushAnswer:
      writer.number(message.failed);
      break;
    case Kind.pageAnswer:
      writer.number(message.end);
      writer.number(message.keys.length);
      message.keys.forEach((key, i) => {
        writeBytes(key);
        writeFound(message.found[i]!);
      });
      break;
    case Kind.refused:
      writer.number(message.reason);
      break;
    case Kind.busy:
      writer.number(message.waitMs);
      break;
  }
}

function writeRising(numbers: readonly number[]): void {
  writer.number(numbers.length);
  let before = 0;
  for (let i = 0; i < numbers.length; i++) {
    writer.number(numbers[i]! - before);
    before = numbers[i]!;
  }
}

function writeSpans(spans: readonly Span[]): void {
  writer.number(spans.length);
  let before = 0;
  for (const { start, end } of spans) {
    writer.number(start - before);
    writer.number(end - start);
    before = end;
  }
}

function writeHashes(end: number, offsets: readonly number[], hashes: readonly number[]): void {
  writer.number(end);
  writer.number(offsets.length);
  let before = 0;
  for (let i = 0; i < offsets.length; i++) {
    writer.number(offsets[i]! - before);
    writeHash(hashes[i]!);
    before = offsets[i]!;
  }
}

function writeHash(hash: number): void {
  putHash(writer.bytes, writer.at, hash);
  writer.at += HASH_BYTES;
}

function writeBytes(bytes: Uint8Array): void {
  writer.number(bytes.length);
  writer.copy(bytes, 0, bytes.length);
}

function writeFound(found: Found): void {
  if (typeof found === "number") {
    writer.number(found);
    return;
  }
  writer.number(found.length + 2);
  writer.copy(found, 0, found.length);
}

/** No more bytes than this are written for the body, beyond its count and two numbers. */
function bodyBytesMax(message: Message): number {
  switch (message.kind) {
    case Kind.sums:
      return message.nodes.length * NUMBER_BYTES_MAX;
    case Kind.list:
      return message.spans.length * 2 * NUMBER_BYTES_MAX;
    case Kind.look:
      return message.offsets.length * NUMBER_BYTES_MAX;
    case Kind.fetch:
      return bytesMax(message.keys);
    case Kind.push:
      return bytesMax(message.keys) + bytesMax(message.sets);
    case Kind.sumsAnswer:
      return message.sums.length * HASH_BYTES;
    case Kind.listAnswer:
      return message.offsets.length * (NUMBER_BYTES_MAX + HASH_BYTES);
    case Kind.lookAnswer:
      return bytesMax(message.keys) + message.hashes.length * HASH_BYTES;
    case Kind.fetchAnswer:
      return bytesMax(message.found);
    case Kind.pageAnswer:
      return bytesMax(message.keys) + bytesMax(message.found);
    default:
      return 0;
  }
}

function bytesMax(all: readonly Found[]): number {
  let total = 0;
  for (const bytes of all) {
    total += NUMBER_BYTES_MAX + (typeof bytes === "number" ? 0 : bytes.length);
  }
  return total;
}
