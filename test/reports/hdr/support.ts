// What the tests of histograms share: bytes as text, and histograms of given values.

import { inflateSync } from "node:zlib";
import type { HistogramOptions } from "../../../reports/hdr/cell-counts.ts";
import { decodeBase64, encodeBase64 } from "../../../reports/hdr/codec.ts";
import { HistogramError } from "../../../reports/hdr/errors.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";

export const SEED = 20150909;

export function recordAll(values: readonly number[], options: HistogramOptions = {}): Histogram {
  const histogram = new Histogram(options);
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The error that the action throws; anything but a HistogramError goes on. */
export function errorOf(action: () => unknown): HistogramError {
  try {
    action();
  } catch (error) {
    if (error instanceof HistogramError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Bytes from hexadecimal digits with any white space. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What stands in the envelope of a compressed histogram. */
export function inflated(base64: string): Uint8Array {
  return inflateSync(Buffer.from(base64, "base64").subarray(8));
}

/** The plain V2 payload. */
export function encode(histogram: Histogram): Uint8Array {
  return inflated(encodeBase64(histogram));
}

export function encodeCompressed(histogram: Histogram): Uint8Array {
  return Uint8Array.from(Buffer.from(encodeBase64(histogram), "base64"));
}

export function decode(bytes: Uint8Array): Histogram {
  return decodeBase64(Buffer.from(bytes).toString("base64"));
}

/** A compressed histogram of these zlib bytes. */
export function envelope(cookie: string, contents: Uint8Array): Uint8Array {
  const length = contents.length.toString(16).padStart(8, "0");
  return Uint8Array.from([...hex(cookie), ...hex(length), ...contents]);
}

/** Digits 3, lowest 1, highest an hour of microseconds. */
export const V0_RANGE = "00000003 0000000000000001 00000000d693a400";
export const V2_HEADER_REST = `00000000 ${V0_RANGE} 3ff0000000000000`;
