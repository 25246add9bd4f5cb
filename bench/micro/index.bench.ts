// Probing and filling the index that our engines share.

import { KeyIndex } from "../../engines/index/key-index.ts";
import { Random } from "../../workloads/random.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const KEYS = 300_000;
const KEY_BYTES = 16;
const PROBES = 10_000;

export async function indexBenchmarks(): Promise<MicroBenchmark[]> {
  const random = new Random(1);
  const keys = Array.from({ length: KEYS }, () => randomKey(random));
  const absent = Array.from({ length: PROBES }, () => randomKey(random));
  const index = new KeyIndex();
  for (const key of keys) index.insert(key);
  let next = 0;
  return [
    {
      name: `find a key that is there, of ${KEYS}`,
      operations: PROBES,
      run() {
        // A step that shares no factor with the number of keys: every probe is far from the last.
        for (let i = 0; i < PROBES; i++) index.find(keys[(next = (next + 7919) % KEYS)]!);
      },
    },
    {
      name: "find a key that is not there",
      operations: PROBES,
      run() {
        for (let i = 0; i < PROBES; i++) index.find(absent[i]!);
      },
    },
    {
      name: `insert, from nothing to ${PROBES}`,
      operations: PROBES,
      run() {
        const fresh = new KeyIndex();
        for (let i = 0; i < PROBES; i++) fresh.insert(keys[i]!);
      },
    },
  ];
}

function randomKey(random: Random): Uint8Array {
  return Uint8Array.from({ length: KEY_BYTES }, () => random.nextBelow(256));
}
