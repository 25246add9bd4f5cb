// Encoding and verifying a record of the logs of our engines: 16 B of key, 100 B of value.

import {
  encodeRecord,
  newRecordBuffer,
  RecordKind,
  recordBytes,
  verifyRecord,
} from "../../engines/log/record.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const RECORDS = 8000;
const KEY = new Uint8Array(16).fill(7);
const VALUE = new Uint8Array(100).fill(9);
const FILE = 3;

export async function recordBenchmarks(): Promise<MicroBenchmark[]> {
  const length = recordBytes(KEY.length, VALUE.length);
  const buffer = newRecordBuffer(RECORDS * length);
  const encodeAll = () => {
    for (let i = 0; i < RECORDS; i++) {
      const at = i * length;
      encodeRecord(buffer, at, FILE, at, RecordKind.put, 0, i, KEY, VALUE);
    }
  };
  encodeAll();
  return [
    { name: "encode a record of 116 B", operations: RECORDS, run: encodeAll },
    {
      name: "verify it",
      operations: RECORDS,
      run() {
        for (let i = 0; i < RECORDS; i++) {
          const at = i * length;
          if (!verifyRecord(buffer, at, length, FILE, at))
            throw new Error(`record ${i} is damaged`);
        }
      },
    },
  ];
}
