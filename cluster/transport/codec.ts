// The bytes of messages: the kind, then the fields in the order of message.ts. Numbers, names and
// runs of bytes are those of versioning/wire.ts; what may be absent has its length and one more, so
// that 0 says absent.
//
//   message     := kind field*
//   bytes       := length byte*                 bytes?  := 0 | (length + 1) byte*
//   name        := length ASCII                 name?   := 0 | name
//   list        := count bytes*                 flag    := 0 | 1
//   text        := length UTF-8
//   id          := client number
//   consistency := level count primaries        each one more than it is, 0 absent; level: its
//                                               place in LEVELS
//   mode        := bits: 1 fan-out r, 2 no digests, 4 blocking repair, 8 no repair, 16 hedge
//   error       := 0 | code text flag           code: its place in CLUSTER_ERROR_CODES and one
//                                               more; flag: fate unknown
//   answered by := count name* count name*      primaries, fallbacks
//   entry       := bytes list bytes? error      of manyAnswer
//
// For example `24 ac 02 03 01 75 02 68 69 03 01 00 ff 00` in hexadecimal: merge, number 300, epoch
// 3, keyspace "u", key "hi", the set 01 00 ff, standing in for nobody.
//
// Downsides: lengths come before what they measure, so a message is built at its upper bound of
// bytes; and nothing can be added to a kind without making a new one.

import type { ByteReader } from "../versioning/wire.ts";
import { readAnswer, readManyAnswer, writeAnswer, writeManyAnswer } from "./answer-kinds.ts";
import { readerOf, writer } from "./fields.ts";
import { Kind, type Message } from "./message.ts";
import {
  readMerge,
  readMergeAnswer,
  readMint,
  readMintAnswer,
  readPayload,
  readRead,
  readReadAnswer,
  readScanPart,
  readScanPartAnswer,
  writeMerge,
  writeMergeAnswer,
  writeMint,
  writeMintAnswer,
  writePayload,
  writeRead,
  writeReadAnswer,
  writeScanPart,
  writeScanPartAnswer,
} from "./replica-kinds.ts";
import {
  readCompareAndSet,
  readGet,
  readGetMany,
  readPut,
  readScan,
  writeCompareAndSet,
  writeGet,
  writeGetMany,
  writePut,
  writeScan,
} from "./request-kinds.ts";

/** Small messages share memory with their neighbours, which nobody writes to again. */
export function encode(message: Message): Uint8Array {
  switch (message.kind) {
    case Kind.get:
      writeGet(message);
      break;
    case Kind.put:
      writePut(message);
      break;
    case Kind.compareAndSet:
      writeCompareAndSet(message);
      break;
    case Kind.getMany:
      writeGetMany(message);
      break;
    case Kind.scan:
      writeScan(message);
      break;
    case Kind.answer:
      writeAnswer(message);
      break;
    case Kind.manyAnswer:
      writeManyAnswer(message);
      break;
    case Kind.read:
      writeRead(message);
      break;
    case Kind.readAnswer:
      writeReadAnswer(message);
      break;
    case Kind.mint:
      writeMint(message);
      break;
    case Kind.mintAnswer:
      writeMintAnswer(message);
      break;
    case Kind.merge:
      writeMerge(message);
      break;
    case Kind.mergeAnswer:
      writeMergeAnswer(message);
      break;
    case Kind.scanPart:
      writeScanPart(message);
      break;
    case Kind.scanPartAnswer:
      writeScanPartAnswer(message);
      break;
    case Kind.consensus:
    case Kind.entropy:
    case Kind.plan:
      writePayload(message);
      break;
  }
  return writer.take();
}

/**
 * The message; runs of bytes are views into `bytes`, which must not change as long as they are
 * used. @throws ClusterError CLUSTER_MESSAGE for anything that `encode` does not make
 */
export function decode(bytes: Uint8Array): Message {
  const reader = readerOf(bytes);
  const message = read(reader);
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return message;
}

function read(reader: ByteReader): Message {
  const kind = reader.number();
  switch (kind) {
    case Kind.get:
      return readGet(reader);
    case Kind.put:
      return readPut(reader);
    case Kind.compareAndSet:
      return readCompareAndSet(reader);
    case Kind.getMany:
      return readGetMany(reader);
    case Kind.scan:
      return readScan(reader);
    case Kind.answer:
      return readAnswer(reader);
    case Kind.manyAnswer:
      return readManyAnswer(reader);
    case Kind.read:
      return readRead(reader);
    case Kind.readAnswer:
      return readReadAnswer(reader);
    case Kind.mint:
      return readMint(reader);
    case Kind.mintAnswer:
      return readMintAnswer(reader);
    case Kind.merge:
      return readMerge(reader);
    case Kind.mergeAnswer:
      return readMergeAnswer(reader);
    case Kind.scanPart:
      return readScanPart(reader);
    case Kind.scanPartAnswer:
      return readScanPartAnswer(reader);
    case Kind.consensus:
    case Kind.entropy:
    case Kind.plan:
      return readPayload(kind, reader);
    default:
      reader.at = 0;
      return reader.fail(`a kind of message that does not exist: ${kind}`);
  }
}
