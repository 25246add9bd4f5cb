// Rows put together for reading: repeats into a Group, groups that may be compared into a
// ComparisonSet.
//
//  1. Each result gets a label; an engine of a result is a Subject, with a colour of its own.
//  2. Rows of one subject that differ in nothing but the run are the repeats of one Group.
//  3. Groups of equal benchmark, records, value size, durability, concurrency, cache, load and
//     hardware are one ComparisonSet. Nothing is ever compared across sets.

import { formatBytes, formatCount, formatInstant, formatRate } from "./format.ts";
import { isAllFailed } from "./latencies.ts";
import { assignSlots } from "./palette.ts";
import type { Environment, Loop, Result, Row } from "./result.ts";

/** One engine of one result. */
export interface Subject {
  /** Engine, with the result's label behind it when there are several results. */
  readonly name: string;
  readonly engine: string;
  readonly resultIndex: number;
  /** Index of its colour in the palette. */
  readonly slot: number;
}

/** The engine that answers at once. */
const NULL_ENGINE = "null";

/** Whether a subject measures the harness itself: a bound on what can be measured, no store. */
export function measuresHarness(subject: Subject): boolean {
  return subject.engine === NULL_ENGINE;
}

/** The repeats of one benchmark of one subject, by run; never empty. */
export interface Group {
  readonly subject: Subject;
  readonly engineVersion: string;
  readonly rows: readonly Row[];
}

/** Groups whose figures may stand side by side. */
export interface ComparisonSet {
  /** `set-1`, `set-2`, ...: an anchor in the page. */
  readonly id: string;
  /** The benchmark, with what sets it apart from other sets of the same benchmark. */
  readonly title: string;
  readonly benchmark: string;
  /** Durability, clients, records and load, in words. */
  readonly conditions: string;
  readonly open: boolean;
  readonly groups: readonly Group[];
}

/** A figure over repeats. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Number of repeats that have the figure; at least 1. */
  readonly count: number;
}

/** The median and range of the values that are there; absent when none is. */
export function spread(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((v) => v !== undefined && Number.isFinite(v)) as number[];
  if (sorted.length === 0) return undefined;
  sorted.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  const median = sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
  return { median, min: sorted[0]!, max: sorted[sorted.length - 1]!, count: sorted.length };
}

/**
 * The repeat whose throughput is the median; of an even number, the lower of the middle two. Those
 * in which all operations failed have none, and count only where there are no others.
 */
export function medianRun(group: Group): Row {
  const answered = group.rows.filter((row) => !isAllFailed(row));
  const rows = answered.length > 0 ? answered : group.rows;
  const sorted = [...rows].sort((a, b) => a.opsPerSec - b.opsPerSec);
  return sorted[(sorted.length - 1) >> 1]!;
}

/** Labels that tell results apart: those given, else title and start, numbered where equal. */
export function labelResults(results: readonly Result[], given: readonly string[] = []): string[] {
  const labels = results.map(
    (result, i) => given[i] ?? `${result.title}, ${formatInstant(result.startedAt)}`,
  );
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter((other) => other === label).length;
    return before === 0 ? label : `${label} (${before + 1})`;
  });
}

/** The subjects of all results: by engine as they first appear, then by result. */
export function subjectsOf(results: readonly Result[], labels: readonly string[]): Subject[] {
  const found: { engine: string; resultIndex: number }[] = [];
  results.forEach((result, resultIndex) => {
    const engines = new Set(result.rows.map((row) => row.engine));
    for (const engine of engines) found.push({ engine, resultIndex });
  });
  const slots = assignSlots(found.map((subject) => subject.engine));
  const engines = [...new Set(found.map((subject) => subject.engine))];
  const subjects = found.map((subject, index) => ({
    ...subject,
    name:
      results.length > 1 ? `${subject.engine} · ${labels[subject.resultIndex]}` : subject.engine,
    slot: slots[index]!,
  }));
  return subjects.sort((a, b) => engines.indexOf(a.engine) - engines.indexOf(b.engine));
}

