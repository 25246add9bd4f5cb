// Where and how it was measured: environment, configuration and properties, one column per result.

import {
  ABSENT,
  formatBytes,
  formatCount,
  formatDigits,
  formatInstant,
  formatNanoseconds,
} from "../format.ts";
import type { Environment, Result } from "../result.ts";
import { html, type Markup } from "./markup.ts";

/** Name and value of settings, in order. */
type Settings = ReadonlyMap<string, string>;

/** Machine, system and programs. */
export function environmentTable(results: readonly Result[], labels: readonly string[]): Markup {
  const columns = results.map((result) => environmentSettings(result));
  return settingsTable("Environment", columns, labels);
}

/**
 * Everything that was set. Settings that are themselves a group of settings, such as the properties
 * of a workload, get a table of their own.
 */
export function configurationTables(
  results: readonly Result[],
  labels: readonly string[],
): Markup[] {
  const plain = results.map((result) => plainSettings(result.config));
  const groupNames = new Set(
    results.flatMap((result) =>
      Object.keys(result.config).filter((name) => isGroup(result.config[name])),
    ),
  );
  const tables: Markup[] = [];
  if (plain.some((settings) => settings.size > 0)) {
    tables.push(settingsTable("Settings", plain, labels));
  }
  for (const name of groupNames) {
    const columns = results.map((result) => {
      const group = result.config[name];
      return isGroup(group) ? flatten(group) : new Map<string, string>();
    });
    tables.push(settingsTable(titleCase(name), columns, labels));
  }
  return tables;
}

function settingsTable(
  caption: string,
  columns: readonly Settings[],
  labels: readonly string[],
): Markup {
  const names = new Set(columns.flatMap((settings) => [...settings.keys()]));
  const titles = labels.map((label) => html`<th>${label}</th>`);
  const head =
    columns.length > 1 ? html`<thead><tr><th>Name</th>${titles}</tr></thead>` : undefined;
  const rows = [...names].map((name) => {
    const values = columns.map((settings) => settings.get(name) ?? ABSENT);
    const differs = new Set(values).size > 1 ? html` class="differs"` : undefined;
    const cells = values.map((value) => html`<td class="t">${value}</td>`);
    return html`<tr${differs}><th scope="row">${name}</th>${cells}</tr>`;
  });
  return html`<div class="scroll"><table class="settings"><caption>${caption}</caption>${head}
<tbody>${rows}</tbody></table></div>`;
}

function environmentSettings(result: Result): Settings {
  const environment: Environment = result.environment;
  const git =
    environment.gitCommit === undefined
      ? undefined
      : `${environment.gitCommit}${environment.gitDirty ? ", with changes not committed" : ""}`;
  const entries: [string, string | undefined][] = [
    ["Started", formatInstant(result.startedAt)],
    ["Finished", formatInstant(result.finishedAt)],
    ["CPU", environment.cpuModel],
    ["Cores", formatCount(environment.cores)],
    ["Memory", formatBytes(environment.memoryBytes)],
    ["Platform", environment.platform],
    ["Kernel", environment.kernel],
    ["CPU governor", environment.governor],
    ["File system", environment.fileSystem],
    ["Node", environment.node],
    ["V8", environment.v8],
    ["ringbench", environment.ringbench],
    ["Git commit", git],
    ["Cost of reading the clock", formatNanoseconds(environment.clockCostNs)],
    ["Smallest step of the clock", formatNanoseconds(environment.clockStepNs)],
    ["Load average at the start", formatDigits(environment.loadAverage)],
  ];
  return new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function plainSettings(config: Result["config"]): Settings {
  const entries = Object.entries(config).filter(([, value]) => !isGroup(value));
  return new Map(entries.map(([name, value]) => [name, settingText(value)]));
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Groups within groups by their path: `workloada.recordcount`. */
function flatten(group: Record<string, unknown>, prefix = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(group)) {
    if (isGroup(value)) {
      for (const [path, text] of flatten(value, `${prefix}${name}.`)) flat.set(path, text);
    } else {
      flat.set(`${prefix}${name}`, settingText(value));
    }
  }
  return flat;
}

function settingText(value: unknown): string {
  if (value === undefined || value === null) return ABSENT;
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (Array.isArray(value) && value.every((each) => !isGroup(each) && !Array.isArray(each))) {
    return value.map(settingText).join(", ");
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `workloadProperties` -> `Workload properties`. */
function titleCase(name: string): string {
  const words = name.replace(
    /([a-z])([A-Z])/g,
    (_, a: string, b: string) => `${a} ${b.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}
