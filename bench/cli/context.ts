// What a verb needs of the process around it.

import type { Clock } from "../../engines/io/clock.ts";
import { systemClock } from "../../engines/io/clock.ts";
import { systemTimer, type Timer } from "../timer.ts";
import type { ProgressStream } from "./progress.ts";

export interface CliContext {
  readonly clock: Clock;
  readonly timer: Timer;
  /** What the user types for this program, for commands that are printed. */
  readonly program: string;
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

/** In a checkout there is no command of our name; what was built and installed brings one. */
const PROGRAM = import.meta.filename.endsWith(".ts") ? "npm run -s ringbench --" : "ringbench";

export function processContext(argv: readonly string[]): CliContext {
  const noColour = (process.env.NO_COLOR ?? "") !== "";
  return {
    program: PROGRAM,
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
