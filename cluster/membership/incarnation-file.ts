// The incarnation of this node, which only grows, over restarts too: were it to begin anew, what
// the node says of itself would lose against what others remember of it (memberlist issue 311).
//
// A small file holds a number above all that were ever used. A start takes that number and writes
// one that is 65,536 higher, so that refutations in between need no write.
//
//   file := "rbIN" format node-hash (0) lease checksum     little-endian, 28 bytes
//
// Invariants:
//  I1. A start on the same disk begins above all that was reserved before.
//
// A disk that is lost, and a lease that could not be written, begin too low: whoever remembers a
// higher incarnation answers with that, and the node goes above it (beliefs.ts).

import path from "node:path";
import { EngineError, ioError, unknownFormat } from "../../engines/errors.ts";
import type { FileSystem } from "../../engines/io/filesystem.ts";
import { makeFolder, replaceFile } from "../../engines/io/folder.ts";
import { checksumBytes } from "../../engines/log/checksum.ts";
import type { NodeId } from "../runtime.ts";

const NAME = "INCARNATION";
const MAGIC = 0x4e496272;
const FORMAT = 1;
const FILE_BYTES = 28;
const CHECKSUM_AT = FILE_BYTES - 4;
const LEASE = 65_536;

export interface IncarnationFileOptions {
  readonly files: FileSystem;
  /** Made when it is absent. */
  readonly dir: string;
  readonly node: NodeId;
}

export class IncarnationFile {
  readonly #options: IncarnationFileOptions;
  /** The first that was never used; 1 on a new disk. */
  readonly first: number;
  #leaseEnd: number;

  /** A damaged file counts as none. Throws EngineError when it can be neither read nor written. */
  constructor(options: IncarnationFileOptions) {
    this.#options = options;
    this.first = this.#read();
    this.#leaseEnd = this.#extend(this.first);
  }

  /** Before it is used. False when that could not be made to last: the node goes on with it. */
  reserve(incarnation: number): boolean {
    if (incarnation < this.#leaseEnd) return true;
    try {
      this.#leaseEnd = this.#extend(incarnation);
      return true;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  #extend(incarnation: number): number {
    const { files, dir, node } = this.#options;
    const leaseEnd = incarnation + LEASE;
    const bytes = new Uint8Array(FILE_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, FORMAT, true);
    view.setUint32(8, hashName(node), true);
    view.setFloat64(16, leaseEnd, true);
    view.setUint32(CHECKSUM_AT, checksumBytes(bytes.subarray(0, CHECKSUM_AT), 0), true);
    try {
      makeFolder(files, dir);
      replaceFile(files, dir, NAME, bytes);
    } catch (error) {
      throw ioError(error, "cannot write the incarnation", path.join(dir, NAME));
    }
    return leaseEnd;
  }

  #read(): number {
    const { files, dir, node } = this.#options;
    const file = path.join(dir, NAME);
    let bytes: Uint8Array;
    try {
      if (!files.existsSync(file)) return 1;
      bytes = files.readFileSync(file);
    } catch (error) {
      throw ioError(error, "cannot read the incarnation", file);
    }
    if (bytes.length !== FILE_BYTES) return 1;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const checksum = checksumBytes(bytes.subarray(0, CHECKSUM_AT), 0);
    if (view.getUint32(CHECKSUM_AT, true) !== checksum) return 1;
    if (view.getUint32(0, true) !== MAGIC) return 1;
    const format = view.getUint32(4, true);
    if (format !== FORMAT) throw unknownFormat(file, 4, format);
    return view.getUint32(8, true) === hashName(node) ? view.getFloat64(16, true) : 1;
  }
}

/** 32 bits of a name, of a node or of a cluster. */
export function hashName(name: string): number {
  return checksumBytes(new TextEncoder().encode(name), 0);
}
