// What a verb needs of the process around it.

import type { Clock } from "../../engines/io/clock.ts";
import { systemClock } from "../../engines/io/clock.ts";
import { systemTimer, type Timer } from "../timer.ts";
import type { ProgressStream } from "./progress.ts";

export interface CliContext {
  readonly clock: Clock;
  readonly timer: Timer;
  /** How the user calls this program, for commands that are printed; absent: `ringbench`. */
  readonly program?: string;
  /** The words after the program's name, for the report. */
  readonly argv: readonly string[];
  /** Colours on standard error: a terminal, and no NO_COLOR. */
  readonly colour: boolean;
  readonly stderr: ProgressStream;
  /** Prints to standard output. */
  out(text: string): void;
  /** Prints one line to standard error. */
  warn(line: string): void;
}

/** @param script the script of package.json that npm runs, if it is npm who runs us. */
function programOf(script: string | undefined): string {
  return script === "ringbench" ? "npm run -s ringbench --" : "ringbench";
}

export function processContext(argv: readonly string[]): CliContext {
  const noColour = (process.env.NO_COLOR ?? "") !== "";
  return {
    program: programOf(process.env.npm_lifecycle_event),
    clock: systemClock,
    timer: systemTimer,
    argv,
    colour: process.stderr.isTTY === true && !noColour,
    stderr: process.stderr,
    out: (text) => {
      process.stdout.write(text);
    },
    warn: (line) => {
      process.stderr.write(`ringbench: ${line}\n`);
    },
  };
}
