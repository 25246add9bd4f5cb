// `ringbench quorum`: what a choice of N, R and W costs and gives.

import { Command } from "commander";
import { z } from "zod";
import { formatCount } from "../../reports/format.ts";
import { unknownName } from "../../workloads/nearest.ts";
import { missesVersions } from "../pbs/k-staleness.ts";
import { LatencyFileError, readLatencies } from "../pbs/latency-file.ts";
import { type LatencyModel, PUBLISHED_MODELS } from "../pbs/latency-model.ts";
import {
  DRAWS_MAX,
  defaultSamples,
  type PredictionProgress,
  type PredictionRow,
  predict,
  REPLICAS_MAX,
} from "../pbs/prediction.ts";
import type { CliContext } from "./context.ts";
import { readInput } from "./files.ts";
import { parseCount } from "./numbers.ts";
import { predictionText, VERSIONS } from "./prediction-text.ts";
import { type Exit, UsageError } from "./usage.ts";

const MODEL_NAMES = [...PUBLISHED_MODELS.keys()];

const modelLine = ([name, { description }]: [string, LatencyModel]) =>
  `  ${name.padEnd(9)}  ${description}`;

const EXAMPLE = `
Examples:
  $ ringbench quorum --predict --latency lnkd-ssd
  $ ringbench quorum --predict --latency wan --n 5 --json
  $ ringbench quorum --predict --latency measured.csv --seed 7

Latencies:
${[...PUBLISHED_MODELS].map(modelLine).join("\n")}
or a file of measured ones, sorted, each leg from quantile 0 to 1, one way in milliseconds:
  leg,quantile,latencyMs
  W,0,0.2
  W,0.999,3.1
  W,1,11.8
and so on for A, R and S (a write, its acknowledgement, a read, its response; or WA and RS:
round trips, which are halved). docs/pbs.md has the model and its limits.`;

interface QuorumFlags {
  readonly predict?: true;
  readonly latency: string;
  readonly n: string;
  readonly samples?: string;
  readonly seed: string;
  readonly json?: true;
  readonly schema?: true;
}

/** The document of `--predict --json`: a contract, additions allowed. */
const predictionSchema = z.object({
  schemaVersion: z.literal(1),
  /** As given: the name of a model, or a file. */
  latency: z.string(),
  description: z.string(),
  seed: z.int(),
  samples: z.int(),
  rows: z.array(
    z.object({
      n: z.int(),
      r: z.int(),
      w: z.int(),
      readP999Ms: z.number(),
      writeP999Ms: z.number(),
      pConsistentAtZero: z.number(),
      t999Ms: z.number(),
      /** By k: how likely a read sees one of the last k versions, though nothing ever spreads. */
      withinVersions: z.record(z.string(), z.number()),
    }),
  ),
});

export function quorumVerb(context: CliContext, _done: (exit: Exit) => void): Command {
  return new Command("quorum")
    .description("predict latency and staleness for every R and W, from latencies between nodes")
    .option("--predict", "from a model alone, without a cluster (so far the only way)")
    .option("--latency <name|file>", `${MODEL_NAMES.join(", ")}, or a file`, MODEL_NAMES[0]!)
    .option("--n <n>", "replicas of a key", "3")
    .option("--samples <n>", "of writes and reads (default: 1,000,000, fewer above 3 replicas)")
    .option("--seed <n>", "seed of the samples", "1")
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action((flags: QuorumFlags) => {
      if (flags.schema === true) {
        const schema = z.toJSONSchema(predictionSchema, { io: "input" });
        const title = "What ringbench quorum --predict predicts";
        context.out(`${JSON.stringify({ title, ...schema }, null, 2)}\n`);
        return;
      }
      if (flags.predict !== true) {
        throw new UsageError("quorum cannot measure a cluster yet: add --predict for the model");
      }
      context.out(prediction(context, flags));
    });
}

function prediction(context: CliContext, flags: QuorumFlags): string {
  const replicas = parseCount("--n", flags.n, { min: 1, max: REPLICAS_MAX });
  const samples =
    flags.samples === undefined
      ? defaultSamples(replicas)
      : parseCount("--samples", flags.samples, {
          min: 1000,
          max: Math.floor(DRAWS_MAX / replicas),
        });
  const seed = parseCount("--seed", flags.seed, { min: 0 });
  const model = modelOf(flags.latency);
  const view = new PredictionView(context, samples, replicas * replicas);
  let rows: ReturnType<typeof predict>;
  try {
    const onProgress = (progress: PredictionProgress) => view.update(progress);
    rows = predict({ model, replicas, samples, seed, onProgress });
  } finally {
    view.clear();
  }
  const document: z.input<typeof predictionSchema> = {
    schemaVersion: 1,
    latency: flags.latency,
    description: model.description,
    seed,
    samples,
    rows: rows.map((row) => ({ ...row, withinVersions: withinVersions(row) })),
  };
  return flags.json === true ? `${JSON.stringify(document)}\n` : predictionText(document);
}

function withinVersions({ n, r, w }: PredictionRow): Record<string, number> {
  return Object.fromEntries(VERSIONS.map((k) => [k, 1 - missesVersions(n, r, w, k)]));
}

/** A published model by its name, else a file; throws UsageError that names the line at fault. */
function modelOf(given: string): LatencyModel {
  const published = PUBLISHED_MODELS.get(given);
  if (published !== undefined) return published;
  try {
    return readLatencies(latencyText(given));
  } catch (error) {
    if (error instanceof LatencyFileError) throw new UsageError(`${given}: ${error.message}`);
    throw error;
  }
}

function latencyText(file: string): string {
  try {
    return readInput(file);
  } catch (error) {
    // What looks like no path was meant to be a name.
    if (!(error instanceof UsageError) || /[./\\]/.test(file)) throw error;
    const unknown = unknownName("model", file, MODEL_NAMES);
    throw new UsageError(`--latency: ${unknown}; nor is there a file of this name`);
  }
}

const DRAW_EVERY_NS = 0.2e9;
const PLAIN_EVERY_NS = 5e9;

/** How far it is, on standard error: a line that is drawn anew, or one now and then. */
class PredictionView {
  readonly #context: CliContext;
  readonly #samples: number;
  readonly #rows: number;
  readonly #bar: boolean;
  #drawnNs: number;
  #drawn = false;

  constructor(context: CliContext, samples: number, rows: number) {
    this.#context = context;
    this.#samples = samples;
    this.#rows = rows;
    this.#bar = context.stderr.isTTY === true;
    this.#drawnNs = context.clock.now();
  }

  update({ samplesDrawn, rowsDone }: PredictionProgress): void {
    const nowNs = this.#context.clock.now();
    if (nowNs - this.#drawnNs < (this.#bar ? DRAW_EVERY_NS : PLAIN_EVERY_NS)) return;
    this.#drawnNs = nowNs;
    const text =
      samplesDrawn < this.#samples
        ? `${formatCount(samplesDrawn)} of ${formatCount(this.#samples)} samples drawn`
        : `${rowsDone} of ${this.#rows} rows predicted`;
    this.#context.stderr.write(this.#bar ? `\r\x1b[K${text}` : `${text}\n`);
    this.#drawn = this.#bar;
  }

  clear(): void {
    if (this.#drawn) this.#context.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}
