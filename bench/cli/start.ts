// `npm start`: the main job in about two minutes, with a report at the end.

import path from "node:path";
import { Command } from "commander";
import { wallClockMs } from "../../engines/io/clock.ts";
import { formatCount } from "../../reports/format.ts";
import { captureEnvironment } from "../environment.ts";
import { makeResult, timestampName } from "../result.ts";
import { runStart } from "../start.ts";
import { START_BENCHMARKS, START_REPEAT, type StartSize } from "../start-size.ts";
import { conclude } from "./conclude.ts";
import { comparisonConfig } from "./config.ts";
import type { CliContext } from "./context.ts";
import { parseEngines } from "./engine-list.ts";
import { checkFolder, warnOfLeftovers } from "./files.ts";
import { Interrupt } from "./interrupt.ts";
import { parseNumber } from "./numbers.ts";
import { ProgressView } from "./progress.ts";
import type { Exit } from "./usage.ts";

const CACHE_BYTES = 32 * 1024 * 1024;
const VALUE_BYTES = 1000;
const SEED = 1;

interface StartFlags {
  readonly engines: string;
  readonly seconds: string;
  readonly out?: string;
}

export function startVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("start")
    .description("YCSB A to F on every engine that is present, in about two minutes")
    .option("--engines <names>", "which", "hashlog,lsm,memory,leveldb,rocksdb,lmdb,sqlite")
    .option("--seconds <n>", "how long it may take, about", "115")
    .option("--out <dir>", "where the report goes (default: results/<time>)")
    .action(async (flags: StartFlags) => {
      done(await start(context, flags));
    });
}

async function start(context: CliContext, flags: StartFlags): Promise<Exit> {
  const engines = parseEngines("--engines", flags.engines);
  const budgetSeconds = parseNumber("--seconds", flags.seconds, { min: 1, max: 86_400 });
  const startedAtMs = wallClockMs();
  const out = flags.out ?? path.join("results", timestampName(startedAtMs));
  checkFolder("--out", out);
  warnOfLeftovers(context, path.dirname(path.resolve(out)));
  const interrupt = new Interrupt(context);
  const progress = new ProgressView({
    stream: context.stderr,
    phases: 0,
    quiet: false,
    colour: context.colour,
  });
  const environment = captureEnvironment(path.resolve(out));
  try {
    const { comparison, compared } = await runStart({
      settings: {
        valueBytes: VALUE_BYTES,
        durability: "os",
        clients: 1,
        cacheBytes: CACHE_BYTES,
        latency: true,
        offer: { kind: "closed" },
        seed: SEED,
      },
      budgetSeconds,
      engines,
      engineSettings: new Map(),
      dataParent: path.resolve(out),
      clock: context.clock,
      timer: context.timer,
      signal: interrupt.signal,
      progress,
      onSkipped: ({ engine, reason }) => context.warn(`engine ${engine} is left out: ${reason}`),
      onSized: (size) => progress.line(sizeText(size)),
    });
    const result = makeResult({
      kind: "engines",
      title: "YCSB A to F on every engine present",
      startedAtMs,
      argv: context.argv,
      seed: SEED,
      environment,
      config: comparisonConfig(compared),
      ...comparison,
    });
    const interrupted = interrupt.signal.aborted;
    return conclude(context, {
      result,
      failure: comparison.failure,
      interrupted,
      isAllAbsent: comparison.skipped.every(({ isAbsent }) => isAbsent),
      json: false,
      out,
    });
  } finally {
    interrupt.close();
  }
}

function sizeText(size: StartSize): string {
  const operations = START_BENCHMARKS.map(
    (name) => `${name.slice(-1).toUpperCase()} ${formatCount(size.operationsOf[name])}`,
  );
  return (
    `${formatCount(size.records)} records of ${VALUE_BYTES} bytes, ${START_REPEAT} runs; ` +
    `operations: ${operations.join(", ")}`
  );
}
