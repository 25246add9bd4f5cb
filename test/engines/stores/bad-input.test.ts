// Goal: what a user can get wrong is refused by an error that says where and what, and the folder
// is left as it was. Method: each thing done once to a small store in memory, for each engine.

import path from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { checksumWords } from "../../../engines/log/checksum.ts";
import { LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { newRecordBuffer } from "../../../engines/log/record.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { type Files, MemoryFileSystem } from "../support/memory-filesystem.ts";
import { type OpenOptions, OWN_ENGINES, open, smallFiles } from "../support/stores.ts";
import {
  buildTinyStore,
  expectSameFiles,
  judge,
  STORE_DIR,
  type TinyStore,
} from "../support/tiny-store.ts";

const COUNT = 20;
const MARK = path.join(STORE_DIR, "ENGINE");

/** The error of opening, which must be of this kind and leave all as it was. */
async function refusal(
  module: EngineModule,
  files: Files,
  what: string,
  options: OpenOptions = {},
): Promise<EngineError> {
  const fileSystem = new MemoryFileSystem(files);
  let error: unknown;
  try {
    await open(module, STORE_DIR, { fileSystem, settings: smallFiles(module), ...options });
  } catch (thrown) {
    error = thrown;
  }
  expect(error, `${what}: ${error}`).toBeInstanceOf(EngineError);
  expectSameFiles(fileSystem.files(), files, what);
  if (fileSystem.existsSync(STORE_DIR)) {
    fileSystem.lockSync(STORE_DIR).release(); // Throws when the refused open has kept the lock.
  }
  return error as EngineError;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The log with a header that says another format, and verifies. */
function withLogFormat(log: Uint8Array, format: number): Uint8Array {
  const { words, bytes } = newRecordBuffer(LOG_HEADER_BYTES);
  bytes.set(log.subarray(0, LOG_HEADER_BYTES));
  words[1] = format;
  const checked = LOG_HEADER_BYTES / 4 - 1;
  words[checked] = checksumWords(words, 0, checked, words[2]!);
  const changed = log.slice();
  changed.set(bytes.subarray(0, LOG_HEADER_BYTES));
  return changed;
}

describe.each(OWN_ENGINES)("$name refuses, and leaves the folder as it was:", (module) => {
  const build = (clean: boolean): Promise<TinyStore> => buildTinyStore(module, "os", clean, COUNT);

  it.each(["2", "10", "4294967296"])("a folder of format %s", async (format) => {
    const { files } = await build(true);
    const mark = textOf(files.get(MARK)!).replace(/\d+\n$/, `${format}\n`);
    const newer = new Map(files).set(MARK, new TextEncoder().encode(mark));
    const error = await refusal(module, newer, `format ${format}`);
    expect(error).toMatchObject({ code: "ENGINE_WRONG_FOLDER", file: MARK, offset: 0 });
    expect(error.message).toContain(STORE_DIR);
    expect(error.message).toContain(`format ${format}`);
  });

  it("a log of a newer format", async () => {
    for (const clean of [true, false]) {
      const store = await build(clean);
      const logs = [...store.files.keys()].filter((name) => /\.(log|snap)$/.test(name));
      expect(logs.length + (clean ? 1 : 0)).toBeGreaterThan(0);
      for (const log of logs) {
        const changed = withLogFormat(store.files.get(log)!, 2);
        const files = new Map(store.files).set(log, changed);
        const error = await refusal(module, files, `${log} of format 2`);
        expect(["ENGINE_CORRUPTION", "ENGINE_WRONG_FOLDER"]).toContain(error.code);
        expect(error).toMatchObject({ file: log, offset: 4 });
        expect(error.message).toContain("format 2");
      }
    }
  });

  it("a manifest of a newer format", async () => {
    const { files } = await build(true);
    const manifest = path.join(STORE_DIR, "MANIFEST");
    const changed = textOf(files.get(manifest)!).replace(
      "ringbench-manifest 1",
      "ringbench-manifest 2",
    );
    const error = await refusal(
      module,
      new Map(files).set(manifest, new TextEncoder().encode(changed)),
      "a manifest of format 2",
    );
    expect(["ENGINE_CORRUPTION", "ENGINE_WRONG_FOLDER"]).toContain(error.code);
    expect(error.file).toBe(manifest);
  });

  it.each([true, false])("a missing file of each kind, closed %s", async (clean) => {
    const store = await build(clean);
    for (const missing of store.files.keys()) {
      const files = new Map(store.files);
      files.delete(missing);
      const what = `without ${path.basename(missing)}`;
      if (missing.endsWith(".hint")) {
        expect((await judge(store, files, what)).outcome, what).toBe("right");
        continue;
      }
      const error = await refusal(module, files, what);
      const isMark = missing === MARK;
      expect(error.code, what).toBe(isMark ? "ENGINE_WRONG_FOLDER" : "ENGINE_CORRUPTION");
      if (isMark) expect(files.has(error.file!), `${what}: it names what it found`).toBe(true);
      else expect(error, what).toMatchObject({ file: missing, offset: 0 });
    }
  });

  it.each([true, false])("an empty file of each kind, closed %s", async (clean) => {
    const store = await build(clean);
    for (const emptied of store.files.keys()) {
      const files = new Map(store.files).set(emptied, new Uint8Array(0));
      const what = `${path.basename(emptied)} emptied`;
      const { outcome, error } = await judge(store, files, what);
      if (emptied.endsWith(".hint") && outcome === "right") continue;
      expect(outcome, what).toBe("refused at open");
      expect(error!.file, what).toBe(emptied);
    }
  });

  it("settings out of range, of the wrong kind, or unknown", async () => {
    const { files } = await build(true);
    for (const name of Object.keys(smallFiles(module))) {
      for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "many", true]) {
        const settings = { ...smallFiles(module), [name]: value };
        const what = `${name} ${value}`;
        const error = await refusal(module, files, what, { settings });
        expect(error.code, what).toBe("ENGINE_OPTION");
        expect(error.message, what).toContain(name);
        expect(error.message, what).toContain(String(value));
      }
    }
    const unknown = await refusal(module, files, "unknown", { settings: { segmentSize: 1 } });
    expect(unknown.code).toBe("ENGINE_OPTION");
    for (const name of Object.keys(smallFiles(module))) expect(unknown.message).toContain(name);
    const nothing = await refusal(module, new Map(), "unknown", { settings: { segmentSize: 1 } });
    expect(nothing.code, "no folder is made for refused options").toBe("ENGINE_OPTION");
  });

  it("a folder of any other engine of ours", async () => {
    const { files } = await build(true);
    for (const other of OWN_ENGINES.filter((one) => one !== module)) {
      const settings = smallFiles(other);
      const error = await refusal(other, files, `opened as ${other.name}`, { settings });
      expect(error).toMatchObject({ code: "ENGINE_WRONG_FOLDER", file: MARK });
      expect(error.message).toContain(module.name);
      expect(error.message).toContain(other.name);
    }
  });
});

