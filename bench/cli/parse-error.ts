// What the parser of flags finds wrong, in our words and with the nearest name that is right.

import { type Command, CommanderError } from "commander";
import { quoted, unknownName } from "../../workloads/nearest.ts";
import { UsageError } from "./usage.ts";

/** A UsageError for an error of the parser; any other error as it is. */
export function explainParseError(
  error: unknown,
  program: Command,
  argv: readonly string[],
): unknown {
  if (!(error instanceof CommanderError)) return error;
  const command = commandOf(program, argv);
  const line = lineOf(error, command);
  return line === undefined ? error : new UsageError(line);
}

function lineOf(error: CommanderError, command: Command): string | undefined {
  const given = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const name = command.name();
  switch (error.code) {
    case "commander.unknownCommand":
      return unknownName("verb", given, [...verbsOf(command), "--help"]);
    case "commander.unknownOption":
      return unknownName("flag", given.split("=")[0]!, flagsOf(command));
    case "commander.optionMissingArgument":
      return `${given} lacks its value`;
    case "commander.missingMandatoryOptionValue":
      return `${given} is missing: ${descriptionOf(command, given)}`;
    case "commander.missingArgument":
      return `${name} needs <${given}>: ${command.registeredArguments[0]!.description}`;
    case "commander.excessArguments": {
      const extra = command.args[command.registeredArguments.length] ?? "";
      return `unexpected ${quoted(extra)} after ${name}`;
    }
    case "commander.help":
      return `${name} needs one of ${verbsOf(command).join(", ")}`;
    default:
      return undefined;
  }
}

function verbsOf(command: Command): string[] {
  return command.commands.map((each) => each.name());
}

/** Flags as one types them, words rather than letters where there are both. */
function flagsOf(command: Command): string[] {
  const flags = command.options.map((option) => option.long ?? option.short ?? "");
  return [...flags.filter((flag) => flag !== ""), "--help"];
}

function descriptionOf(command: Command, flags: string): string {
  return command.options.find((option) => option.flags === flags)?.description ?? "";
}

/** The command that the words lead to. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let command = program;
  for (const word of argv) {
    const child = command.commands.find((each) => each.name() === word);
    if (child === undefined) break;
    command = child;
  }
  return command;
}
