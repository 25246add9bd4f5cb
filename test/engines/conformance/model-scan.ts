// The scans of the model engine: right, and wrong in the ways that have to do with bounds.

import type { Model, ModelRecord } from "../../../engines/conformance/model.ts";
import type { ScanChunk, ScanOptions } from "../../../engines/engine.ts";
import type { Bug } from "./bugs.ts";

export function selectRecords(bug: Bug, state: Model, options: ScanOptions): ModelRecord[] {
  const { lte, gt, limit = -1, reverse } = options;
  const changed: Record<string, unknown> = { ...options };
  if (bug === "upper bound of lte is left out" && lte !== undefined) {
    changed.lt ??= lte;
  }
  if (bug === "lower bound of gt is kept" && gt !== undefined) {
    delete changed.gt;
    changed.gte = gt;
  }
  if (bug === "bound 0xFF means no bound") {
    for (const side of ["gt", "gte", "lt", "lte"]) {
      if ((changed[side] as Uint8Array | undefined)?.[0] === 0xff) delete changed[side];
    }
  }
  if (bug === "limit 0 means all" && limit === 0) delete changed.limit;
  if (bug === "limit is applied before reverse" && reverse === true && limit > 0) {
    changed.reverse = false;
    return state.scan(changed).reverse();
  }
  const records = state.scan(changed);
  if (bug !== "signed order of bytes") return records;
  const sign = (key: Uint8Array) => (((key[0] ?? 0) << 24) >> 24) * (reverse === true ? -1 : 1);
  return records.sort((a, b) => sign(a.key) - sign(b.key));
}

/** A chunk of one record. */
export class OneChunk implements ScanChunk {
  readonly #key: Uint8Array;
  readonly #value: Uint8Array;
  readonly count = 1;

  constructor(key: Uint8Array, value: Uint8Array) {
    this.#key = key;
    this.#value = value;
  }

  key(): Uint8Array {
    return this.#key;
  }

  value(): Uint8Array {
    return this.#value;
  }
}
