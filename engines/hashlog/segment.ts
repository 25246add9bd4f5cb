// One file of the log, and what is known of it.

import path from "node:path";
import type { File } from "../io/filesystem.ts";

export interface Segment {
  readonly id: number;
  readonly file: File;
  /**
   * Bytes of the file that hold whole records, header included; of the active one, as many as
   * there were when that was last noted.
   */
  sizeBytes: number;
  /** Bytes of records that are the newest of their key. */
  liveBytes: number;
  /** The lowest sequence in the file; Infinity when it holds no record. */
  minSequence: number;
  /** True when a hint file covers the whole segment. */
  hinted: boolean;
}

export function segmentName(id: number): string {
  return `${String(id).padStart(6, "0")}.log`;
}

export function hintName(id: number): string {
  return `${String(id).padStart(6, "0")}.hint`;
}

/** The id in a segment's name, or undefined for another name. */
export function segmentId(name: string): number | undefined {
  const match = /^(\d{6,9})\.log$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export function segmentPath(dir: string, id: number): string {
  return path.join(dir, segmentName(id));
}
