// The properties of YCSB's core workload, typed and checked against each other.

import { type ClientProperties, readClientProperties } from "./client-properties.ts";
import { mergeProperties } from "./properties.ts";
import { badValue, PropertyReader } from "./property-reader.ts";
import type { PropertyName } from "./property-table.ts";
import { OperationKind } from "./workload.ts";

/** YCSB's stand-in for a recordcount of 0. */
const RECORD_COUNT_UNSET = 2 ** 31 - 1;

/** The most bytes of a record: far above any engine's limit, far below what an array takes. */
const RECORD_BYTES_MAX = 2 ** 30;

export type RequestDistribution =
  | "uniform"
  | "zipfian"
  | "latest"
  | "hotspot"
  | "sequential"
  | "exponential";

export interface CoreSettings {
  readonly recordCount: number;
  /** 0: until a time limit. */
  readonly operationCount: number;
  /** The first key number of the load phase, and how many follow from it, at least 1. */
  readonly insertStart: number;
  readonly insertCount: number;
  readonly fieldCount: number;
  /** Bytes of a field; its maximum where `fieldLengthDistribution` is uniform or zipfian. */
  readonly fieldLengthBytes: number;
  readonly fieldLengthMinBytes: number;
  readonly fieldLengthDistribution: "constant" | "uniform" | "zipfian" | "histogram";
  /** The file whose text the workload needs; undefined unless the distribution is histogram. */
  readonly fieldLengthHistogramFile: string | undefined;
  readonly fieldNamePrefix: string;
  readonly hashedInserts: boolean;
  readonly zeroPadding: number;
  readonly dataIntegrity: boolean;
  /** Weights of the kinds in YCSB's order; at least one is above 0. */
  readonly proportions: readonly { readonly value: OperationKind; readonly weight: number }[];
  readonly insertProportion: number;
  readonly requestDistribution: RequestDistribution;
  readonly hotspotDataFraction: number;
  readonly hotspotOperationFraction: number;
  readonly exponentialPercentile: number;
  readonly exponentialFraction: number;
  readonly scanLengthMin: number;
  readonly scanLengthMax: number;
  readonly scanLengthDistribution: "uniform" | "zipfian";
  readonly readAllFields: boolean;
  readonly writeAllFields: boolean;
  readonly seed: number;
  readonly theta: number;
  readonly trueZipf: boolean;
  /** Undefined: YCSB's own random bytes. */
  readonly compressionRatio: number | undefined;
}

export interface ResolvedProperties {
  readonly core: CoreSettings;
  readonly client: ClientProperties;
  /** Every property with its value in force, defaults included. */
  readonly inForce: Readonly<Record<string, string>>;
  /** Where YCSB's rules do what a user may not expect; one line each. */
  readonly warnings: readonly string[];
}

/**
 * Merges the texts of property files and "name=value" overrides, later ones winning, and checks
 * them.
 *
 * Throws WorkloadError: WORKLOAD_PROPERTY_SYNTAX, _UNKNOWN, _REFUSED or _VALUE. No property is
 * ignored.
 */
export function resolveProperties(
  texts: readonly string[],
  overrides: readonly string[] = [],
): ResolvedProperties {
  const reader = new PropertyReader(mergeProperties(texts, overrides));
  const core = readCoreSettings(reader);
  const inForce = reader.inForce();
  inForce.recordcount = String(core.recordCount);
  inForce.insertcount = String(core.insertCount);
  return { core, client: readClientProperties(reader), inForce, warnings: warningsOf(reader) };
}

function readCoreSettings(reader: PropertyReader): CoreSettings {
  const settings: CoreSettings = {
    ...readRange(reader),
    ...readFields(reader),
    ...readMix(reader),
    ...readRequests(reader),
    operationCount: reader.number("operationcount"),
    hashedInserts: reader.text("insertorder") === "hashed",
    zeroPadding: reader.number("zeropadding"),
    readAllFields: reader.boolean("readallfields"),
    writeAllFields: reader.boolean("writeallfields"),
    seed: reader.number("ringbench.seed"),
  };
  return settings;
}

function readRange(reader: PropertyReader) {
  const recordCount = reader.number("recordcount") || RECORD_COUNT_UNSET;
  const insertStart = reader.number("insertstart");
  const insertCount = reader.has("insertcount")
    ? reader.number("insertcount")
    : recordCount - insertStart;
  if (insertStart >= recordCount) {
    throw badValue("insertstart", String(insertStart), `must be below recordcount, ${recordCount}`);
  }
  if (insertStart + insertCount > recordCount) {
    const what = `with insertstart ${insertStart} goes beyond recordcount, ${recordCount}`;
    throw badValue("insertcount", String(insertCount), what);
  }
  return { recordCount, insertStart, insertCount };
}

