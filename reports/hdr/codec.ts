// Histograms as bytes and as base64: V2 is written; V0, V1 and V2 are read, plain and compressed.
//
// All numbers are big-endian. The lowest byte of each cookie but its upper half says what follows;
// the upper half is 1 in V2, and the size of a word of counts in V0 and V1.
//
//   compressed  cookie 4 · length of what follows 4 · a zlib stream of a plain one
//   V1 and V2   cookie 4 · length of the counts 4 · normalizing offset 4 · significant digits 4
//               · lowest discernible value 8 · highest trackable value 8 · ratio 8 · counts
//   V0          cookie 4 · significant digits 4 · lowest 8 · highest 8 · total count 8 · counts
//
// The normalizing offset and the ratio tell how the Java library keeps floating-point histograms in
// memory; counts are stored in order whatever they say, so both are passed over, as is V0's total.
// A highest trackable value beyond 2^53 - 1 becomes 2^53 - 1; counts beyond it are refused.

import { deflateSync, inflateSync } from "node:zlib";
import { decodeCounts, decodeWords, encodeCounts } from "./counts-codec.ts";
import { formatError, HistogramError } from "./errors.ts";
import { Histogram } from "./histogram.ts";
import { MAX_VALUE } from "./layout.ts";

const V0_COOKIE = 0x1c849308;
const V1_COOKIE = 0x1c849301;
const V2_COOKIE = 0x1c849303;
/** Compressed cookie -> the plain one that must be inside. */
const ENVELOPES: ReadonlyMap<number, number> = new Map([
  [0x1c849309, V0_COOKIE],
  [0x1c849302, V1_COOKIE],
  [0x1c849304, V2_COOKIE],
]);
const V2_ENVELOPE_COOKIE = 0x1c849304;
/** DoubleHistogram, plain and compressed. */
const DOUBLE_COOKIES: readonly number[] = [0x0c72124e, 0x0c72124f];
const V2_WORD_BITS = 0x10;

const HEADER_BYTES = 40;
const V0_HEADER_BYTES = 32;
const ENVELOPE_BYTES = 8;

/** No histogram is larger: the finest layout has below 5 million cells, of at most 9 bytes each. */
const MAX_PLAIN_BYTES = HEADER_BYTES + 9 * 5_000_000;
const COMPRESSION_LEVEL = 9;
const TWO_POW_32 = 4294967296;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeInt64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / TWO_POW_32));
  view.setUint32(offset + 4, value % TWO_POW_32);
}

/** Exact up to 2^53 - 1, rounded beyond. */
function readInt64(view: DataView, offset: number): number {
  return view.getInt32(offset) * TWO_POW_32 + view.getUint32(offset + 4);
}

/** The V2 payload. */
function encode(histogram: Histogram): Uint8Array {
  const counts = encodeCounts(histogram);
  const bytes = new Uint8Array(HEADER_BYTES + counts.length);
  const view = viewOf(bytes);
  view.setUint32(0, V2_COOKIE | V2_WORD_BITS);
  view.setUint32(4, counts.length);
  view.setUint32(8, 0);
  view.setUint32(12, histogram.significantDigits);
  writeInt64(view, 16, histogram.lowestDiscernibleValue);
  writeInt64(view, 24, histogram.highestTrackableValue);
  view.setFloat64(32, 1);
  bytes.set(counts, HEADER_BYTES);
  return bytes;
}

/** The V2 payload in its compressed envelope. */
function encodeCompressed(histogram: Histogram): Uint8Array {
  const contents = deflateSync(encode(histogram), { level: COMPRESSION_LEVEL });
  const bytes = new Uint8Array(ENVELOPE_BYTES + contents.length);
  const view = viewOf(bytes);
  view.setUint32(0, V2_ENVELOPE_COOKIE | V2_WORD_BITS);
  view.setUint32(4, contents.length);
  bytes.set(contents, ENVELOPE_BYTES);
  return bytes;
}

/** The compressed V2 payload in base64, as interval logs and results hold it: "HISTFAAA...". */
export function encodeBase64(histogram: Histogram): string {
  return Buffer.from(encodeCompressed(histogram)).toString("base64");
}