describe.each(OWN_ENGINES)("$name, when opening meets a failing disk", (module) => {
  it.each(["ENOSPC", "EIO"])(
    "with %s at each call: a typed error, and nothing lost",
    async (code) => {
      for (const clean of [true, false]) {
        const store = await buildTinyStore(module, "os", clean, COUNT);
        for (let failAt = 1; ; failAt++) {
          const what = `${module.name}, ${code} at operation ${failAt}, closed ${clean}`;
          const memory = new MemoryFileSystem(store.files);
          const fileSystem = new FaultyFileSystem({ failAt, code, partial: 0.5 }, memory);
          const options = { fileSystem, settings: smallFiles(module) };
          const opening = open(module, STORE_DIR, options).then(
            (engine) => engine.close(),
            (error: unknown) => error,
          );
          const error = await opening.catch((thrown: unknown) => thrown);
          if (error !== undefined) {
            expect(error, `${what}: ${error}`).toBeInstanceOf(EngineError);
            const codes = ["ENGINE_NO_SPACE", "ENGINE_IO", "ENGINE_READ_ONLY"];
            expect(codes, `${what}: ${error}`).toContain((error as EngineError).code);
            expect((error as EngineError).file, `${what}: ${error}`).toBeDefined();
          }
          expect(fileSystem.openFiles, `${what}: files left open`).toBe(0);
          memory.lockSync(STORE_DIR).release();
          expect((await judge(store, memory.files(), what)).outcome, what).toBe("right");
          if (fileSystem.operations < failAt) break;
        }
      }
    },
  );
});
