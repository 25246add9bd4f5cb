// The latencies of one name of operation, as a recorder collects them.
//
// A latency is recorded once, into the histograms of the interval that runs. At its end those are
// taken away as they are and empty ones take their place; later they are added to the totals.

import { Histogram } from "../reports/hdr/histogram.ts";
import { HistogramMap, sumOf } from "./histogram-map.ts";
import type { IntervalSeries } from "./interval.ts";

/** What happened since the last call, for a status line. */
export interface OperationStatus {
  readonly operation: string;
  readonly histogram: Histogram;
}

/** Steps and extras have series of their own, beside those of whole operations. */
export class Series {
  readonly name: string;
  /** Part of the figures over all operations. */
  readonly counts: boolean;
  service = new Histogram();
  response: Histogram | undefined;
  readonly totalService = new Histogram();
  readonly totalResponse: Histogram | undefined;
  readonly status: Histogram | undefined;

  constructor(name: string, counts: boolean, openLoop: boolean, status: boolean) {
    this.name = name;
    this.counts = counts;
    this.response = openLoop ? new Histogram() : undefined;
    this.totalResponse = openLoop ? new Histogram() : undefined;
    this.status = status ? new Histogram() : undefined;
  }

  /** What the interval that ends recorded; undefined when that is nothing. */
  takeInterval(): IntervalSeries | undefined {
    const { name, counts, service, response } = this;
    if (service.totalCount === 0) return undefined;
    this.status?.add(service);
    this.service = new Histogram();
    if (response !== undefined) this.response = new Histogram();
    return { name, counts, service, response };
  }
}

export interface SeriesTotals {
  /** By name. */
  readonly services: HistogramMap;
  /** By name; empty in closed loop. */
  readonly responses: HistogramMap;
  /** Over all operations, response times in open loop; undefined when nothing was recorded. */
  readonly all: Histogram | undefined;
}

/** Every series of a recorder. */
export class SeriesList {
  readonly #openLoop: boolean;
  readonly #status: boolean;
  readonly #all: Series[] = [];

  /** @param status keep what `takeStatus` needs. */
  constructor(openLoop: boolean, status: boolean) {
    this.#openLoop = openLoop;
    this.#status = status;
  }

  /** The series of this name and use, which is made when there is none. */
  find(name: string, counts: boolean): Series {
    const present = this.#all.find((each) => each.name === name && each.counts === counts);
    if (present !== undefined) return present;
    const series = new Series(name, counts, this.#openLoop, this.#status);
    this.#all.push(series);
    return series;
  }

  takeInterval(): IntervalSeries[] {
    return this.#all.map((each) => each.takeInterval()).filter((taken) => taken !== undefined);
  }

  /** Adds what an interval recorded to the totals. */
  addToTotals(taken: readonly IntervalSeries[]): void {
    for (const { name, counts, service, response } of taken) {
      const series = this.find(name, counts);
      series.totalService.add(service);
      if (response !== undefined) series.totalResponse!.add(response);
    }
  }

  totals(): SeriesTotals {
    const services = new HistogramMap();
    const responses = new HistogramMap();
    for (const { name, totalService, totalResponse } of this.#all) {
      services.add(name, totalService);
      if (totalResponse !== undefined) responses.add(name, totalResponse);
    }
    const counted = this.#all.filter(({ counts }) => counts);
    const all = sumOf(
      counted.map(({ totalResponse, totalService }) => totalResponse ?? totalService),
    );
    return { services, responses, all: all.totalCount === 0 ? undefined : all };
  }

  /** Histograms of what was done since the last call, up to the last interval's end. Copies. */
  takeStatus(): OperationStatus[] {
    const byName = new HistogramMap();
    for (const { name, status } of this.#all) {
      if (status === undefined || status.totalCount === 0) continue;
      byName.add(name, status);
      status.reset();
    }
    return [...byName.entries()].map(([operation, histogram]) => ({ operation, histogram }));
  }
}
