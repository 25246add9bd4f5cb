#!/usr/bin/env node
// The entry of the command line. What it imports at once is plain enough for a Node that is too old
// for the rest, so that this can be said in one line.

import { nodeProblem } from "./node-version.ts";

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  const { runProgram } = await import("./process.ts");
  await runProgram();
} else {
  process.stderr.write(`ringbench: ${problem}\n`);
  process.exitCode = 70;
}