/** All rows of all results as sets, as their rows first appear; groups in the order of subjects. */
export function comparisonSets(
  results: readonly Result[],
  subjects: readonly Subject[],
): ComparisonSet[] {
  const sets = new Map<string, Map<string, { subject: Subject; rows: Row[] }>>();
  results.forEach((result, resultIndex) => {
    const machine = machineKey(result.environment);
    for (const row of result.rows) {
      const setKey = JSON.stringify([machine, ...conditionsKey(row)]);
      const groups = sets.get(setKey) ?? new Map();
      sets.set(setKey, groups);
      const groupKey = JSON.stringify([resultIndex, row.engine, row.engineVersion]);
      const subject = subjects.find(
        (s) => s.engine === row.engine && s.resultIndex === resultIndex,
      )!;
      const group = groups.get(groupKey) ?? { subject, rows: [] };
      groups.set(groupKey, group);
      group.rows.push(row);
    }
  });
  const order = (group: Group): number => subjects.indexOf(group.subject);
  const list = [...sets.values()].map((groups) =>
    [...groups.values()].map(toGroup).sort((a, b) => order(a) - order(b)),
  );
  return list.map((groups, index) => toSet(groups, index, list, results));
}

function toGroup(found: { subject: Subject; rows: Row[] }): Group {
  const rows = [...found.rows].sort((a, b) => a.run - b.run);
  const first = rows[0]!;
  return {
    subject: found.subject,
    engineVersion: first.engineVersion,
    rows,
  };
}

function toSet(
  groups: readonly Group[],
  index: number,
  all: readonly (readonly Group[])[],
  results: readonly Result[],
): ComparisonSet {
  const row = groups[0]!.rows[0]!;
  const rivals = all.filter((other) => other[0]!.rows[0]!.benchmark === row.benchmark);
  const apart = rivals.length > 1 ? differences(row, groups, rivals, results) : [];
  return {
    id: `set-${index + 1}`,
    title: [row.benchmark, ...apart].join(" · "),
    benchmark: row.benchmark,
    conditions: conditionsOf(row).join(" · "),
    open: row.loop.kind === "open",
    groups,
  };
}

/** The conditions of `row` in which the sets of its benchmark are not all equal. */
function differences(
  row: Row,
  groups: readonly Group[],
  rivals: readonly (readonly Group[])[],
  results: readonly Result[],
): string[] {
  const own = conditionsOf(row);
  const others = rivals.map((rival) => conditionsOf(rival[0]!.rows[0]!));
  const apart = own.filter((text, i) => others.some((other) => other[i] !== text));
  const environment = (of: readonly Group[]): Environment =>
    results[of[0]!.subject.resultIndex]!.environment;
  const machine = machineKey(environment(groups));
  if (rivals.some((rival) => machineKey(environment(rival)) !== machine)) {
    apart.push(environment(groups).cpuModel);
  }
  return apart;
}

function conditionsOf(row: Row): string[] {
  return [
    `durability ${row.durability}`,
    row.concurrency === 1 ? "1 client" : `${formatCount(row.concurrency)} clients`,
    `${formatCount(row.records)} records`,
    `values of ${formatBytes(row.valueBytes)}`,
    `cache ${formatBytes(row.cacheBytes)}`,
    loopText(row.loop),
  ];
}

function loopText(loop: Loop): string {
  if (loop.kind === "closed") return "closed loop";
  return `open loop, ${loop.arrivals} arrivals, ${formatRate(loop.ratePerSec)} ops/s offered`;
}

function conditionsKey(row: Row): unknown[] {
  const loop = row.loop;
  const load = loop.kind === "closed" ? ["closed"] : ["open", loop.arrivals, loop.ratePerSec];
  const { benchmark, durability, concurrency, records, valueBytes, cacheBytes } = row;
  return [benchmark, durability, concurrency, records, valueBytes, cacheBytes, ...load];
}

/** What must be equal of two machines before their figures are compared. */
function machineKey(environment: Environment): string {
  const { cpuModel, cores, memoryBytes, platform, fileSystem } = environment;
  // What the kernel keeps for itself differs from boot to boot, so memory is taken in whole GiB.
  const memoryGiB = Math.round(memoryBytes / 1024 ** 3);
  return JSON.stringify([cpuModel, cores, memoryGiB, platform, fileSystem ?? null]);
}
