// The kinds of messages between nodes, field by field as in message.ts.

import type { ByteReader } from "../versioning/wire.ts";
import {
  beginMessage,
  listBytesMax,
  readBytes,
  readCount,
  readFlag,
  readId,
  readList,
  readName,
  readOptional,
  writeBytes,
  writeFlag,
  writeId,
  writeList,
  writeName,
  writeOptional,
  writer,
} from "./fields.ts";
import {
  type ConsensusMessage,
  type EntropyMessage,
  Kind,
  type MergeAnswerMessage,
  type MergeMessage,
  type MintAnswerMessage,
  type MintMessage,
  type PlanMessage,
  type ReadAnswerMessage,
  type ReadMessage,
  type ScanPartAnswerMessage,
  type ScanPartMessage,
  Status,
} from "./message.ts";

const STATUS_MAX = Math.max(...Object.values(Status));

export function writeRead(message: ReadMessage): void {
  beginMessage(message.kind, message.key.length);
  writeAsked(message);
  writeBytes(message.key);
  writeFlag(message.isDigest);
  writeFlag(message.isDurable);
}

export function readRead(reader: ByteReader): ReadMessage {
  const { number, epoch, keyspace } = readAsked(reader);
  const key = readBytes(reader);
  const isDigest = readFlag(reader);
  const isDurable = readFlag(reader);
  return { kind: Kind.read, number, epoch, keyspace, key, isDigest, isDurable };
}

export function writeReadAnswer(message: ReadAnswerMessage): void {
  beginMessage(message.kind, message.set?.length ?? 0);
  writer.number(message.number);
  writer.number(message.status);
  writeFlag(message.isDigest);
  writer.number(message.digest);
  writeOptional(message.set);
}

export function readReadAnswer(reader: ByteReader): ReadAnswerMessage {
  const number = reader.number();
  const status = readStatus(reader);
  const isDigest = readFlag(reader);
  const digest = reader.number();
  return { kind: Kind.readAnswer, number, status, isDigest, digest, set: readOptional(reader) };
}

export function writeMint(message: MintMessage): void {
  const { kind, key, value, context } = message;
  beginMessage(kind, key.length + (value?.length ?? 0) + (context?.length ?? 0));
  writeAsked(message);
  writeBytes(key);
  writeOptional(value);
  writeOptional(context);
  writeId(message.id);
  writeName(message.standsInFor);
}

export function readMint(reader: ByteReader): MintMessage {
  const { number, epoch, keyspace } = readAsked(reader);
  const key = readBytes(reader);
  const value = readOptional(reader);
  const context = readOptional(reader);
  const id = readId(reader);
  const standsInFor = readName(reader);
  return { kind: Kind.mint, number, epoch, keyspace, key, value, context, id, standsInFor };
}

export function writeMintAnswer(message: MintAnswerMessage): void {
  beginMessage(message.kind, message.set?.length ?? 0);
  writer.number(message.number);
  writer.number(message.status);
  writeOptional(message.set);
}

export function readMintAnswer(reader: ByteReader): MintAnswerMessage {
  const number = reader.number();
  const status = readStatus(reader);
  const set = readOptional(reader);
  if ((status === Status.ok) !== (set !== undefined)) reader.fail("an event without its versions");
  return { kind: Kind.mintAnswer, number, status, set };
}

export function writeMerge(message: MergeMessage): void {
  beginMessage(message.kind, message.key.length + message.set.length);
  writeAsked(message);
  writeBytes(message.key);
  writeBytes(message.set);
  writeName(message.standsInFor);
}

export function readMerge(reader: ByteReader): MergeMessage {
  const { number, epoch, keyspace } = readAsked(reader);
  const key = readBytes(reader);
  const set = readBytes(reader);
  return { kind: Kind.merge, number, epoch, keyspace, key, set, standsInFor: readName(reader) };
}

export function writeMergeAnswer(message: MergeAnswerMessage): void {
  beginMessage(message.kind, 0);
  writer.number(message.number);
  writer.number(message.status);
}

export function readMergeAnswer(reader: ByteReader): MergeAnswerMessage {
  const number = reader.number();
  return { kind: Kind.mergeAnswer, number, status: readStatus(reader) };
}

export function writeScanPart(message: ScanPartMessage): void {
  const { kind, from, to, vnodes } = message;
  beginMessage(kind, from.length + (to?.length ?? 0) + 8 * vnodes.length);
  writeAsked(message);
  writeBytes(from);
  writeOptional(to);
  writer.number(message.limit);
  writer.number(vnodes.length);
  for (let i = 0; i < vnodes.length; i++) writer.number(vnodes[i]!);
}

export function readScanPart(reader: ByteReader): ScanPartMessage {
  const { number, epoch, keyspace } = readAsked(reader);
  const from = readBytes(reader);
  const to = readOptional(reader);
  const limit = reader.number();
  if (limit === 0) reader.fail("a part of a scan for no keys");
  const count = readCount(reader);
  const vnodes: number[] = [];
  for (let i = 0; i < count; i++) vnodes.push(reader.number());
  return { kind: Kind.scanPart, number, epoch, keyspace, from, to, limit, vnodes };
}

export function writeScanPartAnswer(message: ScanPartAnswerMessage): void {
  beginMessage(message.kind, listBytesMax(message.keys) + listBytesMax(message.sets));
  writer.number(message.number);
  writer.number(message.status);
  writeList(message.keys);
  writeList(message.sets);
  writeFlag(message.hasMore);
}

export function readScanPartAnswer(reader: ByteReader): ScanPartAnswerMessage {
  const number = reader.number();
  const status = readStatus(reader);
  const keys = readList(reader);
  const sets = readList(reader);
  if (keys.length !== sets.length) reader.fail("keys without versions, or the reverse");
  const hasMore = readFlag(reader);
  if (hasMore && keys.length === 0) reader.fail("more keys behind the last one of none");
  return { kind: Kind.scanPartAnswer, number, status, keys, sets, hasMore };
}

/** Of consensus, anti-entropy and the plan of the ring. */
export function writePayload(message: ConsensusMessage | EntropyMessage | PlanMessage): void {
  beginMessage(message.kind, message.payload.length);
  writer.node(message.keyspace);
  writeBytes(message.payload);
}

export function readPayload<K extends number>(
  kind: K,
  reader: ByteReader,
): { readonly kind: K; readonly keyspace: string; readonly payload: Uint8Array } {
  const keyspace = reader.node();
  return { kind, keyspace, payload: readBytes(reader) };
}

type Asked = Pick<ReadMessage, "number" | "epoch" | "keyspace">;

function writeAsked(asked: Asked): void {
  writer.number(asked.number);
  writer.number(asked.epoch);
  writer.node(asked.keyspace);
}

function readAsked(reader: ByteReader): Asked {
  const number = reader.number();
  const epoch = reader.number();
  return { number, epoch, keyspace: reader.node() };
}

function readStatus(reader: ByteReader): Status {
  const status = reader.number();
  if (status > STATUS_MAX) reader.fail(`a status that does not exist: ${status}`);
  return status as Status;
}
