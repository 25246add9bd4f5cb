// `ringbench engines`: the same workload on several engines, at equal durability, in one run.

import { Command } from "commander";
import { DURABILITIES } from "../../engines/engine.ts";
import { wallClockMs } from "../../engines/io/clock.ts";
import { engineNames } from "../../engines/registry.ts";
import type { Environment } from "../../reports/result.ts";
import { type CompareOptions, compareEngines } from "../compare.ts";
import { captureEnvironment } from "../environment.ts";
import { makeResult } from "../result.ts";
import { dbBenchSuite } from "../suites/db-bench.ts";
import type { OtherStore, Suite, SuiteProgress, SuiteSettings } from "../suites/suite.ts";
import { ycsbSuite } from "../suites/ycsb.ts";
import { addClusterFlags, type ClusterFlags, clusterStores, parseShapes } from "./cluster-flags.ts";
import { conclude } from "./conclude.ts";
import { comparisonConfig } from "./config.ts";
import type { CliContext } from "./context.ts";
import { type DbBenchFlags, dbBenchStores, wantsDbBench } from "./db-bench-flags.ts";
import { parseEngines, parseSettings } from "./engine-list.ts";
import { checkDataFolder, checkReportFolder } from "./files.ts";
import { withBuckets } from "./histogram-text.ts";
import { Interrupt } from "./interrupt.ts";
import { IntervalLines } from "./interval-lines.ts";
import { parseCount, parseNumber } from "./numbers.ts";
import { ProgressView } from "./progress.ts";
import { SUITES, type SuiteFlags, settingsOf, suiteOf } from "./suite-flags.ts";
import { type Exit, UsageError } from "./usage.ts";

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
  $ ringbench engines --engines memory,lsm --suite ycsb --nodes 3 --r 1,2 --w 1,2 --concurrency 64

Engines: ${engineNames().join(", ")}, or the path or package of your own.
${SUITES.map((suite) => `Benchmarks of ${suite.name}: ${suite.benchmarks.join(", ")}.`).join("\n")}
A benchmark that is listed again is one more: readrandom,readrandom gives readrandom and
readrandom#2. For several runs of the same use --repeat; an engine is listed once.
Suite db_bench is ${dbBenchSuite.defaults.join(", ")}; with --suite or --db-bench it is all of it.
Engine null answers every read as found: it measures the harness.
With --nodes every engine runs as a cluster too, N nodes in this process; suite ycsb.
Settings of the engines, and what holds without them: docs/settings.md.`;

interface EnginesFlags extends SuiteFlags, DbBenchFlags, ClusterFlags {
  readonly engines: string;
  readonly repeat: string;
  readonly setting: string[];
  readonly histogram?: true;
  readonly statsIntervalSeconds?: string;
  readonly watch?: true;
  readonly dir?: string;
  readonly out?: string;
  readonly json?: true;
}

export function enginesVerb(context: CliContext, done: (exit: Exit) => void): Command {
  const command = new Command("engines")
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
    .option("--json", "one JSON document on standard output");
  return addClusterFlags(command, true)
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
  const suite = suiteOf(flags.suite);
  const settings = settingsOf(flags, suite, all ? suite.benchmarks : suite.defaults);
  const native = dbBenchStores(flags, settings);
  const engines = parseEngines("--engines", flags.engines);
  const shapes = parseShapes(flags, settings.durability);
  checkUnused(flags, suite, settings);
  checkReportFolder(flags.out);
  const dataParent = dataParentOf(context, flags);
  const repeat = parseCount("--repeat", flags.repeat, { min: 1, max: 10_000 });
  const stores = engines.length * (1 + shapes.length) + native.stores.length;
  const progress = new ProgressView({
    stream: context.stderr,
    phases: stores * repeat * settings.benchmarks.length,
    quiet: false,
    colour: context.colour,
    watch: flags.watch === true,
  });
  const interrupt = new Interrupt({ clock: context.clock, warn: progress.warn });
  const startedAtMs = wallClockMs();
  const environment = captureEnvironment(dataParent);
  try {
    const engineSettings = parseSettings(flags.setting, engines);
    const { onState } = progress;
    const beside = { ...context, engineSettings, onState };
    const clusters = await clusterStores(shapes, engines, settings.durability, beside);
    const others = [...clusters.stores, ...native.stores];
    const options: CompareOptions = {
      suite,
      settings,
      engines,
      others,
      engineSettings,
      repeat,
      dataParent,
      ...{ clock: context.clock, timer: context.timer, signal: interrupt.signal },
      progress: withIntervals(progress, flags),
      onState,
      onSkipped: ({ engine, reason }) => context.warn(`engine ${engine} is left out: ${reason}`),
    };
    const left = [...clusters.skipped, ...native.skipped];
    left.forEach(options.onSkipped);
    const comparison = await compareEngines(options);
    const skipped = [...comparison.skipped, ...left];
    const made = makeResult({
      kind: "engines",
      title: `${suite.name}: ${[...engines, ...others.map(({ name }) => name)].join(", ")}`,
      startedAtMs,
      argv: context.argv,
      seed: settings.seed,
      environment: withWarnings(environment, others),
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

function withIntervals(progress: ProgressView, flags: EnginesFlags): SuiteProgress {
  const text = flags.statsIntervalSeconds;
  if (text === undefined) return progress;
  const seconds = parseNumber("--stats-interval-seconds", text, { min: 0.1 });
  return new IntervalLines(progress, seconds);
}

/** Throws UsageError for a flag that would change nothing. */
function checkUnused(flags: EnginesFlags, suite: Suite, { benchmarks }: SuiteSettings): void {
  if (flags.nodes !== undefined && suite !== ycsbSuite) {
    throw new UsageError(`--nodes is for suite ${ycsbSuite.name}: add --suite ${ycsbSuite.name}`);
  }
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
