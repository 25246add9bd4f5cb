// A file of the store: a log or a snapshot file.

import type { File } from "../io/filesystem.ts";

export interface StoreFile {
  /** What the words of a key call it while the store is open: 1 or more, and small. */
  readonly number: number;
  /** In its name, its header, and the seed of every record's checksum. */
  readonly id: number;
  readonly name: string;
  readonly file: File;
  /** Of the open log, as many as there were when that was last noted. */
  sizeBytes: number;
}

const PATTERN = /^(\d{6,9})\.(snap|log)$/;

export function snapshotName(id: number): string {
  return `${String(id).padStart(6, "0")}.snap`;
}

export function logName(id: number): string {
  return `${String(id).padStart(6, "0")}.log`;
}

export function isLogName(name: string): boolean {
  return name.endsWith(".log");
}

/** The id in the name of a log or a snapshot file, or 0 for another name. */
export function storeFileId(name: string): number {
  return Number(PATTERN.exec(name)?.[1] ?? 0);
}
