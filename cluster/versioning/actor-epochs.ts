// The epochs under which a replica numbers its writes. An actor is a node in one of its epochs, and
// must be serial: never give one number to two events, or one of two acknowledged writes vanishes
// (basho/riak_kv issue 679). A replica that lost what it stored of a key does not know how far it
// had counted; so it counts on as somebody else.
//
// Every key takes an epoch of its own when this replica first coordinates a write of it
// (replica-versions.ts), because "not found here" cannot be told from "lost here", key by key. That
// is cheap: an epoch is the next number of one sequence, and the sequence is persisted a lease of
// numbers ahead, one small file for every 65,536 keys. A key's clock grows by an entry only when a
// replica lost the key, crashed, or coordinates it for the first time.
//
// The sequence begins at a random place of 2^48, since an empty disk cannot be told from a new one:
// two sequences of a million numbers meet with a chance of about 10^-8. The wall clock is added, so
// that even equal random streams begin elsewhere a millisecond later.
//
//   file := "rbAE" format flags node-hash first next lease (0) checksum    48 bytes, little-endian;
//           flag 1: the replica was closed with all its data durable
//
// Invariants:
//  I1. No epoch is handed out twice, nor before a lease beyond it is durable.
//  I2. An epoch from before `first` may be in clocks, and is never continued: the replica crashed
//      since, and a write that it numbered then may be gone from its engine.
//  I3. After a failed write of the file nothing is handed out any more: nobody knows what it holds.
//
// Downsides: every crash costs each key that is coordinated again an entry in its clock. And who
// restores a whole disk from a copy must remove the file, or the epochs of the copy are used again.

import assert from "node:assert";
import path from "node:path";
import { EngineError, ioError, unknownFormat } from "../../engines/errors.ts";
import { hashKey } from "../../engines/index/hash.ts";
import type { FileSystem } from "../../engines/io/filesystem.ts";
import { makeFolder, replaceFile } from "../../engines/io/folder.ts";
import { checksumBytes } from "../../engines/log/checksum.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import { NODE_NAME } from "./wire.ts";

const EPOCHS_FILE = "EPOCHS";
/** How many numbers one write of the file is good for. */
const LEASE_EPOCHS = 65_536;
const START_BOUND = 2 ** 48;
const MAGIC = 0x45416272;
const FORMAT = 1;
const CLEAN = 1;
const FILE_BYTES = 48;
const CHECKSUM_AT = FILE_BYTES - 4;

/**
 * What was found: `new` nothing, `damaged` a file that cannot be believed, `crashed` a sequence
 * whose last run was not closed, `clean` one that was. Only after `clean` old epochs are continued.
 */
export type EpochStart = "new" | "damaged" | "crashed" | "clean";

export interface ActorEpochsOptions {
  readonly files: FileSystem;
  /** Of this replica alone, and lost with its data; made when it is absent. */
  readonly dir: string;
  readonly node: NodeId;
  readonly random: RandomStream;
  readonly nowWallMs: number;
}

interface Sequence {
  /** The oldest epoch that may still be continued. */
  readonly first: number;
  /** The next to hand out. */
  readonly next: number;
}

export class ActorEpochs {
  readonly node: NodeId;
  readonly start: EpochStart;
  readonly #files: FileSystem;
  readonly #dir: string;
  readonly #first: number;
  #next: number;
  #leaseEnd: number;
  #failure: EngineError | undefined;
  #isForgotten = false;

  /** Throws EngineError when the file can be neither read nor replaced. */
  constructor(options: ActorEpochsOptions) {
    const { files, dir, node } = options;
    assert(NODE_NAME.test(node), `a node's name is letters, digits and "._-", not ${node}`);
    this.node = node;
    this.#files = files;
    this.#dir = dir;
    const found = this.#read();
    this.start = typeof found === "string" ? found : found.isClean ? "clean" : "crashed";
    const { first, next } = typeof found === "string" ? randomSequence(options) : found;
    this.#first = first;
    this.#next = next;
    this.#leaseEnd = next;
    this.#extendLease();
  }

