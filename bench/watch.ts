// Watches one engine over the rows of a suite: its events and, about once a second, its figures.
// Nothing here is done for an operation.
//
//  - Whoever opens the engine hands `opened()` to it.
//  - Whoever runs a row calls `begin`, `beat` ten times a second or so, and `end`.
//  - Whoever looks on (`--watch`) is told about once a second, of the last sample that there is.

import type { Engine, EngineEvent, EngineStats } from "../engines/engine.ts";
import type { Clock } from "../engines/io/clock.ts";
import type { Row } from "../reports/result.ts";
import type { Progress } from "./run.ts";
import { EventLog, type OpenEvent } from "./watch-events.ts";
import { SampleSeries } from "./watch-samples.ts";

/** A little less than a second, for beats that are a little early. */
const STATE_EVERY_NS = 0.99e9;

/** What a row keeps of what was watched; what there was none of is absent. */
export type Watched = Pick<Row, "events" | "eventsDropped" | "samples" | "samplingMs">;

/** A row at a moment, for whoever looks on. */
export interface LiveState {
  /** The rate is since the last state. */
  readonly progress: Progress;
  /** Since the start of the row. */
  readonly meanOpsPerSec: number;
  /** Of the last interval that ended; undefined without latencies. */
  readonly p99Ns: number | undefined;
  readonly stats: EngineStats;
  /** How old these are: an engine that is slow to say them is not asked every second. */
  readonly statsAgeMs: number;
  /** Those of the state before this one, or of the start of the row. */
  readonly previousStats: EngineStats | undefined;
  /** Background work that is under way, the oldest first. */
  readonly work: readonly { readonly kind: string; readonly detail: string; ms: number }[];
  /** How often background work ended in this row, by kind. */
  readonly ended: ReadonlyMap<string, number>;
}

export class Watch {
  /** Called about once a second while a row runs; set by whoever looks on. */
  onState: ((state: LiveState) => void) | undefined;
  readonly #clock: Clock;
  readonly #events: EventLog;
  readonly #samples: SampleSeries;
  #engine: Pick<Engine, "stats"> | undefined;
  #last: { readonly finished: number; readonly elapsedNs: number } | undefined;
  #stateDueNs = 0;
  /** Of the last sample, and of the last state. */
  #stats: EngineStats = {};
  #statsNs = 0;
  #lastStats: EngineStats | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#events = new EventLog(clock);
    this.#samples = new SampleSeries(clock);
  }

  /** The `onEvent` for an engine that is about to be opened. */
  opened(): (event: EngineEvent) => void {
    return this.#events.listen();
  }

  /** A row begins now. */
  begin(engine: Pick<Engine, "stats">): void {
    this.#engine = engine;
    this.#last = undefined;
    this.#lastStats = this.#samples.begin(() => engine.stats());
    this.#stats = this.#lastStats ?? {};
    const { rowStartNs } = this.#samples;
    this.#statsNs = rowStartNs;
    this.#stateDueNs = rowStartNs + STATE_EVERY_NS;
    this.#events.beginRow(rowStartNs);
  }

  /** The row goes on. `p99Ns` is called when somebody looks on. */
  beat(nowNs: number, progress: Progress, p99Ns: () => number | undefined = () => undefined): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    if (this.#samples.isDue(nowNs)) {
      const stats = this.#samples.take(nowNs, () => engine.stats());
      if (stats !== undefined) {
        this.#stats = stats;
        this.#statsNs = nowNs;
      }
    }
    if (this.onState === undefined || nowNs < this.#stateDueNs) return;
    this.#stateDueNs = nowNs + STATE_EVERY_NS;
    this.onState(this.#stateOf(nowNs, progress, p99Ns()));
    this.#last = progress;
    this.#lastStats = this.#stats;
  }

  /** The row ends now. */
  end(): Watched {
    const engine = this.#engine;
    if (engine === undefined) return {};
    this.#engine = undefined;
    const { events, dropped } = this.#events.endRow();
    this.#samples.take(this.#clock.now(), () => engine.stats());
    const { samples, costMs } = this.#samples.end();
    const said = samples.some(({ stats }) => Object.keys(stats).length > 0);
    return {
      ...(events.length === 0 ? {} : { events }),
      ...(dropped === 0 ? {} : { eventsDropped: dropped }),
      ...(said ? { samples, samplingMs: costMs } : {}),
    };
  }

  #stateOf(nowNs: number, progress: Progress, p99Ns: number | undefined): LiveState {
    const { finished, elapsedNs } = progress;
    const sinceNs = elapsedNs - (this.#last?.elapsedNs ?? 0);
    const since = finished - (this.#last?.finished ?? 0);
    return {
      progress: { ...progress, opsPerSec: rate(since, sinceNs) },
      meanOpsPerSec: rate(finished, elapsedNs),
      p99Ns,
      stats: this.#stats,
      statsAgeMs: (nowNs - this.#statsNs) / 1e6,
      previousStats: this.#lastStats,
      work: this.#events.open.map((event) => workOf(event, nowNs)),
      ended: this.#events.endedByKind,
    };
  }
}

function workOf({ kind, detail, startNs }: OpenEvent, nowNs: number): LiveState["work"][number] {
  return { kind, detail: detail ?? "", ms: (nowNs - startNs) / 1e6 };
}

function rate(count: number, ns: number): number {
  return ns > 0 ? (count * 1e9) / ns : 0;
}
