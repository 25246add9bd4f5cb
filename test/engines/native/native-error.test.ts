import { expect, test } from "vitest";
import { EngineError } from "../../../engines/errors.ts";
import { nativeError } from "../../../engines/native/native-error.ts";

function thrown(message: string, fields: object): Error {
  return Object.assign(new Error(message), fields);
}

test.each([
  [thrown("IO error: lock /d/LOCK: held", { code: "LEVEL_LOCKED" }), "ENGINE_LOCKED"],
  [thrown("Corruption: bad block", { code: "LEVEL_CORRUPTION" }), "ENGINE_CORRUPTION"],
  [thrown("IO error: read", { code: "LEVEL_IO_ERROR" }), "ENGINE_IO"],
  [thrown("IO error: No space left on device", { code: "LEVEL_IO_ERROR" }), "ENGINE_NO_SPACE"],
  [thrown("database disk image is malformed", { errcode: 11 }), "ENGINE_CORRUPTION"],
  [thrown("malformed", { errcode: 11 | (1 << 8) }), "ENGINE_CORRUPTION"],
  [thrown("database or disk is full", { errcode: 13 }), "ENGINE_NO_SPACE"],
  [thrown("database is locked", { errcode: 5 }), "ENGINE_LOCKED"],
  [thrown("MDB_MAP_FULL: Environment mapsize limit reached", {}), "ENGINE_NO_SPACE"],
  [thrown("MDB_CORRUPTED: Located page was wrong type", {}), "ENGINE_CORRUPTION"],
  [thrown("write", { code: "ENOSPC" }), "ENGINE_NO_SPACE"],
  [thrown("something else", {}), "ENGINE_IO"],
])("%s is told as its code", (cause, code) => {
  const error = nativeError(cause, "get", "/d/data");
  expect(error.code).toBe(code);
  expect(error.cause).toBe(cause);
  expect(error.file).toBe("/d/data");
});

test("a file and an offset that the store names are handed on", () => {
  const message = "Corruption: block checksum mismatch in /d/data/000008.sst offset 291423 size 9";
  const error = nativeError(thrown(message, { code: "LEVEL_CORRUPTION" }), "get", "/d/data");
  expect(error.file).toBe("/d/data/000008.sst");
  expect(error.offset).toBe(291_423);
});

test("damage always has an offset, and an EngineError stays what it is", () => {
  expect(nativeError(thrown("malformed", { errcode: 11 }), "get", "/d").offset).toBe(0);
  const own = new EngineError("ENGINE_CLOSED", "closed");
  expect(nativeError(own, "get", "/d")).toBe(own);
});

test("what abstract-level wraps is unwrapped", () => {
  const inner = thrown("IO error: lock", { code: "LEVEL_LOCKED" });
  const outer = new Error("Database failed to open", { cause: inner });
  Object.assign(outer, { code: "LEVEL_DATABASE_NOT_OPEN" });
  expect(nativeError(outer, "open", "/d").code).toBe("ENGINE_LOCKED");
});