function readFields(reader: PropertyReader) {
  const fieldCount = reader.number("fieldcount");
  const fieldLengthBytes = reader.number("fieldlength");
  const fieldLengthMinBytes = reader.number("minfieldlength");
  const distribution = reader.text(
    "fieldlengthdistribution",
  ) as CoreSettings["fieldLengthDistribution"];
  const ranged = distribution === "uniform" || distribution === "zipfian";
  if (ranged && fieldLengthMinBytes > fieldLengthBytes) {
    const what = `is above fieldlength, ${fieldLengthBytes}`;
    throw badValue("minfieldlength", String(fieldLengthMinBytes), what);
  }
  if (fieldCount * fieldLengthBytes > RECORD_BYTES_MAX) {
    const what = `times fieldcount ${fieldCount} is above ${RECORD_BYTES_MAX} bytes`;
    throw badValue("fieldlength", String(fieldLengthBytes), what);
  }
  const dataIntegrity = reader.boolean("dataintegrity");
  if (dataIntegrity && distribution !== "constant") {
    const what = "needs fieldlengthdistribution=constant";
    throw badValue("dataintegrity", "true", what);
  }
  const compressionRatio = reader.number("ringbench.compressionratio");
  if (dataIntegrity && !Number.isNaN(compressionRatio)) {
    const what = "has no meaning with dataintegrity=true, which decides every byte";
    throw badValue("ringbench.compressionratio", String(compressionRatio), what);
  }
  return {
    fieldCount,
    fieldLengthBytes,
    fieldLengthMinBytes,
    fieldLengthDistribution: distribution,
    fieldLengthHistogramFile:
      distribution === "histogram" ? reader.text("fieldlengthhistogram") : undefined,
    fieldNamePrefix: reader.text("fieldnameprefix")!,
    dataIntegrity,
    compressionRatio: Number.isNaN(compressionRatio) ? undefined : compressionRatio,
  };
}

/** YCSB's order of the kinds, with the property that gives the weight of each. */
const PROPORTIONS: readonly (readonly [PropertyName, OperationKind])[] = [
  ["readproportion", OperationKind.read],
  ["updateproportion", OperationKind.update],
  ["insertproportion", OperationKind.insert],
  ["scanproportion", OperationKind.scan],
  ["readmodifywriteproportion", OperationKind.readModifyWrite],
];

function readMix(reader: PropertyReader) {
  const proportions = PROPORTIONS.map(([name, value]) => ({ value, weight: reader.number(name) }));
  if (!proportions.some(({ weight }) => weight > 0)) {
    throw badValue("readproportion", reader.text("readproportion")!, "and all others add up to 0");
  }
  const scanLengthMin = reader.number("minscanlength");
  const scanLengthMax = reader.number("maxscanlength");
  if (scanLengthMin > scanLengthMax) {
    const what = `is above maxscanlength, ${scanLengthMax}`;
    throw badValue("minscanlength", String(scanLengthMin), what);
  }
  return {
    proportions,
    insertProportion: reader.number("insertproportion"),
    scanLengthMin,
    scanLengthMax,
    scanLengthDistribution: reader.text("scanlengthdistribution") as "uniform" | "zipfian",
  };
}

function readRequests(reader: PropertyReader) {
  const requestDistribution = reader.text("requestdistribution") as RequestDistribution;
  const skewed = requestDistribution === "zipfian" || requestDistribution === "latest";
  for (const name of ["ringbench.zipfian.theta", "ringbench.truezipf"] as const) {
    if (skewed || reader.isDefault(name)) continue;
    const what = `means nothing to requestdistribution=${requestDistribution}`;
    throw badValue(name, reader.text(name)!, what);
  }
  const theta = reader.number("ringbench.zipfian.theta");
  return {
    requestDistribution,
    theta,
    trueZipf: reader.boolean("ringbench.truezipf") || theta >= 1,
    hotspotDataFraction: reader.number("hotspotdatafraction"),
    hotspotOperationFraction: reader.number("hotspotopnfraction"),
    exponentialPercentile: reader.number("exponential.percentile"),
    exponentialFraction: reader.number("exponential.frac"),
  };
}

function warningsOf(reader: PropertyReader): string[] {
  const warnings: string[] = [];
  if (reader.number("recordcount") === 0) {
    warnings.push(`recordcount is not set: YCSB takes ${RECORD_COUNT_UNSET} records`);
  }
  const set = PROPORTIONS.filter(([name]) => reader.has(name));
  for (const name of ["readproportion", "updateproportion"] as const) {
    if (set.length === 0 || reader.has(name)) continue;
    warnings.push(`${name} is not set beside other proportions: YCSB adds ${reader.text(name)}`);
  }
  const order = reader.text("insertorder")!;
  if (order !== "hashed" && order !== "ordered") {
    warnings.push(`insertorder=${order} is neither hashed nor ordered: YCSB takes it as ordered`);
  }
  if (reader.number("ringbench.zipfian.theta") >= 1 && !reader.boolean("ringbench.truezipf")) {
    warnings.push("YCSB's zipfian law ends below theta 1: the true Zipf law is used");
  }
  return warnings;
}
