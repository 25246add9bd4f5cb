// The figures of the paper for N = 3, and exact ones: each law simulated with 2 to 4 million
// samples by a program that is not ours. Times in milliseconds.

export interface PublishedRow {
  readonly model: string;
  readonly r: number;
  readonly w: number;
  readonly readMs: number;
  readonly writeMs: number;
  /** The exact quantile, from the least to the greatest of several simulations; 0: at once. */
  readonly tMs: readonly [number, number];
  readonly paper: { readonly readMs: number; readonly writeMs: number; readonly tMs: number };
}

function rows(model: string, table: readonly (readonly number[])[]): PublishedRow[] {
  return table.map(([r, w, readMs, writeMs, tLow, tHigh, paperReadMs, paperWriteMs, paperMs]) => ({
    model,
    r: r!,
    w: w!,
    readMs: readMs!,
    writeMs: writeMs!,
    tMs: [tLow!, tHigh!],
    paper: { readMs: paperReadMs!, writeMs: paperWriteMs!, tMs: paperMs! },
  }));
}

/** R, W, read, write, t from, t to; then read, write and t of the paper. */
export const PUBLISHED_ROWS: readonly PublishedRow[] = [
  ...rows("lnkd-ssd", [
    [1, 1, 0.66, 0.66, 1.97, 1.99, 0.66, 0.66, 1.85],
    [1, 2, 0.66, 1.63, 1.85, 1.85, 0.66, 1.63, 1.79],
    [2, 1, 1.63, 0.66, 0, 0, 1.63, 0.65, 0],
    [2, 2, 1.63, 1.63, 0, 0, 1.62, 1.64, 0],
    [3, 1, 4.12, 0.66, 0, 0, 4.14, 0.65, 0],
    [1, 3, 0.66, 4.14, 0, 0, 0.65, 4.09, 0],
  ]),
  ...rows("lnkd-disk", [
    [1, 1, 0.66, 10.92, 51.3, 51.7, 0.66, 10.99, 45.5],
    [1, 2, 0.66, 20.97, 47.5, 48.2, 0.65, 20.97, 43.3],
    [2, 1, 1.63, 10.92, 14.1, 14.2, 1.63, 10.9, 13.6],
    [2, 2, 1.63, 20.97, 0, 0, 1.64, 20.96, 0],
    [3, 1, 4.13, 10.92, 0, 0, 4.12, 10.89, 0],
    [1, 3, 0.66, 110.9, 0, 0, 0.65, 112.65, 0],
  ]),
  ...rows("ymmr", [
    [1, 1, 5.58, 10.78, 1453, 1467, 5.58, 10.83, 1364],
    [1, 2, 5.58, 435.34, 1433, 1433, 5.61, 427.12, 1352],
    [2, 1, 32.43, 10.78, 217, 223, 32.6, 10.73, 202],
    [2, 2, 32.43, 435.34, 0, 0, 33.18, 428.11, 0],
    [3, 1, 218.38, 10.78, 0, 0, 219.27, 10.79, 0],
    [1, 3, 5.58, 1857.92, 0, 0, 5.63, 1870.86, 0],
  ]),
];
