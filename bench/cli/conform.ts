// `ringbench conform MODULE`: the conformance suite, and a short benchmark, on one engine.

import { Command } from "commander";
import { RULES } from "../../engines/conformance/rule.ts";
import { type ConformanceResult, conformanceCases } from "../../engines/conformance/suite.ts";
import {
  type SupervisedReport,
  superviseConformance,
} from "../../engines/conformance/supervisor.ts";
import { EngineError } from "../../engines/errors.ts";
import { unknownName } from "../../workloads/nearest.ts";
import { DataDir } from "../data-dir.ts";
import { benchmarkText, runBenchmark } from "./conform-benchmark.ts";
import { type ConformDocument, conformJsonSchema } from "./conform-document.ts";
import type { CliContext } from "./context.ts";
import { checkEngineFile } from "./engine-list.ts";
import { checkDataFolder } from "./files.ts";
import { Interrupt } from "./interrupt.ts";
import { parseCount, parseNumber } from "./numbers.ts";
import { Exit, UsageError } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench conform ./my-engine.ts
  $ ringbench conform ./my-engine.ts --filter crash --seed 7
  $ ringbench conform hashlog --no-bench --json

MODULE is a file, a package that is installed here, or an engine of ringbench. It exports an
EngineModule as \`engine\`. Exit code 1 when a rule of the contract is broken.`;

interface ConformFlags {
  readonly seed: string;
  readonly filter?: string;
  readonly timeout: string;
  readonly bench: boolean;
  readonly dir?: string;
  readonly json?: true;
  readonly schema?: true;
}

export function conformVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("conform")
    .description("run the conformance suite, and a short benchmark, on an engine of your own")
    .argument("[module]", "the engine: a file, a package or a name")
    .option("--seed <n>", "seed of the random cases", "1")
    .option("--filter <text>", "only cases whose name contains it, and no benchmark")
    .option("--timeout <seconds>", "how long one case may take", "60")
    .option("--no-bench", "leave the benchmark out")
    .option("--dir <dir>", "where the data goes, removed at the end", "results")
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action(async (module: string | undefined, flags: ConformFlags) => {
      if (flags.schema) {
        context.out(`${JSON.stringify(conformJsonSchema(), null, 2)}\n`);
        return;
      }
      if (module === undefined) throw new UsageError("conform needs <module>, the engine to test");
      done(await conform(context, module, flags));
    });
}

async function conform(context: CliContext, specifier: string, flags: ConformFlags): Promise<Exit> {
  const seed = parseCount("--seed", flags.seed, { min: 0, max: 2 ** 32 - 1 });
  const deadlineMs = 1000 * parseNumber("--timeout", flags.timeout, { min: 0.1, max: 86_400 });
  checkFilter(flags.filter);
  checkEngineFile(specifier);
  const dataParent = checkDataFolder(context, "--dir", flags.dir);
  const interrupt = new Interrupt(context);
  const dataDir = new DataDir(dataParent);
  try {
    const view = new ConformProgress(context, flags.json !== true);
    const startNs = context.clock.now();
    let isLoaded = false;
    const report = await superviseConformance({
      specifier,
      tempDir: dataDir.path,
      seed,
      deadlineMs,
      filter: flags.filter,
      signal: interrupt.signal,
      onLoaded: (facts, cases) => {
        isLoaded = true;
        view.loaded(facts.name, facts.version, cases);
      },
      onBegin: (name) => view.begin(name),
      onResult: (result) => view.result(result),
    }).catch((error) => {
      const waitedMs = (context.clock.now() - startNs) / 1e6;
      throw isLoaded || waitedMs < deadlineMs ? error : openHangs(specifier, deadlineMs, error);
    });
    view.end();
    const found = documentOf(context.program, specifier, seed, report);
    const withBench = flags.bench && flags.filter === undefined;
    const benchmark =
      withBench && found.conforms && !found.partial
        ? await runBenchmark(context, { specifier, seed, dataParent: dataDir.path, interrupt })
        : undefined;
    const document = benchmark === undefined ? found : { ...found, benchmark };
    if (flags.json === true) context.out(`${JSON.stringify(document)}\n`);
    else context.out(conformText(document, withBench));
    return exitOf(context, document, interrupt.signal.aborted);
  } finally {
    dataDir.close();
    interrupt.close();
  }
}

/** It was asked to open once before the first case, and said nothing. */
function openHangs(specifier: string, deadlineMs: number, cause: unknown): EngineError {
  return new EngineError(
    "ENGINE_UNAVAILABLE",
    `engine ${specifier}: \`open\` hangs, or the module does when it is imported: ` +
      `no answer within ${deadlineMs / 1000} s; mend it, or give it longer by --timeout`,
    { cause },
  );
}

function checkFilter(filter: string | undefined): void {
  if (filter === undefined) return;
  const names = conformanceCases().map(({ name }) => name);
  if (names.some((name) => name.includes(filter))) return;
  const topics = [...new Set(names.map((name) => name.split(":")[0]!))];
  throw new UsageError(unknownName("topic of a case", filter, topics));
}

