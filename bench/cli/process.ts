// The command line as a process: its words, its output and its exit code.

import { answerToOwnName } from "../../engines/conformance/own-name.ts";
import { processContext } from "./context.ts";
import { main } from "./program.ts";
import { Exit } from "./usage.ts";

/** Standard output or error that cannot be written: a full disk, or a reader that is gone. */
function watchOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads our output may close it: that is no error of ours.
    if (error.code === "EPIPE") process.exit(process.exitCode ?? Exit.ok);
    process.stderr.write(`ringbench: standard output cannot be written: ${error.message}\n`);
    process.exit(Exit.failed);
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? (process.exitCode ?? Exit.ok) : Exit.failed);
  });
}

/** The whole program: runs the words of this process, and sets its exit code. */
export async function runProgram(): Promise<void> {
  watchOutput();
  answerToOwnName();
  const argv = process.argv.slice(2);
  process.exitCode = await main(argv, processContext(argv));
}
