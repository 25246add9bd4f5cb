// The judge: a sorted array of records, with scans written straight from the contract.

import type { ScanOptions } from "../engine.ts";
import { compareKeys } from "./bytes.ts";

export interface ModelRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export class Model {
  #records: ModelRecord[];

  constructor(records: readonly ModelRecord[] = []) {
    this.#records = [...records];
  }

  get size(): number {
    return this.#records.length;
  }

  get records(): readonly ModelRecord[] {
    return this.#records;
  }

  /** A state that later changes leave alone: records are never changed in place. */
  copy(): Model {
    return new Model(this.#records);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = this.#lowerBound(key);
    const found = this.#records[at];
    return found !== undefined && compareKeys(found.key, key) === 0 ? found.value : undefined;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const at = this.#lowerBound(key);
    const found = this.#records[at];
    const exists = found !== undefined && compareKeys(found.key, key) === 0;
    this.#records.splice(at, exists ? 1 : 0, { key: key.slice(), value: value.slice() });
  }

  delete(key: Uint8Array): void {
    const at = this.#lowerBound(key);
    const found = this.#records[at];
    if (found !== undefined && compareKeys(found.key, key) === 0) this.#records.splice(at, 1);
  }

  scan(options: ScanOptions): ModelRecord[] {
    const inside = this.#records.filter(({ key }) => isInside(key, options));
    if (options.reverse === true) inside.reverse();
    const limit = options.limit ?? -1;
    return limit < 0 ? inside : inside.slice(0, limit);
  }

  /** Position of the first record whose key is not below `key`. */
  #lowerBound(key: Uint8Array): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#records[middle]!.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** With both bounds of a side given, the exclusive one counts. */
function isInside(key: Uint8Array, options: ScanOptions): boolean {
  if (options.gt !== undefined) {
    if (compareKeys(key, options.gt) <= 0) return false;
  } else if (options.gte !== undefined && compareKeys(key, options.gte) < 0) return false;
  if (options.lt !== undefined) return compareKeys(key, options.lt) < 0;
  return options.lte === undefined || compareKeys(key, options.lte) <= 0;
}
