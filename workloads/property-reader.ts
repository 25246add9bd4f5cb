// Checks properties against the table and hands their values out, typed.
//
//  I1. After construction every given name is in the table, none is refused, and every value alone
//      is one that its property takes. Properties beside each other are checked by who reads them.

import { WorkloadError } from "./errors.ts";
import { nearest, quoted, unknownName } from "./nearest.ts";
import type { Properties } from "./properties.ts";
import { PROPERTY_NAMES, PROPERTY_TABLE, type PropertyName } from "./property-table.ts";

export class PropertyReader {
  private readonly given: Properties;

  /**
   * Throws WORKLOAD_PROPERTY_UNKNOWN, _REFUSED or _VALUE for the first property that is none of I1.
   */
  constructor(given: Properties) {
    this.given = given;
    for (const [name, value] of given) check(name, value);
  }

  /** Whether the user set it. */
  has(name: PropertyName): boolean {
    return this.given.has(name);
  }

  /** Whether the value in force is the default, given or not. */
  isDefault(name: PropertyName): boolean {
    return this.text(name) === PROPERTY_TABLE[name].default;
  }

  /** The value in force as text; undefined when it is not given and there is no default. */
  text(name: PropertyName): string | undefined {
    return this.given.get(name)?.trim() ?? PROPERTY_TABLE[name].default;
  }

  /** The value in force; NaN when it is not given and there is no default. */
  number(name: PropertyName): number {
    const value = this.text(name);
    return value === undefined ? Number.NaN : Number(value);
  }

  boolean(name: PropertyName): boolean {
    return this.text(name)!.toLowerCase() === "true";
  }

  /** The value in force of every property that has one and is not refused, by name. */
  inForce(): Record<string, string> {
    const values: Record<string, string> = {};
    for (const name of PROPERTY_NAMES) {
      const value = this.text(name);
      if (value !== undefined && PROPERTY_TABLE[name].refused === undefined) values[name] = value;
    }
    return values;
  }
}

/** The error for a value that does not do, alone or beside another property. */
export function badValue(name: PropertyName, value: string, what: string): WorkloadError {
  const message = `property ${name}: ${quoted(value)} ${what}`;
  return new WorkloadError("WORKLOAD_PROPERTY_VALUE", message, name);
}

function check(name: string, given: string): void {
  if (!Object.hasOwn(PROPERTY_TABLE, name)) {
    const message = unknownName("property", name, PROPERTY_NAMES);
    throw new WorkloadError("WORKLOAD_PROPERTY_UNKNOWN", message, name);
  }
  const known = name as PropertyName;
  const spec = PROPERTY_TABLE[known];
  const value = given.trim();
  if (spec.refused !== undefined) {
    if (value === spec.default) return;
    const message = `property ${name}=${quoted(value)} is refused: ${spec.refused}`;
    throw new WorkloadError("WORKLOAD_PROPERTY_REFUSED", message, name);
  }
  switch (spec.kind) {
    case "text":
      return;
    case "boolean":
      if (/^(true|false)$/i.test(value)) return;
      throw badValue(known, value, "is neither true nor false");
    case "choice": {
      if (spec.choices.includes(value)) return;
      const near = nearest(value, spec.choices)!;
      const all = spec.choices.join(", ");
      throw badValue(known, value, `is none of ${all}; the nearest is ${quoted(near)}`);
    }
    case "integer":
      if (!/^[+-]?\d+$/.test(value)) throw badValue(known, value, "is no whole number");
      break;
    case "number":
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
        throw badValue(known, value, "is no number");
      }
  }
  const parsed = Number(value);
  if (parsed >= spec.min && parsed <= spec.max) return;
  const from = spec.min === Number.MIN_VALUE ? "above 0" : `at least ${spec.min}`;
  const to = spec.max >= Number.MAX_SAFE_INTEGER ? "" : ` and at most ${spec.max}`;
  throw badValue(known, value, `must be ${from}${to}`);
}
