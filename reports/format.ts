// Figures as people read them: three significant digits, a unit behind them. Pure functions; the
// absent figure is a dash, never 0.

/** What stands where there is no figure. */
export const ABSENT = "–";

const THIN_SPACE = "\u202f";

/** 1234567 -> `1,234,567`. Rounds to whole numbers. */
export function formatCount(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return ABSENT;
  const digits = Math.round(Math.abs(value)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ",");
  return value < 0 && digits !== "0" ? `-${grouped}` : grouped;
}

/** Three significant digits, two below 0.1: 1234, 123, 12.3, 1.23, 0.12, 0.012. */
export function formatDigits(value: number): string {
  if (!Number.isFinite(value)) return ABSENT;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.0995) return value.toFixed(2);
  if (size >= 0.00995) return value.toFixed(3);
  return Number(value.toPrecision(2)).toString();
}

interface Step {
  readonly from: number;
  readonly unit: string;
}

const RATE_STEPS: readonly Step[] = [
  { from: 1e9, unit: "G" },
  { from: 1e6, unit: "M" },
  { from: 1e3, unit: "k" },
  { from: 1, unit: "" },
];

const TIME_STEPS: readonly Step[] = [
  { from: 1e9, unit: "s" },
  { from: 1e6, unit: "ms" },
  { from: 1e3, unit: "µs" },
  { from: 1, unit: "ns" },
];

const BYTE_STEPS: readonly Step[] = [
  { from: 1024 ** 4, unit: "TiB" },
  { from: 1024 ** 3, unit: "GiB" },
  { from: 1024 ** 2, unit: "MiB" },
  { from: 1024, unit: "KiB" },
  { from: 1, unit: "B" },
];

function inSteps(value: number, steps: readonly Step[], separator: string): string {
  const size = Math.abs(value);
  // 999.6 of one unit would print as 1000 of it: it is 1.00 of the next.
  const step = steps.find((each) => size >= each.from * 0.9995) ?? steps[steps.length - 1]!;
  return `${formatDigits(value / step.from)}${step.unit === "" ? "" : separator + step.unit}`;
}

/** Operations a second, without the unit of time: 1230000 -> `1.23 M`. */
export function formatRate(opsPerSec: number | undefined): string {
  if (opsPerSec === undefined || !Number.isFinite(opsPerSec)) return ABSENT;
  return inSteps(opsPerSec, RATE_STEPS, THIN_SPACE);
}

/** Nanoseconds as the largest unit that keeps a whole part: 4500 -> `4.50 µs`. */
export function formatNanoseconds(ns: number | undefined): string {
  if (ns === undefined || !Number.isFinite(ns)) return ABSENT;
  return inSteps(ns, TIME_STEPS, THIN_SPACE);
}

/** Bytes in binary units: 1048576 -> `1.00 MiB`. */
export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return ABSENT;
  if (Math.abs(bytes) < 1023.5) return `${Math.round(bytes)}${THIN_SPACE}B`;
  return inSteps(bytes, BYTE_STEPS, THIN_SPACE);
}

/** A duration for people: `850 ms`, `12.3 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return ABSENT;
  if (ms < 59_950) return formatNanoseconds(ms * 1e6);
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)}${THIN_SPACE}min ${seconds % 60}${THIN_SPACE}s`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}${THIN_SPACE}h ${minutes % 60}${THIN_SPACE}min`;
}

/** `2026-01-31T12:00:00.000Z` -> `2026-01-31 12:00:00 UTC`; any other text as it is. */
export function formatInstant(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}

/** A ratio of two figures: 2.13 -> `2.13 times`. */
export function formatTimes(ratio: number): string {
  return `${formatDigits(ratio)} times`;
}

/** A command as a POSIX shell would take it back. */
export function formatCommand(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
