// Reads hint files (hint-format.ts). One that is missing or does not verify in every byte decides
// nothing: its segment is scanned instead.

import path from "node:path";
import type { FileSystem } from "../io/filesystem.ts";
import { checksumBytes, checksumWords } from "../log/checksum.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import {
  newRecordBuffer,
  placeSeed,
  RECORD_HEADER_BYTES,
  RecordKind,
  recordBytes,
} from "../log/record.ts";
import {
  HINT_BLOCK_HEAD_BYTES,
  HINT_FOOT_BYTES,
  HINT_FOOT_WORDS,
  HINT_FORMAT,
  HINT_HEAD_BYTES,
  HINT_MAGIC,
} from "./hint-format.ts";
import { hintName } from "./segment.ts";
import { VarintReader } from "./varint.ts";

/** Called for each put and delete in order; the key is `bytes[start..start + keyLength)`. */
export type HintVisitor = (
  kind: number,
  bytes: Uint8Array,
  start: number,
  keyLength: number,
  valueLength: number,
  offset: number,
  sequence: number,
) => void;

export interface Hint {
  /** Bytes of the segment that the hint covers. */
  readonly coveredBytes: number;
  readonly minSequence: number;
  /** The highest sequence in use when the hint was written. */
  readonly maxSequence: number;
  /** Of the segment up to `coveredBytes` (fingerprint.ts). */
  readonly fingerprint: number;
  /** Bytes of the hint file. */
  readonly sizeBytes: number;
  forEach(visit: HintVisitor): void;
}

/** The hint of a segment, or undefined when there is none that verifies. */
export function readHint(fileSystem: FileSystem, dir: string, id: number): Hint | undefined {
  const file = path.join(dir, hintName(id));
  if (!fileSystem.existsSync(file)) return undefined;
  const bytes = fileSystem.readFileSync(file);
  const footAt = bytes.length - HINT_FOOT_BYTES;
  if (footAt < HINT_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== HINT_MAGIC || view.getUint32(4, true) !== HINT_FORMAT) {
    return undefined;
  }
  if (view.getUint32(8, true) !== id || !blocksVerify(bytes, view, footAt, id)) return undefined;
  const { words, bytes: foot } = newRecordBuffer(HINT_FOOT_BYTES);
  foot.set(bytes.subarray(footAt));
  const checksum = checksumWords(words, 0, HINT_FOOT_WORDS, placeSeed(id, footAt));
  if (words[0] !== 0 || words[HINT_FOOT_WORDS] !== checksum) return undefined;
  return {
    coveredBytes: words[1]!,
    minSequence: words[4]! + words[5]! * 0x1_0000_0000,
    maxSequence: words[6]! + words[7]! * 0x1_0000_0000,
    fingerprint: words[3]!,
    sizeBytes: bytes.length,
    forEach: (visit) => visitEntries(bytes, view, footAt, visit),
  };
}

function blocksVerify(bytes: Uint8Array, view: DataView, footAt: number, id: number): boolean {
  let at = HINT_HEAD_BYTES;
  while (at < footAt) {
    const payloadBytes = view.getUint32(at, true);
    const end = at + HINT_BLOCK_HEAD_BYTES + payloadBytes;
    if (payloadBytes === 0 || end > footAt) return false;
    const payload = bytes.subarray(at + HINT_BLOCK_HEAD_BYTES, end);
    const checksum = checksumBytes(payload, placeSeed(id, at));
    if (view.getUint32(at + 4, true) !== checksum) return false;
    at = end;
  }
  return at === footAt;
}

function visitEntries(bytes: Uint8Array, view: DataView, footAt: number, visit: HintVisitor): void {
  const reader = new VarintReader(bytes, HINT_HEAD_BYTES);
  let offset = LOG_HEADER_BYTES;
  let sequence = 0;
  while (reader.at < footAt) {
    const end = reader.at + HINT_BLOCK_HEAD_BYTES + view.getUint32(reader.at, true);
    reader.at += HINT_BLOCK_HEAD_BYTES;
    while (reader.at < end) {
      const kind = bytes[reader.at++]!;
      if (kind === RecordKind.syncMark) {
        offset += RECORD_HEADER_BYTES;
        continue;
      }
      const keyLength = reader.next();
      const valueLength = reader.next();
      const step = reader.next();
      sequence += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
      visit(kind, bytes, reader.at, keyLength, valueLength, offset, sequence);
      reader.at += keyLength;
      offset += recordBytes(keyLength, valueLength);
    }
  }
}
