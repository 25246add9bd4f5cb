// The lines that db_bench prints about once a second on standard error, one for each thread: what
// it did since the last one and since its start.

import type { Interval } from "../../reports/result.ts";
import type { Progress } from "../run.ts";

const TICK =
  /thread (\d+): \((\d+),(\d+)\) ops and \(([\d.]+),[\d.]+\) ops\/second in \(([\d.]+),([\d.]+)\)/;

/** The ticks of one benchmark. */
export class DbBenchTicks {
  readonly #threads: number;
  readonly #expected: number;
  readonly #finished: number[];
  readonly #rates: number[];
  readonly #intervals: Interval[] = [];

  constructor(threads: number, expected: number) {
    this.#threads = threads;
    this.#expected = expected;
    this.#finished = new Array<number>(threads).fill(0);
    this.#rates = new Array<number>(threads).fill(0);
  }

  /** How far it is, when the line says so. A writer beside the readers is no thread of ours. */
  line(text: string): Progress | undefined {
    const tick = TICK.exec(text);
    if (tick === null) return undefined;
    const [thread, operations, all, rate, seconds, sinceStart] = tick.slice(1).map(Number);
    if (thread! >= this.#threads) return undefined;
    this.#finished[thread!] = all!;
    this.#rates[thread!] = rate!;
    this.#add(1000 * (sinceStart! - seconds!), 1000 * seconds!, operations!);
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
    return {
      finished: sum(this.#finished),
      total: this.#expected,
      elapsedNs: sinceStart! * 1e9,
      opsPerSec: sum(this.#rates),
    };
  }

  /** Intervals of the row; none with several threads, whose ticks do not fall together. */
  intervals(operations: number, seconds: number): Interval[] {
    if (this.#threads > 1) return [];
    const last = this.#intervals.at(-1);
    const startMs = last === undefined ? 0 : last.startMs + last.durationMs;
    const left = operations - this.#intervals.reduce((sum, each) => sum + each.operations, 0);
    if (left > 0 && 1000 * seconds > startMs) this.#add(startMs, 1000 * seconds - startMs, left);
    return this.#intervals;
  }

  #add(startMs: number, durationMs: number, operations: number): void {
    this.#intervals.push({ startMs, durationMs, warmup: false, operations, errors: 0 });
  }
}