function decode(bytes: Uint8Array): Histogram {
  const cookie = readCookie(bytes);
  const inside = ENVELOPES.get(cookie & ~0xf0);
  if (inside === undefined) return decodePlain(bytes);
  if (bytes.length < ENVELOPE_BYTES) throw formatError(bytes.length, "the envelope is cut off");
  const length = viewOf(bytes).getInt32(4);
  if (length !== bytes.length - ENVELOPE_BYTES) {
    const present = bytes.length - ENVELOPE_BYTES;
    throw formatError(4, `${length} compressed bytes are announced, ${present} are there`);
  }
  const plain = inflate(bytes.subarray(ENVELOPE_BYTES));
  if ((readCookie(plain) & ~0xf0) !== inside) {
    throw formatError(0, "the compressed contents are of another version than their envelope");
  }
  return decodePlain(plain);
}

/**
 * Reads a histogram of version 0, 1 or 2, plain or compressed, from base64 with or without padding.
 * It is auto-resizing.
 *
 * @throws HistogramError HDR_FORMAT with the position (of a character, of a byte, or of a byte in
 *   what the bytes inflate to) when the text is not exactly one whole histogram; HDR_UNSUPPORTED
 *   for a DoubleHistogram.
 */
export function decodeBase64(text: string): Histogram {
  const stray = text.search(/[^A-Za-z0-9+/]/);
  const digits = stray < 0 ? text : text.slice(0, stray);
  const padding = text.slice(digits.length);
  if (!/^={0,2}$/.test(padding) || (padding !== "" && text.length % 4 !== 0)) {
    throw formatError(digits.length, "not base64");
  }
  if (digits.length % 4 === 1) throw formatError(digits.length, "the base64 is cut off");
  return decode(Buffer.from(digits, "base64"));
}

function readCookie(bytes: Uint8Array): number {
  if (bytes.length < 4) throw formatError(bytes.length, "cut off before its cookie ends");
  return viewOf(bytes).getInt32(0);
}

function inflate(contents: Uint8Array): Uint8Array {
  try {
    return inflateSync(contents, { maxOutputLength: MAX_PLAIN_BYTES });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw formatError(ENVELOPE_BYTES, `the compressed contents: ${reason}`, error);
  }
}

function decodePlain(bytes: Uint8Array): Histogram {
  const cookie = readCookie(bytes);
  const base = cookie & ~0xf0;
  if (DOUBLE_COOKIES.includes(cookie)) {
    throw new HistogramError("HDR_UNSUPPORTED", "a histogram of floating-point values", {
      position: 0,
    });
  }
  if (base !== V0_COOKIE && base !== V1_COOKIE && base !== V2_COOKIE) {
    throw formatError(0, `the cookie 0x${(cookie >>> 0).toString(16)}`);
  }
  const isV0 = base === V0_COOKIE;
  const headerBytes = isV0 ? V0_HEADER_BYTES : HEADER_BYTES;
  if (bytes.length < headerBytes) throw formatError(bytes.length, "the header is cut off");
  const view = viewOf(bytes);
  if (!isV0) {
    const length = view.getInt32(4);
    const present = bytes.length - headerBytes;
    if (length !== present) {
      throw formatError(4, `${length} bytes of counts are announced, ${present} are there`);
    }
  }
  const histogram = readHeader(view, isV0 ? 4 : 12);
  if (base === V2_COOKIE) {
    decodeCounts(histogram, bytes, headerBytes);
  } else {
    const wordBytes = (cookie >> 4) & 0xe;
    if (wordBytes !== 2 && wordBytes !== 4 && wordBytes !== 8) {
      throw formatError(0, `words of ${wordBytes} bytes`);
    }
    decodeWords(histogram, bytes, headerBytes, wordBytes);
  }
  return histogram;
}

/** Digits, lowest and highest value, which stand together in every version. */
function readHeader(view: DataView, offset: number): Histogram {
  try {
    return new Histogram({
      significantDigits: view.getInt32(offset),
      lowestDiscernibleValue: readInt64(view, offset + 4),
      highestTrackableValue: Math.min(readInt64(view, offset + 12), MAX_VALUE),
    });
  } catch (error) {
    if (error instanceof HistogramError) throw formatError(offset, error.message, error);
    throw error;
  }
}
