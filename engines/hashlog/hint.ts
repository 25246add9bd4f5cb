// A hint file: keys and places of the records of a segment, so that opening reads no values.
//
//   hint   := magic: u32 "RBHT", format: u32, fileId: u32, coveredBytes: u32, count: u32, entry*,
//             checksum: u32              XXH32 of everything before, seeded with the file id
//   entry  := kind: u8, 0: u8, keyLength: u16, valueLength: u32, offset: u32, sequence: u64,
//             key, zeros to a multiple of 4
//
// A hint is written only after the segment was synced up to `coveredBytes`: it proves that these
// bytes were whole once. One that is missing or does not verify costs a scan, never data.

import path from "node:path";
import type { FileSystem } from "../io/filesystem.ts";
import { replaceFile } from "../io/folder.ts";
import { checksumWords } from "../log/checksum.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import {
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { hintName, type Segment } from "./segment.ts";

const MAGIC = 0x54484252; // "RBHT" in little-endian
const FORMAT = 1;
const HEAD_BYTES = 20;
const ENTRY_HEAD_BYTES = 20;

/** Called for each record in the order of the segment; the key is a view, valid in the call. */
export type HintVisitor = (
  kind: number,
  key: Uint8Array,
  valueLength: number,
  offset: number,
  sequence: number,
) => void;

export interface Hint {
  /** Bytes of the segment that the hint covers. */
  readonly coveredBytes: number;
  forEach(visit: HintVisitor): void;
}

/** The hint of a segment, or undefined when there is none that verifies. */
export function readHint(fileSystem: FileSystem, dir: string, id: number): Hint | undefined {
  const file = path.join(dir, hintName(id));
  if (!fileSystem.existsSync(file)) return undefined;
  const content = fileSystem.readFileSync(file);
  if (content.length < HEAD_BYTES + 4 || content.length % 4 !== 0) return undefined;
  const buffer = newRecordBuffer(content.length);
  buffer.bytes.set(content);
  const { words } = buffer;
  const last = words.length - 1;
  if (words[0] !== MAGIC || words[1] !== FORMAT || words[2] !== id) return undefined;
  if (words[last] !== checksumWords(words, 0, last, id)) return undefined;
  return {
    coveredBytes: words[3]!,
    forEach: (visit) => visitEntries(buffer, words[4]!, visit),
  };
}

function visitEntries({ bytes, words }: RecordBuffer, count: number, visit: HintVisitor): void {
  let at = HEAD_BYTES;
  for (let i = 0; i < count; i++) {
    const word = at >>> 2;
    const keyLength = words[word]! >>> 16;
    const sequence = words[word + 3]! + words[word + 4]! * 0x1_0000_0000;
    const key = bytes.subarray(at + ENTRY_HEAD_BYTES, at + ENTRY_HEAD_BYTES + keyLength);
    visit(words[word]! & 0xff, key, words[word + 1]!, words[word + 2]!, sequence);
    at += (ENTRY_HEAD_BYTES + keyLength + 3) & ~3;
  }
}

/** Reads the segment, which is written and synced, and writes its hint. Returns bytes written. */
export function writeHint(
  fileSystem: FileSystem,
  dir: string,
  segment: Segment,
  scan: Pick<Parameters<typeof scanLog>[0], "durability">,
): number {
  let buffer = newRecordBuffer(64 * 1024);
  let used = HEAD_BYTES;
  let count = 0;
  scanLog(
    {
      file: segment.file,
      fileId: segment.id,
      from: LOG_HEADER_BYTES,
      durability: scan.durability,
      isLast: false,
      provenBytes: segment.sizeBytes,
    },
    (record, at, offset) => {
      const kind = kindAt(record, at);
      if (kind === RecordKind.syncMark) return;
      const keyLength = keyLengthAt(record, at);
      const length = (ENTRY_HEAD_BYTES + keyLength + 3) & ~3;
      if (used + length + 4 > buffer.bytes.length) buffer = grown(buffer, used + length + 4);
      const word = used >>> 2;
      const sequence = sequenceAt(record, at);
      buffer.words[word] = kind | (keyLength << 16);
      buffer.words[word + 1] = valueLengthAt(record, at);
      buffer.words[word + 2] = offset;
      buffer.words[word + 3] = sequence % 0x1_0000_0000;
      buffer.words[word + 4] = sequence / 0x1_0000_0000;
      const keyStart = at + RECORD_HEADER_BYTES;
      buffer.bytes.set(
        record.bytes.subarray(keyStart, keyStart + keyLength),
        used + ENTRY_HEAD_BYTES,
      );
      used += length;
      count++;
    },
  );
  const { words, bytes } = buffer;
  words[0] = MAGIC;
  words[1] = FORMAT;
  words[2] = segment.id;
  words[3] = segment.sizeBytes;
  words[4] = count;
  words[used >>> 2] = checksumWords(words, 0, used >>> 2, segment.id);
  replaceFile(fileSystem, dir, hintName(segment.id), bytes.subarray(0, used + 4));
  segment.hinted = true;
  return used + 4;
}

function grown(buffer: RecordBuffer, neededBytes: number): RecordBuffer {
  const larger = newRecordBuffer(Math.max(neededBytes, buffer.bytes.length * 2));
  larger.bytes.set(buffer.bytes);
  return larger;
}
