// A store of a few hundred bytes a file, in memory, and the judgement of what is read from a
// damaged copy of it.
//
// What may come of damage: the right answer; ENGINE_CORRUPTION (or, where the mark of the folder
// was hit, ENGINE_WRONG_FOLDER) that names file and offset; an earlier state of the store, which
// the caller allows or not. Never a key that is wrong, missing, or back again.

import path from "node:path";
import { expect } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { type Files, MemoryFileSystem } from "./memory-filesystem.ts";
import { bytes, open, smallFiles, text } from "./stores.ts";

export const STORE_DIR = "/store";

export interface TinyStore {
  readonly module: EngineModule;
  readonly durability: Durability;
  readonly files: Files;
  /** Values of `keys` after each write, in order, the empty store first. */
  readonly states: readonly (readonly (string | undefined)[])[];
  /** The file that the last write went to; undefined when it was closed since. */
  readonly openFile: string | undefined;
  /** Every key that was ever written, and one that was not, in order. */
  readonly keys: readonly string[];
}

interface Step {
  readonly kind: "put" | "delete" | "batch" | "compact";
  readonly key?: string;
  readonly value?: string;
}

/** Writes that overwrite, delete and batch, in front of a compaction and behind it. */
function script(count: number, word: string): Step[] {
  const steps: Step[] = [];
  const put = (key: string, value: string) => steps.push({ kind: "put", key, value });
  for (let i = 0; i < count; i++) put(`key${i % Math.ceil(count / 2)}`, `${word}${i}`);
  put("empty", "");
  steps.push({ kind: "delete", key: "key1" }, { kind: "compact" });
  steps.push({ kind: "delete", key: "key2" }, { kind: "batch", key: "key0", value: "both" });
  for (let i = 0; i < count; i++) put(`later${i}`, `second${i}`);
  steps.push({ kind: "delete", key: "key0" });
  put("last", "words");
  return steps;
}

/**
 * `count` is about half of its writes, `word` begins its values. `clean`: closed; else as a kill
 * leaves it, with all that was acknowledged at `os` and above.
 */
export async function buildTinyStore(
  module: EngineModule,
  durability: Durability,
  clean: boolean,
  count: number,
  word = "value",
): Promise<TinyStore> {
  const fileSystem = new MemoryFileSystem();
  const settings = smallFiles(module);
  const engine = await open(module, STORE_DIR, { durability, fileSystem, settings });
  const states: Map<string, string>[] = [new Map()];
  let before: Files = new Map();
  for (const step of script(count, word)) {
    before = fileSystem.files();
    if (step.kind === "compact") await engine.compact();
    else states.push(await write(engine, step, states.at(-1)!));
  }
  const grown = [...fileSystem.files()].filter(
    ([name, content]) => content.length !== before.get(name)?.length,
  );
  expect(grown, "the last write went to one file").toHaveLength(1);
  if (clean) await engine.close();
  const keys = [...new Set(states.flatMap((state) => [...state.keys()])), "never"].sort();
  return {
    module,
    durability,
    files: fileSystem.files(),
    openFile: clean ? undefined : grown[0]![0],
    states: states.map((state) => keys.map((key) => state.get(key))),
    keys,
  };
}

async function write(
  engine: Engine,
  { kind, key = "", value = "" }: Step,
  before: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const after = new Map(before);
  if (kind === "delete") {
    after.delete(key);
    await engine.delete(bytes(key));
  } else if (kind === "put") {
    after.set(key, value);
    await engine.put(bytes(key), bytes(value));
  } else {
    after.set(key, value).set(`${key}+`, value);
    const batch = new WriteBatch().put(bytes(key), bytes(value));
    await engine.batch(batch.put(bytes(`${key}+`), bytes(value)));
  }
  return after;
}

export interface Verdict {
  readonly outcome: "right" | "prefix" | "refused" | "refused at open";
  /** Of the newest state that agrees with all that was read; undefined when it was not opened. */
  readonly state: number | undefined;
  readonly error: EngineError | undefined;
}

