// Progress on standard error: a bar on a terminal, plain lines otherwise.

import {
  formatCount,
  formatDuration,
  formatNanoseconds,
  formatRate,
} from "../../reports/format.ts";
import type { Row } from "../../reports/result.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Progress } from "../run.ts";
import type { SuiteProgress } from "../suites/suite.ts";

/** What progress needs of a stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
/** Between two plain lines of one phase, in nanoseconds. */
const PLAIN_EVERY_NS = 10e9;
const CLEAR_LINE = "\r\x1b[K";

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** Phases that are expected in all; 0 when nobody knows. */
  readonly phases: number;
  /** True: nothing is printed but what `line` is given. */
  readonly quiet: boolean;
  readonly colour: boolean;
  readonly clock?: Clock;
}

export class ProgressView implements SuiteProgress {
  readonly #stream: ProgressStream;
  readonly #options: ProgressOptions;
  readonly #bar: boolean;
  readonly #clock: Clock;
  #label = "";
  #phase = 0;
  #drawn = false;
  #printedNs = 0;

  constructor(options: ProgressOptions) {
    this.#stream = options.stream;
    this.#options = options;
    this.#bar = options.stream.isTTY === true && !options.quiet;
    this.#clock = options.clock ?? systemClock;
  }

  begin(label: string, timed: boolean): void {
    if (timed) this.#phase++;
    const { phases } = this.#options;
    const count = timed && phases > 0 ? `[${this.#phase}/${phases}] ` : "";
    this.#label = `${count}${label}`;
    this.#printedNs = this.#clock.now();
    if (this.#options.quiet) return;
    if (this.#bar) this.#draw(`${this.#label} ...`);
    else this.#stream.write(`${this.#label} ...\n`);
  }

  update(progress: Progress): void {
    if (this.#options.quiet) return;
    const { finished, total, opsPerSec, elapsedNs } = progress;
    const rate = `${formatRate(opsPerSec)} ops/s`;
    const share = total > 0 ? Math.min(1, finished / total) : undefined;
    if (this.#bar) {
      const bar = share === undefined ? formatCount(finished) : `${barOf(share)} ${percent(share)}`;
      this.#draw(`${this.#label} ${bar} ${rate}${remaining(share, elapsedNs)}`);
      return;
    }
    const nowNs = this.#clock.now();
    if (nowNs - this.#printedNs < PLAIN_EVERY_NS) return;
    this.#printedNs = nowNs;
    const done = share === undefined ? formatCount(finished) : percent(share);
    this.#stream.write(`${this.#label}: ${done}, ${rate}\n`);
  }

  end(row: Row | undefined): void {
    this.#clear();
    if (this.#options.quiet || row === undefined) return;
    const latency =
      row.latencyNs === undefined ? "" : `, p99 ${formatNanoseconds(row.latencyNs.p99)}`;
    const errors = row.errors === 0 ? "" : `, ${this.#red(`${formatCount(row.errors)} errors`)}`;
    const partial = row.partial ? ", partial" : "";
    this.#stream.write(
      `${this.#label}: ${formatRate(row.opsPerSec)} ops/s${latency}${errors}${partial}\n`,
    );
  }

  /** A line that stays, whatever the bar does. */
  line(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  #draw(text: string): void {
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(CLEAR_LINE + text.slice(0, width));
    this.#drawn = true;
  }

  #clear(): void {
    if (!this.#drawn) return;
    this.#stream.write(CLEAR_LINE);
    this.#drawn = false;
  }

  #red(text: string): string {
    return this.#options.colour ? `\x1b[31m${text}\x1b[39m` : text;
  }
}

function barOf(share: number): string {
  const full = Math.round(share * BAR_CELLS);
  return `[${"#".repeat(full)}${".".repeat(BAR_CELLS - full)}]`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function remaining(share: number | undefined, elapsedNs: number): string {
  if (share === undefined || share < 0.02) return "";
  return `, ${formatDuration((elapsedNs / 1e6) * (1 / share - 1))} left`;
}
