// How the fields of a record lie in its value.
//
// Fields of one constant length follow each other, and nothing else is there:
//
//   record := field{fieldCount}
//
// Fields of varying length follow a table of their lengths, little-endian, each of 1, 2 or 4 bytes,
// the least that holds the longest field:
//
//   record := length{fieldCount} field{fieldCount}
//
// There is no count and no version: both ends of a benchmark know the properties that decide them.

import { WorkloadError } from "./errors.ts";
import { Scratch } from "./scratch.ts";

export interface RecordLayoutOptions {
  /** At least 1. */
  readonly fieldCount: number;
  /** Bytes of the longest field. */
  readonly fieldLengthMaxBytes: number;
  /** All fields have the longest length. */
  readonly constant: boolean;
}

export class RecordLayout {
  readonly fieldCount: number;
  readonly fieldLengthMaxBytes: number;
  readonly constant: boolean;
  /** Bytes of the table of lengths; 0 for constant lengths. */
  readonly headerBytes: number;
  /** Bytes of the longest record. */
  readonly recordBytesMax: number;
  private readonly lengthBytes: number;
  private readonly scratch = new Scratch();

  constructor(options: RecordLayoutOptions) {
    this.fieldCount = options.fieldCount;
    this.fieldLengthMaxBytes = options.fieldLengthMaxBytes;
    this.constant = options.constant;
    const longest = options.fieldLengthMaxBytes;
    this.lengthBytes = options.constant ? 0 : longest < 0x100 ? 1 : longest < 0x10000 ? 2 : 4;
    this.headerBytes = this.lengthBytes * options.fieldCount;
    this.recordBytesMax = this.headerBytes + longest * options.fieldCount;
  }

  /** Writes the length of one field into the header of `record`; nothing for constant lengths. */
  writeLength(record: Uint8Array, field: number, length: number): void {
    const start = field * this.lengthBytes;
    for (let i = 0; i < this.lengthBytes; i++) record[start + i] = length >>> (8 * i);
  }

  /**
   * A record of these fields, new. Throws WORKLOAD_RECORD when their number or lengths do not fit.
   */
  encode(fields: readonly Uint8Array[]): Uint8Array {
    if (fields.length !== this.fieldCount) throw this.mismatch(`${fields.length} fields`);
    let end = this.headerBytes;
    for (const field of fields) end += this.checkedLength(field.length);
    const record = new Uint8Array(end);
    let offset = this.headerBytes;
    for (let i = 0; i < fields.length; i++) {
      this.writeLength(record, i, fields[i]!.length);
      record.set(fields[i]!, offset);
      offset += fields[i]!.length;
    }
    return record;
  }

  /**
   * A view of field `field`, 0 <= field < fieldCount. Throws WORKLOAD_RECORD for another layout.
   */
  field(record: Uint8Array, field: number): Uint8Array {
    this.checkLayout(record);
    const start = this.fieldStart(record, field);
    return record.subarray(start, start + this.fieldLength(record, field));
  }

  /**
   * The record with one field replaced: a view, valid until the next call. Throws WORKLOAD_RECORD
   * when `record` is not of this layout, or `value` does not fit it.
   */
  mergeField(record: Uint8Array, field: number, value: Uint8Array): Uint8Array {
    this.checkLayout(record);
    this.checkedLength(value.length);
    const start = this.fieldStart(record, field);
    const length = this.fieldLength(record, field);
    const bytes = record.length - length + value.length;
    this.scratch.reserve(bytes);
    const merged = this.scratch.view(bytes);
    if (length === value.length) {
      merged.set(record);
    } else {
      merged.set(record.subarray(0, start));
      merged.set(record.subarray(start + length), start + value.length);
      this.writeLength(merged, field, value.length);
    }
    merged.set(value, start);
    return merged;
  }

  private fieldStart(record: Uint8Array, field: number): number {
    if (this.constant) return field * this.fieldLengthMaxBytes;
    let start = this.headerBytes;
    for (let i = 0; i < field; i++) start += this.fieldLength(record, i);
    return start;
  }

  private fieldLength(record: Uint8Array, field: number): number {
    if (this.constant) return this.fieldLengthMaxBytes;
    const start = field * this.lengthBytes;
    let length = 0;
    for (let i = this.lengthBytes - 1; i >= 0; i--) length = length * 256 + record[start + i]!;
    return length;
  }

  private checkedLength(length: number): number {
    const fits = this.constant
      ? length === this.fieldLengthMaxBytes
      : length <= this.fieldLengthMaxBytes;
    if (!fits) throw this.mismatch(`a field of ${length} bytes`);
    return length;
  }

  private checkLayout(record: Uint8Array): void {
    const fits = this.constant
      ? record.length === this.recordBytesMax
      : record.length >= this.headerBytes &&
        this.fieldStart(record, this.fieldCount) === record.length;
    if (!fits) throw this.mismatch(`a record of ${record.length} bytes`);
  }

  private mismatch(what: string): WorkloadError {
    const longest = `${this.fieldCount} fields of ${this.constant ? "" : "up to "}`;
    return new WorkloadError(
      "WORKLOAD_RECORD",
      `${what} does not fit ${longest}${this.fieldLengthMaxBytes} bytes: ` +
        "the store was loaded with other properties, or is damaged",
    );
  }
}
