// What the cases say when an engine does not do as the contract asks. No test framework: the
// suite runs from the command line too.

import type { MaybePromise } from "../engine.ts";
import type { EngineError, EngineErrorCode } from "../errors.ts";

/** The engine broke the contract; the message says how. */
export class ConformanceFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConformanceFailure";
  }
}

/** What the case looks at cannot be seen from outside of this engine; the message says why. */
export class CannotTell extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CannotTell";
  }
}

/**
 * The code of an EngineError, undefined for anything else. By name and not by class: an engine of
 * the user's own may come with another copy of this package than the one that tests it.
 */
export function engineErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "EngineError") return undefined;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** Throws when `condition` is false. `message` is only built then. */
export function expect(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new ConformanceFailure(message());
}

/** Equal contents; undefined stands for an absent key. */
export function expectBytes(
  actual: Uint8Array | undefined,
  expected: Uint8Array | undefined,
  what: string,
): void {
  expect(
    sameBytes(actual, expected),
    () => `${what}: expected ${show(expected)}, got ${show(actual)}`,
  );
}

/** The call must throw, or reject with, an EngineError of this code. */
export async function expectCode(
  code: EngineErrorCode,
  call: () => MaybePromise<unknown>,
  what: string,
): Promise<EngineError> {
  let error: unknown;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  expect(error !== undefined, () => `${what}: expected ${code}, but nothing was thrown`);
  expect(
    engineErrorCode(error) === code,
    () => `${what}: expected ${code}, got ${describeError(error)}`,
  );
  return error as EngineError;
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConformanceFailure) return error.message;
  return `${engineErrorCode(error) ?? error.name}: ${error.message}`;
}

export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** At most 24 bytes in hexadecimal, and the length. */
export function show(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "absent";
  let text = "";
  for (let i = 0; i < Math.min(bytes.length, 24); i++)
    text += bytes[i]!.toString(16).padStart(2, "0");
  return `<${bytes.length} bytes ${text}${bytes.length > 24 ? "..." : ""}>`;
}
