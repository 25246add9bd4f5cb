import { expect, test } from "vitest";
import { EngineError } from "../../../engines/errors.ts";
import { readSettings } from "../../../engines/settings.ts";

const SPECS = {
  compression: { kind: "boolean", default: true },
  bytes: { kind: "integer", default: 10, min: 1, max: 100 },
} as const;

test("defaults stand where nothing was given", () => {
  expect(readSettings("e", {}, SPECS)).toEqual({ compression: true, bytes: 10 });
});

test("values come as they are, or as text from a command line", () => {
  expect(readSettings("e", { compression: false, bytes: 1 }, SPECS)).toEqual({
    compression: false,
    bytes: 1,
  });
  expect(readSettings("e", { compression: "false", bytes: "100" }, SPECS)).toEqual({
    compression: false,
    bytes: 100,
  });
});

test.each([
  [{ bytes: 0 }, /bytes .* from 1 to 100, not 0/],
  [{ bytes: 101 }, /bytes/],
  [{ bytes: 1.5 }, /bytes/],
  [{ bytes: "" }, /bytes/],
  [{ bytes: "ten" }, /bytes .* not ten/],
  [{ bytes: true }, /bytes/],
  [{ compression: 1 }, /compression .* true or false/],
  [{ size: 1 }, /no setting size; it has compression, bytes/],
  [{ constructor: 1 }, /no setting constructor/],
])("%o is refused by name", (given, message) => {
  let error: unknown;
  try {
    readSettings("e", given as Record<string, string | number | boolean>, SPECS);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(EngineError);
  expect((error as EngineError).code).toBe("ENGINE_OPTION");
  expect((error as EngineError).message).toMatch(message);
});
