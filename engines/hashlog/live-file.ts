// What a clean close knows and hints do not: which records are the newest of their keys. With it,
// opening puts each live key into the index once, and compares no key with another.
//
//   live    := magic: u32 "RBLV", format: u32, sequence: u64, keys: u64, segments: u32, segment*,
//              checksum: u32           XXH32 of everything before
//   segment := fileId: u32, sizeBytes: u32, fingerprint: u32, bits: u32 * ceil(sizeBytes / 512)
//
// Bit n of a segment stands for the record that starts in bytes 16 n to 16 n + 15: no two do, as a
// record has 20 bytes at least. All numbers are little-endian.
//
// It holds for exactly the files that it lists, at exactly their lengths: every write makes a file
// longer, every merge makes a new one. An open store has none: opening removes it.

import path from "node:path";
import { corruption } from "../errors.ts";
import type { KeyIndex } from "../index/key-index.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { replaceFile } from "../io/folder.ts";
import { checksumWords } from "../log/checksum.ts";
import type { ManifestEntry } from "../log/manifest.ts";
import { newRecordBuffer } from "../log/record.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type Segment, segmentName } from "./segment.ts";

/** Named as a hint, since it is one: without it, the store opens the same, only slower. */
export const LIVE_NAME = "live.hint";
const MAGIC = 0x564c4252; // "RBLV" in little-endian
const FORMAT = 1;
const HEAD_WORDS = 7;
const SEGMENT_HEAD_WORDS = 3;
/** Bytes of a segment that one word of bits stands for. */
const WORD_SPAN_BYTES = 512;

export interface LiveRecords {
  readonly sequence: number;
  readonly keys: number;
  /** Of the segment at its end (fingerprint.ts). */
  fingerprint(fileId: number): number;
  /** Whether the record at `offset` of the segment is the newest of its key. */
  isLive(fileId: number, offset: number): boolean;
}

/** Returns bytes written. The segments' sizes are final, and the index points into them alone. */
export function writeLiveFile(
  fileSystem: FileSystem,
  dir: string,
  index: KeyIndex,
  segments: readonly Segment[],
  facts: { readonly sequence: number; readonly keys: number },
): number {
  let wordCount = HEAD_WORDS + 1;
  const starts: number[] = [];
  for (const { slot, sizeBytes } of segments) {
    starts[slot] = wordCount - 1 + SEGMENT_HEAD_WORDS;
    wordCount += SEGMENT_HEAD_WORDS + bitWords(sizeBytes);
  }
  const { words, bytes } = newRecordBuffer(wordCount * 4);
  words[0] = MAGIC;
  words[1] = FORMAT;
  words[2] = facts.sequence % 0x1_0000_0000;
  words[3] = facts.sequence / 0x1_0000_0000;
  words[4] = facts.keys % 0x1_0000_0000;
  words[5] = facts.keys / 0x1_0000_0000;
  words[6] = segments.length;
  for (const { id, slot, file, sizeBytes } of segments) {
    const at = starts[slot]! - SEGMENT_HEAD_WORDS;
    words[at] = id;
    words[at + 1] = sizeBytes;
    words[at + 2] = fingerprintOf(file, sizeBytes);
  }
  const { entries } = index;
  for (const id of entries.ids()) {
    const slot = entries.a(id);
    if (slot === 0) continue;
    const offset = entries.b(id);
    const word = starts[slot]! + Math.floor(offset / WORD_SPAN_BYTES);
    words[word] = words[word]! | (1 << ((offset >>> 4) & 31));
  }
  words[wordCount - 1] = checksumWords(words, 0, wordCount - 1, MAGIC);
  replaceFile(fileSystem, dir, LIVE_NAME, bytes);
  return bytes.length;
}

/**
 * What the file says of these segments; undefined when there is none that verifies, or the store
 * was not closed. Throws ENGINE_CORRUPTION for a file that was made for others.
 */
export function readLiveFile(
  fileSystem: FileSystem,
  dir: string,
  listed: readonly ManifestEntry[],
): LiveRecords | undefined {
  const file = path.join(dir, LIVE_NAME);
  const isClosed = listed.every((entry) => entry.sizeBytes !== undefined);
  if (!isClosed || !fileSystem.existsSync(file)) return undefined;
  const content = fileSystem.readFileSync(file);
  if (content.length < (HEAD_WORDS + 1) * 4 || content.length % 4 !== 0) return undefined;
  const { words, bytes } = newRecordBuffer(content.length);
  bytes.set(content);
  const last = words.length - 1;
  if (words[0] !== MAGIC || words[1] !== FORMAT) return undefined;
  if (words[last] !== checksumWords(words, 0, last, MAGIC)) return undefined;
  const starts = new Map<number, number>();
  const names = new Set<string>();
  let at = HEAD_WORDS;
  for (let i = 0; i < words[6]!; i++) {
    const id = words[at]!;
    const sizeBytes = words[at + 1]!;
    const name = segmentName(id);
    names.add(name);
    if (!listed.some((entry) => entry.name === name && entry.sizeBytes === sizeBytes)) {
      throw corruption(file, at * 4, `it was made for another ${name}; remove it`);
    }
    starts.set(id, at + SEGMENT_HEAD_WORDS);
    at += SEGMENT_HEAD_WORDS + bitWords(sizeBytes);
  }
  if (at !== last || names.size !== listed.length) {
    throw corruption(file, 24, "it was made for other files than the manifest's; remove it");
  }
  return {
    sequence: words[2]! + words[3]! * 0x1_0000_0000,
    keys: words[4]! + words[5]! * 0x1_0000_0000,
    fingerprint: (fileId) => words[starts.get(fileId)! - 1]!,
    isLive(fileId, offset) {
      const word = starts.get(fileId)! + Math.floor(offset / WORD_SPAN_BYTES);
      return ((words[word]! >>> ((offset >>> 4) & 31)) & 1) === 1;
    },
  };
}

function bitWords(sizeBytes: number): number {
  return Math.ceil(sizeBytes / WORD_SPAN_BYTES);
}
