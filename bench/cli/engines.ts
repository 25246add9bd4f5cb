// `ringbench engines`: the same workload on several engines, at equal durability, in one run.

import { Command } from "commander";
import { DURABILITIES } from "../../engines/engine.ts";
import { wallClockMs } from "../../engines/io/clock.ts";
import { engineNames } from "../../engines/registry.ts";
import type { Environment } from "../../reports/result.ts";
import { type CompareOptions, compareEngines, type SkippedEngine } from "../compare.ts";
import { captureEnvironment } from "../environment.ts";
import type { Offer } from "../offer.ts";
import { makeResult } from "../result.ts";
import { dbBenchSuite } from "../suites/db-bench.ts";
import type { OtherStore, Suite, SuiteSettings } from "../suites/suite.ts";
import { ycsbSuite } from "../suites/ycsb.ts";
import { conclude } from "./conclude.ts";
import { comparisonConfig } from "./config.ts";
import type { CliContext } from "./context.ts";
import { type DbBenchFlags, dbBenchStores, wantsDbBench } from "./db-bench-flags.ts";
import { parseEngines, parseSettings } from "./engine-list.ts";
import { checkDataFolder, checkReportFolder } from "./files.ts";
import { withBuckets } from "./histogram-text.ts";
import { Interrupt } from "./interrupt.ts";
import { IntervalLines } from "./interval-lines.ts";
import { parseBytes, parseCount, parseNumber } from "./numbers.ts";
import { ProgressView } from "./progress.ts";
import { type Exit, oneOf, parseList, UsageError } from "./usage.ts";

const SUITES: readonly Suite[] = [dbBenchSuite, ycsbSuite];
/** The one benchmark that something is written beside. */
const WRITER_BESIDE = "readwhilewriting";
const DEFAULT_ENGINES = "hashlog,lsm,memory,leveldb,rocksdb,lmdb,sqlite";

const EXAMPLE = `
Examples:
  $ ringbench engines --engines hashlog,leveldb --benchmarks fillrandom,readrandom,readseq
  $ ringbench engines --suite ycsb --benchmarks workloada,workloadc --repeat 3 --out results/ab
  $ ringbench engines --engines lmdb --durability group --concurrency 64 --json
  $ ringbench engines --engines memory --suite ycsb --rate 20000 --arrivals poisson
  $ ringbench engines --engines hashlog --benchmarks overwrite --records 5000000 --watch
  $ ringbench engines --engines hashlog,rocksdb --suite db_bench --db-bench --repeat 3
  $ ringbench engines --benchmarks fillrandom,readrandom --db-bench-cache same,default,1GiB
  $ ringbench engines --benchmarks overwrite --histogram --stats-interval-seconds 5

Engines: ${engineNames().join(", ")}, or the path or package of your own.
${SUITES.map((suite) => `Benchmarks of ${suite.name}: ${suite.benchmarks.join(", ")}.`).join("\n")}
A benchmark that is listed again is one more: readrandom,readrandom gives readrandom and
readrandom#2. For several runs of the same use --repeat; an engine is listed once.
Suite db_bench is ${dbBenchSuite.defaults.join(", ")}; with --suite or --db-bench it is all of it.
Engine null answers every read as found: it measures the harness.
Settings of the engines, and what holds without them: docs/settings.md.`;

interface EnginesFlags extends DbBenchFlags {
  readonly engines: string;
  readonly benchmarks?: string;
  readonly records: string;
  readonly operations?: string;
  readonly valueSize?: string;
  readonly durability: string;
  readonly concurrency: string;
  readonly repeat: string;
  readonly latency: string;
  readonly cacheBytes: string;
  readonly rate?: string;
  readonly arrivals?: string;
  readonly warmup?: string;
  readonly maxTime?: string;
  readonly setting: string[];
  readonly seed: string;
  readonly writeRate?: string;
  readonly histogram?: true;
  readonly statsIntervalSeconds?: string;
  readonly watch?: true;
  readonly dir?: string;
  readonly out?: string;
  readonly json?: true;
}

