// `ringbench ycsb load|run`: YCSB's client, with its own flags, files and output.

import path from "node:path";
import { Command } from "commander";
import { DURABILITIES, type EngineOptions } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { completeOptions } from "../../engines/options.ts";
import { engineNames, loadEngine } from "../../engines/registry.ts";
import { type ResolvedProperties, resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { WorkloadError } from "../../workloads/errors.ts";
import { unknownName } from "../../workloads/nearest.ts";
import { findPreset, PRESETS, presetOverrides } from "../../workloads/presets.ts";
import { mergeProperties } from "../../workloads/properties.ts";
import { clusterModule } from "../cluster/in-process-cluster.ts";
import type { MeasuredStore, StoreModule } from "../store.ts";
import { scans } from "../suites/ycsb.ts";
import { Watch } from "../watch.ts";
import { addClusterFlags, type ClusterFlags, parseShapes } from "./cluster-flags.ts";
import { checkClusterFolder } from "./cluster-folder.ts";
import type { CliContext } from "./context.ts";
import { checkEngineFile } from "./engine-list.ts";
import { checkFolder, checkOutputFile, checkReportFolder, readInput } from "./files.ts";
import { parseBytes } from "./numbers.ts";
import { type Exit, oneOf, UsageError } from "./usage.ts";
import { runYcsb, type YcsbPlan } from "./ycsb-run.ts";

type PhaseName = "load" | "run";

const EXAMPLE = `
Examples:
  $ ringbench ycsb load --engine hashlog --dir data --preset workloada -p recordcount=100000
  $ ringbench ycsb run --engine hashlog --dir data --preset workloada -p recordcount=100000 \\
      -p operationcount=200000 -threads 8 -s
  $ ringbench ycsb run --engine hashlog --dir data --preset workloadb -p recordcount=100000 \\
      -target 5000
  $ ringbench ycsb load --engine hashlog --dir data -P YCSB/workloads/workloada
  $ ringbench ycsb load --engine hashlog --nodes 3 --dir nodes --preset workloadb
  $ ringbench ycsb run --engine hashlog --nodes 3 --r 2 --w 2 --dir nodes --preset workloadb \\
      -threads 64

--preset has YCSB's core workloads without a file; -P takes YCSB's own files, which come with YCSB
(folder workloads of github.com/brianfrankcooper/YCSB). A folder belongs to one engine,
or to one cluster: --nodes makes one in this process, with a node on the engine each.

Engines: ${engineNames().join(", ")}, or the path or package of your own.
-P, -p, -threads, -target, -s and -l are YCSB's. Properties of ours begin with "ringbench.".`;

interface YcsbFlags extends ClusterFlags {
  readonly engine?: string;
  readonly dir?: string;
  readonly P: string[];
  readonly p: string[];
  readonly preset?: string;
  readonly threads?: string;
  readonly target?: string;
  readonly s?: true;
  readonly l?: string;
  readonly db?: string;
  readonly load?: true;
  readonly t?: true;
  readonly durability: string;
  readonly cacheBytes: string;
  readonly watch?: true;
  readonly out?: string;
  readonly json?: true;
}

/** YCSB's flags of several letters have one dash; the parser of flags wants two. */
const LONG_FLAGS: readonly string[] = ["-threads", "-target", "-db", "-load"];
const SHORT_FLAGS: readonly string[] = ["-P", "-p", "-s", "-l", "-t"];

/** Throws UsageError for a word with one dash and several letters that is no flag of YCSB. */
export function ycsbArguments(argv: readonly string[]): string[] {
  return argv.map((word) => {
    if (LONG_FLAGS.includes(word)) return `-${word}`;
    // "-pname=value" is how some write "-p name=value".
    if (!/^-[A-Za-z]{2,}/.test(word) || /^-[Pp]/.test(word)) return word;
    throw new UsageError(unknownName("flag", word, [...LONG_FLAGS, ...SHORT_FLAGS]));
  });
}

export function ycsbVerb(context: CliContext, done: (exit: Exit) => void): Command {
  const verb = new Command("ycsb")
    .description("YCSB's core workloads, with YCSB's own flags, property files and output")
    .helpCommand(false)
    .addHelpText("after", EXAMPLE);
  for (const phase of ["load", "run"] as const) {
    verb.addCommand(phaseCommand(phase, context, done));
  }
  return verb;
}

function phaseCommand(phase: PhaseName, context: CliContext, done: (exit: Exit) => void): Command {
  const description =
    phase === "load" ? "insert the records of a workload" : "run the operations of a workload";
  const command = new Command(phase)
    .description(description)
    .option("--engine <name>", "the store")
    .option("--dir <dir>", "the folder of its data; it stays")
    .option("-P <file>", "a property file; repeatable, later ones win", collect, [])
    .option("-p <name=value>", "a property; repeatable, wins over files", collect, [])
    .option("--preset <name>", `one of our own: ${PRESETS[0]!.name} to ${PRESETS.at(-1)!.name}`)
    .option("--threads <n>", "logical clients (YCSB: -threads)")
    .option("--target <ops>", "operations a second over all clients (YCSB: -target)")
    .option("-s", "a status line on standard error every status.interval")
    .option("-l <label>", "goes in front of status lines")
    .option("--db <class>", "YCSB's binding: refused, use --engine")
    .option("--load", "YCSB's flag for the load phase: only with ycsb load")
    .option("-t", "YCSB's flag for the transaction phase: only with ycsb run")
    .option("--durability <level>", DURABILITIES.join(", "), "os")
    .option("--cache-bytes <bytes>", "for caches and in-memory tails", "32MiB")
    .option("--watch", "figures of the engine, every second, on standard error while it runs")
    .option("--out <dir>", "write a report there")
    .option("--json", "the result as one JSON document on standard output instead of the text");
  return addClusterFlags(command, false)
    .addHelpText("after", EXAMPLE)
    .action(async (flags: YcsbFlags) => {
      const { plan, close } = await prepare(phase, flags, context);
      try {
        done(await runYcsb(context, plan));
      } finally {
        await close();
      }
    });
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

async function prepare(
  phase: PhaseName,
  flags: YcsbFlags,
  context: CliContext,
): Promise<{ plan: YcsbPlan; close: () => Promise<void> }> {
  checkFlags(phase, flags);
  const resolved = resolve(flags);
  checkOutputs(flags, resolved);
  const workload = new CoreWorkload(resolved, {
    name: workloadName(flags),
    ...histogramOf(resolved),
  });
  const durability = oneOf("durability", flags.durability, DURABILITIES);
  const cacheBytes = parseBytes("--cache-bytes", flags.cacheBytes, { min: 0 });
  checkEngineFile(flags.engine!);
  const shapes = parseShapes(flags, durability);
  if (shapes.length > 1) throw new UsageError("a run has one level, or one R and W");
  const [shape] = shapes;
  const engineModule = await loadEngine(flags.engine!);
  checkClusterFolder({
    ...{ dir: flags.dir ?? ".", asked: flags.engine!, engine: engineModule.name, shape },
    program: context.program,
    mustExist: phase === "run",
  });
  const module =
    shape === undefined ? engineModule : clusterModule(engineModule, shape, context.timer);
  if (phase === "run") checkScans(module, workload);
  const watch = new Watch(context.clock);
  const how = { durability, cacheBytes, onEvent: watch.opened() };
  const engine = await open(module, phase, flags, how, resolved);
  // After everything that may end in an error, which is one line.
  for (const warning of resolved.warnings) context.warn(warning);
  const plan = {
    phase,
    module,
    engine,
    workload,
    resolved,
    durability,
    cacheBytes,
    watch,
    live: flags.watch === true,
    json: flags.json === true,
    out: flags.out,
    dir: flags.dir ?? process.cwd(),
  };
  return { plan, close: () => engine.close() };
}

function checkFlags(phase: PhaseName, flags: YcsbFlags): void {
  if (flags.db !== undefined) {
    throw new UsageError(`-db ${flags.db} is YCSB's binding to a store; here it is --engine NAME`);
  }
  if (flags.load && phase !== "load") throw new UsageError("-load goes with ycsb load");
  if (flags.t && phase !== "run") throw new UsageError("-t goes with ycsb run");
  if (flags.engine === undefined) {
    throw new UsageError(`--engine is missing; it is one of ${engineNames().join(", ")}`);
  }
  if (flags.dir === undefined && flags.engine !== "null") {
    throw new UsageError("--dir is missing: the folder of the data");
  }
  if (flags.P.length > 0 && flags.preset !== undefined) {
    throw new UsageError("--preset and -P both name a workload: give one of them");
  }
  for (const [flag, given, property] of [
    ["-threads", flags.threads, "threadcount"],
    ["-target", flags.target, "target"],
    ["-l", flags.l, "label"],
  ] as const) {
    const isTwice = flags.p.some((text) => text.split("=")[0]!.trim() === property);
    if (given === undefined || !isTwice) continue;
    throw new UsageError(`${flag} and -p ${property} say the same thing: give one of them`);
  }
  if (flags.P.length === 0 && flags.p.length === 0 && flags.preset === undefined) {
    throw new UsageError("no workload: give -P FILE, -p name=value or --preset NAME");
  }
}

/** Presets first, then files, then -p, then flags that stand for properties: later ones win. */
function resolve(flags: YcsbFlags): ResolvedProperties {
  const preset = flags.preset === undefined ? [] : presetOverrides(findPreset(flags.preset));
  const texts = [preset.join("\n"), ...flags.P.map(readProperties)];
  const overrides = [...flags.p];
  if (flags.threads !== undefined) overrides.push(`threadcount=${flags.threads}`);
  if (flags.target !== undefined) overrides.push(`target=${flags.target}`);
  if (flags.s) overrides.push("status=true");
  if (flags.l !== undefined) overrides.push(`label=${flags.l}`);
  return resolveProperties(texts, overrides);
}

/** The text of a property file; throws UsageError that names it when it is none. */
function readProperties(file: string): string {
  const text = readInput(file);
  try {
    mergeProperties([text]);
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
  return text;
}

/** Finds out now, and not after the run, what could not be written. */
function checkOutputs(flags: YcsbFlags, { client }: ResolvedProperties): void {
  checkFolder("--dir", flags.dir);
  checkReportFolder(flags.out);
  checkOutputFile("exportfile", client.exportFile);
  if (client.histogramFileOutput) {
    // The path is a prefix: the name of an operation follows.
    checkOutputFile("hdrhistogram.output.path", `${client.histogramOutputPath}READ.hdr`);
  }
}

function workloadName(flags: YcsbFlags): string {
  const file = flags.P.at(-1);
  return file === undefined ? (flags.preset ?? "core") : path.basename(file);
}

function histogramOf(resolved: ResolvedProperties): { fieldLengthHistogram?: string } {
  const file = resolved.core.fieldLengthHistogramFile;
  return file === undefined ? {} : { fieldLengthHistogram: readInput(file) };
}

/** Throws ENGINE_UNSUPPORTED when the workload asks for what the engine has not. */
function checkScans(module: StoreModule, workload: CoreWorkload): void {
  if (module.supports.scan || !scans(workload)) return;
  throw new EngineError(
    "ENGINE_UNSUPPORTED",
    `engine ${module.name} has no scan, and ${workload.name} scans; ` +
      "choose an engine that scans, or a workload that does not",
  );
}

async function open(
  module: StoreModule,
  phase: PhaseName,
  flags: YcsbFlags,
  how: Pick<EngineOptions, "durability" | "cacheBytes" | "onEvent">,
  resolved: ResolvedProperties,
): Promise<MeasuredStore> {
  const { durability } = how;
  if (!module.supports.durability.includes(durability)) {
    const given = module.supports.durability.join(", ");
    throw new EngineError(
      "ENGINE_UNSUPPORTED",
      `engine ${module.name} cannot give durability ${durability}; it gives ${given}`,
    );
  }
  const options = completeOptions({
    dir: path.resolve(flags.dir ?? "."),
    ...how,
    // A run on nothing would only measure how fast nothing is found.
    errorIfMissing: phase === "run" && module.supports.persistent,
    writeGrouping: resolved.client.threadCount > 1 ? "tick" : "one",
  });
  return module.open(options);
}
