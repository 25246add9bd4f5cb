// Encoding, decoding and merging the versions of one key: two actors, a value of 100 B each, and
// for each the requests of two writes that were overwritten.

import type { DvvSet } from "../../cluster/versioning/dvv-set.ts";
import { createPolicy } from "../../cluster/versioning/policies.ts";
import type { ConflictPolicy } from "../../cluster/versioning/policy.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const OPERATIONS = 5000;
/** Different keys in turn, so that no branch is learnt by heart. */
const KEYS = 500;
const VALUE = new Uint8Array(100).fill(7);
const EPOCH = 2 ** 47;
const CLIENT = 2 ** 46;

/** Writes at one actor, each with the context of the one before. */
function writeAt(policy: ConflictPolicy, key: number, node: string, writes: number): DvvSet {
  let set: DvvSet | undefined;
  for (let i = 0; i < writes; i++) {
    const result = policy.update(set, {
      value: VALUE,
      ...(set === undefined ? {} : { context: policy.read(set).context }),
      request: { client: CLIENT + key, number: 1000 * key + i },
      actor: { node, epoch: EPOCH + key },
      nowWallMs: 1_700_000_000_000 + i,
    });
    if (result.outcome === "refused") throw new Error("a write was refused");
    set = result.set;
  }
  return set!;
}

export async function versionBenchmarks(): Promise<MicroBenchmark[]> {
  return (["dvv", "vector-clock", "lww"] as const).flatMap((name) => {
    const policy = createPolicy(name);
    const keys = Array.from({ length: KEYS }, (_, key) => key);
    const first = keys.map((key) => writeAt(policy, key, "node-1", 3 + (key % 3)));
    const second = keys.map((key) => writeAt(policy, key, "node-2", 3 + (key % 2)));
    const both = keys.map((key) => policy.merge(first[key]!, second[key]!));
    // A later write of the first actor, that saw both: what a replica gets that has both.
    const later = keys.map((key) => {
      const result = policy.update(both[key]!, {
        value: VALUE,
        context: policy.read(both[key]!).context,
        request: { client: CLIENT + key, number: 1000 * key + 999 },
        actor: { node: "node-1", epoch: EPOCH + key },
        nowWallMs: 1_700_000_000_100,
      });
      if (result.outcome === "refused") throw new Error("a write was refused");
      return result.set;
    });
    const bytes = both.map((set) => policy.encode(set));
    const bytesEach = bytes.reduce((sum, { length }) => sum + length, 0) / KEYS;
    const benchmark = (what: string, run: (key: number) => unknown): MicroBenchmark => ({
      name: `${name}: ${what}`,
      operations: OPERATIONS,
      run() {
        for (let i = 0; i < OPERATIONS; i++) run(i % KEYS);
      },
    });
    return [
      benchmark(`encode ${bytesEach.toFixed(0)} B`, (key) => policy.encode(both[key]!)),
      benchmark("decode", (key) => policy.decode(bytes[key]!)),
      benchmark("merge two siblings", (key) => policy.merge(first[key]!, second[key]!)),
      benchmark("merge a later write", (key) => policy.merge(both[key]!, later[key]!)),
    ];
  });
}
