// The figures of a hash log in the words that all engines share.

import type { EngineStats } from "../engine.ts";
import type { LogWriter } from "../log/log-writer.ts";
import type { HintKeeper } from "./hint-keeper.ts";
import type { Merger } from "./merger.ts";
import type { RecordReader } from "./record-reader.ts";
import type { SegmentTable } from "./segment-table.ts";

export interface HashLogFigures {
  readonly keys: number;
  readonly userBytesWritten: number;
  readonly userBytesRead: number;
  readonly table: SegmentTable;
  readonly merger: Merger;
  readonly hints: HintKeeper;
  readonly writer: LogWriter;
  readonly reader: RecordReader;
  /** Bytes on disk of what is part of the store. */
  readonly storeBytes: number;
  readonly merged: { readonly bytesRead: number; readonly bytesWritten: number };
  readonly indexBytes: number;
  readonly recovery: Readonly<Record<string, number | string | boolean>>;
}

export function hashlogStats(figures: HashLogFigures): EngineStats {
  const { table, merger, hints, writer, reader, userBytesRead, userBytesWritten } = figures;
  const retiredBytes = table.retired.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  const diskBytes = figures.storeBytes + merger.extraBytes + retiredBytes;
  const { liveBytes } = table;
  const bytesWritten = {
    log: writer.bytesWritten,
    hint: hints.bytesWritten + hints.unnamedBytes,
    merge: figures.merged.bytesWritten,
  };
  const writtenSum = bytesWritten.log + bytesWritten.hint + bytesWritten.merge;
  const bytesRead = {
    get: reader.bytesRead,
    scan: reader.scanBytesRead,
    merge: figures.merged.bytesRead,
  };
  const { failure } = merger;
  return {
    keys: figures.keys,
    userBytesWritten,
    userBytesRead,
    bytesWritten,
    bytesRead,
    ...(userBytesWritten > 0 ? { writeAmplification: writtenSum / userBytesWritten } : {}),
    ...(userBytesRead > 0
      ? { readAmplification: (bytesRead.get + bytesRead.scan) / userBytesRead }
      : {}),
    ...(liveBytes > 0 ? { spaceAmplification: diskBytes / liveBytes } : {}),
    cacheHits: reader.tailReads,
    cacheMisses: reader.fileReads,
    stalls: merger.stalls,
    stallNs: merger.stallNs,
    compactionDebtBytes: merger.workBytes,
    liveBytes,
    deadBytes: diskBytes - liveBytes,
    files: table.listed.length,
    diskBytes,
    memoryBytes: {
      index: figures.indexBytes,
      tail: writer.memoryBytes + reader.tails.memoryBytes,
      hints: hints.memoryBytes,
    },
    syncs: writer.syncCount,
    writes: writer.writeCount,
    recovery: {
      ...figures.recovery,
      ...(failure === undefined ? {} : { mergeFailure: failure.message }),
    },
  };
}
