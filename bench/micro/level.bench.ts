// Reading through `ringbench/level`, beside classic-level: the engine `leveldb` is classic-level
// with a check or two around it, and is asked here as it is, without an adapter on top.

import { tmpdir } from "node:os";
import type { Engine } from "../../engines/engine.ts";
import { RingbenchLevel } from "../../engines/level/level.ts";
import { openEngine } from "../../engines/registry.ts";
import { DataDir } from "../data-dir.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const RECORDS = 20_000;
const GETS = 5000;
const NEXT_RECORDS = 1000;
const VALUE = Buffer.alloc(100, 7);
const BYTES = { keyEncoding: "view", valueEncoding: "view" } as const;

type Benchmarks = Promise<readonly MicroBenchmark[]>;

export async function levelBenchmarks(): Promise<MicroBenchmark[]> {
  const data = new DataDir(tmpdir());
  const keys = Array.from({ length: RECORDS }, (_, i) => `key${String(i).padStart(13, "0")}`);
  const ours = ["hashlog", "memory", "lsm"].map((engine) => adapterBenchmarks(data, engine, keys));
  return (await Promise.all([...ours, baseline(data, keys)])).flat();
}

async function adapterBenchmarks(
  data: DataDir,
  engine: string,
  keys: readonly string[],
): Benchmarks {
  const db = new RingbenchLevel<Uint8Array, Uint8Array>(data.emptyDir(engine), {
    engine,
    ...BYTES,
  });
  const encoded = keys.map((key) => Buffer.from(key));
  await db.batch(encoded.map((key) => ({ type: "put", key, value: VALUE })));
  let at = 0;
  return [
    {
      name: `${engine}: getSync`,
      operations: GETS,
      run() {
        for (let i = 0; i < GETS; i++) db.getSync(encoded[(at = stepFrom(at))]!);
      },
    },
    {
      name: `${engine}: iterator.nextv(${NEXT_RECORDS})`,
      operations: RECORDS,
      async run() {
        const iterator = db.iterator();
        while ((await iterator.nextv(NEXT_RECORDS)).length > 0);
        await iterator.close();
      },
    },
  ];
}

async function baseline(data: DataDir, keys: readonly string[]): Benchmarks {
  const engine: Engine = await openEngine("leveldb", { dir: data.emptyDir("leveldb") });
  const encoded = keys.map((key) => Buffer.from(key));
  for (const key of encoded) await engine.put(key, VALUE);
  await engine.compact();
  let at = 0;
  return [
    {
      name: "classic-level: getSync",
      operations: GETS,
      run() {
        for (let i = 0; i < GETS; i++) engine.get(encoded[(at = stepFrom(at))]!);
      },
    },
    {
      name: `classic-level: iterator.nextv(${NEXT_RECORDS})`,
      operations: RECORDS,
      async run() {
        const cursor = engine.scan();
        while ((await cursor.next()) !== undefined);
        await cursor.close();
      },
    },
  ];
}

/** A step that shares no factor with the number of records: every get is far from the last. */
function stepFrom(at: number): number {
  return (at + 7919) % RECORDS;
}
