// The fields that all kinds of messages are made of. Each writer writes behind what was written
// last; a reader takes exactly what its writer makes and fails on all else.

import { messageError } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import type { RequestId } from "../versioning/version.ts";
import { ByteReader, ByteWriter } from "../versioning/wire.ts";

/** More than all numbers and names of a message take that are not in a list. */
const FIXED_BYTES_MAX = 320;

/** One message is written at a time. */
export const writer = new ByteWriter();

/** @param bytesMax At least what the runs of bytes, the lists and the texts of it take. */
export function beginMessage(kind: number, bytesMax: number): void {
  writer.begin(FIXED_BYTES_MAX + bytesMax);
  writer.number(kind);
}

/** One message is read at a time. */
const messageReader = new ByteReader(new Uint8Array(0), 0, messageError);

export function readerOf(bytes: Uint8Array): ByteReader {
  messageReader.bytes = bytes;
  messageReader.at = 0;
  return messageReader;
}

export function writeBytes(bytes: Uint8Array): void {
  writer.number(bytes.length);
  writer.copy(bytes, 0, bytes.length);
}

/** A view into what is read. */
export function readBytes(reader: ByteReader): Uint8Array {
  const length = reader.number();
  const start = reader.skip(length);
  return reader.bytes.subarray(start, start + length);
}

export function writeOptional(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) {
    writer.number(0);
    return;
  }
  writer.number(bytes.length + 1);
  writer.copy(bytes, 0, bytes.length);
}

export function readOptional(reader: ByteReader): Uint8Array | undefined {
  const length = reader.number();
  if (length === 0) return undefined;
  const start = reader.skip(length - 1);
  return reader.bytes.subarray(start, start + length - 1);
}

export function writeList(list: readonly Uint8Array[]): void {
  writer.number(list.length);
  for (let i = 0; i < list.length; i++) writeBytes(list[i]!);
}

export function readList(reader: ByteReader): Uint8Array[] {
  const count = readCount(reader);
  const list: Uint8Array[] = [];
  for (let i = 0; i < count; i++) list.push(readBytes(reader));
  return list;
}

/** No more bytes than this are written for the members of a list. */
export function listBytesMax(list: readonly Uint8Array[]): number {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += 8 + list[i]!.length;
  return total;
}

/** How long a list is. Each of its members takes a byte at least, so that it has an end. */
export function readCount(reader: ByteReader): number {
  const count = reader.number();
  if (count > reader.bytes.length - reader.at)
    reader.fail("a list that is longer than the message");
  return count;
}

export function writeFlag(flag: boolean): void {
  writer.number(flag ? 1 : 0);
}

export function readFlag(reader: ByteReader): boolean {
  const flag = reader.number();
  if (flag > 1) reader.fail(`${flag} where 0 or 1 must be`);
  return flag === 1;
}

export function writeName(name: NodeId | undefined): void {
  if (name === undefined) writer.number(0);
  else writer.node(name);
}

export function readName(reader: ByteReader): NodeId | undefined {
  if (reader.bytes[reader.at] !== 0) return reader.node();
  reader.at++;
  return undefined;
}

export function writeNames(names: readonly NodeId[]): void {
  writer.number(names.length);
  for (let i = 0; i < names.length; i++) writer.node(names[i]!);
}

export function readNames(reader: ByteReader): NodeId[] {
  const count = readCount(reader);
  const names: NodeId[] = [];
  for (let i = 0; i < count; i++) names.push(reader.node());
  return names;
}

export function writeId(id: RequestId): void {
  writer.number(id.client);
  writer.number(id.number);
}

export function readId(reader: ByteReader): RequestId {
  const client = reader.number();
  if (client === 0) reader.fail("a request of client 0, who is nobody");
  return { client, number: reader.number() };
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function writeText(text: string): void {
  writeBytes(textEncoder.encode(text));
}

export function readText(reader: ByteReader): string {
  const bytes = readBytes(reader);
  try {
    return textDecoder.decode(bytes);
  } catch {
    return reader.fail("a text that is not UTF-8");
  }
}

/** No more bytes than this are written for a text that is there. */
export function textBytesMax(text: string | undefined): number {
  return text === undefined ? 0 : 8 + 3 * text.length;
}
