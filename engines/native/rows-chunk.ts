// A chunk over rows as a native package gives them: buffers of their own, so nothing is copied.

import type { ScanChunk } from "../engine.ts";

const EMPTY = new Uint8Array(0);

/** Rows as pairs: `[key, value]` each; the value is absent or undefined for keys only. */
export class PairsChunk implements ScanChunk {
  readonly #rows: readonly (readonly (Uint8Array | undefined)[])[];

  constructor(rows: readonly (readonly (Uint8Array | undefined)[])[]) {
    this.#rows = rows;
  }

  get count(): number {
    return this.#rows.length;
  }

  key(i: number): Uint8Array {
    return this.#rows[i]![0]!;
  }

  value(i: number): Uint8Array {
    return this.#rows[i]![1] ?? EMPTY;
  }
}

/** Rows in one array: key, value, key, value; the value is undefined for keys only. */
export class FlatRowsChunk implements ScanChunk {
  readonly #rows: readonly (Uint8Array | undefined)[];

  constructor(rows: readonly (Uint8Array | undefined)[]) {
    this.#rows = rows;
  }

  get count(): number {
    return this.#rows.length / 2;
  }

  key(i: number): Uint8Array {
    return this.#rows[i * 2]!;
  }

  value(i: number): Uint8Array {
    return this.#rows[i * 2 + 1] ?? EMPTY;
  }
}
