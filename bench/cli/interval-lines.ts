// `--stats-interval-seconds`: a line every so often while a benchmark runs, with what it did since
// the last one and since its start, as db_bench's option of that name.

import { formatCount, formatRate } from "../../reports/format.ts";
import type { Row } from "../../reports/result.ts";
import type { Progress } from "../run.ts";
import type { SuiteProgress } from "../suites/suite.ts";
import type { ProgressView } from "./progress.ts";

/** Progress comes ten times a second: what is early by less than half of that is on time. */
const SLACK_NS = 5e7;

export class IntervalLines implements SuiteProgress {
  readonly #view: ProgressView;
  readonly #intervalNs: number;
  #label = "";
  #timed = false;
  #finished = 0;
  #elapsedNs = 0;

  /** @param view gets what is told, and prints the lines. */
  constructor(view: ProgressView, intervalSeconds: number) {
    this.#view = view;
    this.#intervalNs = intervalSeconds * 1e9;
  }

  begin(label: string, timed: boolean): void {
    this.#label = label;
    this.#timed = timed;
    this.#finished = 0;
    this.#elapsedNs = 0;
    this.#view.begin(label, timed);
  }

  update(progress: Progress): void {
    this.#view.update(progress);
    const { finished, elapsedNs } = progress;
    const sinceNs = elapsedNs - this.#elapsedNs;
    if (!this.#timed || sinceNs + SLACK_NS < this.#intervalNs) return;
    const now = finished - this.#finished;
    const rates = [(now * 1e9) / sinceNs, (finished * 1e9) / elapsedNs].map(formatRate);
    this.#view.line(
      `${this.#label}: ${(elapsedNs / 1e9).toFixed(1)} s: ` +
        `${formatCount(now)} operations, ${rates[0]} ops/s; ` +
        `${formatCount(finished)} since the start, ${rates[1]} ops/s`,
    );
    this.#finished = finished;
    this.#elapsedNs = elapsedNs;
  }

  end(row: Row | undefined): void {
    this.#view.end(row);
  }

  leftOut(line: string): void {
    this.#view.leftOut(line);
  }
}
