// A disk in memory that outlives the processes that use it, and that can fail them: what a node of
// a simulation has.
//
//   mount        a process starts; its view of the disk is a FileSystem
//   kill         it dies: what the kernel holds stays, and may be lost later; locks are released
//   losePower    it dies, and what was not synced is lost, or torn, by seed
//   wipe         it dies, and the disk is a new one
//
// Modelled on the storage of TigerBeetle's simulator (src/testing/storage.zig), Pebble's
// MemFS.CrashClone (vfs/mem_fs.go), and the study of what file systems do after a crash by Pillai
// et al., "All File Systems Are Not Created Equal", OSDI 2014, section 3.
//
// Invariants:
//  I1. One process at a time has the disk mounted.

import assert from "node:assert";
import path from "node:path";
import type { FileSystem } from "./filesystem.ts";
import { DiskFaults, type FailureOptions, type SyncMode } from "./memory-faults.ts";
import { MemoryFile, type RandomLike } from "./memory-file.ts";
import { MemoryMount, type MountOptions } from "./memory-mount.ts";
import { MemoryNames } from "./memory-names.ts";

/** A bit that was flipped: bit 0 to 7 of the byte at `offset` of `file`. */
export interface RottenBit {
  readonly file: string;
  readonly offset: number;
  readonly bit: number;
}

export class MemoryDisk {
  /** What does not fit throws ENOSPC, after as much of it as does. The sizes of all files count. */
  capacityBytes = Number.POSITIVE_INFINITY;
  #names = new MemoryNames();
  readonly #faults = new DiskFaults();
  #mount: MemoryMount | undefined;

  /** Begins with these files on the device, by path. Their bytes must not be changed afterwards. */
  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    for (const [filePath, bytes] of files) {
      this.#names.addDurable(path.resolve(filePath), new MemoryFile(bytes));
    }
  }

  /** A process starts. The one before was ended by `kill`, `losePower` or `wipe`. */
  mount(options: MountOptions = {}): FileSystem {
    assert(this.#mount === undefined, "I1: the process before was ended");
    this.#mount = new MemoryMount({
      names: this.#names,
      faults: this.#faults,
      freeBytes: () =>
        this.capacityBytes === Number.POSITIVE_INFINITY
          ? this.capacityBytes
          : Math.max(0, this.capacityBytes - this.#names.usedBytes()),
      onFull: options.onFull ?? (() => {}),
      settle: options.settle ?? ((_kind, _bytes, done) => queueMicrotask(done)),
    });
    return this.#mount;
  }

  /** The process ends. Nothing happens to the files. */
  kill(): void {
    if (this.#mount !== undefined) this.#mount.state = "off";
    this.#mount = undefined;
    this.#faults.clear();
  }

  /**
   * The process ends, and of what is not on the device each sector and each name is lost or not,
   * by chance; without `random` all of it is.
   */
  losePower(random?: RandomLike): void {
    this.kill();
    this.#names.losePower(random);
    const { freed } = this.#names;
    for (const file of this.#names.entries().values()) file.losePower(random, freed);
  }

  /** The process ends, and the disk is empty. */
  wipe(): void {
    this.kill();
    this.#names = new MemoryNames();
  }

  /**
   * The process dies at the changing operation `count` from now on, 1 being the next: of a write
   * the share `writtenShare` (0 to 1) of its bytes is done, of all else nothing. Every call throws
   * from there on; `kill` or `losePower` is to follow. Replaces an earlier plan; Infinity: never.
   */
  crashAt(count: number, writtenShare = 0): void {
    this.#faults.planCrash(count, writtenShare);
  }

  /** The operation `count` from now on, 1 being the next, throws and does nothing. */
  failAt(count: number, options: FailureOptions = {}): void {
    this.#faults.planFailure(count, options);
  }

  /** What a sync is worth, of files and of folders. */
  set syncMode(mode: SyncMode) {
    this.#faults.syncMode = mode;
  }

  /** The process has met the operation of `crashAt`, and nobody has ended it yet. */
  get hasCrashed(): boolean {
    return this.#mount?.state === "crashed";
  }

  /** Changing operations so far, of all processes. */
  get operations(): number {
    return this.#faults.operations;
  }

  /**
   * Flips so many bits of what is on the device, each at another place, in a file of `inFiles` (a
   * part of its path; default: any). Returns which; fewer when there are fewer.
   */
  rot(random: RandomLike, bits: number, inFiles = ""): RottenBit[] {
    const files = [...this.#names.entries()].filter(([name]) => name.includes(inFiles));
    const total = files.reduce((sum, [, file]) => sum + file.durableSizeBytes, 0);
    const flipped = new Set<number>();
    const rotten: RottenBit[] = [];
    while (rotten.length < Math.min(bits, total * 8)) {
      const draw = random.nextBelow(total * 8);
      if (flipped.has(draw)) continue;
      flipped.add(draw);
      let offset = Math.floor(draw / 8);
      const holder = files.find(([, file]) => {
        if (offset < file.durableSizeBytes) return true;
        offset -= file.durableSizeBytes;
        return false;
      });
      assert(holder !== undefined, "the draw is below the size of all");
      holder[1].flip(offset, draw % 8);
      rotten.push({ file: holder[0], offset, bit: draw % 8 });
    }
    return rotten;
  }

  /** All files as the kernel holds them, by path; later changes do not show. */
  files(): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>();
    for (const [name, file] of this.#names.entries()) files.set(name, file.share());
    return files;
  }
}
