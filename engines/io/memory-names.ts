// The names on a MemoryDisk: what they mean to the kernel, and what of that is on the device.
//
// Steps of `losePower`, for each change that is not on the device, in the order of the changes:
//  1. It is lost when an earlier change of one of its names was, or of a folder that they are in:
//     a journal keeps their order.
//  2. Else chance decides. A rename is one change: its file has the old name or the new one.
// Then, whether it was on the device or not, what is in a folder that was lost is lost with it.
//
// Invariants:
//  I1. The kernel's names are the device's with all pending changes applied, in order.
//  I2. A folder is never renamed nor removed. The root is always there, and on the device.
//  I3. Every name is in the list of its folder.

import assert from "node:assert";
import path from "node:path";
import { systemError } from "./memory-faults.ts";
import type { MemoryFile, RandomLike } from "./memory-file.ts";

/** A creation has no `from`, a removal no `to`, and the making of a folder (I2) no `file`. */
interface NameChange {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly file: MemoryFile | undefined;
}

const ROOT = path.resolve("/");

export class MemoryNames {
  readonly #live = new Map<string, MemoryFile>();
  readonly #durable = new Map<string, MemoryFile>();
  readonly #durableFolders = new Set([ROOT]);
  #pending: NameChange[] = [];
  /** I3: by path of the folder: names of files and folders in it. */
  readonly #folders = new Map<string, Set<string>>([[ROOT, new Set()]]);
  /** Of the file that lost its last name most recently: its blocks are the next to be used. */
  freed: Uint8Array | undefined;

  /** A file that is on the device already. */
  addDurable(filePath: string, file: MemoryFile): void {
    const dir = path.dirname(filePath);
    if (this.makeFolder(dir)) {
      for (let at = dir; at !== ROOT; at = path.dirname(at)) this.sync(path.dirname(at));
    }
    this.#live.set(filePath, file);
    this.#durable.set(filePath, file);
    this.#list(filePath);
  }

  file(filePath: string): MemoryFile | undefined {
    return this.#live.get(filePath);
  }

  isFolder(dir: string): boolean {
    return this.#folders.has(dir);
  }

  /** Sorted; empty when the folder is absent. */
  list(dir: string): string[] {
    return [...(this.#folders.get(dir) ?? [])].sort();
  }

  entries(): ReadonlyMap<string, MemoryFile> {
    return this.#live;
  }

  /** Bytes of all files that have names. */
  usedBytes(): number {
    let used = 0;
    for (const file of this.#live.values()) used += file.sizeBytes;
    return used;
  }

  /** With parents. Whether there was something to make. */
  makeFolder(dir: string): boolean {
    if (this.#folders.has(dir)) return false;
    if (this.#live.has(dir)) throw systemError("EEXIST", dir);
    this.makeFolder(path.dirname(dir));
    this.#list(dir);
    this.#folders.set(dir, new Set());
    this.#pending.push({ from: undefined, to: dir, file: undefined });
    return true;
  }

  create(filePath: string, file: MemoryFile): void {
    assert(!this.#live.has(filePath), "a name means one file");
    this.#change({ from: undefined, to: filePath, file });
  }

  /** `from` is there. What had the name `to` has it no longer. */
  rename(from: string, to: string): void {
    if (from === to) return;
    const file = this.#live.get(from);
    assert(file !== undefined, "what is renamed is there");
    this.#change({ from, to, file });
  }

  remove(filePath: string): void {
    const file = this.#live.get(filePath);
    if (file === undefined) return;
    this.#change({ from: filePath, to: undefined, file });
  }

  /**
   * The changes of names in the folder are on the device, and those that they rest on; but not the
   * making of the folder itself, which is a name in another.
   */
  sync(dir: string): void {
    const isHere = (name: string | undefined) => name !== undefined && path.dirname(name) === dir;
    const needed = new Set<string>();
    const synced = new Set<NameChange>();
    for (const change of this.#pending.toReversed()) {
      const { from, to } = change;
      const isNeeded = needed.has(from ?? "") || needed.has(to ?? "");
      if (!isNeeded && !isHere(from) && !isHere(to)) continue;
      synced.add(change);
      for (const name of [from, to]) if (name !== undefined) needed.add(name);
    }
    for (const change of this.#pending) if (synced.has(change)) this.#land(change);
    this.#pending = this.#pending.filter((change) => !synced.has(change));
  }

  /** The power goes. Without `random` nothing is left but what the device has. */
  losePower(random?: RandomLike): void {
    const keptOfFour = random === undefined ? 0 : random.nextBelow(5);
    const lost = new Set<string>();
    for (const change of this.#pending) {
      const names = [change.from, change.to].filter((name) => name !== undefined);
      const restsOnLost = names.some((name) => hasNameOrFolder(lost, name));
      if (!restsOnLost && random !== undefined && random.nextBelow(4) < keptOfFour) {
        this.#land(change);
      } else for (const name of names) lost.add(name);
    }
    this.#pending = [];
    this.#restart();
  }

  /** The kernel knows what can be found on the device, and nothing else is there any more. */
  #restart(): void {
    this.#live.clear();
    this.#folders.clear();
    this.#folders.set(ROOT, new Set());
    // The path of what is in a folder is longer than that of the folder.
    for (const dir of [...this.#durableFolders].sort((a, b) => a.length - b.length)) {
      if (!this.#folders.has(path.dirname(dir))) this.#durableFolders.delete(dir);
      else if (dir !== ROOT) {
        this.#folders.set(dir, new Set());
        this.#list(dir);
      }
    }
    for (const [name, file] of this.#durable) {
      if (!this.#folders.has(path.dirname(name))) this.#durable.delete(name);
      else {
        this.#live.set(name, file);
        this.#list(name);
      }
    }
  }

  /** The change is on the device. */
  #land(change: NameChange): void {
    const { to, file } = change;
    if (file !== undefined) apply(this.#durable, change, file);
    else if (to !== undefined) this.#durableFolders.add(to);
  }

  /** I1. */
  #change(change: NameChange & { readonly file: MemoryFile }): void {
    const { from, to, file } = change;
    const freed = to === undefined ? file : this.#live.get(to);
    if (freed !== undefined && freed.sizeBytes > 0) this.freed = freed.share();
    apply(this.#live, change, file);
    this.#pending.push(change);
    if (from !== undefined) this.#unlist(from);
    if (to !== undefined) this.#list(to);
  }

  #list(name: string): void {
    const folder = this.#folders.get(path.dirname(name));
    assert(folder !== undefined, "I3: what has a name is in a folder");
    folder.add(path.basename(name));
  }

  #unlist(filePath: string): void {
    this.#folders.get(path.dirname(filePath))?.delete(path.basename(filePath));
  }
}

function apply(names: Map<string, MemoryFile>, { from, to }: NameChange, file: MemoryFile): void {
  if (from !== undefined) {
    assert(names.get(from) === file, "I1: what a change rests on was done before it");
    names.delete(from);
  }
  if (to !== undefined) names.set(to, file);
}

/** Whether the name is in the set, or a folder that it is in. */
function hasNameOrFolder(names: ReadonlySet<string>, name: string): boolean {
  for (let at = name; at !== ROOT; at = path.dirname(at)) if (names.has(at)) return true;
  return false;
}
