// The clients of the core workload: they fill in one operation after the other.

import type { AcknowledgedCounter } from "./acknowledged-counter.ts";
import type { CoreSettings } from "./core-settings.ts";
import { Discrete } from "./discrete.ts";
import type { IntegerGenerator } from "./generator.ts";
import { KeyWriter } from "./key.ts";
import type { Random } from "./random.ts";
import { Uniform } from "./uniform.ts";
import type { ValueSource } from "./values.ts";
import { type Operation, OperationKind, type WorkloadClient } from "./workload.ts";
import { YCSB_THETA, Zipfian, ZipfianShape } from "./zipfian.ts";

const NOTHING = new Uint8Array(0);

/** Inserts every `count`-th record, from the `index`-th. */
export class CoreLoadClient implements WorkloadClient {
  private readonly keyWriter: KeyWriter;
  private readonly values: ValueSource;
  private readonly stride: number;
  private keyNumber: number;

  constructor(settings: CoreSettings, values: ValueSource, index: number, count: number) {
    this.keyWriter = new KeyWriter({
      hashed: settings.hashedInserts,
      zeroPadding: settings.zeroPadding,
    });
    this.values = values;
    this.stride = count;
    this.keyNumber = settings.insertStart + index;
  }

  next(operation: Operation): void {
    const key = this.keyWriter.write(this.keyNumber);
    operation.kind = OperationKind.insert;
    operation.keyNumber = this.keyNumber;
    operation.key = key;
    operation.value = this.values.record(key);
    operation.field = -1;
    operation.scanLength = 0;
    this.keyNumber += this.stride;
  }
}

interface CoreRunClientParts {
  readonly settings: CoreSettings;
  readonly keys: IntegerGenerator;
  readonly values: ValueSource;
  readonly counter: AcknowledgedCounter;
}

/** Mixes the kinds by weight, over the keys there are. */
export class CoreRunClient implements WorkloadClient {
  private readonly kinds: IntegerGenerator;
  private readonly keys: IntegerGenerator;
  private readonly fields: IntegerGenerator;
  private readonly scanLengths: IntegerGenerator;
  private readonly values: ValueSource;
  private readonly counter: AcknowledgedCounter;
  private readonly keyWriter: KeyWriter;
  private readonly readsField: boolean;
  private readonly writesField: boolean;

  constructor(random: Random, parts: CoreRunClientParts) {
    const settings = parts.settings;
    const { scanLengthMin: min, scanLengthMax: max } = settings;
    this.kinds = new Discrete(random, settings.proportions);
    this.keys = parts.keys;
    this.fields = new Uniform(random, 0, settings.fieldCount - 1);
    this.scanLengths =
      settings.scanLengthDistribution === "uniform"
        ? new Uniform(random, min, max)
        : new Zipfian(random, new ZipfianShape(max - min + 1, YCSB_THETA), min);
    this.values = parts.values;
    this.counter = parts.counter;
    this.keyWriter = new KeyWriter({
      hashed: settings.hashedInserts,
      zeroPadding: settings.zeroPadding,
    });
    this.readsField = !settings.readAllFields;
    // The only field of a record is the whole record: writing it needs no read before.
    this.writesField = !settings.writeAllFields && settings.fieldCount > 1;
  }

  next(operation: Operation): void {
    const kind = this.kinds.next() as OperationKind;
    const insert = kind === OperationKind.insert;
    const keyNumber = insert ? this.counter.next() : this.keys.next();
    const key = this.keyWriter.write(keyNumber);
    operation.kind = kind;
    operation.keyNumber = keyNumber;
    operation.key = key;
    operation.scanLength = 0;
    if (kind === OperationKind.read || kind === OperationKind.scan) {
      operation.value = NOTHING;
      operation.field = this.readsField ? this.fields.next() : -1;
      if (kind === OperationKind.scan) operation.scanLength = this.scanLengths.next();
    } else if (insert || !this.writesField) {
      operation.value = this.values.record(key);
      operation.field = -1;
    } else {
      const field = this.fields.next();
      operation.value = this.values.field(key, field);
      operation.field = field;
    }
  }
}
