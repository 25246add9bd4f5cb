// The log of the model engine: one record a write, each with its length and checksum in front.

import { crc32 } from "node:zlib";
import type { Durability } from "../../../engines/engine.ts";
import type { File } from "../../../engines/io/filesystem.ts";
import type { Bug } from "./bugs.ts";

export type Operation = readonly [key: Uint8Array, value: Uint8Array | undefined];

const DELETED = 0xffff_ffff;

/** Length and checksum. */
const HEAD_BYTES = 8;

/** One record of the log: its head, then each operation as lengths, key and value. */
function encodeRecord(operations: readonly Operation[]): Uint8Array {
  let length = HEAD_BYTES;
  for (const [key, value] of operations) length += 8 + key.length + (value?.length ?? 0);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, length - HEAD_BYTES);
  let at = HEAD_BYTES;
  for (const [key, value] of operations) {
    view.setUint32(at, key.length);
    view.setUint32(at + 4, value === undefined ? DELETED : value.length);
    out.set(key, at + 8);
    at += 8 + key.length;
    if (value !== undefined) {
      out.set(value, at);
      at += value.length;
    }
  }
  view.setUint32(4, crc32(out.subarray(HEAD_BYTES)));
  return out;
}

/**
 * Visits the operations of whole records in order, up to the first that does not verify; returns
 * where the last of them ends.
 */
function decodeRecords(
  bytes: Uint8Array,
  checks: boolean,
  visit: (key: Uint8Array, value: Uint8Array | undefined) => void,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (start + HEAD_BYTES <= bytes.length) {
    const end = start + HEAD_BYTES + view.getUint32(start);
    if (end > bytes.length) break;
    const checksum = crc32(bytes.subarray(start + HEAD_BYTES, end));
    if (checks && checksum !== view.getUint32(start + 4)) break;
    for (let at = start + HEAD_BYTES; at < end; ) {
      const keyEnd = at + 8 + view.getUint32(at);
      const valueLength = view.getUint32(at + 4);
      const key = bytes.slice(at + 8, keyEnd);
      at = keyEnd + (valueLength === DELETED ? 0 : valueLength);
      visit(key, valueLength === DELETED ? undefined : bytes.slice(keyEnd, at));
    }
    start = end;
  }
  return start;
}

/** The file of the log: honest, or wrong in the ways that have to do with files. */
export class ModelLog {
  readonly file: File;
  readonly #durability: Durability;
  readonly #bug: Bug;
  #pending: Uint8Array[] = [];
  #syncedAt = 0;
  sizeBytes = 0;

  constructor(file: File, durability: Durability, bug: Bug) {
    this.file = file;
    this.#durability = durability;
    this.#bug = bug;
  }

  /** Whole records only: a torn tail is cut. */
  replay(visit: (key: Uint8Array, value: Uint8Array | undefined) => void): void {
    const bytes = new Uint8Array(this.file.sizeSync());
    this.file.readSync(bytes, 0, bytes.length, 0);
    const checks = this.#bug !== "damage is handed out";
    this.sizeBytes = decodeRecords(bytes, checks, visit);
    if (this.sizeBytes < bytes.length) this.file.truncateSync(this.sizeBytes);
  }

  /** One record for operations that belong together. */
  write(operations: readonly Operation[], records: number): void {
    const isTorn = this.#bug === "batch is torn at reopen" && operations.length > 1;
    const record = encodeRecord(isTorn ? operations.slice(1) : operations);
    if (this.#bug === "deletes are lost at reopen" && operations[0]?.[1] === undefined) return;
    const isHeld =
      this.#bug === "acknowledged before it was written" ||
      this.#bug === "last write is lost at reopen";
    if (!isHeld) {
      // The hole: every seventh write goes to the file later than those after it.
      if (this.#bug === "hole after a crash" && records % 7 === 3) this.#pending.push(record);
      else this.#append(record);
      return;
    }
    this.#pending.push(record);
    const most = this.#bug === "last write is lost at reopen" ? 1 : 8;
    while (this.#pending.length > most) this.#append(this.#pending.shift()!);
  }

  flush(): void {
    this.#writePending();
    this.file.syncSync();
  }

  replaceAll(operations: readonly Operation[]): void {
    this.#writePending();
    this.file.truncateSync(0);
    this.sizeBytes = 0;
    for (const operation of operations) this.#append(encodeRecord([operation]));
  }

  close(): void {
    if (this.#bug !== "last write is lost at reopen") this.#writePending();
    this.file.closeSync();
  }

  #append(record: Uint8Array): void {
    this.file.writeSync(record, 0, record.length, this.sizeBytes);
    this.sizeBytes += record.length;
    if (this.#durability !== "group" && this.#durability !== "sync") return;
    if (this.#bug === "nothing is synced") return;
    if (this.#bug === "one sync for many" && this.sizeBytes <= this.#syncedAt + 100) return;
    this.file.syncSync();
    this.#syncedAt = this.sizeBytes;
  }

  #writePending(): void {
    for (const record of this.#pending) this.#append(record);
    this.#pending = [];
  }
}
