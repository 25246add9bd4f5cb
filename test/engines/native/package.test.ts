import { expect, test } from "vitest";
import { EngineError } from "../../../engines/errors.ts";
import { loadPackage, packageVersion } from "../../../engines/native/package.ts";

async function refusal(packageName: string, load: () => Promise<unknown>): Promise<EngineError> {
  try {
    await loadPackage("some", packageName, load);
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    return error as EngineError;
  }
  throw new Error("nothing was thrown");
}

test("an absent package is told in one line that says how to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package 'no-such-store'\nimported from x"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
  const error = await refusal("no-such-store", () => Promise.reject(missing));
  expect(error.code).toBe("ENGINE_UNAVAILABLE");
  expect(error.message).toBe(
    "engine some needs the package no-such-store: npm install no-such-store",
  );
});

test("a package that does not load here says why, in one line", async () => {
  const broken = new Error("No native build was found\nloaded from: y");
  const error = await refusal("vitest", () => Promise.reject(broken));
  expect(error.code).toBe("ENGINE_UNAVAILABLE");
  expect(error.message).toContain("does not load: No native build was found");
  expect(error.message).not.toContain("\n");
});

test("versions come from the package's own package.json", () => {
  expect(packageVersion("vitest")).toMatch(/^\d+\.\d+\.\d+/);
  expect(packageVersion("commander")).toMatch(/^\d+\.\d+\.\d+/);
  expect(packageVersion("no-such-store")).toBe("not installed");
});
