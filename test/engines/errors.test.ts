// Goal: whoever meets an error is told what to do. Method: each code, bare, and those that the
// engines throw in their own words.

import { describe, expect, it, test } from "vitest";
import { EngineError, type EngineErrorCode, ioError, readOnlyError } from "../../engines/errors.ts";
import { engineNames, openEngine } from "../../engines/registry.ts";
import { inTempDir } from "./support/stores.ts";

/** Typed, so that a code without a line here does not compile. */
const CODES: Readonly<Record<EngineErrorCode, true>> = {
  ENGINE_CORRUPTION: true,
  ENGINE_LOCKED: true,
  ENGINE_WRONG_FOLDER: true,
  ENGINE_NOT_FOUND: true,
  ENGINE_NO_SPACE: true,
  ENGINE_READ_ONLY: true,
  ENGINE_IO: true,
  ENGINE_LIMIT: true,
  ENGINE_OPTION: true,
  ENGINE_UNSUPPORTED: true,
  ENGINE_UNAVAILABLE: true,
  ENGINE_UNKNOWN: true,
  ENGINE_CLOSED: true,
};
const CURE = /\w; \w.{10,}$/;

test.each(Object.keys(CODES) as EngineErrorCode[])("%s has a cure, and one only", (code) => {
  const { message } = new EngineError(code, "what went wrong");
  expect(message).toMatch(CURE);
  expect(new EngineError(code, message).message).toBe(message);
  const own = "what went wrong; a cure of its own";
  expect(new EngineError(code, own).message).toBe(own);
});

describe("a full disk", () => {
  const full = ioError(Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC" }), "cannot");

  it("has a cure for one who goes on, and for one whose command has ended", () => {
    expect(full).toMatchObject({ code: "ENGINE_NO_SPACE" });
    expect(full.message).toMatch(/free some space, and go on or start again: .*acknowledged/);
  });

  it("keeps its words in what comes of it", () => {
    expect(readOnlyError(full).message).toMatch(/; close the engine and open it again$/);
  });
});

test.each(engineNames())("%s names a cure for a key that is too long, and for no data", (name) =>
  inTempDir(async (dir) => {
    const opened = await openEngine(name, { dir }).catch((error: EngineError) => error);
    if (opened instanceof Error) {
      expect((opened as EngineError).code).toBe("ENGINE_UNAVAILABLE");
      return;
    }
    const engine = opened;
    const long = new Uint8Array(70_000);
    const put = async () => engine.put(long, new Uint8Array(1));
    if (engine.supports.persistent) {
      const error: EngineError = await put().then(
        () => expect.fail("it takes any key"),
        (thrown) => thrown,
      );
      expect(error.code).toBe("ENGINE_LIMIT");
      expect(error.message).toMatch(CURE);
    }
    await engine.close();
    const missing = openEngine(name, { dir: `${dir}/none`, errorIfMissing: true });
    if (!engine.supports.persistent) return missing.then((other) => other.close());
    await expect(missing).rejects.toMatchObject({
      code: "ENGINE_NOT_FOUND",
      message: expect.stringMatching(CURE),
    });
  }),
);
