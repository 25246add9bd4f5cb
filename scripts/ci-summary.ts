// The last line of a CI run, from what vitest's JSON reporter wrote:
// `node scripts/ci-summary.ts FILE`.
//
// A file that could not be loaded has no tests to fail, so it counts as one failure; so does a run
// that wrote nothing.

import { existsSync, readFileSync } from "node:fs";

interface TestRun {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const NOTHING: TestRun = {
  success: false,
  numPassedTests: 0,
  numFailedTests: 1,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};

function main(file: string | undefined): void {
  if (file === undefined) throw new Error("usage: node scripts/ci-summary.ts FILE");
  const written = existsSync(file);
  const run = written ? (JSON.parse(readFileSync(file, "utf8")) as TestRun) : NOTHING;
  const unloaded = run.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  const failed = run.numFailedTests + unloaded.length;
  const skipped = run.numPendingTests + run.numTodoTests;
  process.stdout.write(`${run.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  if (!run.success || failed > 0 || run.numPassedTests === 0) process.exitCode = 1;
}

main(process.argv[2]);
