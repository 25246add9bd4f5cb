// Writes a memtable as a table.
//
// Steps:
//  1. Sort the records of the log's image by key, the newest of a key first.
//  2. Of each key keep the newest, and what a snapshot sees. Deletes are kept: older tables may
//     hold the key.

import { sortIdsByKey } from "../index/radix-sort.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { sequenceAt } from "../log/record.ts";
import type { FlushJob, JobSteps } from "./job.ts";
import { LogImage } from "./log-image.ts";
import { hasBetween } from "./snapshot-list.ts";
import { TableOutput } from "./table-output.ts";

/** Bytes of keys and values that are taken in between two chances to give way. */
export const STEP_BYTES = 64 * 1024;

export function* runFlush(job: FlushJob, fileSystem: FileSystem): JobSteps {
  const image = LogImage.view(job.memory);
  const { buffer } = image;
  const { bytes } = buffer;
  const records = image.records(LOG_HEADER_BYTES, job.endOffset);
  const baseSequence = sequenceAt(buffer, records[0]!);
  const sorted = sortIdsByKey(image, records);
  yield 0;
  const output = new TableOutput(fileSystem, job.dir, job.tableOptions);
  try {
    const writer = output.start(job.tableId, baseSequence, baseSequence);
    let newer = Number.POSITIVE_INFINITY;
    let stepBytes = 0;
    for (const offset of sorted) {
      const keyStart = image.keyStart(offset);
      const keyLength = image.keyLength(offset);
      const sequence = sequenceAt(buffer, offset);
      const isNewest = writer.isNewKey(bytes, keyStart, keyLength);
      const isKept = isNewest || hasBetween(job.snapshots, sequence, newer);
      newer = sequence;
      if (!isKept) continue;
      const isDelete = !image.isPut(offset);
      const valueStart = keyStart + keyLength;
      const valueLength = image.valueLength(offset);
      writer.add(
        isNewest,
        bytes,
        keyStart,
        keyLength,
        sequence,
        false,
        isDelete,
        bytes,
        valueStart,
        valueLength,
      );
      stepBytes += keyLength + valueLength;
      if (stepBytes < STEP_BYTES) continue;
      yield stepBytes;
      stepBytes = 0;
    }
    output.finish();
    const tables = output.publish();
    return { tables, bytesRead: 0, bytesWritten: tables[0]!.sizeBytes };
  } catch (cause) {
    throw output.discard(cause);
  }
}
