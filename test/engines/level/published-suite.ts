// Runs the test suite that abstract-level publishes, as it is in the package, on a database of
// ours, and counts what it says.

import { once } from "node:events";
import { fileURLToPath } from "node:url";
// @ts-expect-error The suite is published without declarations.
import suite from "abstract-level/test/index.js";
import tape from "tape";
import type { RingbenchLevel } from "../../../engines/level/level.ts";

export interface SuiteResult {
  readonly tests: number;
  readonly passed: number;
  /** One line for each assertion that failed: its test, what was expected, and where. */
  readonly failures: readonly string[];
  readonly skipped: number;
}

/** A row of tape's results, as far as it is read here. */
interface Row {
  readonly type: "test" | "assert" | "end";
  readonly id?: number;
  readonly test?: number;
  readonly name?: string;
  readonly ok?: boolean;
  readonly skip?: unknown;
  readonly todo?: unknown;
  readonly expected?: unknown;
  readonly actual?: unknown;
  readonly error?: unknown;
}

/** Opens a database at a place of its own, with what a test asks for. */
export type Factory = (options?: object) => RingbenchLevel;

/** Runs all of it, on the databases themselves and on sublevels of them, and closes them. */
export async function runPublishedSuite(create: Factory): Promise<SuiteResult> {
  const databases: RingbenchLevel[] = [];
  const harness = tape.createHarness();
  const rows = harness.createStream({ objectMode: true });
  suite({
    test: harness,
    factory(options?: object) {
      const database = create(options);
      databases.push(database);
      return database;
    },
  });
  const names = new Map<number | undefined, string>();
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  rows.on("data", (row: Row) => {
    if (row.type === "test") names.set(row.id, String(row.name));
    if (row.type !== "assert") return;
    if (row.skip || row.todo) skipped++;
    else if (row.ok) passed++;
    else failures.push(describe(names.get(row.test), row));
  });
  await once(rows, "end");
  // Tests of sublevels close the sublevel alone; one of a failing close leaves it failing.
  await Promise.allSettled(databases.map((database) => database.close()));
  return { tests: names.size, passed, failures, skipped };
}

function describe(test: string | undefined, row: Row): string {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const stack = row.error instanceof Error ? String(row.error.stack) : "";
  const where = stack.split("\n").find((line) => line.includes("abstract-level/test/")) ?? "";
  return (
    `${test}: ${row.name}: expected ${JSON.stringify(row.expected)}, ` +
    `got ${JSON.stringify(row.actual)} ${where.trim().replaceAll(root, "")}`
  );
}
