// The report: one HTML file that needs nothing else, on screen, on paper and years from now.
//
//  1. Verdict, warnings, the command that makes such a result again.
//  2. All benchmarks at a glance, then a section for each comparison set.
//  3. Engine figures, environment, configuration, and what the words mean.
//
// Scripts run by the hash of their text in the page's content security policy, which allows no
// request at all: whatever a result holds, it stays text.

import { createHash } from "node:crypto";
import { formatCommand, formatDuration, formatInstant } from "../format.ts";
import { comparisonSets, labelResults, subjectsOf } from "../groups.ts";
import { CHART_BACKGROUND, EVENT_COLOURS, PALETTE } from "../palette.ts";
import type { Result } from "../result.ts";
import { overallVerdict, RANKING_RUNS_MIN, type SetVerdict, setVerdict } from "../verdict.ts";
import { reportWarnings } from "../warnings.ts";
import { changesSection } from "./changes.ts";
import { chartLibrary } from "./chart-library.ts";
import { clientScript } from "./client.ts";
import type { ChartTheme, PageData } from "./client-types.ts";
import { engineTable } from "./engine-table.ts";
import { html, type Markup, raw, scriptJson } from "./markup.ts";
import { overview } from "./overview.ts";
import { setSection } from "./set-section.ts";
import { configurationTables, environmentTable } from "./settings.ts";
import { styleSheet } from "./style.ts";

export interface ReportOptions {
  /** Title of the page; by default that of the result, or of the comparison. */
  readonly title?: string;
  /** Labels of the results, in their order; by default title and start. */
  readonly labels?: readonly string[];
}

/**
 * The report of one result, or the comparison of several, as a whole HTML document.
 *
 * @param results at least one.
 * @throws ReportError REPORT_HISTOGRAM when a histogram in a result cannot be decoded.
 */
export function reportHtml(results: readonly Result[], options: ReportOptions = {}): string {
  const labels = labelResults(results, options.labels);
  const subjects = subjectsOf(results, labels);
  const verdicts = comparisonSets(results, subjects).map(setVerdict);
  // Below the step of the clock a latency says nothing, and 0 has no place on a log axis.
  const floorNs = Math.max(1, ...results.map((result) => result.environment.clockStepNs));
  const sections = verdicts.map((verdict) => setSection(verdict, floorNs, verdicts.length === 1));
  const data: PageData = {
    themes: { light: chartTheme("light"), dark: chartTheme("dark") },
    charts: sections.flatMap((section) => section.charts),
  };
  const changes = changesSection(
    verdicts.map(({ set }) => set),
    labels,
  );
  const title = options.title ?? reportTitle(results);
  const body = html`<main>
${header(title, results)}
<div class="verdict" id="verdict"><p>${overallVerdict(verdicts)}</p>${rankingRule(verdicts)}</div>
${warningList(reportWarnings(results, labels))}
${commands(results, labels)}
${navigation(verdicts.map((verdict) => verdict.set))}
${overview(verdicts, subjects)}
${changes}
${sections.map((section) => section.markup)}
${engineSection(verdicts)}
<section id="environment"><h2>Environment and configuration</h2><div class="settings-grid">
${environmentTable(results, labels)}${configurationTables(results, labels)}</div></section>
${glossary()}
</main>`;
  return page(title, body, data);
}

function page(title: string, body: Markup, data: PageData): string {
  const library = chartLibrary();
  const client = clientScript();
  const sources = [library, client].map((script) => `'sha256-${sha256(script)}'`).join(" ");
  const policy = [
    "default-src 'none'",
    `script-src ${sources}`,
    "style-src 'unsafe-inline'",
    "img-src data:",
  ].join("; ");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(styleSheet())}</style>
</head>
<body>
${body}
<script type="application/json" id="ringbench-data">${scriptJson(data)}</script>
<script>${raw(library)}</script>
<script>${raw(client)}</script>
</body>
</html>
`.text;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function chartTheme(theme: "light" | "dark"): ChartTheme {
  const light = theme === "light";
  return {
    text: light ? "#1c2126" : "#e4e8ec",
    muted: light ? "#59626c" : "#9aa4af",
    grid: light ? "#e1e5e9" : "#2e343b",
    shade: light ? "#59626c1f" : "#9aa4af24",
    background: CHART_BACKGROUND[theme],
    palette: PALETTE.map((colour) => colour[theme]),
    events: Object.fromEntries(
      Object.entries(EVENT_COLOURS).map(([kind, colour]) => [kind, colour[theme]]),
    ),
  };
}

function reportTitle(results: readonly Result[]): string {
  return results.length === 1 ? results[0]!.title : `Comparison of ${results.length} results`;
}

function header(title: string, results: readonly Result[]): Markup {
  const first = results[0]!;
  const tookMs = Date.parse(first.finishedAt) - Date.parse(first.startedAt);
  const { cpuModel, cores, node, platform } = first.environment;
  const when = `${formatInstant(first.startedAt)}, ${formatDuration(tookMs)}`;
  const machine = `${cpuModel}, ${cores} cores, ${platform}, Node ${node.replace(/^v/, "")}`;
  const meta = results.length === 1 ? [when, machine].join(" · ") : undefined;
  const themes = ["system", "light", "dark"].map((name, i) => {
    const checked = i === 0 ? html` checked` : undefined;
    return html`<label><input type="radio" name="theme" value="${name}"${checked}>${name}</label>`;
  });
  return html`<header><div><h1>${title}</h1>${meta && html`<p class="meta">${meta}</p>`}</div>
