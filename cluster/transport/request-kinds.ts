// The kinds of messages from a client to its coordinator, field by field as in message.ts.

import type { TryTimes } from "../consensus/request.ts";
import { type Consistency, LEVELS } from "../replication/consistency.ts";
import type { ByteReader } from "../versioning/wire.ts";
import {
  beginMessage,
  listBytesMax,
  readBytes,
  readFlag,
  readId,
  readList,
  readOptional,
  writeBytes,
  writeFlag,
  writeId,
  writeList,
  writeOptional,
  writer,
} from "./fields.ts";
import {
  type ClientMessage,
  type CompareAndSetMessage,
  type GetManyMessage,
  type GetMessage,
  Kind,
  type PutMessage,
  type ReadMode,
  type ScanMessage,
} from "./message.ts";

export function writeGet(message: GetMessage): void {
  beginMessage(message.kind, message.key.length);
  writeAsked(message);
  writeBytes(message.key);
  writeConsistency(message.consistency);
  writeMode(message.mode);
}

export function readGet(reader: ByteReader): GetMessage {
  const { attempt, epoch, keyspace, timeoutMs } = readAsked(reader);
  const key = readBytes(reader);
  const consistency = readConsistency(reader);
  const mode = readMode(reader);
  return { kind: Kind.get, attempt, epoch, keyspace, timeoutMs, key, consistency, mode };
}

export function writePut(message: PutMessage): void {
  const { kind, key, value, context } = message;
  beginMessage(kind, key.length + (value?.length ?? 0) + (context?.length ?? 0));
  writeAsked(message);
  writeBytes(key);
  writeOptional(value);
  writeOptional(context);
  writeId(message.id);
  writeTimes(message);
  writeConsistency(message.consistency);
  writeFlag(message.wantsValues);
}

export function readPut(reader: ByteReader): PutMessage {
  const { attempt, epoch, keyspace, timeoutMs } = readAsked(reader);
  const key = readBytes(reader);
  const value = readOptional(reader);
  const context = readOptional(reader);
  const id = readId(reader);
  const ageMs = reader.number();
  const aloneMs = reader.number();
  const consistency = readConsistency(reader);
  const wantsValues = readFlag(reader);
  return {
    kind: Kind.put,
    attempt,
    epoch,
    keyspace,
    timeoutMs,
    key,
    value,
    context,
    id,
    ageMs,
    aloneMs,
    consistency,
    wantsValues,
  };
}

export function writeCompareAndSet(message: CompareAndSetMessage): void {
  const { kind, key, expected, value } = message;
  beginMessage(kind, key.length + (expected?.length ?? 0) + (value?.length ?? 0));
  writeAsked(message);
  writeBytes(key);
  writeOptional(expected);
  writeOptional(value);
  writeId(message.id);
  writeTimes(message);
}

export function readCompareAndSet(reader: ByteReader): CompareAndSetMessage {
  const { attempt, epoch, keyspace, timeoutMs } = readAsked(reader);
  const kind = Kind.compareAndSet;
  const key = readBytes(reader);
  const expected = readOptional(reader);
  const value = readOptional(reader);
  const id = readId(reader);
  const ageMs = reader.number();
  const aloneMs = reader.number();
  const asked = { kind, attempt, epoch, keyspace, timeoutMs };
  return { ...asked, key, expected, value, id, ageMs, aloneMs };
}

export function writeGetMany(message: GetManyMessage): void {
  beginMessage(message.kind, listBytesMax(message.keys));
  writeAsked(message);
  writeList(message.keys);
  writeConsistency(message.consistency);
  writeMode(message.mode);
}

export function readGetMany(reader: ByteReader): GetManyMessage {
  const { attempt, epoch, keyspace, timeoutMs } = readAsked(reader);
  const keys = readList(reader);
  const consistency = readConsistency(reader);
  const mode = readMode(reader);
  return { kind: Kind.getMany, attempt, epoch, keyspace, timeoutMs, keys, consistency, mode };
}