/** Reads everything by `get`, forward and backward. Fails for whatever may not come of damage. */
export async function judge(store: TinyStore, files: Files, what: string): Promise<Verdict> {
  const { module, durability, states } = store;
  const fileSystem = new MemoryFileSystem(files);
  const settings = smallFiles(module);
  let engine: Engine;
  try {
    engine = await open(module, STORE_DIR, { durability, fileSystem, settings });
  } catch (error) {
    const refusal = checkRefusal(error, what);
    expectSameFiles(fileSystem.files(), files, what);
    return { outcome: "refused at open", state: undefined, error: refusal };
  }
  const seen = await readAll(engine, store, what);
  await engine.close().catch((error: unknown) => checkRefusal(error, `${what}, at close`));
  const state = states.findLastIndex((known) => seen.every((read) => agrees(read, known)));
  const error = seen.find((read) => read.error !== undefined)?.error;
  if (state < 0) {
    expect.fail(`${what}: read what never was: ${JSON.stringify(seen.map((read) => read.values))}`);
  }
  const last = states.length - 1;
  const outcome = state < last ? "prefix" : error === undefined ? "right" : "refused";
  return { outcome, state, error };
}

/** What was read of each key: its value, ABSENT, or UNKNOWN where there was an error before it. */
interface Read {
  readonly values: readonly (string | undefined | typeof UNKNOWN)[];
  readonly error: EngineError | undefined;
}

const UNKNOWN = Symbol("unknown");

function agrees(read: Read, state: readonly (string | undefined)[]): boolean {
  return read.values.every((value, i) => value === UNKNOWN || value === state[i]);
}

async function readAll(engine: Engine, store: TinyStore, what: string): Promise<Read[]> {
  const reads: Read[] = [];
  const { keys } = store;
  const values: (string | undefined | typeof UNKNOWN)[] = [];
  let error: EngineError | undefined;
  for (const key of keys) {
    try {
      values.push(text(await engine.get(bytes(key))));
    } catch (thrown) {
      error = checkRefusal(thrown, `${what}, get ${key}`);
      values.push(UNKNOWN);
    }
  }
  reads.push({ values, error });
  for (const reverse of [false, true]) reads.push(await readScan(engine, keys, reverse, what));
  return reads;
}

/** Keys that a scan went past are absent; those that it did not reach for an error are unknown. */
async function readScan(
  engine: Engine,
  keys: readonly string[],
  reverse: boolean,
  what: string,
): Promise<Read> {
  const values = keys.map((): string | undefined | typeof UNKNOWN => UNKNOWN);
  const order = reverse ? keys.map((_, i) => keys.length - 1 - i) : keys.map((_, i) => i);
  let passed = 0;
  const pass = (end: number) => {
    for (; passed < end; passed++) values[order[passed]!] = undefined;
  };
  try {
    const cursor = engine.scan({ reverse });
    for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
      for (let i = 0; i < chunk.count; i++) {
        const key = text(chunk.key(i))!;
        const at = order.findIndex((index) => keys[index] === key);
        expect(at, `${what}: a scan gave ${key} out of order, or it never was`).toBeGreaterThan(
          passed - 1,
        );
        pass(at);
        values[order[passed++]!] = text(chunk.value(i));
      }
    }
    pass(keys.length);
    return { values, error: undefined };
  } catch (thrown) {
    return { values, error: checkRefusal(thrown, `${what}, scan`) };
  }
}

/** An error of the right kind, that says where. */
function checkRefusal(error: unknown, what: string): EngineError {
  if (!(error instanceof EngineError)) throw new Error(`${what}: ${error}`, { cause: error });
  expect(["ENGINE_CORRUPTION", "ENGINE_WRONG_FOLDER"], `${what}: ${error}`).toContain(error.code);
  expect(error.file, `${what}: ${error}`).toBeDefined();
  expect(error.message, `${what}: the message names the file`).toContain(
    path.basename(error.code === "ENGINE_CORRUPTION" ? error.file! : STORE_DIR),
  );
  if (error.code === "ENGINE_CORRUPTION") {
    expect(error.offset, `${what}: ${error}`).toBeGreaterThanOrEqual(0);
    expect(error.message, `${what}: the message names the offset`).toContain(`${error.offset}`);
  }
  return error;
}

/** What was refused at open must be left as it was. */
export function expectSameFiles(actual: Files, expected: Files, what: string): void {
  expect([...actual.keys()].sort(), `${what}: files`).toEqual([...expected.keys()].sort());
  for (const [name, content] of expected) {
    const now = actual.get(name)!;
    const same = now.length === content.length && Buffer.compare(now, content) === 0;
    if (!same) expect.fail(`${what}: the refused open changed ${name}`);
  }
}
