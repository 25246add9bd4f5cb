// The command line: finds the verb, and turns whatever comes of it into an exit code.

import { Command, CommanderError } from "commander";
import { packageVersion } from "../package-info.ts";
import { checkHistoryVerb } from "./check-history.ts";
import { conformVerb } from "./conform.ts";
import type { CliContext } from "./context.ts";
import { enginesVerb } from "./engines.ts";
import { failureOf } from "./failure.ts";
import { generateVerb } from "./generate.ts";
import { hlogVerb } from "./hlog.ts";
import { explainParseError } from "./parse-error.ts";
import { quorumVerb } from "./quorum.ts";
import { reportVerb } from "./report.ts";
import { simVerb } from "./sim.ts";
import { startVerb } from "./start.ts";
import { Exit, UsageError } from "./usage.ts";
import { verifyVerb } from "./verify.ts";
import { ycsbArguments, ycsbVerb } from "./ycsb.ts";

const EXIT_CODES = `
Exit codes: 0 fine; 1 the answer is bad; 2 cannot tell; 64 wrong usage; 70 failed at run time;
130 interrupted, partial results kept and labelled.`;

/** In the order in which `--help` lists them. */
const VERBS = [
  enginesVerb,
  ycsbVerb,
  reportVerb,
  checkHistoryVerb,
  hlogVerb,
  generateVerb,
  quorumVerb,
  conformVerb,
  verifyVerb,
  simVerb,
  startVerb,
] as const;

/** Runs the words after the program's name. Returns the exit code; prints errors itself. */
export async function main(argv: readonly string[], context: CliContext): Promise<Exit> {
  let exit: Exit = Exit.ok;
  const program = new Command("ringbench");
  const done = (code: Exit): void => {
    exit = code;
  };
  program
    .description("A research harness for key-value stores: engines, workloads, honest reports.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpCommand(false)
    .addHelpText("after", EXIT_CODES);
  for (const verb of VERBS) {
    program.addCommand(verb(context, done));
  }
  for (const command of commandsOf(program)) quiet(command, context);
  try {
    if (argv.length === 0) throw new UsageError("no verb; ringbench --help lists them");
    await program.parseAsync(argv[0] === "ycsb" ? ycsbArguments(argv) : [...argv], {
      from: "user",
    });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return Exit.ok;
    const failure = failureOf(explainParseError(error, program, argv));
    context.warn(failure.line);
    return failure.exit;
  }
}

function* commandsOf(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* commandsOf(child);
}

/** Errors are thrown instead of printed: there is one place that prints them, in one line. */
function quiet(command: Command, context: CliContext): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: () => {},
      outputError: () => {},
    })
    .showSuggestionAfterError(false);
}