<fieldset class="themes"><legend>Theme</legend>${themes}</fieldset></header>`;
}

function rankingRule(verdicts: readonly SetVerdict[]): Markup | undefined {
  if (verdicts.every((verdict) => verdict.places.length === 0)) return undefined;
  return html`<p class="why">A store is placed before another only when each of its runs was better
than each of the other's, with ${RANKING_RUNS_MIN} runs or more of both, at equal durability,
clients, records, value size, cache and load. It says what these runs on this machine showed: two
equal stores part by chance in one pair of ten when each has three runs.</p>`;
}

function engineSection(verdicts: readonly SetVerdict[]): Markup | undefined {
  const table = engineTable(verdicts.map((verdict) => verdict.set));
  if (table === undefined) return undefined;
  return html`<section id="engines"><h2>Engine figures</h2>
<p class="legend-text">What each engine says of itself at the end of a run, median over the runs;
a dash: it cannot know.</p>${table}</section>`;
}

function warningList(warnings: readonly string[]): Markup | undefined {
  if (warnings.length === 0) return undefined;
  const items = warnings.map((text) => html`<li>${text}</li>`);
  return html`<div class="warnings" role="note" id="warnings">
<h2>Before you believe the figures</h2><ul>${items}</ul></div>`;
}

function commands(results: readonly Result[], labels: readonly string[]): Markup {
  const each = results.map((result, i) => {
    const label = results.length > 1 ? html`<p>${labels[i]}</p>` : undefined;
    const command = formatCommand(result.command);
    return html`${label}<pre><code>${command}</code></pre><p>Seed ${result.seed}</p>`;
  });
  return html`<div class="command" id="command"><h3>Made with</h3>${each}</div>`;
}

function navigation(sets: readonly { id: string; title: string }[]): Markup | undefined {
  if (sets.length < 2) return undefined;
  const links = sets.map((set) => html`<a href="#${set.id}">${set.title}</a>`);
  return html`<nav aria-label="Sections">${links}<a href="#engines">Engine figures</a>
<a href="#environment">Environment</a><a href="#words">Words</a></nav>`;
}

const WORDS: readonly (readonly [string, string])[] = [
  ["Service time", "From sending an operation to its answer."],
  [
    "Response time",
    "From the moment at which the operation was due by the offered load to its answer: " +
      "the wait in the queue is in it. In open loop only.",
  ],
  [
    "Closed loop",
    "Each client sends its next operation when the last one is answered: " +
      "a slow store is asked less.",
  ],
  ["Open loop", "Operations are due at a given rate, whether the store keeps up or not."],
  ["Warm-up", "Run and shown, but in no figure."],
  [
    "Durability",
    "memory: in the process. os: the write call has returned; survives a kill. " +
      "group: a sync shared by all that wait. sync: a sync of its own.",
  ],
  [
    "Latencies",
    "From histograms with three significant digits: within 0.1 %. Of several runs the tables " +
      "give the median of the runs' percentiles; the percentile curve merges the runs.",
  ],
  [
    "Flush, compaction, merge, snapshot, stall",
    "What engines do by themselves: write memory to a table, merge tables of one level into " +
      "the next, rewrite segments without what is dead, write all of memory to a file, and let " +
      "writers wait until such work has caught up.",
  ],
  [
    "Write, read, space amplification",
    "Bytes written to files, read from files, and kept on disk, over the bytes that the user " +
      "wrote, read, and has stored. Of a cluster: the bytes of all nodes over those that clients " +
      "wrote and read, each once; how much space that takes is not known, since no node tells " +
      "copies from keys.",
  ],
];

function glossary(): Markup {
  const items = WORDS.map(([word, meaning]) => html`<dt>${word}</dt><dd>${meaning}</dd>`);
  return html`<section class="flow" id="words"><h2>Words</h2><dl>${items}</dl></section>`;
}
