// The files that words of keys may lead to, by number, and those that only the past leads to.
//
// Invariants:
//  I1. A file has its number until nothing leads to it any more; then the number is free.
//  I2. A retired file is in no manifest; only snapshots and changes that may be undone lead to it.

import assert from "node:assert";
import type { EngineOptions } from "../engine.ts";
import type { File } from "../io/filesystem.ts";
import type { StoreFile } from "./store-file.ts";

/** A removed file gives its bytes back in steps of so many: about a millisecond each. */
const CUT_BYTES = 2 * 1024 * 1024;
const PAUSE = new Uint8Array(1);

export class FileTable {
  readonly #options: EngineOptions;
  readonly #files: (StoreFile | undefined)[] = [undefined];
  #retired: StoreFile[] = [];
  #removing: Promise<void> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  add(id: number, name: string, file: File, sizeBytes: number): StoreFile {
    let number = 1;
    while (this.#files[number] !== undefined) number++;
    const stored = { number, id, name, file, sizeBytes };
    this.#files[number] = stored;
    return stored;
  }

  get(number: number): StoreFile {
    const file = this.#files[number];
    assert(file !== undefined, "I1: what is led to is there");
    return file;
  }

  /** No key's newest words lead to these any more. */
  retire(files: readonly StoreFile[]): void {
    this.#retired.push(...files);
  }

  /** No snapshot is open: retired files go from the disk, now and in steps, or at the next open. */
  dropRetired(): void {
    const files = this.#retired;
    if (files.length === 0) return;
    this.#retired = [];
    for (const { number } of files) this.#files[number] = undefined;
    this.#removing = this.#removing.then(() => this.#remove(files));
  }

  /** A file that nothing leads to, and that stays where it is: it is closed. */
  forget(stored: StoreFile): void {
    this.#files[stored.number] = undefined;
    stored.file.closeSync();
  }

  /** Waits for files that are being removed, and closes all others. */
  async close(): Promise<void> {
    await this.#removing;
    this.closeSync();
  }

  /** Closes what is not being removed. */
  closeSync(): void {
    for (const stored of this.#files) stored?.file.closeSync();
  }

  /** To cut a long file at once would take the thread for as long as its pages are many. */
  async #remove(files: readonly StoreFile[]): Promise<void> {
    for (const { file } of files) {
      try {
        for (let left = file.sizeSync() - CUT_BYTES; left > 0; left -= CUT_BYTES) {
          file.truncateSync(left);
          await file.read(PAUSE, 0, 1, 0);
        }
        file.closeSync();
        this.#options.fileSystem.removeSync(file.path);
      } catch {
        file.closeSync(); // The next open removes what the manifest does not list.
      }
    }
  }
}
