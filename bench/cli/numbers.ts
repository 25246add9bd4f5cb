// Numbers as people type them: 1000000, 1_000_000, 1e6, 1M; bytes as 33554432, 32MiB, 32M.

import { quoted } from "../../workloads/nearest.ts";
import { UsageError } from "./usage.ts";

const NUMBER = /^([+-]?)(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)(e\+?\d+)?([a-z]*)$/i;
const COUNT_UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
/** Bytes are binary whichever way they are written, as with db_bench and YCSB's neighbours. */
const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  kib: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  mib: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  gib: 2 ** 30,
};

export interface Range {
  /** Inclusive. */
  readonly min: number;
  /** Inclusive; 2^53 - 1 when absent. */
  readonly max?: number;
}

/** A whole number; throws UsageError when the text is none, or out of the range. */
export function parseCount(flag: string, text: string, range: Range): number {
  return inRange(flag, text, parse(text, COUNT_UNITS), range, true);
}

/** A number that need not be whole. */
export function parseNumber(flag: string, text: string, range: Range): number {
  return inRange(flag, text, parse(text, COUNT_UNITS), range, false);
}

export function parseBytes(flag: string, text: string, range: Range): number {
  return inRange(flag, text, parse(text, BYTE_UNITS), range, true);
}

/** Whether `parseBytes` would take it, its range apart. */
export function isBytes(text: string): boolean {
  return Number.isInteger(parse(text, BYTE_UNITS));
}

function parse(text: string, units: Readonly<Record<string, number>>): number {
  const match = NUMBER.exec(text.trim());
  if (match === null) return Number.NaN;
  const [, sign, digits, exponent = "", suffix] = match;
  const unit = units[suffix!.toLowerCase()];
  if (unit === undefined) return Number.NaN;
  return Number(`${sign}${digits!.replaceAll("_", "")}${exponent}`) * unit;
}

function inRange(flag: string, text: string, value: number, range: Range, whole: boolean): number {
  const max = range.max ?? Number.MAX_SAFE_INTEGER;
  if (Number.isNaN(value) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`${flag} ${quoted(text)} is no ${whole ? "whole " : ""}number`);
  }
  if (value >= range.min && value <= max) return value;
  const to = range.max === undefined && value < range.min ? "" : ` and at most ${max}`;
  const from = range.min === Number.MIN_VALUE ? "above 0" : `at least ${range.min}`;
  throw new UsageError(`${flag} ${quoted(text)} must be ${from}${to}`);
}
