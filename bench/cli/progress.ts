// Progress on standard error: a bar on a terminal, plain lines otherwise. With `--watch` figures of
// the engine stand under the bar, and the plain lines have them.
//
// Nothing of the terminal is changed (no cursor hidden, no other screen), so that whatever ends the
// process leaves it as it was.

import { type Clock, systemClock } from "../../engines/io/clock.ts";
import {
  formatCount,
  formatDuration,
  formatNanoseconds,
  formatRate,
} from "../../reports/format.ts";
import { isAllFailed } from "../../reports/latencies.ts";
import type { Row } from "../../reports/result.ts";
import type { Progress } from "../run.ts";
import type { SuiteProgress } from "../suites/suite.ts";
import type { LiveState } from "../watch.ts";
import { watchLine, watchLines } from "./watch-lines.ts";

/** What progress needs of a stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
/** Between two plain lines of one phase, in nanoseconds. */
const PLAIN_EVERY_NS = 10e9;
const CLEAR_LINE = "\r\x1b[K";
const CLEAR_DOWN = "\r\x1b[J";

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** Phases that are expected in all; 0 when nobody knows. */
  readonly phases: number;
  /** True: nothing is printed but what `line` is given. */
  readonly quiet: boolean;
  readonly colour: boolean;
  /** Figures of the engine about once a second, as `onState` is told them. */
  readonly watch?: boolean;
  readonly clock?: Clock;
}

export class ProgressView implements SuiteProgress {
  readonly #stream: ProgressStream;
  readonly #options: ProgressOptions;
  readonly #bar: boolean;
  readonly #clock: Clock;
  #label = "";
  #phase = 0;
  /** What stands on the terminal and is drawn over; the cursor is behind or below it. */
  #drawn: readonly string[] = [];
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
    if (this.#bar) this.#draw([`${this.#label} ...`]);
    else this.#stream.write(`${this.#label} ...\n`);
  }

  update(progress: Progress): void {
    if (this.#options.quiet) return;
    if (this.#bar) {
      // The figures under the bar are redrawn with it, once a second.
      if (this.#drawn.length <= 1) this.#draw([this.#barLine(progress)]);
      return;
    }
    if (this.#options.watch) return;
    const nowNs = this.#clock.now();
    if (nowNs - this.#printedNs < PLAIN_EVERY_NS) return;
    this.#printedNs = nowNs;
    const rate = `${formatRate(progress.opsPerSec)} ops/s`;
    this.#stream.write(`${this.#label}: ${doneOf(progress)}, ${rate}\n`);
  }

  /** The figures of `--watch`; nothing is shown without it. */
  readonly onState = (state: LiveState): void => {
    if (this.#options.quiet || !this.#options.watch) return;
    const { progress } = state;
    if (this.#bar) this.#draw([this.#barLine(progress), ...watchLines(state)]);
    else this.#stream.write(`${this.#label}: ${doneOf(progress)}, ${watchLine(state)}\n`);
  };

  end(row: Row | undefined): void {
    this.#clear();
    if (this.#options.quiet || row === undefined) return;
    if (isAllFailed(row)) {
      const all = `all ${formatCount(row.operations)} operations failed`;
      this.#stream.write(`${this.#label}: ${this.#red(all)}\n`);
      return;
    }
    const latency =
      row.latencyNs === undefined ? "" : `, p99 ${formatNanoseconds(row.latencyNs.p99)}`;
    const errors = row.errors === 0 ? "" : `, ${this.#red(`${formatCount(row.errors)} errors`)}`;
    const partial = row.partial ? ", partial" : "";
    this.#stream.write(
      `${this.#label}: ${formatRate(row.opsPerSec)} ops/s${latency}${errors}${partial}\n`,
    );
  }

  leftOut(line: string): void {
    if (!this.#options.quiet) this.line(line);
  }

  /** A line that stays, above what is drawn over. */
  line(text: string): void {
    const drawn = this.#drawn;
    this.#clear();
    this.#stream.write(`${text}\n`);
    // A bar comes back ten times a second by itself, a block only once.
    if (drawn.length > 1) this.#draw(drawn);
  }

  /** Such a line as a context's `warn` prints it. */
  readonly warn = (text: string): void => this.line(`ringbench: ${text}`);

  /** A bar alone, with the cursor behind it, or a block, with the cursor in the line below. */
  #draw(lines: readonly string[]): void {
    const width = (this.#stream.columns ?? 80) - 1;
    // What has scrolled away cannot be drawn over.
    const height = Math.max(1, (this.#stream.rows ?? 24) - 1);
    const cut = lines.slice(0, height).map((line) => line.slice(0, width));
    this.#stream.write(this.#clearing() + (cut.length === 1 ? cut[0]! : `${cut.join("\n")}\n`));
    this.#drawn = cut;
  }

  #clear(): void {
    if (this.#drawn.length === 0) return;
    this.#stream.write(this.#clearing());
    this.#drawn = [];
  }

  #clearing(): string {
    const { length } = this.#drawn;
    return length > 1 ? `\x1b[${length}A${CLEAR_DOWN}` : CLEAR_LINE;
  }

  #barLine(progress: Progress): string {
    const { total, opsPerSec, elapsedNs } = progress;
    const share = shareOf(progress);
    const bar = total > 0 ? `${barOf(share!)} ${percent(share!)}` : doneOf(progress);
    return `${this.#label} ${bar} ${formatRate(opsPerSec)} ops/s${remaining(share, elapsedNs)}`;
  }

  #red(text: string): string {
    return this.#options.colour ? `\x1b[31m${text}\x1b[39m` : text;
  }
}

/** From 0 to 1; undefined when nobody knows how much there is to do. */
function shareOf({ finished, total }: Progress): number | undefined {
  return total > 0 ? Math.min(1, finished / total) : undefined;
}

function doneOf(progress: Progress): string {
  const share = shareOf(progress);
  return share === undefined ? formatCount(progress.finished) : percent(share);
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
