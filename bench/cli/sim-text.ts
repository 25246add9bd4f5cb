// What `sim` prints for a person.

import { formatCount } from "../../reports/format.ts";
import type { SimDocument } from "./sim-document.ts";

export function simText(document: SimDocument): string {
  const { scenario, seeds, virtualHours, events, operations, digest, figures } = document;
  const hours = virtualHours.toFixed(virtualHours < 1 ? 3 : 1);
  const rate = formatCount(figures.eventsPerSec);
  const lines = [
    `${scenario}: ${seeds} seed${seeds === 1 ? "" : "s"}, ${hours} virtual hours in ` +
      `${figures.runSeconds.toFixed(1)} s, ` +
      `${formatCount(events)} events (${rate} a second)`,
    `clients     ${formatCount(operations)} operations asked for, the last reads among them`,
    `faults      ${counts(document.faultsByKind)}`,
    `envelope    ${envelope(document)}`,
    `checked     ${counts(figures.checked)}`,
    ...measured(figures),
    ...own(figures),
    `digest      ${digest}`,
  ];
  if (document.partial) lines.push("interrupted: seeds are missing");
  for (const violation of document.violations) lines.push("", ...violationLines(violation));
  if (document.violations.length === 0 && operations > 0) lines.push("no promise was broken");
  return `${lines.join("\n")}\n`;
}

function violationLines(violation: SimDocument["violations"][number]): string[] {
  const { checker, seed, message, replay, history, shrunk } = violation;
  const lines = [`VIOLATED    ${checker}, seed ${seed}: ${message}`, `again       ${replay}`];
  if (history !== undefined) lines.push("history", ...history.map(indented));
  // Of the whole run no line is shown.
  else lines.push("            (lines are those of the file that --histories DIR writes)");
  if (shrunk === undefined) return lines;
  const faults = `${shrunk.faults} of ${shrunk.ofFaults} faults`;
  const kept = `${faults} and ${shrunk.operations} of ${shrunk.ofOperations} planned operations`;
  lines.push(`smallest    ${kept} are enough:`);
  if (shrunk.stopped) {
    lines.push("            (stopped after as many runs as --shrink has: less may be enough)");
  }
  lines.push(...shrunk.schedule.map(indented), `            ${shrunk.replay}`);
  const [first = "", ...more] = shrunk.message.split("\n");
  return [...lines, `in it       ${first}`, ...more.map(indented), ...shrunk.history.map(indented)];
}

function indented(line: string): string {
  return `              ${line}`;
}

/** What was claimed, and of what a plan does also how much one did: "diskLosses 1 of 2". */
function envelope({ envelope: claimed, used }: SimDocument): string {
  const parts = Object.entries(claimed).map(([name, value]) => {
    return name in used ? `${name} ${used[name]} of ${value}` : `${name} ${value}`;
  });
  return parts.join(", ");
}

/** What was counted without being claimed. */
function measured({ guarantees, lostUpdates }: SimDocument["figures"]): string[] {
  const lines: string[] = [];
  if (guarantees !== undefined) {
    const rates = Object.entries(guarantees).map(([name, { checked, violated, rate }]) => {
      const counted = `${formatCount(violated)} of ${formatCount(checked)}`;
      return `${name} ${counted} (${(100 * rate).toFixed(2)} %)`;
    });
    lines.push(`sessions    not claimed under these settings: broken ${rates.join(", ")}`);
  }
  if (lostUpdates !== undefined) {
    const why = lostUpdates === 0 ? "" : ", which last write wins does not claim to keep";
    lines.push(`lost        ${formatCount(lostUpdates)} updates${why}`);
  }
  return lines;
}

/** What the scenario counted: a line for each name, and for each group in a group. */
function own(figures: SimDocument["figures"]): string[] {
  const { checked, marks, guarantees, lostUpdates, ...rest } = figures;
  const { eventsPerSec, realSeconds, runSeconds, ...ofScenario } = rest;
  return Object.entries(ofScenario).flatMap(([name, value]) => figureLines(name, value));
}

function figureLines(name: string, value: SimDocument["figures"][string]): string[] {
  if (typeof value !== "object") return [`${name.padEnd(11)} ${figureText(value)}`];
  const entries = Object.entries(value);
  const numbers = entries.filter(([, it]) => typeof it !== "object");
  const groups = entries.filter(([, it]) => typeof it === "object");
  const line = numbers.map(([part, it]) => `${part} ${figureText(it)}`).join(", ");
  return [
    ...(numbers.length === 0 ? [] : [`${name.padEnd(11)} ${line}`]),
    ...groups.flatMap(([part, it]) => figureLines(`${name} ${part}`, it)),
  ];
}

function figureText(value: SimDocument["figures"][string]): string {
  if (typeof value !== "number" || Number.isInteger(value)) return formatCount(Number(value));
  return value.toFixed(4);
}

function counts(of: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(of).map(([name, value]) => {
    return `${name} ${typeof value === "number" ? formatCount(value) : value}`;
  });
  return parts.length === 0 ? "none" : parts.join(", ");
}