function documentOf(
  program: string,
  module: string,
  seed: number,
  report: SupervisedReport,
): ConformDocument {
  const { facts, results } = report;
  const count = (outcome: ConformanceResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const broken = results.filter(({ outcome }) => outcome === "failed").map(({ rule }) => rule);
  return {
    schemaVersion: 1,
    module,
    engine: facts.name,
    version: facts.version,
    description: facts.description,
    supports: { ...facts.supports },
    seed,
    conforms: broken.length === 0,
    passed: count("passed"),
    failed: count("failed"),
    notApplicable: count("not-applicable"),
    partial: report.partial,
    brokenRules: [...new Set(broken)],
    cases: results.map((result) => ({
      ...result,
      claims: [...result.claims],
      ruleText: RULES[result.rule],
      ...(result.outcome === "failed"
        ? { repeat: repeatCommand(program, module, seed, result.name) }
        : {}),
    })),
  };
}

function repeatCommand(program: string, module: string, seed: number, name: string): string {
  return `${program} conform ${module} --seed ${seed} --filter "${name}"`;
}

function exitOf(context: CliContext, document: ConformDocument, interrupted: boolean): Exit {
  if (document.failed > 0) {
    const rules = document.brokenRules.join(", ");
    context.warn(`${document.engine} does not conform: ${document.failed} cases fail (${rules})`);
    return Exit.bad;
  }
  if (interrupted) {
    context.warn("interrupted: not every case was run");
    return Exit.interrupted;
  }
  const errors = document.benchmark?.rows.reduce((sum, row) => sum + row.errors, 0) ?? 0;
  if (errors === 0) return Exit.ok;
  context.warn(`${errors} operations of the benchmark failed`);
  return Exit.bad;
}

/** A line for each case on standard error, so that one sees where it is, and where it hangs. */
class ConformProgress {
  readonly #context: CliContext;
  readonly #showResults: boolean;
  readonly #bar: boolean;
  #cases = 0;
  #number = 0;

  constructor(context: CliContext, showResults: boolean) {
    this.#context = context;
    this.#showResults = showResults;
    this.#bar = context.stderr.isTTY === true;
  }

  loaded(name: string, version: string, cases: number): void {
    this.#cases = cases;
    this.#context.stderr.write(`${name} ${version}: ${cases} cases\n`);
  }

  begin(name: string): void {
    this.#number++;
    if (this.#bar) this.#draw(`[${this.#number}/${this.#cases}] ${name} ...`);
  }

  result(result: ConformanceResult): void {
    this.#draw("");
    if (result.outcome === "failed" && this.#showResults) {
      this.#context.stderr.write(`[${this.#number}/${this.#cases}] FAIL ${result.name}\n`);
    } else if (!this.#bar && this.#number % 10 === 0) {
      this.#context.stderr.write(`[${this.#number}/${this.#cases}]\n`);
    }
  }

  end(): void {
    this.#draw("");
  }

  #draw(text: string): void {
    if (!this.#bar) return;
    const width = (this.#context.stderr.columns ?? 80) - 1;
    this.#context.stderr.write(`\r\x1b[K${text.slice(0, width)}`);
  }
}

const MARKS = { passed: "pass", failed: "FAIL", "not-applicable": " -  " } as const;

function conformText(document: ConformDocument, withBench: boolean): string {
  const { engine, version, passed, failed, notApplicable, partial } = document;
  const lines = [`${engine} ${version}: ${document.description}`, ""];
  for (const one of document.cases) {
    const claims = one.claims.map((claim) => `supports.${claim}`).join(", ");
    const detail = one.outcome === "not-applicable" ? `: ${one.reason}` : "";
    lines.push(`${MARKS[one.outcome]}  ${one.rule.padEnd(10)}  ${one.name}${detail}`);
    if (one.outcome !== "failed") continue;
    lines.push(`      rule ${one.rule}: ${one.ruleText}`);
    if (claims !== "") lines.push(`      claimed by ${claims}`);
    lines.push(`      seen: ${one.message}`);
    lines.push(`      again: ${one.repeat}`);
  }
  lines.push("");
  const verdict = document.conforms ? "conforms" : "does not conform";
  const counts = `${passed} passed, ${failed} failed, ${notApplicable} not claimed or not testable`;
  lines.push(`${engine} ${partial ? "was not tested to the end" : verdict}: ${counts}`);
  if (!document.conforms) {
    lines.push("Broken rules:");
    for (const rule of document.brokenRules) {
      lines.push(`  ${rule}: ${RULES[rule as keyof typeof RULES]}`);
    }
    if (withBench) lines.push("No benchmark: figures of a store that is wrong mean nothing.");
  }
  lines.push("");
  if (document.benchmark !== undefined) lines.push(benchmarkText(document.benchmark), "");
  return lines.join("\n");
}
