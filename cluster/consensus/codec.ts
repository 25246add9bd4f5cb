// The bytes of messages between registers: the kind, then the fields in order. Numbers, names and
// ballots as in versioning/wire.ts and ballot.ts; flags are 0 or 1.
//
//   peek     := 1 number plan key flag               bytes  := length byte*
//   prepare  := 2 number plan key ballot             bytes? := 0 | (length + 1) byte*
//   accept   := 3 number plan key ballot bytes       key    := bytes
//   answer   := 4 number outcome roll ballot ballot bytes?
//   hello    := 5 disk          challenge := 6 disk nonce
//   join     := 7 disk nonce    welcome   := 8 disk own flag
//   list     := 9 number bytes?
//   listed   := 10 number count key* bytes? flag
//
// Downside: a state travels whole with every accept and promise, however little has changed.

import { KEY_BYTES_MAX } from "../../engines/engine.ts";
import { messageError } from "../errors.ts";
import { ByteReader, ByteWriter } from "../versioning/wire.ts";
import { BALLOT_BYTES_MAX, readBallot, writeBallot } from "./ballot.ts";
import {
  Answer,
  Ask,
  type AskKind,
  type JoinMessage,
  type ListedMessage,
  type ListMessage,
  type Message,
  MessageKind,
  Outcome,
} from "./messages.ts";
import { RegisterState } from "./register-state.ts";

/** More than the numbers of any message take. */
const NUMBERS_BYTES_MAX = 64;
/** No page of keys is longer. */
const KEYS_MAX = 128;

const writer = new ByteWriter();

export function encodeAsk(ask: Ask): Uint8Array {
  const { kind, number, plan, key, ballot, state } = ask;
  writer.begin(NUMBERS_BYTES_MAX + BALLOT_BYTES_MAX + key.length + (state?.length ?? 0));
  writer.number(kind);
  writer.number(number);
  writer.number(plan);
  writeBytes(key);
  if (kind === MessageKind.peek) writer.number(ask.wantsState ? 1 : 0);
  else writeBallot(writer, ballot);
  if (kind === MessageKind.accept) writeBytes(state!);
  return writer.take();
}

export function encodeAnswer(answer: Answer): Uint8Array {
  writer.begin(NUMBERS_BYTES_MAX + 2 * BALLOT_BYTES_MAX + (answer.state?.length ?? 0));
  writer.number(MessageKind.answer);
  writer.number(answer.number);
  writer.number(answer.outcome);
  writer.number(answer.roll);
  writeBallot(writer, answer.promised);
  writeBallot(writer, answer.accepted);
  writeOptional(answer.state);
  return writer.take();
}

export function encodeOther(message: JoinMessage | ListMessage | ListedMessage): Uint8Array {
  writer.begin(NUMBERS_BYTES_MAX + keyBytes(message));
  writer.number(message.kind);
  switch (message.kind) {
    case MessageKind.hello:
      writer.number(message.disk);
      break;
    case MessageKind.challenge:
    case MessageKind.join:
      writer.number(message.disk);
      writer.number(message.nonce);
      break;
    case MessageKind.welcome:
      writer.number(message.disk);
      writer.number(message.own);
      writer.number(message.isSuccessor ? 1 : 0);
      break;
    case MessageKind.list:
      writer.number(message.number);
      writeOptional(message.after);
      break;
    case MessageKind.listed:
      writer.number(message.number);
      writer.number(message.keys.length);
      for (const key of message.keys) writeBytes(key);
      writeOptional(message.next);
      writer.number(message.isWhole ? 1 : 0);
      break;
  }
  return writer.take();
}

/**
 * The message; runs of bytes are views into `bytes`, which must not change as long as they are
 * used. @throws ClusterError CLUSTER_MESSAGE for anything that the encoders do not make
 */
export function decode(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes, 0, messageError);
  const message = readMessage(reader, reader.number());
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return message;
}

