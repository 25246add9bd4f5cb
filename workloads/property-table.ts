// Every property that YCSB's client, measurements and core workload know, with its default, what it
// takes, and why it is refused where it means nothing here; and the ones that ringbench adds.

import { ZERO_PADDING_MAX } from "./key.ts";

/** What a property takes. Bounds are inclusive. */
type PropertyKind =
  | { readonly kind: "text" }
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  | { readonly kind: "choice"; readonly choices: readonly string[] };

export type PropertySpec = PropertyKind & {
  /**
   * The value when it is not given; undefined where there is none, or one worked out from others.
   */
  readonly default: string | undefined;
  /** Any value but the default is refused, for this reason. */
  readonly refused?: string;
};

const INT_MAX = 2 ** 31 - 1;

const text = (value?: string): PropertySpec => ({ kind: "text", default: value });
const boolean = (value: string): PropertySpec => ({ kind: "boolean", default: value });
const integer = (
  value: string | undefined,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): PropertySpec => ({ kind: "integer", default: value, min, max });
const number = (value: string | undefined, min = 0, max = Number.MAX_VALUE): PropertySpec => ({
  kind: "number",
  default: value,
  min,
  max,
});
const choice = (value: string, ...choices: string[]): PropertySpec => ({
  kind: "choice",
  default: value,
  choices,
});
const refused = (value: string | undefined, reason: string): PropertySpec => ({
  kind: "text",
  default: value,
  refused: reason,
});

const CORE_WORKLOAD = "site.ycsb.workloads.CoreWorkload";
const EXPORTERS = "site.ycsb.measurements.exporter.";
const ONE_HISTOGRAM = "every operation is recorded in an HdrHistogram, and only there";

/** YCSB's own properties. */
const YCSB_PROPERTIES = {
  // What the store holds.
  workload: choice(CORE_WORKLOAD, CORE_WORKLOAD, "com.yahoo.ycsb.workloads.CoreWorkload"),
  table: refused("usertable", "a store here is one table; give another store another folder"),
  recordcount: integer("0"),
  insertstart: integer("0"),
  insertcount: integer(undefined, 1),
  fieldcount: integer("10", 1, 65_536),
  fieldlength: integer("100", 0, INT_MAX),
  minfieldlength: integer("1", 0, INT_MAX),
  fieldlengthdistribution: choice("constant", "constant", "uniform", "zipfian", "histogram"),
  fieldlengthhistogram: text("hist.txt"),
  fieldnameprefix: text("field"),
  insertorder: text("hashed"),
  zeropadding: integer("1", 0, ZERO_PADDING_MAX),
  dataintegrity: boolean("false"),
  // What is asked of it.
  operationcount: integer("0"),
  readproportion: number("0.95"),
  updateproportion: number("0.05"),
  insertproportion: number("0.0"),
  scanproportion: number("0.0"),
  readmodifywriteproportion: number("0.0"),
  requestdistribution: choice(
    "uniform",
    "uniform",
    "zipfian",
    "latest",
    "hotspot",
    "sequential",
    "exponential",
  ),
  hotspotdatafraction: number("0.2", 0, 1),
  hotspotopnfraction: number("0.8", 0, 1),
  "exponential.percentile": number("95", Number.MIN_VALUE, 100 - 1e-9),
  "exponential.frac": number("0.8571428571", Number.MIN_VALUE),
  minscanlength: integer("1", 1, INT_MAX),
  maxscanlength: integer("1000", 1, INT_MAX),
  scanlengthdistribution: choice("uniform", "uniform", "zipfian"),
  readallfields: boolean("true"),
  readallfieldsbyname: boolean("false"),
  writeallfields: boolean("false"),
  core_workload_insertion_retry_limit: integer("0", 0, INT_MAX),
  core_workload_insertion_retry_interval: integer("3", 0, INT_MAX),
  core_workload_insertion_keep_going_on_error: boolean("false"),
  // Who asks, and how fast.
  threadcount: integer("1", 1, 1_000_000),
  target: integer("0", 0, INT_MAX),
  maxexecutiontime: integer("0", 0, INT_MAX),
  "spin.sleep": boolean("false"),
  dotransactions: refused(undefined, "the verbs load and run choose the phase"),
  db: refused(undefined, "the store is chosen with --engine or --cluster"),
  // What is reported.
  status: boolean("false"),
  "status.interval": integer("10", 1, 86_400),
  label: text(""),
  exporter: choice(
    `${EXPORTERS}TextMeasurementsExporter`,
    `${EXPORTERS}TextMeasurementsExporter`,
    `${EXPORTERS}JSONMeasurementsExporter`,
    `${EXPORTERS}JSONArrayMeasurementsExporter`,
  ),
  exportfile: text(undefined),
  measurementtype: refused("hdrhistogram", ONE_HISTOGRAM),
  "measurement.interval": choice("op", "op", "intended", "both"),
  "hdrhistogram.percentiles": text("50,95,99"),
  "hdrhistogram.fileoutput": boolean("false"),
  "hdrhistogram.output.path": text(""),
  "measurement.histogram.verbose": refused("false", ONE_HISTOGRAM),
  "histogram.buckets": refused("1000", ONE_HISTOGRAM),
  "timeseries.granularity": refused("1000", ONE_HISTOGRAM),
  "measurement.raw.output_file": refused("", ONE_HISTOGRAM),
  "measurement.raw.no_summary": refused("false", ONE_HISTOGRAM),
  "measurement.trackjvm": refused(
    "false",
    "there is no JVM; stores report their memory themselves",
  ),
  reportlatencyforeacherror: refused("false", "failed operations are counted by status, not timed"),
  latencytrackederrors: refused("", "failed operations are counted by status, not timed"),
} satisfies Record<string, PropertySpec>;

/** Properties that YCSB has not. */
const RINGBENCH_PROPERTIES = {
  /** Seed of every random choice. */
  "ringbench.seed": integer("1"),
  /** Exponent of zipfian and latest requests; from 1 on the true Zipf law. */
  "ringbench.zipfian.theta": number("0.99", Number.MIN_VALUE, 100),
  /** Draw zipfian and latest requests from the true Zipf law over the keys there are. */
  "ringbench.truezipf": boolean("false"),
  /** Values compress to about this part of their size; absent: YCSB's own random bytes. */
  "ringbench.compressionratio": number(undefined, 0, 1),
} satisfies Record<string, PropertySpec>;

export type PropertyName = keyof typeof YCSB_PROPERTIES | keyof typeof RINGBENCH_PROPERTIES;

/** Every property by name. */
export const PROPERTY_TABLE: Readonly<Record<PropertyName, PropertySpec>> = {
  ...YCSB_PROPERTIES,
  ...RINGBENCH_PROPERTIES,
};

export const PROPERTY_NAMES = Object.keys(PROPERTY_TABLE) as readonly PropertyName[];
