// A prediction as a table for the terminal, with the closed form beside the model.

import { formatCount } from "../../reports/format.ts";
import { missesVersions } from "../pbs/k-staleness.ts";
import type { PredictionRow } from "../pbs/prediction.ts";

/** Versions back, of which a column each says how likely a read is to see one. */
export const VERSIONS = [1, 2, 3, 10] as const;

const HEAD = [
  ...["R", "W", "read p99.9", "write p99.9", "P(t=0)", "t for 99.9 %"],
  ...VERSIONS.map((k) => `k=${k}`),
];

const LEGEND = `
read, write p99.9: what one in a thousand waits longer than, in ms, as any time here.
P(t=0): how likely a read sees a write that was acknowledged just as it began.
t for 99.9 %: so long after the acknowledgement 99.9 % of the reads see the write.
k: how likely a read sees one of the last k versions, in percent, however soon it comes and
   though nothing spreads beyond the W that acknowledged.
`;

export interface PredictionDocument {
  /** The name of a model, or a file. */
  readonly latency: string;
  readonly description: string;
  readonly seed: number;
  readonly samples: number;
  /** Of one N. */
  readonly rows: readonly PredictionRow[];
}

export function predictionText(document: PredictionDocument): string {
  const { latency, description, seed, samples, rows } = document;
  const title =
    `Predicted for ${latency} (${description}), N = ${rows[0]!.n}: reads go to all N, ` +
    "without repair or hedging.";
  const source = `${formatCount(samples)} samples, seed ${seed}.`;
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const table = lines.map((line) =>
    line.map((cell, column) => cell.padStart(widths[column]!)).join("  "),
  );
  return `${[title, source, "", ...table].join("\n")}\n${LEGEND}`;
}

function cellsOf({ n, r, w, ...row }: PredictionRow): string[] {
  return [
    ...[`${r}`, `${w}`, milliseconds(row.readP999Ms), milliseconds(row.writeP999Ms)],
    ...[percent(1 - row.pConsistentAtZero), milliseconds(row.t999Ms)],
    ...VERSIONS.map((k) => percent(missesVersions(n, r, w, k))),
  ];
}

/** Three decimals of small times, fewer of great ones. */
function milliseconds(ms: number): string {
  if (ms === 0) return "0";
  return ms.toFixed(ms < 10 ? 3 : ms < 1000 ? 1 : 0);
}

/** The chance that it does not miss; one that is not quite 1 is not shown as 100. */
function percent(miss: number): string {
  if (miss === 0) return "100";
  const text = (100 * (1 - miss)).toFixed(2);
  return text === "100.00" ? ">99.99" : text;
}
