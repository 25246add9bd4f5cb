// The look of the page: system fonts, one accent, figures in columns; light, dark and paper.

import { EVENT_COLOURS, PALETTE, UNKNOWN_EVENT } from "../palette.ts";

/** The style sheet. Colours of subjects are the classes `c0`, `c1`, ... */
export function styleSheet(): string {
  const slots = PALETTE.map(
    (colour, i) => `.c${i}{background:light-dark(${colour.light},${colour.dark})}`,
  );
  const kinds = Object.entries({ ...EVENT_COLOURS, unknown: UNKNOWN_EVENT }).map(
    ([kind, { light, dark }]) => `.k-${kind}{color:light-dark(${light},${dark})}`,
  );
  const colours = [...slots, ...kinds].join("\n");
  return `${BASE}\n${TABLES}\n${CHARTS}\n${colours}\n${PRINT}`;
}

const BASE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f8, #121518);
  --card: light-dark(#ffffff, #1b1f24);
  --text: light-dark(#1c2126, #e4e8ec);
  --muted: light-dark(#59626c, #9aa4af);
  --line: light-dark(#e1e5e9, #2e343b);
  --accent: light-dark(#0b62b5, #6db3f5);
  --warn: light-dark(#fff6e0, #2f2714);
  --warn-line: light-dark(#e3b341, #8a6d1f);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 1360px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { font-size: 27px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 20px; margin: 0; letter-spacing: -0.005em; }
h3 { font-size: 14px; margin: 0; font-weight: 600; }
p { margin: 0.4em 0; max-width: 90ch; }
a { color: var(--accent); }
header { display: flex; gap: 16px; align-items: flex-start; justify-content: space-between; }
.meta, .conditions { color: var(--muted); font-size: 13.5px; }
.themes {
  display: flex; border: 1px solid var(--line); border-radius: 7px; margin: 0; padding: 2px;
  background: var(--card);
}
.themes legend {
  position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden;
}
.themes label {
  font-size: 12.5px; padding: 2px 10px; border-radius: 5px; color: var(--muted); cursor: pointer;
}
.themes label:has(:checked) { background: var(--line); color: var(--text); }
.themes label:has(:focus-visible) { outline: 2px solid var(--accent); }
.themes input { position: absolute; opacity: 0; pointer-events: none; }
section, .verdict, .warnings, .command {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin-top: 18px;
}
.verdict { border-left: 4px solid var(--accent); }
.verdict p { font-size: 17px; margin: 0; max-width: 100ch; }
.verdict .why { font-size: 13.5px; color: var(--muted); margin-top: 6px; }
.warnings { background: var(--warn); border-color: var(--warn-line); }
.warnings h2 { font-size: 15px; }
.warnings ul, .notes { margin: 6px 0 0; padding-left: 20px; }
.warnings li, .notes li { overflow-wrap: anywhere; }
.notes { color: var(--muted); font-size: 13.5px; margin-bottom: 4px; }
.command pre {
  margin: 6px 0; font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.command p { font-size: 13.5px; color: var(--muted); margin: 0; }
nav { margin-top: 18px; font-size: 13.5px; display: flex; flex-wrap: wrap; gap: 4px 16px; }
.set-verdict { font-weight: 500; }
.legend-text { color: var(--muted); font-size: 13.5px; }
dl {
  display: grid; grid-template-columns: max-content 1fr; gap: 6px 18px; font-size: 13.5px;
  margin: 10px 0 0;
}
dt { font-weight: 600; }
dd { margin: 0; color: var(--muted); max-width: 100ch; }
@media (max-width: 700px) {
  dl { grid-template-columns: 1fr; gap: 2px; }
  dd { margin-bottom: 8px; }
}
`;

const TABLES = `
.scroll { overflow-x: auto; margin-top: 12px; }
table {
  border-collapse: collapse; font-size: 12.5px; line-height: 1.35;
  font-variant-numeric: tabular-nums;
}
caption { text-align: left; color: var(--muted); padding-bottom: 6px; }
th, td { padding: 5px 8px; vertical-align: top; }
td { text-align: right; white-space: nowrap; }
td.t { text-align: left; }
td.operation { text-align: left; white-space: normal; }
th { text-align: left; font-weight: 600; }
th.n { text-align: right; }
thead th {
  color: var(--muted); font-weight: 500; white-space: nowrap; vertical-align: bottom;
  border-bottom: 1px solid var(--line);
}
thead th.span { text-align: center; border-bottom: 0; padding-bottom: 0; }
tbody { border-bottom: 1px solid var(--line); }
tbody tr + tr { border-top: 1px solid color-mix(in srgb, var(--line) 55%, transparent); }
table.operations, table.engines, table.overview { width: 100%; }
tr.total td { font-weight: 600; }
tr.total td .range { font-weight: 400; }
small { font-size: 11.5px; color: var(--muted); font-weight: 400; }
.range { display: block; }
th > small { display: block; padding-left: 17px; }
.subject { white-space: nowrap; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 7px; }
.settings { width: 100%; }
.settings th { width: 38%; }
.settings td { white-space: normal; overflow-wrap: anywhere; }
.settings th { font-weight: 400; color: var(--muted); }
.settings caption { font-weight: 600; color: var(--text); }
.settings tr.differs td { font-weight: 600; }
.settings-grid {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 4px 32px;
  align-items: start;
}
table.engines td.t { white-space: normal; min-width: 150px; }
table.overview td { min-width: 92px; }
table.overview .share { display: block; height: 4px; border-radius: 2px; margin: 4px 0 1px auto; }
table.overview td.best { font-weight: 700; }
`;

const CHARTS = `
.charts {
  display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 26px 28px;
  margin-top: 20px;
}
@media (max-width: 960px) { .charts { grid-template-columns: minmax(0, 1fr); } }
.chart { margin: 0; min-width: 0; display: flex; flex-direction: column; }
.chart-head {
  display: flex; flex-wrap: wrap; gap: 4px 16px; justify-content: space-between;
  align-items: baseline; min-height: 28px;
}
.controls { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 12.5px; color: var(--muted); }
.controls label { display: inline-flex; align-items: center; gap: 5px; }
.controls select {
  font: inherit; color: var(--text); background: var(--card);
  border: 1px solid var(--line); border-radius: 5px; padding: 1px 4px; max-width: 15em;
}
.controls input { accent-color: var(--accent); margin: 0; }
.canvas { position: relative; height: 340px; margin-top: 6px; min-width: 0; }
figcaption { color: var(--muted); font-size: 12.5px; margin-top: 4px; }
details.figures { font-size: 12.5px; margin-top: 4px; }
details.figures summary { color: var(--accent); cursor: pointer; }
.events { min-width: 0; }
.event-kinds {
  list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 6px 0 0; padding: 0;
  font-size: 13px;
}
svg.kind {
  width: 12px; height: 12px; margin-right: 6px; vertical-align: -1px;
  fill: currentColor; stroke: currentColor; stroke-width: 1.5;
}
details.figures .scroll { max-height: 360px; overflow: auto; }
`;

const PRINT = `
@page { size: A4 landscape; margin: 11mm; }
@media print {
  :root, :root[data-theme] { color-scheme: light; --page: #fff; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav, .themes, details.figures { display: none; }
  section, .verdict, .warnings, .command {
    border-radius: 0; break-inside: auto; padding: 10px 0; border-width: 1px 0 0;
  }
  .verdict { border-left: 4px solid var(--accent); border-top: 0; padding-left: 12px; }
  .warnings { padding: 10px 12px; border-width: 1px; }
  section { break-before: page; }
  section.flow { break-before: auto; }
  h2, .conditions, .set-verdict, caption { break-after: avoid; }
  figure, tr, .warnings li { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: 3px 5px; }
  small { font-size: 7pt; }
  td { white-space: normal; }
  .subject { white-space: normal; }
  .settings-grid { grid-template-columns: 1fr 1fr; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 20px; }
  .canvas { height: 300px; }
  .canvas canvas { max-width: 100%; }
  .controls select { border: 0; appearance: none; padding: 0; background: none; }
  .controls label:has(input) { display: none; }
  .swatch, .share, .kind, .verdict, .warnings { print-color-adjust: exact; }
}
`;
