// What clients write: records and single fields.
//
// Three sources behind one interface. With fields of constant length values are views into a pool
// of random bytes made before the run, one of 16,384 places each time: nothing is copied or
// allocated. With varying lengths they are put together in a buffer, with bytes of the pool from a
// random place for each field. With dataintegrity every byte follows from the key (`integrity.ts`).

import type { CoreSettings } from "./core-settings.ts";
import type { IntegerGenerator } from "./generator.ts";
import { Histogram, type HistogramTable } from "./histogram.ts";
import { writeIntegrityValue } from "./integrity.ts";
import { compressiblePool, poolViews, ycsbPool } from "./pool.ts";
import type { Random } from "./random.ts";
import type { RecordLayout } from "./record.ts";
import { Scratch } from "./scratch.ts";
import { Uniform } from "./uniform.ts";
import { YCSB_THETA, Zipfian, ZipfianShape } from "./zipfian.ts";

/** Places of a pool from which whole values are handed out; a power of two. */
const VIEW_COUNT = 16_384;

/** Characters that YCSB makes from one random integer. */
const YCSB_GROUP_BYTES = 6;

/** Values for one client. What it returns is valid until its next call. */
export interface ValueSource {
  /** A whole record for this key. */
  record(key: Uint8Array): Uint8Array;
  /** The bytes of one field of it. */
  field(key: Uint8Array, field: number): Uint8Array;
}

/** Pools and views of a workload with fields of constant length, shared by its clients. */
export class ConstantValues {
  private readonly records: Uint8Array[];
  private readonly fields: Uint8Array[];

  constructor(random: Random, layout: RecordLayout, compressionRatio: number | undefined) {
    const length = layout.fieldLengthMaxBytes;
    const bytesMin = 2 * layout.recordBytesMax;
    const pool =
      compressionRatio === undefined
        ? ycsbPool(random, length, bytesMin)
        : compressiblePool(random, compressionRatio, bytesMin);
    const places = { unit: length, count: VIEW_COUNT };
    this.records = poolViews(random, pool, { ...places, length: layout.recordBytesMax });
    this.fields = poolViews(random, pool, { ...places, length });
  }

  source(random: Random): ValueSource {
    return new PooledSource(random, this.records, this.fields);
  }
}

class PooledSource implements ValueSource {
  private readonly random: Random;
  private readonly records: readonly Uint8Array[];
  private readonly fields: readonly Uint8Array[];

  constructor(random: Random, records: readonly Uint8Array[], fields: readonly Uint8Array[]) {
    this.random = random;
    this.records = records;
    this.fields = fields;
  }

  record(): Uint8Array {
    return this.records[this.random.nextInt32() & (VIEW_COUNT - 1)]!;
  }

  field(): Uint8Array {
    return this.fields[this.random.nextInt32() & (VIEW_COUNT - 1)]!;
  }
}

/** The pool of a workload with fields of varying length, shared by its clients. */
export class VaryingValues {
  private readonly settings: CoreSettings;
  private readonly layout: RecordLayout;
  private readonly table: HistogramTable | undefined;
  private readonly pool: Uint8Array;

  constructor(
    random: Random,
    settings: CoreSettings,
    layout: RecordLayout,
    table: HistogramTable | undefined,
  ) {
    this.settings = settings;
    this.layout = layout;
    this.table = table;
    const bytesMin = 2 * layout.fieldLengthMaxBytes;
    const ratio = settings.compressionRatio;
    this.pool =
      ratio === undefined
        ? ycsbPool(random, YCSB_GROUP_BYTES, bytesMin)
        : compressiblePool(random, ratio, bytesMin);
  }

  source(random: Random): ValueSource {
    const lengths = fieldLengths(random, this.settings, this.table);
    return new VaryingSource(random, lengths, this.layout, this.pool);
  }
}

class VaryingSource implements ValueSource {
  private readonly random: Random;
  private readonly lengths: IntegerGenerator;
  private readonly layout: RecordLayout;
  private readonly pool: Uint8Array;
  private readonly groups: number;
  private readonly fieldLengths: Float64Array;
  private readonly scratch: Scratch;

  constructor(random: Random, lengths: IntegerGenerator, layout: RecordLayout, pool: Uint8Array) {
    this.random = random;
    this.lengths = lengths;
    this.layout = layout;
    this.pool = pool;
    this.groups = Math.floor((pool.length - layout.fieldLengthMaxBytes) / YCSB_GROUP_BYTES) + 1;
    this.fieldLengths = new Float64Array(layout.fieldCount);
    this.scratch = new Scratch();
  }

  record(): Uint8Array {
    let bytes = this.layout.headerBytes;
    for (let i = 0; i < this.fieldLengths.length; i++) {
      const length = this.lengths.next();
      this.fieldLengths[i] = length;
      bytes += length;
    }
    this.scratch.reserve(bytes);
    let offset = this.layout.headerBytes;
    for (let i = 0; i < this.fieldLengths.length; i++) {
      const length = this.fieldLengths[i]!;
      this.layout.writeLength(this.scratch.bytes, i, length);
      this.fill(offset, length);
      offset += length;
    }
    return this.scratch.view(bytes);
  }

  field(): Uint8Array {
    const length = this.lengths.next();
    this.scratch.reserve(length);
    this.fill(0, length);
    return this.scratch.view(length);
  }

  private fill(offset: number, length: number): void {
    const start = this.random.nextBelow(this.groups) * YCSB_GROUP_BYTES;
    const bytes = this.scratch.bytes;
    // A loop: a view of the pool to copy from would be an object per field.
    for (let i = 0; i < length; i++) bytes[offset + i] = this.pool[start + i]!;
  }
}

/** Values that follow from key and field (dataintegrity). */
export class IntegritySource implements ValueSource {
  private readonly layout: RecordLayout;
  private readonly fieldNames: readonly Uint8Array[];
  private readonly scratch: Scratch;

  /** @param layout Of constant field length. */
  constructor(layout: RecordLayout, fieldNamePrefix: string) {
    this.layout = layout;
    this.fieldNames = Array.from({ length: layout.fieldCount }, (_, field) =>
      Buffer.from(`${fieldNamePrefix}${field}`, "latin1"),
    );
    this.scratch = new Scratch(layout.recordBytesMax);
  }

  record(key: Uint8Array): Uint8Array {
    const length = this.layout.fieldLengthMaxBytes;
    for (let field = 0; field < this.fieldNames.length; field++) {
      const name = this.fieldNames[field]!;
      writeIntegrityValue(this.scratch.bytes, field * length, length, key, name);
    }
    return this.scratch.view(this.layout.recordBytesMax);
  }

  field(key: Uint8Array, field: number): Uint8Array {
    const length = this.layout.fieldLengthMaxBytes;
    writeIntegrityValue(this.scratch.bytes, 0, length, key, this.fieldNames[field]!);
    return this.scratch.view(length);
  }
}

/** The law of field lengths, in bytes. */
function fieldLengths(
  random: Random,
  settings: CoreSettings,
  table: HistogramTable | undefined,
): IntegerGenerator {
  const { fieldLengthMinBytes: min, fieldLengthBytes: max } = settings;
  if (table !== undefined) return new Histogram(random, table);
  if (settings.fieldLengthDistribution === "zipfian") {
    return new Zipfian(random, new ZipfianShape(max - min + 1, YCSB_THETA), min);
  }
  return new Uniform(random, min, max);
}
