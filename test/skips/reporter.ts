// Prints why tests were skipped, and fails the run when one was skipped without need. A run of
// tests chosen by name (`-t`) skips all others, and is not judged.

import type { Reporter, TestModule, TestRunEndReason, Vitest } from "vitest/node";
import { judgeSkips, skipReasons } from "./skips.ts";

export class SkipReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: TestRunEndReason): void {
    if (reason === "interrupted" || this.#vitest?.config.testNamePattern) return;
    const names: string[] = [];
    for (const module of modules) {
      // A failed hook skips the tests after it: that failure is reported already.
      if (!module.ok()) continue;
      for (const test of module.children.allTests("skipped")) {
        names.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    const { lines, problems } = judgeSkips(names, skipReasons(process.env));
    for (const line of [...lines, ...problems]) process.stdout.write(`${line}\n`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