function readMessage(reader: ByteReader, kind: number): Message {
  switch (kind) {
    case MessageKind.peek:
    case MessageKind.prepare:
    case MessageKind.accept:
      return readAsk(reader, kind);
    case MessageKind.answer:
      return { kind, answer: readAnswer(reader) };
    case MessageKind.hello:
      return { kind, disk: readDisk(reader) };
    case MessageKind.challenge:
    case MessageKind.join: {
      const disk = readDisk(reader);
      return { kind, disk, nonce: reader.number() };
    }
    case MessageKind.welcome: {
      const disk = readDisk(reader);
      const own = readDisk(reader);
      return { kind, disk, own, isSuccessor: readFlag(reader) };
    }
    case MessageKind.list: {
      const number = reader.number();
      return { kind, number, after: readOptional(reader) };
    }
    case MessageKind.listed: {
      const number = reader.number();
      const count = reader.number();
      if (count > KEYS_MAX) reader.fail("more keys than a page has");
      const keys: Uint8Array[] = [];
      for (let i = 0; i < count; i++) keys.push(readKey(reader));
      const next = readOptional(reader);
      return { kind, number, keys, next, isWhole: readFlag(reader) };
    }
    default:
      reader.at = 0;
      return reader.fail(`a kind of message that does not exist: ${kind}`);
  }
}

function readAsk(reader: ByteReader, kind: AskKind): Ask {
  const number = reader.number();
  const plan = reader.number();
  const key = readKey(reader);
  if (kind === MessageKind.peek) return new Ask(kind, number, plan, key, readFlag(reader));
  const ballot = readBallot(reader);
  if (ballot.counter === 0 || (kind === MessageKind.accept) !== ballot.step > 0) {
    reader.fail("a ballot that is not one of such a message");
  }
  const state = kind === MessageKind.accept ? readState(reader, readBytes(reader)) : undefined;
  return new Ask(kind, number, plan, key, true, ballot, state);
}

function readAnswer(reader: ByteReader): Answer {
  const number = reader.number();
  const outcome = reader.number();
  if (outcome < Outcome.done || outcome > Outcome.noVote) reader.fail("an outcome that is none");
  const roll = reader.number();
  const promised = readBallot(reader);
  const accepted = readBallot(reader);
  const bytes = readOptional(reader);
  const state = bytes === undefined ? undefined : readState(reader, bytes);
  return new Answer(number, outcome as Outcome, roll, promised, accepted, state);
}

/** It is stored as it came, so that it must be one before anything changes. */
function readState(reader: ByteReader, state: Uint8Array): Uint8Array {
  const start = reader.at - state.length;
  RegisterState.check(state, (position, what) => messageError(start + position, what));
  return state;
}

function keyBytes(message: JoinMessage | ListMessage | ListedMessage): number {
  if (message.kind === MessageKind.list) return 8 + (message.after?.length ?? 0);
  if (message.kind !== MessageKind.listed) return 0;
  let total = 8 + (message.next?.length ?? 0);
  for (const key of message.keys) total += 8 + key.length;
  return total;
}

function writeBytes(bytes: Uint8Array): void {
  writer.number(bytes.length);
  writer.copy(bytes, 0, bytes.length);
}

function writeOptional(bytes: Uint8Array | undefined): void {
  writer.number(bytes === undefined ? 0 : bytes.length + 1);
  if (bytes !== undefined) writer.copy(bytes, 0, bytes.length);
}

function readBytes(reader: ByteReader): Uint8Array {
  const start = reader.skip(reader.number());
  return reader.bytes.subarray(start, reader.at);
}

function readKey(reader: ByteReader): Uint8Array {
  const key = readBytes(reader);
  if (key.length > KEY_BYTES_MAX) reader.fail("a key that is too long");
  return key;
}

function readOptional(reader: ByteReader): Uint8Array | undefined {
  const length = reader.number();
  if (length === 0) return undefined;
  const start = reader.skip(length - 1);
  return reader.bytes.subarray(start, reader.at);
}

function readDisk(reader: ByteReader): number {
  const disk = reader.number();
  if (disk === 0) reader.fail("a disk without a number");
  return disk;
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.number();
  if (flag > 1) reader.fail("a flag that is neither 0 nor 1");
  return flag === 1;
}
