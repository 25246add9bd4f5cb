// What is known of a table without reading its entries: kept at the end of its file.
//
//   tail   := numbers as varints (FACT_NAMES), smallest key, largest key; stored as a block
//   footer := tailOffset: u64 (low word first), tailStoredLength: u32, format: u32,
//             magic: u32 "RBST"
//
// The footer has no checksum: a wrong offset, or a wrong length, leads to a tail that does not
// verify.

import { corruption, unknownFormat } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { BlockReader, putWord } from "./block-file.ts";
import { wordAt } from "./block-seeker.ts";
import { VARINT_BYTES_MAX, VarintReader, writeVarint } from "./varint.ts";

const FOOTER_BYTES = 20;
const MAGIC = 0x54534252; // "RBST" in little-endian
const FORMAT = 1;

/** In the order in which they stand in the tail. */
const FACT_NAMES = [
  "indexOffset",
  "indexLength",
  "filterOffset",
  "filterLength",
  "filterProbes",
  "blockCount",
  "keyCount",
  "entryCount",
  "deleteCount",
  "keyBytes",
  "valueBytes",
  "baseSequence",
  "minSequence",
  "maxSequence",
] as const;

export interface TableFacts {
  readonly id: number;
  readonly sizeBytes: number;
  readonly indexOffset: number;
  readonly indexLength: number;
  /** 0 bytes long when there is no filter. */
  readonly filterOffset: number;
  readonly filterLength: number;
  readonly filterProbes: number;
  readonly blockCount: number;
  /** Different keys. */
  readonly keyCount: number;
  /** Versions of them, deletes included. */
  readonly entryCount: number;
  readonly deleteCount: number;
  /** Sums of the lengths of keys and values. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** What ages count from (block-builder.ts). */
  readonly baseSequence: number;
  /** Of the writes that the entries are; the lowest is 0 once one has lost its sequence. */
  readonly minSequence: number;
  readonly maxSequence: number;
  readonly smallest: Uint8Array;
  readonly largest: Uint8Array;
}

export function tablePath(dir: string, id: number): string {
  return `${dir}/${tableName(id)}`;
}

export function tableName(id: number): string {
  return `${String(id).padStart(6, "0")}.sst`;
}

/** The tail block of the facts. */
export function encodeFacts(facts: Omit<TableFacts, "sizeBytes">): Uint8Array {
  const { smallest, largest } = facts;
  const room = (FACT_NAMES.length + 2) * VARINT_BYTES_MAX + smallest.length + largest.length;
  const bytes = new Uint8Array(room);
  let at = 0;
  for (const name of FACT_NAMES) at = writeVarint(bytes, at, facts[name]);
  for (const key of [smallest, largest]) {
    at = writeVarint(bytes, at, key.length);
    bytes.set(key, at);
    at += key.length;
  }
  return bytes.slice(0, at);
}

export function encodeFooter(tailOffset: number, tailLength: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES);
  putWord(bytes, 0, tailOffset % 0x1_0000_0000);
  putWord(bytes, 4, tailOffset / 0x1_0000_0000);
  putWord(bytes, 8, tailLength);
  putWord(bytes, 12, FORMAT);
  putWord(bytes, 16, MAGIC);
  return bytes;
}

/** Throws ENGINE_CORRUPTION. */
export function readFacts(file: File, id: number): TableFacts {
  const sizeBytes = file.sizeSync();
  const footerAt = sizeBytes - FOOTER_BYTES;
  const footer = new Uint8Array(FOOTER_BYTES);
  if (footerAt < 0 || file.readSync(footer, 0, FOOTER_BYTES, footerAt) < FOOTER_BYTES) {
    throw corruption(file.path, sizeBytes, "the table is cut short");
  }
  if (wordAt(footer, 16) !== MAGIC) throw corruption(file.path, footerAt, "it has no footer");
  if (wordAt(footer, 12) !== FORMAT) {
    throw unknownFormat(file.path, footerAt + 12, wordAt(footer, 12));
  }
  const tailOffset = wordAt(footer, 0) + wordAt(footer, 4) * 0x1_0000_0000;
  const tailLength = wordAt(footer, 8);
  if (tailOffset + tailLength !== footerAt) {
    throw corruption(file.path, footerAt, "the footer does not fit the file");
  }
  const tail = new VarintReader(new BlockReader(file, id).read(tailOffset, tailLength), 0);
  const numbers = Object.fromEntries(FACT_NAMES.map((name) => [name, tail.next()])) as Record<
    (typeof FACT_NAMES)[number],
    number
  >;
  return { id, sizeBytes, ...numbers, smallest: keyFrom(tail), largest: keyFrom(tail) };
}

function keyFrom(tail: VarintReader): Uint8Array {
  const length = tail.next();
  const key = tail.bytes.slice(tail.at, tail.at + length);
  tail.at += length;
  return key;
}
