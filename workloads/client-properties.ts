// The properties that are about who asks and what is reported: for the load generator, not for the
// workload.

import type { PropertyReader } from "./property-reader.ts";
import { badValue } from "./property-reader.ts";

export interface ClientProperties {
  /** Logical clients, at least 1. Not yet clipped to the number of operations. */
  readonly threadCount: number;
  /** Operations a second over all clients; 0: as fast as they go. */
  readonly targetOpsPerSec: number;
  /** 0: no limit. */
  readonly maxExecutionTimeSec: number;
  /** Wait for the next operation's time by spinning instead of sleeping. */
  readonly spinSleep: boolean;
  /** Print a status line every `statusIntervalSec`. */
  readonly status: boolean;
  /** At least 1. */
  readonly statusIntervalSec: number;
  /** Goes in front of status lines; "" for none. */
  readonly label: string;
  readonly exporter: "text" | "json" | "json-array";
  /** Where the figures go; undefined: standard output. */
  readonly exportFile: string | undefined;
  /** Latency from when an operation was sent, from when it was to be sent, or both. */
  readonly measurementInterval: "op" | "intended" | "both";
  /** Percentiles to print, each above 0 and up to 100, in the order given. */
  readonly percentiles: readonly number[];
  /** Write an interval log per operation, `<output path><operation>.hdr`. */
  readonly histogramFileOutput: boolean;
  readonly histogramOutputPath: string;
  /** How often a failed insert of the load phase is tried again. */
  readonly insertRetryLimit: number;
  /** Mean pause before that; YCSB draws each from 0.8 to 1.2 of it. */
  readonly insertRetryIntervalSec: number;
  /** Go on after an insert that failed for good, instead of ending the load. */
  readonly insertKeepGoing: boolean;
}

/** Throws WORKLOAD_PROPERTY_VALUE for a list of percentiles that is none. */
export function readClientProperties(reader: PropertyReader): ClientProperties {
  const exporter = reader.text("exporter")!;
  const exportFile = reader.text("exportfile");
  return {
    threadCount: reader.number("threadcount"),
    targetOpsPerSec: reader.number("target"),
    maxExecutionTimeSec: reader.number("maxexecutiontime"),
    spinSleep: reader.boolean("spin.sleep"),
    status: reader.boolean("status"),
    statusIntervalSec: reader.number("status.interval"),
    label: reader.text("label")!,
    exporter: /JSONArray/.test(exporter) ? "json-array" : /JSON/.test(exporter) ? "json" : "text",
    exportFile: exportFile === "" ? undefined : exportFile,
    measurementInterval: reader.text("measurement.interval") as "op" | "intended" | "both",
    percentiles: percentiles(reader),
    histogramFileOutput: reader.boolean("hdrhistogram.fileoutput"),
    histogramOutputPath: reader.text("hdrhistogram.output.path")!,
    insertRetryLimit: reader.number("core_workload_insertion_retry_limit"),
    insertRetryIntervalSec: reader.number("core_workload_insertion_retry_interval"),
    insertKeepGoing: reader.boolean("core_workload_insertion_keep_going_on_error"),
  };
}

function percentiles(reader: PropertyReader): number[] {
  const text = reader.text("hdrhistogram.percentiles")!;
  return text.split(",").map((part) => {
    const percentile = part.trim() === "" ? Number.NaN : Number(part);
    if (percentile > 0 && percentile <= 100) return percentile;
    throw badValue("hdrhistogram.percentiles", text, "is no list of numbers above 0, up to 100");
  });
}