  /** A new epoch. Throws EngineError when none can be made durable. */
  next(): number {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#next === this.#leaseEnd) this.#extendLease();
    assert(this.#next < this.#leaseEnd, "I1: within the lease");
    return this.#next++;
  }

  /** Whether events under this epoch of ours can only be where our data is (I2). */
  isCurrent(epoch: number): boolean {
    assert(this.#first <= this.#next, "I2: old epochs are below the first");
    return epoch >= this.#first && epoch < this.#next;
  }

  /** The next start continues none of the epochs so far, however this run ends. */
  forget(): void {
    this.#isForgotten = true;
  }

  /**
   * After this the object must not be used. With `dataIsDurable` the next start may continue the
   * epochs: only after the engine is closed, and if its level survives a power loss or it was
   * flushed to the device.
   */
  close(options: { readonly dataIsDurable: boolean }): void {
    if (options.dataIsDurable && !this.#isForgotten && this.#failure === undefined) {
      this.#write({ first: this.#first, next: this.#next }, this.#next, CLEAN);
    }
    this.#failure ??= new EngineError("ENGINE_CLOSED", "the actor epochs are closed");
  }

  #extendLease(): void {
    const leaseEnd = this.#next + LEASE_EPOCHS;
    this.#write({ first: this.#first, next: this.#next }, leaseEnd, 0);
    this.#leaseEnd = leaseEnd;
  }

  #write(sequence: Sequence, leaseEnd: number, flags: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      makeFolder(this.#files, this.#dir);
      const bytes = encodeFile(this.node, sequence, leaseEnd, flags);
      replaceFile(this.#files, this.#dir, EPOCHS_FILE, bytes);
    } catch (error) {
      this.#failure = ioError(error, "cannot write the actor epochs", this.#path());
      throw this.#failure;
    }
  }

  #read(): (Sequence & { readonly isClean: boolean }) | "new" | "damaged" {
    const file = this.#path();
    try {
      if (!this.#files.existsSync(file)) return "new";
      return decodeFile(file, this.node, this.#files.readFileSync(file));
    } catch (error) {
      throw ioError(error, "cannot read the actor epochs", file);
    }
  }

  #path(): string {
    return path.join(this.#dir, EPOCHS_FILE);
  }
}

function randomSequence({ random, nowWallMs }: ActorEpochsOptions): Sequence {
  const wall = (Math.max(0, Math.floor(nowWallMs)) * LEASE_EPOCHS) % START_BOUND;
  const first = 1 + ((random.nextBelow(START_BOUND) + wall) % START_BOUND);
  return { first, next: first };
}

function encodeFile(node: NodeId, sequence: Sequence, leaseEnd: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(FILE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, nodeHash(node), true);
  view.setFloat64(16, sequence.first, true);
  view.setFloat64(24, sequence.next, true);
  view.setFloat64(32, leaseEnd, true);
  view.setUint32(CHECKSUM_AT, checksumBytes(bytes.subarray(0, CHECKSUM_AT), 0), true);
  return bytes;
}

/** A file of another node counts as damaged: its epochs are not ours to continue. */
function decodeFile(
  file: string,
  node: NodeId,
  bytes: Uint8Array,
): (Sequence & { readonly isClean: boolean }) | "damaged" {
  if (bytes.length !== FILE_BYTES) return "damaged";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const checksum = checksumBytes(bytes.subarray(0, CHECKSUM_AT), 0);
  if (view.getUint32(CHECKSUM_AT, true) !== checksum) return "damaged";
  if (view.getUint32(0, true) !== MAGIC) return "damaged";
  const format = view.getUint32(4, true);
  if (format !== FORMAT) throw unknownFormat(file, 4, format);
  if (view.getUint32(12, true) !== nodeHash(node)) return "damaged";
  const leaseEnd = view.getFloat64(32, true);
  // Everything of the lease may have been handed out before a crash.
  if (view.getUint32(8, true) !== CLEAN) return { first: leaseEnd, next: leaseEnd, isClean: false };
  return { first: view.getFloat64(16, true), next: view.getFloat64(24, true), isClean: true };
}

function nodeHash(node: NodeId): number {
  return hashKey(new TextEncoder().encode(node));
}
