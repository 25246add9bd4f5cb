// YCSB's core workload: which operations, on which keys, with which values.
//
//  I1. The load phase inserts every key number insertStart <= k < insertStart + insertCount once,
//      dealt out to the clients in turn: client i of n takes insertStart + i, + n, + 2 n, ...
//  I2. An operation other than an insert names a key number of at most the last acknowledged one.
//  I3. Inserts of the run phase take the key numbers from recordCount up, each once, whoever asks.
//  I4. A client's choices follow from (seed, phase, client index) and, through I2 and I3 alone,
//      from what was handed out and acknowledged before.

import { AcknowledgedCounter } from "./acknowledged-counter.ts";
import { CoreLoadClient, CoreRunClient } from "./core-client.ts";
import type { CoreSettings, ResolvedProperties } from "./core-settings.ts";
import { type HistogramTable, parseHistogram } from "./histogram.ts";
import { badValue } from "./property-reader.ts";
import { Random } from "./random.ts";
import { RecordLayout } from "./record.ts";
import { RequestKeys } from "./request-keys.ts";
import { ConstantValues, IntegritySource, type ValueSource, VaryingValues } from "./values.ts";
import type { ValueCheck, Workload, WorkloadClient } from "./workload.ts";

export interface CoreWorkloadOptions {
  /** For rows and reports: "workloada", the name of the file, ... */
  readonly name: string;
  /** The text of `CoreSettings.fieldLengthHistogramFile`, where there is one. */
  readonly fieldLengthHistogram?: string;
}

export class CoreWorkload implements Workload {
  readonly name: string;
  /** Records of the load phase: YCSB's insertcount. */
  readonly recordCount: number;
  readonly operationCount: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly fieldCount: number;
  readonly check: ValueCheck | undefined;
  readonly settings: CoreSettings;
  readonly layout: RecordLayout;
  private readonly random: Random;
  private readonly counter: AcknowledgedCounter;
  private readonly keys: RequestKeys;
  private readonly values: { source(random: Random): ValueSource };

  /**
   * Throws WORKLOAD_PROPERTY_VALUE for a histogram of field lengths that is missing or malformed.
   */
  constructor(resolved: ResolvedProperties, options: CoreWorkloadOptions) {
    const settings = resolved.core;
    this.name = options.name;
    this.settings = settings;
    this.recordCount = settings.insertCount;
    this.operationCount = settings.operationCount;
    this.properties = resolved.inForce;
    this.seed = settings.seed;
    this.fieldCount = settings.fieldCount;
    this.random = new Random(settings.seed);
    const table = histogramTable(settings, options.fieldLengthHistogram);
    this.layout = new RecordLayout({
      fieldCount: settings.fieldCount,
      fieldLengthMaxBytes:
        table === undefined
          ? settings.fieldLengthBytes
          : Math.max(1, table.counts.length - 1) * table.blockSize,
      constant: settings.fieldLengthDistribution === "constant",
    });
    this.values = this.valuesOf(table);
    this.counter = new AcknowledgedCounter(settings.recordCount);
    this.keys = new RequestKeys(settings, this.counter);
    this.check = settings.dataIntegrity ? this.integrityCheck() : undefined;
  }

  loadCount(index: number, count: number): number {
    return Math.max(0, Math.ceil((this.settings.insertCount - index) / count));
  }

  loadClient(index: number, count: number): WorkloadClient {
    const random = this.random.split("load").split(index);
    return new CoreLoadClient(this.settings, this.values.source(random), index, count);
  }

  runClient(index: number, _count: number): WorkloadClient {
    const random = this.random.split("run").split(index);
    return new CoreRunClient(random, {
      settings: this.settings,
      keys: this.keys.generator(random.split("keys")),
      values: this.values.source(random.split("values")),
      counter: this.counter,
    });
  }

  acknowledge(keyNumber: number): void {
    this.counter.acknowledge(keyNumber);
  }

  mergeField(record: Uint8Array, field: number, value: Uint8Array): Uint8Array {
    return this.layout.mergeField(record, field, value);
  }

  private valuesOf(table: HistogramTable | undefined): { source(random: Random): ValueSource } {
    const settings = this.settings;
    const layout = this.layout;
    const random = this.random.split("values");
    if (settings.dataIntegrity) {
      return { source: () => new IntegritySource(layout, settings.fieldNamePrefix) };
    }
    return layout.constant
      ? new ConstantValues(random, layout, settings.compressionRatio)
      : new VaryingValues(random, settings, layout, table);
  }

  private integrityCheck(): ValueCheck {
    const expected = new IntegritySource(this.layout, this.settings.fieldNamePrefix);
    return (_keyNumber, key, value) => Buffer.compare(expected.record(key), value) === 0;
  }
}

function histogramTable(
  settings: CoreSettings,
  text: string | undefined,
): HistogramTable | undefined {
  if (settings.fieldLengthDistribution !== "histogram") return undefined;
  if (text !== undefined) return parseHistogram(text);
  const what = "names a file whose text was not passed in";
  throw badValue("fieldlengthhistogram", settings.fieldLengthHistogramFile!, what);
}
