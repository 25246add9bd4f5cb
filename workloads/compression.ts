// How far the values of a workload compress, measured rather than promised.

import { deflateRawSync } from "node:zlib";
import { type Operation, OperationKind, type Workload } from "./workload.ts";

/** Absent after an install without optional packages, in one of which it keeps its binary. */
const lz4 = await import("lz4-napi").catch(() => undefined);

/** Enough for a steady figure, little enough to take a few milliseconds. */
const SAMPLE_BYTES = 256 * 1024;
const SAMPLE_RECORDS_MAX = 10_000;

/** lz4-napi puts the length of the original, four bytes, in front of the block. */
const LZ4_PREFIX_BYTES = 4;

export interface CompressionFigures {
  /** Bytes of the sample: values of records, keys not in it. */
  readonly sampleBytes: number;
  /** Compressed over original size, by an lz4 block. Nothing: 1; no lz4: undefined. */
  readonly lz4: number | undefined;
  /** The same by raw deflate at its default level, 6. */
  readonly deflate: number;
}

/** Compresses the first records of the load phase, 256 KiB of them or all. */
export function measureCompression(workload: Workload): CompressionFigures {
  const client = workload.loadClient(0, 1);
  const records = Math.min(workload.loadCount(0, 1), SAMPLE_RECORDS_MAX);
  const operation: Operation = {
    kind: OperationKind.insert,
    keyNumber: 0,
    key: new Uint8Array(0),
    value: new Uint8Array(0),
    field: -1,
    scanLength: 0,
  };
  const values: Buffer[] = [];
  let sampleBytes = 0;
  for (let i = 0; i < records && sampleBytes < SAMPLE_BYTES; i++) {
    client.next(operation);
    values.push(Buffer.from(operation.value));
    sampleBytes += operation.value.length;
  }
  if (sampleBytes === 0) return { sampleBytes, lz4: 1, deflate: 1 };
  const sample = Buffer.concat(values);
  return {
    sampleBytes,
    lz4: lz4 && (lz4.compressSync(sample).length - LZ4_PREFIX_BYTES) / sampleBytes,
    deflate: deflateRawSync(sample).length / sampleBytes,
  };
}
