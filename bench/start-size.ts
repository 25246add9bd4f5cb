// How much the main job does: records and operations for a budget of time.
//
// Loads take LOAD_SHARE of the budget, and the workloads an equal part each of the rest. All
// engines do the same operations.

/**
 * As they run. D and E insert, so they come last: one more load, before E, is enough. Results and
 * tables have them from A to F.
 */
export const RUNNING_ORDER = [
  "workloada",
  "workloadb",
  "workloadc",
  "workloadf",
  "workloadd",
  "workloade",
] as const;

/** As they are shown. */
export const START_BENCHMARKS: readonly string[] = [...RUNNING_ORDER].sort();

export const START_REPEAT = 3;

const LOAD_SHARE = 0.3;
/** Loads that one pass over the benchmarks needs: at the start, and after D. */
const LOADS_PER_RUN = 2;
const RECORDS_MIN = 1000;
const RECORDS_MAX = 200_000;
const OPERATIONS_MIN = 200;
/** A run is cut short when it takes so many times its share. */
const OVERRUN = 4;

export interface StartSize {
  readonly records: number;
  readonly operationsOf: Readonly<Record<string, number>>;
  /** Longest that one benchmark of one run may take. */
  readonly maxSeconds: number;
}

/** What the pilot found, over all engines together. */
export interface PilotCost {
  /** Seconds that loading one record takes, summed over the engines. */
  readonly loadSeconds: number;
  /** Seconds that one operation takes, by benchmark, summed over the engines. */
  readonly operationSeconds: Readonly<Record<string, number>>;
  readonly engines: number;
}

/** Records and operations for a budget in seconds of loads and runs together. */
export function sizeStart(cost: PilotCost, budgetSeconds: number): StartSize {
  const loads = cost.loadSeconds * LOADS_PER_RUN * START_REPEAT;
  const records = clamp((budgetSeconds * LOAD_SHARE) / loads, RECORDS_MIN, RECORDS_MAX);
  const spentOnLoads = loads * records;
  const share = (budgetSeconds - spentOnLoads) / START_BENCHMARKS.length / START_REPEAT;
  const operationsOf: Record<string, number> = {};
  for (const [name, seconds] of Object.entries(cost.operationSeconds)) {
    operationsOf[name] = roundDown(Math.max(OPERATIONS_MIN, share / seconds));
  }
  const maxSeconds = Math.max(0.5, (OVERRUN * share) / cost.engines);
  return { records: roundDown(records), operationsOf, maxSeconds };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** To two significant digits: sizes that one can say. */
function roundDown(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.floor(value / step) * step);
}
