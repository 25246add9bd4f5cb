// What merges need of the store that they work for.

import type { EngineOptions } from "../engine.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import type { LogWriter } from "../log/log-writer.ts";
import type { Segment } from "./segment.ts";
import type { SegmentTable } from "./segment-table.ts";

export interface MergeHost {
  readonly options: EngineOptions;
  readonly versions: VersionedIndex;
  readonly writer: LogWriter;
  readonly table: SegmentTable;
  /** The segment that is written to. */
  readonly active: () => Segment;
  /** Sequence of the last write. */
  readonly sequence: () => number;
  /** Runs a change of the manifest; writing ends when nobody knows whether it was made. */
  readonly changeManifest: (change: () => void) => void;
  /** The manifest lists these no more. */
  readonly dropped: (victims: readonly Segment[]) => void;
  readonly count: (bytesRead: number, bytesWritten: number) => void;
}
