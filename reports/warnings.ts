// What a reader must know before believing the figures: the doubts of the whole report, in words.

import { formatCount, formatNanoseconds } from "./format.ts";
import type { Result, Row } from "./result.ts";

/** Doubts about the results, the gravest first; plain text, one sentence or two each. */
export function reportWarnings(results: readonly Result[], labels: readonly string[]): string[] {
  const warnings: string[] = [];
  const add = (list: readonly string[]) => {
    for (const text of list) if (!warnings.includes(text)) warnings.push(text);
  };
  const about = (index: number) => (results.length > 1 ? `${labels[index]}: ` : "");
  results.forEach((result, i) => {
    add(partialWarnings(result).map((text) => about(i) + text));
  });
  results.forEach((result, i) => {
    add(invalidWarnings(result).map((text) => about(i) + text));
    add(errorWarnings(result).map((text) => about(i) + text));
    add(shortWarnings(result).map((text) => about(i) + text));
  });
  add(differenceWarnings(results));
  add(clusterNotes(results));
  results.forEach((result, i) => {
    for (const { engine, reason } of result.skipped) {
      add([`${about(i)}${engine} was left out: ${reason}`]);
    }
    add(result.environment.warnings.map((text) => about(i) + text));
  });
  return warnings;
}

function rowName(row: Row): string {
  return `${row.engine} ${row.benchmark} run ${row.run}`;
}

function partialWarnings(result: Result): string[] {
  const rows = result.rows.filter((row) => row.partial);
  if (!result.partial && rows.length === 0) return [];
  const which = rows.length === 0 ? "" : ` Interrupted: ${rows.map(rowName).join(", ")}.`;
  return [`Partial result: the run was stopped before its end.${which}`];
}

function invalidWarnings(result: Result): string[] {
  return result.rows.flatMap((row) => {
    if (row.loop.kind !== "open" || !row.loop.invalid) return [];
    const late = row.loop.latenessNs;
    const lateness =
      late === undefined ? "" : ` It was ${formatNanoseconds(late.p99)} late at p99.`;
    const reason = row.loop.invalidReason ?? "the load generator was the bottleneck";
    return [`Invalid: ${rowName(row)}: ${reason}. The figures are not the store's.${lateness}`];
  });
}

function errorWarnings(result: Result): string[] {
  const rows = result.rows.filter((row) => row.errors > 0);
  if (rows.length === 0) return [];
  const each = rows.map((row) => `${rowName(row)} (${formatCount(row.errors)})`);
  return [`Operations failed: ${each.join(", ")}.`];
}

/** Below this a pause of the machine, or the compiler still at work, can make the figure. */
const SHORT_NS = 250e6;

function shortWarnings(result: Result): string[] {
  const rows = result.rows.filter((row) => row.elapsedNs < SHORT_NS && !row.partial);
  if (rows.length === 0) return [];
  const count = `${rows.length} of ${result.rows.length} runs`;
  return [`${count} took less than a quarter of a second: too short to be steady.`];
}

/** What the rows of a cluster can show, and what they cannot. */
function clusterNotes(results: readonly Result[]): string[] {
  const isThere = results.some(({ rows }) => rows.some(({ cluster }) => cluster !== undefined));
  if (!isThere) return [];
  return [
    "All nodes of a cluster here share one thread, and there is no network between them: R and W " +
      "cost processor time alone, and not the wait for the slowest of several machines.",
  ];
}

/** What differs between results although it should not, for a comparison of them. */
function differenceWarnings(results: readonly Result[]): string[] {
  const differs = (read: (result: Result) => unknown) =>
    new Set(results.map((result) => JSON.stringify(read(result)) ?? "")).size > 1;
  const warnings: string[] = [];
  const hardware: [string, (result: Result) => unknown][] = [
    ["CPU", (result) => result.environment.cpuModel],
    ["number of cores", (result) => result.environment.cores],
    ["memory", (result) => Math.round(result.environment.memoryBytes / 1024 ** 3)],
    ["platform", (result) => result.environment.platform],
    ["file system", (result) => result.environment.fileSystem],
  ];
  const hard = hardware.filter(([, read]) => differs(read)).map(([name]) => name);
  if (hard.length > 0) {
    warnings.push(
      `The results are of different machines (${hard.join(", ")}): nothing is ranked across them.`,
    );
  }
  if (results.length > 1) {
    warnings.push(
      "The results were measured one after the other, not interleaved: what changed on the " +
        "machine in between looks like a difference of the stores.",
    );
  }
  const software: [string, (result: Result) => unknown][] = [
    ["Node", (result) => result.environment.node],
    ["kernel", (result) => result.environment.kernel],
    ["CPU governor", (result) => result.environment.governor],
    ["ringbench", (result) => result.environment.ringbench],
    ["git commit", (result) => result.environment.gitCommit],
    ["seed", (result) => result.seed],
  ];
  const soft = software.filter(([, read]) => differs(read)).map(([name]) => name);
  if (soft.length > 0) {
    warnings.push(`The results differ in more than the store: ${soft.join(", ")}.`);
  }
  return warnings;
}
