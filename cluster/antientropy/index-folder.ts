// The folder of a key index: the files of its engine, and the trees above it as they were when it
// was closed. That the file of the trees is there and sound is what says that the index can be
// believed: it is written last at a clean stop, and taken away before the first change.
//
//   file := "rbAT" format count tree* checksum     numbers as in versioning/wire.ts
//   tree := after to keys level sum*               2^level sums of six bytes (hash48.ts)
//   checksum: XXH32 of all before it, four bytes, the lowest first
//
// docs/anti-entropy.md has an example.
//
// Invariants:
//  I1. The file is gone for good before the index is changed.

import assert from "node:assert";
import path from "node:path";
import { ioError } from "../../engines/errors.ts";
import type { FileSystem } from "../../engines/io/filesystem.ts";
import { makeFolder, replaceFile } from "../../engines/io/folder.ts";
import { checksumBytes } from "../../engines/log/checksum.ts";
import { stateError } from "../versioning/errors.ts";
import { ByteReader, ByteWriter } from "../versioning/wire.ts";
import { getHash, HASH_BYTES, putHash } from "./hash48.ts";
import { LEVEL_MAX, Partition } from "./partition.ts";
import { SumTree } from "./tree.ts";

const TREES_FILE = "TREES";
const ENGINE_FOLDER = "data";
/** What keeps other processes out, and is theirs to see, stays. */
const LOCK_PREFIX = "LOCK";
const MAGIC = [0x72, 0x62, 0x41, 0x54];
const FORMAT = 1;
const CHECKSUM_BYTES = 4;
const NUMBERS_BYTES_MAX = 40;

export class IndexFolder {
  readonly dir: string;
  /** Where the engine of the index is to be opened, once `claim` was called. */
  readonly engineDir: string;
  readonly #files: FileSystem;

  constructor(files: FileSystem, dir: string) {
    this.dir = dir;
    this.engineDir = path.join(dir, ENGINE_FOLDER);
    this.#files = files;
  }

  /**
   * To be called before the engine of the index is opened, and after the data were, whose lock
   * keeps others out. What a clean stop left; otherwise undefined, and the files of the engine are
   * removed: after a crash it might refuse to open, and would not be believed. Throws EngineError.
   */
  claim(): SumTree[] | undefined {
    const files = this.#files;
    const file = path.join(this.dir, TREES_FILE);
    try {
      makeFolder(files, this.dir);
      const trees = files.existsSync(file) ? decodeTrees(files.readFileSync(file)) : undefined;
      files.removeSync(file);
      if (trees === undefined) {
        for (const name of files.listSync(this.engineDir)) {
          if (!name.startsWith(LOCK_PREFIX)) files.removeSync(path.join(this.engineDir, name));
        }
        if (files.existsSync(this.engineDir)) files.syncDirSync(this.engineDir);
      }
      files.syncDirSync(this.dir);
      return trees;
    } catch (error) {
      throw ioError(error, `cannot claim the key index in ${this.dir}`, file);
    }
  }

  /** Says that the index is whole and durable, and that it will not change. Throws EngineError. */
  release(trees: readonly SumTree[]): void {
    try {
      replaceFile(this.#files, this.dir, TREES_FILE, encodeTrees(trees));
    } catch (error) {
      throw ioError(error, "cannot save the trees", path.join(this.dir, TREES_FILE));
    }
  }
}

/** The bytes of the file. */
function encodeTrees(trees: readonly SumTree[]): Uint8Array {
  const writer = new ByteWriter();
  let bytesMax = MAGIC.length + NUMBERS_BYTES_MAX;
  for (const { level } of trees) bytesMax += NUMBERS_BYTES_MAX + HASH_BYTES * 2 ** level;
  writer.begin(bytesMax);
  for (const byte of MAGIC) writer.bytes[writer.at++] = byte;
  writer.number(FORMAT);
  writer.number(trees.length);
  for (const tree of trees) {
    writer.number(tree.partition.after);
    writer.number(tree.partition.to);
    writer.number(tree.keys);
    writer.number(tree.level);
    for (let leaf = 0; leaf < 2 ** tree.level; leaf++) {
      putHash(writer.bytes, writer.at, tree.leaf(leaf));
      writer.at += HASH_BYTES;
    }
  }
  const checksum = checksumBytes(writer.bytes.subarray(writer.start, writer.at), 0);
  for (let i = 0; i < CHECKSUM_BYTES; i++) writer.bytes[writer.at++] = (checksum >>> (8 * i)) & 255;
  return writer.take();
}

/** The trees of a sound file; undefined for one that is damaged, or of another format. */
function decodeTrees(bytes: Uint8Array): SumTree[] | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < MAGIC.length || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const checksum = checksumBytes(bytes.subarray(0, end), 0);
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    if (bytes[end + i] !== ((checksum >>> (8 * i)) & 255)) return undefined;
  }
  const reader = new ByteReader(bytes.subarray(0, end), MAGIC.length, stateError);
  if (reader.number() !== FORMAT) return undefined;
  const trees = Array.from({ length: reader.number() }, () => readTree(reader));
  assert(reader.at === end, "what has the checksum is what was written");
  return trees;
}

function readTree(reader: ByteReader): SumTree {
  const partition = new Partition(reader.number(), reader.number());
  const keys = reader.number();
  const level = reader.number();
  if (level > LEVEL_MAX) reader.fail("a tree with too many leaves");
  const start = reader.skip(HASH_BYTES * 2 ** level);
  const sums = new Float64Array(2 ** level);
  for (let leaf = 0; leaf < sums.length; leaf++) {
    sums[leaf] = getHash(reader.bytes, start + HASH_BYTES * leaf);
  }
  return SumTree.restore(partition, keys, sums);
}
