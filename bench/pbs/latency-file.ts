// Measured latencies as a text file: for each leg a table of quantiles.
//
//     # milliseconds; from a run of three nodes
//     leg,quantile,latencyMs
//     W,0,0.21
//     W,0.5,0.4
//     W,0.999,3.1
//     W,1,11.8
//     A,0,0.19
//     ...
//
// Legs are W (a write on its way), A (its acknowledgement), R (a read on its way) and S (its
// response); or WA and RS, round trips, for which each way is taken to be half. Every leg begins at
// quantile 0, the least that was measured, and ends at 1, the greatest: nothing is invented beyond.

import { quoted } from "../../workloads/nearest.ts";
import type { LatencyModel, Trip } from "./latency-model.ts";
import { TableLeg } from "./leg.ts";

const HEAD = "leg,quantile,latencyMs";
const LEGS = ["W", "A", "R", "S", "WA", "RS"] as const;
type LegName = (typeof LEGS)[number];
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** About 12 days: more is another unit. */
const LATENCY_MAX_MS = 1e9;

/** A file of latencies that cannot be used. */
export class LatencyFileError extends Error {
  readonly code = "PBS_LATENCY_FILE";
  /** From 1. */
  readonly line: number;

  /** @param message What is wrong, and how it is mended, in one line. */
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = "LatencyFileError";
    this.line = line;
  }
}

interface Table {
  readonly quantiles: number[];
  readonly latenciesMs: number[];
  lastLine: number;
}

/** The model in the text of such a file; throws LatencyFileError at the first line in error. */
export function readLatencies(text: string): LatencyModel {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const tables = new Map<LegName, Table>();
  let lastLine = 1;
  let headSeen = false;
  for (const [index, raw] of lines.entries()) {
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    lastLine = index + 1;
    if (headSeen) addRow(tables, content, lastLine);
    else if (content.replaceAll(/\s*,\s*/g, ",") === HEAD) headSeen = true;
    else {
      const fault = `${quoted(content)} is not the header`;
      throw new LatencyFileError(lastLine, `${fault}: put "${HEAD}" above the rows`);
    }
  }
  if (!headSeen) {
    throw new LatencyFileError(lastLine, `the file is empty: put "${HEAD}" and rows into it`);
  }
  for (const [leg, table] of tables) checkEnd(leg, table);
  const write = tripOf(tables, ["W", "A", "WA"], lastLine);
  const read = tripOf(tables, ["R", "S", "RS"], lastLine);
  const halved = [
    ...(write.back === undefined ? ["writes"] : []),
    ...(read.back === undefined ? ["reads"] : []),
  ];
  const how = halved.length === 0 ? "one way" : `round trips of ${halved.join(" and ")}, halved`;
  return { description: `measured, ${how}`, write, read, remoteMs: 0 };
}

function addRow(tables: Map<LegName, Table>, content: string, line: number): void {
  const cells = content.split(",").map((cell) => cell.trim());
  if (cells.length !== 3) {
    const fault = `${cells.length} ${cells.length === 1 ? "value" : "values"} where 3 belong`;
    throw new LatencyFileError(line, `${fault}: write ${HEAD}`);
  }
  const leg = LEGS.find((name) => name === cells[0]);
  if (leg === undefined) {
    const fault = cells[0] === "" ? "the leg is missing" : `unknown leg ${quoted(cells[0]!)}`;
    throw new LatencyFileError(line, `${fault}: write one of ${LEGS.join(", ")}`);
  }
  const quantile = numberOf("quantile", cells[1]!, 1, "a share from 0 to 1", line);
  const inMs = `milliseconds from 0 to ${LATENCY_MAX_MS}`;
  const latencyMs = numberOf("latencyMs", cells[2]!, LATENCY_MAX_MS, inMs, line);
  const table = tables.get(leg);
  if (table === undefined) {
    if (quantile !== 0) {
      const fault = `leg ${leg} begins at quantile ${quantile}`;
      throw new LatencyFileError(line, `${fault}: put its least latency above, at quantile 0`);
    }
    tables.set(leg, { quantiles: [quantile], latenciesMs: [latencyMs], lastLine: line });
    return;
  }
  const quantileBefore = table.quantiles.at(-1)!;
  if (quantile <= quantileBefore) {
    const fault = `quantile ${quantile} of leg ${leg} is not above the ${quantileBefore} before it`;
    throw new LatencyFileError(line, `${fault}: sort the rows of a leg, each quantile once`);
  }
  const latencyBefore = table.latenciesMs.at(-1)!;
  if (latencyMs < latencyBefore) {
    const fault = `latencyMs ${latencyMs} of leg ${leg} is below the ${latencyBefore} before it`;
    throw new LatencyFileError(line, `${fault}: sort them, a higher quantile is no faster`);
  }
  table.quantiles.push(quantile);
  table.latenciesMs.push(latencyMs);
  table.lastLine = line;
}

/** @param takes What the column takes, 0 to `max`, both inclusive. */
function numberOf(column: string, cell: string, max: number, takes: string, line: number): number {
  if (cell === "") throw new LatencyFileError(line, `${column} is missing: write ${takes}`);
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new LatencyFileError(line, `${column} ${quoted(cell)} is no number: write ${takes}`);
  }
  if (value < 0) {
    throw new LatencyFileError(line, `${column} ${quoted(cell)} is negative: write ${takes}`);
  }
  if (value > max) {
    throw new LatencyFileError(line, `${column} ${quoted(cell)} is too large: write ${takes}`);
  }
  return value;
}

function checkEnd(leg: LegName, { quantiles, lastLine }: Table): void {
  const last = quantiles.at(-1)!;
  if (last === 1) return;
  const fault = `leg ${leg} ends at quantile ${last}`;
  throw new LatencyFileError(lastLine, `${fault}: add its greatest latency, at quantile 1`);
}

/** The legs out and back, or the round trip, and not both. */
function tripOf(
  tables: ReadonlyMap<LegName, Table>,
  [outName, backName, roundName]: readonly [LegName, LegName, LegName],
  lastLine: number,
): Trip {
  const out = tables.get(outName);
  const back = tables.get(backName);
  const round = tables.get(roundName);
  if (round !== undefined) {
    const extra = out ?? back;
    if (extra === undefined) return { out: legOf(round, 0.5), back: undefined };
    const name = extra === out ? outName : backName;
    const fault = `leg ${roundName} stands beside ${name}, which is part of it`;
    throw new LatencyFileError(Math.max(round.lastLine, extra.lastLine), `${fault}: keep one`);
  }
  if (out !== undefined && back !== undefined) return { out: legOf(out, 1), back: legOf(back, 1) };
  const missing = [...(out ? [] : [outName]), ...(back ? [] : [backName])].join(" and ");
  const cure = `add its rows, or the round trips as ${roundName} alone`;
  throw new LatencyFileError(lastLine, `the file ends without a row of leg ${missing}: ${cure}`);
}

function legOf({ quantiles, latenciesMs }: Table, share: number): TableLeg {
  return new TableLeg(
    quantiles,
    latenciesMs.map((ms) => ms * share),
  );
}
