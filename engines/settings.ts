// Settings of one engine, checked by name and range.

import { EngineError } from "./errors.ts";

export interface NumberSetting {
  readonly default: number;
  /** Inclusive. */
  readonly min: number;
  /** Inclusive. */
  readonly max: number;
}

/**
 * The settings with defaults filled in. Throws ENGINE_OPTION for a name that the engine does not
 * have, or a value that is no number or out of range; the message lists what is valid.
 */
export function readNumberSettings<Name extends string>(
  engine: string,
  given: Readonly<Record<string, string | number | boolean>>,
  known: Readonly<Record<Name, NumberSetting>>,
): Record<Name, number> {
  const names = Object.keys(known) as Name[];
  for (const name of Object.keys(given)) {
    if (!names.includes(name as Name)) {
      throw new EngineError(
        "ENGINE_OPTION",
        `engine ${engine} has no setting ${name}; it has ${names.join(", ") || "none"}`,
      );
    }
  }
  const values = {} as Record<Name, number>;
  for (const name of names) {
    const { default: fallback, min, max } = known[name];
    const value = Number(given[name] ?? fallback);
    if (!(value >= min && value <= max)) {
      throw new EngineError(
        "ENGINE_OPTION",
        `setting ${name} of engine ${engine} is ${min} to ${max}, not ${given[name]}`,
      );
    }
    values[name] = value;
  }
  return values;
}