export function writeScan(message: ScanMessage): void {
  beginMessage(message.kind, message.from.length + (message.to?.length ?? 0));
  writeAsked(message);
  writeBytes(message.from);
  writeOptional(message.to);
  writer.number(message.limit);
  writeConsistency(message.consistency);
}

export function readScan(reader: ByteReader): ScanMessage {
  const { attempt, epoch, keyspace, timeoutMs } = readAsked(reader);
  const kind = Kind.scan;
  const from = readBytes(reader);
  const to = readOptional(reader);
  const limit = reader.number();
  if (limit === 0) reader.fail("a scan for no keys");
  const consistency = readConsistency(reader);
  return { kind, attempt, epoch, keyspace, timeoutMs, from, to, limit, consistency };
}

type Asked = Pick<ClientMessage, "attempt" | "epoch" | "keyspace" | "timeoutMs">;

/** A part of a millisecond more is waited for. */
function writeAsked(asked: Asked): void {
  writer.number(asked.attempt);
  writer.number(asked.epoch);
  writer.node(asked.keyspace);
  writer.number(Math.ceil(asked.timeoutMs));
}

function readAsked(reader: ByteReader): Asked {
  const attempt = reader.number();
  const epoch = reader.number();
  const keyspace = reader.node();
  return { attempt, epoch, keyspace, timeoutMs: reader.number() };
}

/** Rounded so that more is taken for possible than is: older, and alone for less long. */
function writeTimes({ ageMs, aloneMs }: TryTimes): void {
  writer.number(Math.ceil(ageMs));
  writer.number(Math.floor(aloneMs));
}

/** By one more than they are, so that 0 is what was not given. */
function writeConsistency({ level, count, primaries }: Consistency): void {
  writer.number(level === undefined ? 0 : LEVELS.indexOf(level) + 1);
  writer.number(count === undefined ? 0 : count + 1);
  writer.number(primaries === undefined ? 0 : primaries + 1);
}

/** One object for each that is common, so that a request makes none. */
const NOTHING_ASKED: Consistency = {};
const plainLevels = LEVELS.map((level): Consistency => ({ level }));
const plainCounts = Array.from({ length: 32 }, (_, count): Consistency => ({ count }));

function readConsistency(reader: ByteReader): Consistency {
  const level = reader.number();
  const count = reader.number();
  const primaries = reader.number();
  if (level > LEVELS.length) reader.fail(`a level that does not exist: ${level}`);
  if (primaries === 0 && count === 0) return level === 0 ? NOTHING_ASKED : plainLevels[level - 1]!;
  if (primaries === 0 && level === 0 && count <= plainCounts.length) return plainCounts[count - 1]!;
  return {
    ...(level === 0 ? {} : { level: LEVELS[level - 1]! }),
    ...(count === 0 ? {} : { count: count - 1 }),
    ...(primaries === 0 ? {} : { primaries: primaries - 1 }),
  };
}

/** Bits: 1 fan-out r, 2 no digests, 4 blocking repair, 8 no repair, 16 hedge. */
function writeMode({ fanOut, digests, repair, hedge }: ReadMode): void {
  writer.number(
    (fanOut === "r" ? 1 : 0) |
      (digests ? 0 : 2) |
      (repair === "blocking" ? 4 : repair === "off" ? 8 : 0) |
      (hedge ? 16 : 0),
  );
}

const modes: readonly ReadMode[] = Array.from({ length: 32 }, (_, bits) => ({
  fanOut: (bits & 1) > 0 ? "r" : "all",
  digests: (bits & 2) === 0,
  repair: (bits & 4) > 0 ? "blocking" : (bits & 8) > 0 ? "off" : "background",
  hedge: (bits & 16) > 0,
}));

function readMode(reader: ByteReader): ReadMode {
  const bits = reader.number();
  if (bits >= modes.length || (bits & 12) === 12)
    reader.fail(`a mode that does not exist: ${bits}`);
  return modes[bits]!;
}
