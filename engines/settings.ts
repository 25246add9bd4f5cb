// Settings of one engine, checked by name and range. They come as what they are, or as text from
// a command line.

import { EngineError } from "./errors.ts";

export interface BooleanSetting {
  readonly kind: "boolean";
  readonly default: boolean;
}

export interface IntegerSetting {
  readonly kind: "integer";
  readonly default: number;
  /** Inclusive. */
  readonly min: number;
  /** Inclusive. */
  readonly max: number;
}

export type SettingSpecs = Readonly<Record<string, BooleanSetting | IntegerSetting>>;

export type SettingValues<Specs extends SettingSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends BooleanSetting ? boolean : number;
};

/**
 * The given settings with defaults for the rest. Throws ENGINE_OPTION for a name that is not in
 * `specs`, which it lists, and for a value of the wrong kind or out of range.
 */
export function readSettings<Specs extends SettingSpecs>(
  engine: string,
  given: Readonly<Record<string, string | number | boolean>>,
  specs: Specs,
): SettingValues<Specs> {
  const names = Object.keys(specs);
  const values: Record<string, boolean | number> = {};
  for (const name of names) values[name] = specs[name]!.default;
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) {
      const valid = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
      throw new EngineError("ENGINE_OPTION", `engine ${engine} has no setting ${name}; ${valid}`);
    }
    values[name] =
      spec.kind === "boolean"
        ? readBoolean(engine, name, value)
        : readInteger(engine, name, value, spec);
  }
  return values as SettingValues<Specs>;
}

function readBoolean(engine: string, name: string, value: unknown): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new EngineError(
    "ENGINE_OPTION",
    `setting ${name} of engine ${engine} must be true or false, not ${String(value)}`,
  );
}

function readInteger(engine: string, name: string, value: unknown, spec: IntegerSetting): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (Number.isInteger(number)) {
    const integer = number as number;
    if (integer >= spec.min && integer <= spec.max) return integer;
  }
  throw new EngineError(
    "ENGINE_OPTION",
    `setting ${name} of engine ${engine} must be a whole number from ${spec.min} to ${spec.max}, ` +
      `not ${String(value)}`,
  );
}
