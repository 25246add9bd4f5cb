// Runs the command line in this process, and keeps what it prints.

import type { CliContext } from "../../../bench/cli/context.ts";
import { main } from "../../../bench/cli/program.ts";
import { systemTimer } from "../../../bench/timer.ts";
import { systemClock } from "../../../engines/io/clock.ts";

export function cli(...argv: string[]) {
  return cliAs("ringbench", ...argv);
}

/** As who calls the program so. */
export async function cliAs(program: string, ...argv: string[]) {
  let out = "";
  let err = "";
  const write = (text: string) => {
    err += text;
  };
  const context: CliContext = {
    program,
    clock: systemClock,
    timer: systemTimer,
    argv,
    colour: false,
    stderr: { write },
    out: (text) => {
      out += text;
    },
    warn: (line) => write(`ringbench: ${line}\n`),
  };
  const exit = await main(argv, context);
  return { exit, out, err };
}
