import { expect, test } from "vitest";
import { planDbBench } from "../../../bench/native/db-bench-plan.ts";

const SETTINGS = {
  benchmarks: ["fillsync", "fillbatch", "fillrandom", "readrandom", "readseq", "deleterandom"],
  records: 50_000,
  operations: 50_000,
  operationsOf: {},
  valueBytes: 100,
  durability: "os",
  clients: 1,
  latency: true,
  seed: 7,
} as const;

function plan(change: Partial<Parameters<typeof planDbBench>[0]> = {}, cacheBytes = 1 << 25) {
  const processes = planDbBench({ ...SETTINGS, ...change }, "/data", cacheBytes);
  return processes.map(({ flags, benchmarks }) => ({
    flags: new Map(flags.map((flag) => flag.slice(2).split("=") as [string, string])),
    names: benchmarks.map(({ nativeName }) => nativeName),
    ours: benchmarks.map(({ benchmark }) => benchmark?.name),
  }));
}

test("what has the same flags runs in one process, and fillsync in its own", () => {
  const [synced, rest, ...more] = plan();
  expect(more).toEqual([]);
  expect(synced!.names).toEqual(["fillsync"]);
  expect(rest!.names).toEqual(SETTINGS.benchmarks.slice(1));
  expect(synced!.flags.get("writes")).toBe("50");
  expect(rest!.flags.get("writes")).toBe("50000");
  expect(rest!.flags.get("benchmarks")).toBe(
    "fillbatch,stats,fillrandom,stats,readrandom,stats,readseq,stats,deleterandom,stats",
  );
  for (const { flags } of [synced!, rest!]) {
    expect(flags.get("use_existing_db")).toBe("0");
    expect(Object.fromEntries(flags)).toMatchObject({
      ...{ db: "/data", key_size: "16", value_size: "100", num: "50000", threads: "1" },
      ...{ compression_type: "lz4", compression_ratio: "0.5", bloom_bits: "10" },
      ...{ cache_size: "33554432", seed: "7", histogram: "1", keyrange_num: "30" },
      ...{ mix_get_ratio: "0.83", mix_put_ratio: "0.14", mix_seek_ratio: "0.03" },
    });
    expect(flags.has("sync")).toBe(false);
    expect(flags.has("disable_wal")).toBe(false);
  }
});

test("a read with no fill before it is filled untimed, also after a fill of a part", () => {
  const [fill, reads] = plan({ benchmarks: ["readrandom", "readseq"] });
  expect(fill!.names).toEqual(["filluniquerandom"]);
  expect(fill!.ours).toEqual([undefined]);
  expect(fill!.flags.get("use_existing_db")).toBe("0");
  expect(reads!.names).toEqual(["readrandom", "readseq"]);
  expect(reads!.flags.get("use_existing_db")).toBe("1");
  const after = plan({ benchmarks: ["fillsync", "readrandom"] });
  expect(after.map(({ names }) => names[0])).toEqual([
    "fillsync",
    "filluniquerandom",
    "readrandom",
  ]);
});

test("a fill does not join a process that uses what is there", () => {
  const parts = plan({ benchmarks: ["readrandom", "fillrandom", "readrandom"] });
  expect(parts.map(({ names }) => names.join())).toEqual([
    "filluniquerandom",
    "readrandom",
    "fillrandom,readrandom",
  ]);
  expect(parts.map(({ flags }) => flags.get("use_existing_db"))).toEqual(["0", "1", "0"]);
});

test("durability, and a log that is off only where nothing is synced", () => {
  const flagsOf = (durability: "memory" | "group" | "sync") =>
    plan({ durability, benchmarks: ["fillsync", "fillseq"] }).map(({ flags }) => flags);
  for (const durability of ["group", "sync"] as const) {
    for (const flags of flagsOf(durability)) expect(flags.get("sync")).toBe("1");
  }
  const [synced, unsynced] = flagsOf("memory");
  expect(synced!.has("disable_wal")).toBe(false);
  expect(unsynced!.get("disable_wal")).toBe("1");
});

test("several clients are threads that share the operations; scans have one", () => {
  const benchmarks = ["fillrandom", "readseq", "compact", "readrandom"];
  const parts = plan({ benchmarks, clients: 16, operations: 1000 });
  expect(parts.map(({ names }) => names.join())).toEqual([
    "fillrandom",
    "readseq",
    "compact",
    "readrandom",
  ]);
  expect(parts.map(({ flags }) => flags.get("threads"))).toEqual(["16", "1", "1", "16"]);
  expect(parts[0]!.flags.get("writes")).toBe("63");
  expect(parts[1]!.flags.get("reads")).toBe("1000");
});

test("few records, no latencies, a writer's rate", () => {
  const [synced] = plan({ benchmarks: ["fillsync"], records: 10, operations: 10 });
  expect(synced!.flags.get("num")).toBe("1000");
  expect(synced!.flags.get("writes")).toBe("1");
  const benchmarks = ["fillrandom", "readwhilewriting"];
  const [, beside] = plan({ benchmarks, latency: false, writerOpsPerSec: 1000, seed: 0 });
  expect(beside!.flags.get("benchmark_write_rate_limit")).toBe("116000");
  expect(beside!.flags.get("histogram")).toBe("0");
  expect(beside!.flags.get("seed")).toBe("1");
});
