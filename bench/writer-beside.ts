// A benchmark with a writer beside it (db_bench's readwhilewriting): the writer is one more client,
// which is in no figure of the row but its notes.
//
// On one thread the two take turns: each sends for a slice of SLICE_NS, then lets the other run, as
// threads do that are more than the cores. Where a store answers a put with a promise, the answer
// has to wait for the readers' slice, so it is a short one; the turns cost it some percent.

import { formatCount, formatRate } from "../reports/format.ts";
import type { Workload } from "../workloads/workload.ts";
import type { Offer } from "./offer.ts";
import { type RunOptions, type RunOutcome, runPhase } from "./run.ts";

const SLICE_NS = 1e5;

/** Runs the phase with somebody who writes what `writer` says until it has ended. */
export async function runBesideWriter(
  options: RunOptions,
  writer: Workload,
  writerOpsPerSec: number | undefined,
): Promise<RunOutcome> {
  const readers = new AbortController();
  const ended = new AbortController();
  const stopReaders = () => readers.abort();
  options.signal.addEventListener("abort", stopReaders);
  if (options.signal.aborted) stopReaders();
  const writing = runPhase(writerOptions(options, writer, writerOpsPerSec, ended.signal));
  // A writer that fails stops the readers; why is told when both have ended.
  writing.catch(stopReaders);
  try {
    const outcome = await runPhase({ ...options, sliceNs: SLICE_NS, signal: readers.signal });
    ended.abort();
    const beside = await writing;
    const rate = beside.elapsedNs > 0 ? (beside.operations * 1e9) / beside.elapsedNs : 0;
    const limit = writerOpsPerSec === undefined ? "unlimited" : `limited to ${writerOpsPerSec}/s`;
    const note =
      `beside it one writer overwrote ${formatCount(beside.operations)} keys, ` +
      `${formatRate(rate)} ops/s (${limit})`;
    const failed = beside.errors === 0 ? [] : [`${beside.errors} of the writer's puts failed`];
    return { ...outcome, notes: [...outcome.notes, note, ...failed] };
  } finally {
    ended.abort();
    await writing.catch(() => {});
    options.signal.removeEventListener("abort", stopReaders);
  }
}

function writerOptions(
  options: RunOptions,
  workload: Workload,
  opsPerSec: number | undefined,
  signal: AbortSignal,
): RunOptions {
  const { engine, clock, timer } = options;
  const offer: Offer =
    opsPerSec === undefined
      ? { kind: "closed" }
      : { kind: "open", arrivals: "constant", ratePerSec: opsPerSec, schedule: "shared" };
  return {
    engine,
    workload,
    phase: "run",
    offer,
    clients: 1,
    operations: 0,
    warmupOperations: 0,
    // A clock that is read now and then (clock.ts) would not see that the readers had their slice.
    latency: true,
    sliceNs: SLICE_NS,
    notFoundFails: false,
    clock,
    timer,
    signal,
  };
}
