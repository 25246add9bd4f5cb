// One file of the log, and what is known of it.

import path from "node:path";
import type { File } from "../io/filesystem.ts";

export interface Segment {
  readonly id: number;
  /** Its number in memory, which the index keeps; used again once the segment is gone. */
  readonly slot: number;
  readonly file: File;
  /**
   * Bytes of the file that hold whole records, header included; of the active one, as many as
   * there were when that was last noted.
   */
  sizeBytes: number;
  /** Bytes of records that are the newest of their key. */
  liveBytes: number;
  /** Bytes of put records that are not. */
  deadPutBytes: number;
  /** Bytes of delete records. */
  tombstoneBytes: number;
  /** Bytes of its hint file; 0 when there is none that covers the whole segment. */
  hintBytes: number;
  /** The lowest sequence in the file; Infinity when it holds no record. */
  minSequence: number;
  /** Whole and unchanged on the device, as far as a sync can say. */
  synced: boolean;
  /** A merge found damage in it; reads of what is whole go on. */
  damaged: boolean;
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
