// The kinds of messages from a coordinator to its client, field by field as in message.ts.

import { CLUSTER_ERROR_CODES } from "../errors.ts";
import { type ByteReader, NODE_BYTES_MAX } from "../versioning/wire.ts";
import {
  beginMessage,
  listBytesMax,
  readBytes,
  readCount,
  readFlag,
  readList,
  readNames,
  readOptional,
  readText,
  textBytesMax,
  writeBytes,
  writeFlag,
  writeList,
  writeNames,
  writeOptional,
  writer,
  writeText,
} from "./fields.ts";
import {
  type AnsweredBy,
  type AnswerMessage,
  Kind,
  type ManyAnswerMessage,
  type ManyEntry,
} from "./message.ts";

/** No more than its numbers take: three lengths, a count, a code and a flag. */
const ENTRY_NUMBERS_BYTES_MAX = 40;

export function writeAnswer(message: AnswerMessage): void {
  const { values, context } = message;
  beginMessage(message.kind, headBytesMax(message) + listBytesMax(values) + (context?.length ?? 0));
  writer.number(message.attempt);
  writeError(message.error);
  writeAnsweredBy(message.answeredBy);
  writeList(values);
  writeOptional(context);
  writeFlag(message.isSwapped);
}

export function readAnswer(reader: ByteReader): AnswerMessage {
  const attempt = reader.number();
  const error = readError(reader);
  const answeredBy = readAnsweredBy(reader);
  const values = readList(reader);
  const context = readOptional(reader);
  const isSwapped = readFlag(reader);
  return { kind: Kind.answer, attempt, error, answeredBy, values, context, isSwapped };
}

export function writeManyAnswer(message: ManyAnswerMessage): void {
  const { entries, next } = message;
  let bytesMax = headBytesMax(message) + (next?.length ?? 0);
  for (let i = 0; i < entries.length; i++) bytesMax += entryBytesMax(entries[i]!);
  beginMessage(message.kind, bytesMax);
  writer.number(message.attempt);
  writeError(message.error);
  writeAnsweredBy(message.answeredBy);
  writer.number(entries.length);
  for (let i = 0; i < entries.length; i++) writeEntry(entries[i]!);
  writeOptional(next);
}

export function readManyAnswer(reader: ByteReader): ManyAnswerMessage {
  const attempt = reader.number();
  const error = readError(reader);
  const answeredBy = readAnsweredBy(reader);
  const count = readCount(reader);
  const entries: ManyEntry[] = [];
  for (let i = 0; i < count; i++) entries.push(readEntry(reader));
  const next = readOptional(reader);
  return { kind: Kind.manyAnswer, attempt, error, answeredBy, entries, next };
}

type Head = Pick<AnswerMessage, "error" | "answeredBy">;

function headBytesMax({ error, answeredBy }: Head): number {
  const names = answeredBy.primaries.length + answeredBy.fallbacks.length;
  return textBytesMax(error?.text) + names * (NODE_BYTES_MAX + 1);
}

function writeError(error: AnswerMessage["error"]): void {
  if (error === undefined) {
    writer.number(0);
    return;
  }
  writer.number(CLUSTER_ERROR_CODES.indexOf(error.code) + 1);
  writeText(error.text);
  writeFlag(error.fate === "unknown");
}

function readError(reader: ByteReader): AnswerMessage["error"] {
  const code = reader.number();
  if (code === 0) return undefined;
  if (code > CLUSTER_ERROR_CODES.length) reader.fail(`an error that does not exist: ${code}`);
  const text = readText(reader);
  const fate = readFlag(reader) ? "unknown" : "not-done";
  return { code: CLUSTER_ERROR_CODES[code - 1]!, text, fate };
}

function writeAnsweredBy({ primaries, fallbacks }: AnsweredBy): void {
  writeNames(primaries);
  writeNames(fallbacks);
}

function readAnsweredBy(reader: ByteReader): AnsweredBy {
  const primaries = readNames(reader);
  return { primaries, fallbacks: readNames(reader) };
}

function entryBytesMax({ key, values, context, error }: ManyEntry): number {
  const runs = key.length + listBytesMax(values) + (context?.length ?? 0);
  return ENTRY_NUMBERS_BYTES_MAX + runs + textBytesMax(error?.text);
}

function writeEntry({ key, values, context, error }: ManyEntry): void {
  writeBytes(key);
  writeList(values);
  writeOptional(context);
  writeError(error === undefined ? undefined : { ...error, fate: "not-done" });
}

function readEntry(reader: ByteReader): ManyEntry {
  const key = readBytes(reader);
  const values = readList(reader);
  const context = readOptional(reader);
  const error = readError(reader);
  if (error === undefined) return { key, values, context };
  if (error.fate !== "not-done") reader.fail("a read with the fate of a write");
  return { key, values, context, error: { code: error.code, text: error.text } };
}