export function enginesVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("engines")
    .description("compare storage engines on the same workload, at equal durability")
    .option("--engines <names>", "which, separated by commas", DEFAULT_ENGINES)
    .option("--suite <name>", SUITES.map((suite) => suite.name).join(" or "), "db_bench")
    .option("--benchmarks <names>", "which, in this order (default: those of the suite)")
    .option("--records <n>", "keys", "1000000")
    .option("--operations <n>", "operations of a benchmark (default: as many as records)")
    .option("--value-size <bytes>", "bytes of a value (default: 100, in suite ycsb 1000)")
    .option("--durability <level>", DURABILITIES.join(", "), "os")
    .option("--concurrency <n>", "logical clients", "1")
    .option("--repeat <n>", "runs of each engine, interleaved", "1")
    .option("--latency <on|off>", "off measures throughput alone", "on")
    .option("--cache-bytes <bytes>", "for caches and in-memory tails, the same for all", "32MiB")
    .option("--rate <ops>", "open loop: so many operations a second (default: closed loop)")
    .option("--arrivals <law>", "constant or poisson, with --rate (default: constant)")
    .option("--warmup <n>", "operations before the measured ones (default: 5 %, at most 20000)")
    .option("--max-time <seconds>", "end a benchmark after so long")
    .option("--setting <engine.name=value>", "a setting of one engine; repeatable", collect, [])
    .option("--seed <n>", "seed of keys, operations and arrivals", "1")
    .option("--write-rate <ops>", "puts a second beside readwhilewriting (default: unlimited)")
    .option("--db-bench", "RocksDB's own db_bench too, where it is installed; suite db_bench")
    .option(
      "--db-bench-cache <sizes>",
      "its cache: same (as --cache-bytes), default (its own), bytes; or several (default: same)",
    )
    .option("--histogram", "latencies of each row in buckets, as db_bench prints them")
    .option("--stats-interval-seconds <n>", "a line so often on standard error while it runs")
    .option("--watch", "figures of the engine, every second, on standard error while it runs")
    .option("--dir <dir>", "where the data goes, removed at the end (default: --out, or results)")
    .option("--out <dir>", "write the report there")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", EXAMPLE)
    .action(async (flags: EnginesFlags, command: Command) => {
      const all = wantsDbBench(flags) || command.getOptionValueSource("suite") === "cli";
      done(await compare(context, flags, all));
    });
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** @param all when no benchmark is named: those of the suite, and not its short list. */
async function compare(context: CliContext, flags: EnginesFlags, all: boolean): Promise<Exit> {
  const suite = SUITES.find(({ name }) => name === suiteName(flags.suite))!;
  const settings = settingsOf(flags, suite, all ? suite.benchmarks : suite.defaults);
  const native = dbBenchStores(flags, settings);
  const engines = parseEngines("--engines", flags.engines);
  checkUnused(flags, settings);
  checkReportFolder(flags.out);
  const dataParent = dataParentOf(context, flags);
  const intervalSeconds =
    flags.statsIntervalSeconds === undefined
      ? undefined
      : parseNumber("--stats-interval-seconds", flags.statsIntervalSeconds, { min: 0.1 });
  const repeat = parseCount("--repeat", flags.repeat, { min: 1, max: 10_000 });
  const progress = new ProgressView({
    stream: context.stderr,
    phases: (engines.length + native.stores.length) * repeat * settings.benchmarks.length,
    quiet: false,
    colour: context.colour,
    watch: flags.watch === true,
  });
  const interrupt = new Interrupt({ clock: context.clock, warn: progress.warn });
  const onSkipped = ({ engine, reason }: SkippedEngine) =>
    context.warn(`engine ${engine} is left out: ${reason}`);
  const startedAtMs = wallClockMs();
  const environment = captureEnvironment(dataParent);
  try {
    const options: CompareOptions = {
      suite,
      settings,
      engines,
      others: native.stores,
      engineSettings: parseSettings(flags.setting, engines),
      repeat,
      dataParent,
      clock: context.clock,
      timer: context.timer,
      signal: interrupt.signal,
      progress:
        intervalSeconds === undefined ? progress : new IntervalLines(progress, intervalSeconds),
      onState: progress.onState,
      onSkipped,
    };
    native.skipped.forEach(onSkipped);
    const comparison = await compareEngines(options);
    const skipped = [...comparison.skipped, ...native.skipped];
    const made = makeResult({
      kind: "engines",
      title: `${suite.name}: ${[...engines, ...native.stores.map(({ name }) => name)].join(", ")}`,
      startedAtMs,
      argv: context.argv,
      seed: settings.seed,
      environment: withWarnings(environment, native.stores),
      config: comparisonConfig(options),
      ...comparison,
      skipped,
    });
    const result = flags.histogram === true ? withBuckets(made) : made;
    return conclude(context, {
      result,
      histogram: flags.histogram === true,
      failure: comparison.failure,
      interrupted: interrupt.signal.aborted,
      isAllAbsent: skipped.length > 0 && skipped.every(({ isAbsent }) => isAbsent),
      json: flags.json === true,
      out: flags.out,
    });
  } finally {
    interrupt.close();
  }
}

