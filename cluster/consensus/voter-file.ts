// Which disk this is, and what it knows of the disks of others: one small file that is lost with
// the records of votes, and so tells a disk that is new from one that has been here before.
//
//   file := "rbVD" format checksum body        little-endian words; the checksum is of the body
//   body := node disk isSuccessor count peer*  as in versioning/wire.ts; disk: 1 to 2^48
//   peer := node disk flags                    disk: 0 unknown; flags: 1 knows us, 2 had another
//                                              disk before, 4 has told us all its keys
//
// Invariants:
//  I1. What was read is durable. What a method learned is durable when it returns true, and not
//      learned when it returns false, for want of space. When it throws, nobody knows, and this
//      disk votes no more.
//  I2. What is known only grows: a peer's disk is replaced by another, never forgotten.
//
// Downsides: who removes the engine's data but not this file makes a voter that forgot its votes;
// both belong to one disk, and are restored or removed together.

import assert from "node:assert";
import path from "node:path";
import { type EngineError, ioError, unknownFormat } from "../../engines/errors.ts";
import type { FileSystem } from "../../engines/io/filesystem.ts";
import { makeFolder, readReplaced, replaceFile } from "../../engines/io/folder.ts";
import { checksumBytes } from "../../engines/log/checksum.ts";
import { messageError } from "../errors.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import { ByteReader, ByteWriter, NODE_BYTES_MAX } from "../versioning/wire.ts";

const VOTER_FILE = "VOTER";
const MAGIC = 0x44566272;
const FORMAT = 1;
const HEADER_BYTES = 12;
const DISK_BOUND = 2 ** 48;
const KNOWS_US = 1;
const HAD_ANOTHER = 2;
const IS_WALKED = 4;

export interface Peer {
  /** Its disk, 0 when it is not known. */
  readonly disk: number;
  /** It knows our disk, durably, and no longer any that we had before. */
  readonly knowsUs: boolean;
  /** We knew another disk of it before. */
  readonly hadAnother: boolean;
  /** It has told us, while it was whole, every key on which it voted together with us. */
  readonly isWalked: boolean;
}

const STRANGER: Peer = { disk: 0, knowsUs: false, hadAnother: false, isWalked: false };

export interface VoterFileOptions {
  readonly files: FileSystem;
  /** Lost with the records of votes; made when it is absent. */
  readonly dir: string;
  readonly node: NodeId;
  readonly random: RandomStream;
  readonly nowWallMs: number;
}

export class VoterFile {
  readonly node: NodeId;
  readonly disk: number;
  /** The disk was made by this object; a damaged file counts as none. */
  readonly isNew: boolean;
  readonly #files: FileSystem;
  readonly #dir: string;
  readonly #peers = new Map<NodeId, Peer>();
  #isSuccessor = false;
  #isSound = true;

  /** Throws EngineError when the file can be neither read nor written. */
  constructor({ files, dir, node, random, nowWallMs }: VoterFileOptions) {
    this.node = node;
    this.#files = files;
    this.#dir = dir;
    const disk = this.#read();
    this.isNew = disk === undefined;
    // The clock is added, so that equal random streams make other disks a millisecond later.
    const wall = (Math.max(0, Math.floor(nowWallMs)) * 65_536) % DISK_BOUND;
    this.disk = disk ?? 1 + ((random.nextBelow(DISK_BOUND) + wall) % DISK_BOUND);
    if (this.isNew) this.#save();
  }

  /** Some peer knew another disk of this node: what is not here may have been lost. */
  get isSuccessor(): boolean {
    return this.#isSuccessor;
  }

  /** False after a write that failed. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /** Undefined when nothing is known of it. */
  peer(node: NodeId): Peer | undefined {
    return this.#peers.get(node);
  }

  /** `node` has this disk from now on. */
  learnDisk(node: NodeId, disk: number): boolean {
    const peer = this.#peers.get(node) ?? STRANGER;
    return this.#learn(node, { ...peer, disk, hadAnother: peer.hadAnother || peer.disk !== 0 });
  }

