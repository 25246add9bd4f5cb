// The thread that runs the simulation. A judge may take seconds in which nothing else has a turn;
// the other thread hears the user meanwhile.

import assert from "node:assert";
import fs from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { HistoryEvent } from "../../cluster/checking/history.ts";
import { SCENARIOS } from "../../cluster/simulation/scenarios.ts";
import { type ShrinkAttempt, simulate } from "../../cluster/simulation/simulate.ts";
import { systemClock } from "../../engines/io/clock.ts";
import { Random } from "../../workloads/random.ts";
import { failureOf } from "./failure.ts";
import { historyFile } from "./sim-histories.ts";
import { type SimNote, SimShared, type SimTask } from "./sim-messages.ts";

/** One run in so many that look for a smaller plan is told of, and one seed in so many. */
const SHOWN_EVERY = 10;

const port = parentPort;
assert(port !== null, "this file is the entry of a worker thread");
const { task, buffer } = workerData as { task: SimTask; buffer: SharedArrayBuffer };
const shared = new SimShared(buffer);

function tell(note: SimNote): void {
  port!.postMessage(note);
}

/** A sign of life: a smaller plan may take many runs to find. */
function attemptLine({ seed, checker, attempts, plan, isFailing }: ShrinkAttempt): string {
  const size = `${plan.faults.length} faults and ${plan.operations.length} operations`;
  const what = isFailing ? "still fails" : "does not fail";
  const of = `run ${attempts} of at most ${task.shrinkAttemptsMax}`;
  return `seed ${seed}: ${checker} with ${size} ${what}, ${of}`;
}

/** One line an event, as `check-history --format jsonl` reads it. */
function writeHistory(dir: string, seed: number, history: readonly HistoryEvent[]): void {
  fs.mkdirSync(dir, { recursive: true });
  const lines = history.map((event) => `${JSON.stringify(event)}\n`);
  // Nothing of another run is overwritten, should a file have come meanwhile.
  fs.writeFileSync(historyFile(dir, seed), lines.join(""), { flag: "wx" });
}

try {
  const { scenario, firstSeed, seeds, minutes, planted, kept, shrinkAttemptsMax, histories } = task;
  let done = 0;
  const result = await simulate({
    scenario: SCENARIOS.find(({ name }) => name === scenario)!,
    seeds: Array.from({ length: seeds }, (_, i) => firstSeed + i),
    minutes,
    ...(planted === undefined ? {} : { planted }),
    ...(kept === undefined ? {} : { kept }),
    shrinkAttemptsMax,
    randomOf: (seed) => new Random(seed),
    onSeed: (seed, { verdicts, history }) => {
      if (histories !== undefined) writeHistory(histories, seed, history);
      const broken = verdicts.filter(({ violations }) => violations.length > 0);
      if (broken.length > 0) {
        tell({ kind: "violated", seed, checkers: broken.map(({ checker }) => checker) });
      }
      if (++done % SHOWN_EVERY === 0 && seeds > 1) tell({ kind: "seed", done });
    },
    onAttempt: (attempt) => {
      if (attempt.attempts % SHOWN_EVERY !== 0) return;
      tell({ kind: "attempt", line: attemptLine(attempt) });
    },
    onTime: (seed, virtualMs) => shared.reach(seed, virtualMs),
    now: () => systemClock.now(),
    isInterrupted: () => shared.isInterrupted,
  });
  tell({ kind: "done", result });
} catch (error) {
  tell({ kind: "failed", failure: failureOf(error) });
}
