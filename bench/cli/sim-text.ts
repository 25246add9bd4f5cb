// What `sim` prints for a person.

import { formatCount } from "../../reports/format.ts";
import type { SimDocument } from "./sim-document.ts";

export function simText(document: SimDocument): string {
  const { scenario, seeds, virtualHours, events, operations, digest, figures } = document;
  const hours = virtualHours.toFixed(virtualHours < 1 ? 3 : 1);
  const rate = formatCount(figures.eventsPerSec);
  const lines = [
    `${scenario}: ${seeds} seed${seeds === 1 ? "" : "s"}, ${hours} virtual hours in ` +
      `${figures.realSeconds.toFixed(1)} s, ${formatCount(events)} events (${rate} a second)`,
    `clients     ${formatCount(operations)} operations`,
    `faults      ${counts(document.faultsByKind)}`,
    `envelope    ${counts(document.envelope)}`,
    `checked     ${counts(figures.checked)}`,
    `digest      ${digest}`,
  ];
  if (document.partial) lines.push("interrupted: seeds are missing");
  for (const { checker, seed, message, replay, shrunk } of document.violations) {
    lines.push("", `VIOLATED    ${checker}, seed ${seed}: ${message}`, `again       ${replay}`);
    if (shrunk === undefined) continue;
    const faults = `${shrunk.faults} of ${shrunk.ofFaults} faults`;
    const kept = `${faults} and ${shrunk.operations} of ${shrunk.ofOperations} operations`;
    lines.push(`smallest    ${kept} are enough:`);
    for (const fault of shrunk.schedule) lines.push(`              ${fault}`);
    lines.push(`            ${shrunk.replay}`);
  }
  if (document.violations.length === 0) lines.push("no promise was broken");
  return `${lines.join("\n")}\n`;
}

function counts(of: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(of).map(([name, value]) => {
    return `${name} ${typeof value === "number" ? formatCount(value) : value}`;
  });
  return parts.length === 0 ? "none" : parts.join(", ");
}