  /** `node`, which has `disk`, has ours in its file; `isSuccessor`: in the place of another. */
  learnWelcome(node: NodeId, disk: number, isSuccessor: boolean): boolean {
    const peer = this.#peers.get(node) ?? STRANGER;
    // A disk that is known came from a join, which is newer than any welcome (standing.ts).
    const known = peer.disk === 0 ? disk : peer.disk;
    return this.#learn(node, { ...peer, disk: known, knowsUs: true }, isSuccessor);
  }

  /** `node` has told us all its keys. */
  learnWalked(node: NodeId): boolean {
    return this.#learn(node, { ...(this.#peers.get(node) ?? STRANGER), isWalked: true });
  }

  #learn(node: NodeId, peer: Peer, isSuccessor = false): boolean {
    assert(node !== this.node, "a node is no peer of itself");
    const before = { peer: this.#peers.get(node), isSuccessor: this.#isSuccessor };
    assert(peer.disk > 0 || before.peer === undefined, "I2: a disk is not forgotten");
    this.#peers.set(node, peer);
    this.#isSuccessor ||= isSuccessor;
    try {
      this.#save();
    } catch (error) {
      if ((error as EngineError).code !== "ENGINE_NO_SPACE") throw error;
      if (before.peer === undefined) this.#peers.delete(node);
      else this.#peers.set(node, before.peer);
      this.#isSuccessor = before.isSuccessor;
      return false;
    }
    return true;
  }

  #save(): void {
    assert(this.#isSound, "I1: nothing is learned after a write that failed");
    try {
      makeFolder(this.#files, this.#dir);
      replaceFile(this.#files, this.#dir, VOTER_FILE, this.#encode());
    } catch (cause) {
      const error = ioError(cause, "cannot write which disk this is", this.#path());
      // For want of space the file is the one before.
      this.#isSound = error.code === "ENGINE_NO_SPACE";
      throw error;
    }
  }

  #encode(): Uint8Array {
    writer.begin(HEADER_BYTES + (1 + this.#peers.size) * (NODE_BYTES_MAX + 32));
    writer.at += HEADER_BYTES;
    writer.node(this.node);
    writer.number(this.disk);
    writer.number(this.#isSuccessor ? 1 : 0);
    writer.number(this.#peers.size);
    for (const [node, { disk, knowsUs, hadAnother, isWalked }] of this.#peers) {
      writer.node(node);
      writer.number(disk);
      writer.number(
        (knowsUs ? KNOWS_US : 0) | (hadAnother ? HAD_ANOTHER : 0) | (isWalked ? IS_WALKED : 0),
      );
    }
    const bytes = writer.take();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, FORMAT, true);
    view.setUint32(8, checksumBytes(bytes.subarray(HEADER_BYTES), FORMAT), true);
    return bytes;
  }

  /** The disk that the file names, with what it knows; undefined when there is none to believe. */
  #read(): number | undefined {
    const file = this.#path();
    let bytes: Uint8Array | undefined;
    try {
      bytes = readReplaced(this.#files, this.#dir, VOTER_FILE);
    } catch (error) {
      throw ioError(error, "cannot read which disk this is", file);
    }
    if (bytes === undefined || bytes.length <= HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const body = bytes.subarray(HEADER_BYTES);
    if (view.getUint32(0, true) !== MAGIC) return undefined;
    const format = view.getUint32(4, true);
    if (view.getUint32(8, true) !== checksumBytes(body, format)) return undefined;
    if (format !== FORMAT) throw unknownFormat(file, 4, format);
    // The checksum held: these are the bytes that were written.
    const reader = new ByteReader(body, 0, messageError);
    if (reader.node() !== this.node) return undefined;
    const disk = reader.number();
    this.#isSuccessor = reader.number() === 1;
    for (let left = reader.number(); left > 0; left--) {
      const node = reader.node();
      const peerDisk = reader.number();
      const flags = reader.number();
      this.#peers.set(node, {
        disk: peerDisk,
        knowsUs: (flags & KNOWS_US) !== 0,
        hadAnother: (flags & HAD_ANOTHER) !== 0,
        isWalked: (flags & IS_WALKED) !== 0,
      });
    }
    return disk;
  }

  #path(): string {
    return path.join(this.#dir, VOTER_FILE);
  }
}

const writer = new ByteWriter();