/** Throws UsageError for a flag that would change nothing. */
function checkUnused(flags: EnginesFlags, { benchmarks }: SuiteSettings): void {
  if (flags.histogram === true && flags.latency === "off") {
    throw new UsageError("--histogram needs latencies, and --latency off takes none");
  }
  if (flags.writeRate !== undefined && !benchmarks.includes(WRITER_BESIDE)) {
    const cure = `add it to --benchmarks, or leave --write-rate out`;
    throw new UsageError(`--write-rate is for ${WRITER_BESIDE}, which is not in this run; ${cure}`);
  }
}

function dataParentOf(context: CliContext, flags: EnginesFlags): string {
  const [flag, given] =
    flags.dir === undefined && flags.out !== undefined
      ? ["--out", flags.out]
      : ["--dir", flags.dir];
  return checkDataFolder(context, flag, given);
}

/** What the stores said of themselves is a doubt about all figures. */
function withWarnings(environment: Environment, stores: readonly OtherStore[]): Environment {
  const warnings = new Set([...environment.warnings, ...stores.flatMap((each) => each.warnings)]);
  return { ...environment, warnings: [...warnings] };
}

function suiteName(given: string): string {
  return oneOf(
    "suite",
    given,
    SUITES.map((suite) => suite.name),
  );
}

function settingsOf(flags: EnginesFlags, suite: Suite, unnamed: readonly string[]): SuiteSettings {
  const records = parseCount("--records", flags.records, { min: 1 });
  const benchmarks =
    flags.benchmarks === undefined
      ? unnamed
      : parseList("--benchmarks", flags.benchmarks).map((name) => benchmarkOf(name, suite));
  const optional = (flag: string, text: string | undefined, fallback: number, min: number) =>
    text === undefined ? fallback : parseCount(flag, text, { min });
  return {
    benchmarks,
    records,
    operationsOf: {},
    operations: optional("--operations", flags.operations, records, 1),
    valueBytes:
      flags.valueSize === undefined
        ? suite.defaultValueBytes
        : parseBytes("--value-size", flags.valueSize, { min: 0, max: 2 ** 30 }),
    durability: oneOf("durability", flags.durability, DURABILITIES),
    clients: parseCount("--concurrency", flags.concurrency, { min: 1, max: 65_536 }),
    cacheBytes: parseBytes("--cache-bytes", flags.cacheBytes, { min: 0 }),
    latency: oneOf("value of --latency", flags.latency, ["on", "off"]) === "on",
    offer: offerOf(flags),
    seed: parseCount("--seed", flags.seed, { min: 0, max: 2 ** 52 }),
    warmupOperations:
      flags.warmup === undefined ? undefined : parseCount("--warmup", flags.warmup, { min: 0 }),
    maxSeconds:
      flags.maxTime === undefined
        ? undefined
        : parseNumber("--max-time", flags.maxTime, { min: 0.001 }),
    ...(flags.writeRate === undefined
      ? {}
      : { writerOpsPerSec: parseNumber("--write-rate", flags.writeRate, { min: 0.001 }) }),
  };
}

function benchmarkOf(name: string, suite: Suite): string {
  const other = SUITES.find((each) => each !== suite && each.benchmarks.includes(name));
  if (other === undefined) return oneOf("benchmark", name, suite.benchmarks);
  throw new UsageError(`benchmark ${name} is of --suite ${other.name}, not of ${suite.name}`);
}

function offerOf(flags: EnginesFlags): Offer {
  if (flags.rate === undefined) {
    if (flags.arrivals !== undefined) throw new UsageError("--arrivals needs --rate");
    return { kind: "closed" };
  }
  const arrivals = oneOf("arrivals", flags.arrivals ?? "constant", [
    "constant",
    "poisson",
  ] as const);
  const ratePerSec = parseNumber("--rate", flags.rate, { min: 0.001, max: 1e9 });
  return { kind: "open", arrivals, ratePerSec, schedule: "shared" };
}
