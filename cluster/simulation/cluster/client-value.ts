// What clients of the simulation write: a text that says who wrote it, filled up to a size.

/** Fills a value up; values that clients write do not have it. */
const FILL = ".";

/** At least `minBytes` long. */
export function bytesOfValue(value: string, minBytes: number): Uint8Array {
  return Buffer.from(value.padEnd(minBytes, FILL));
}

/** What a client wrote, without what filled it up. */
export function textOfValue(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString();
  const end = text.indexOf(FILL);
  return end < 0 ? text : text.slice(0, end);
}
