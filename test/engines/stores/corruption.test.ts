// Goal: no damage is ever read as data. Method: a small store, each byte of each of its files
// changed, and each file cut at each length; then everything is read. Allowed: the right answer, or
// ENGINE_CORRUPTION that names the file; a wrong or missing value never. For a store that was not
// closed, a prefix is allowed as well where the damage is at the very end.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Durability, EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import {
  bytes,
  contents,
  inTempDir,
  OWN_ENGINES,
  open,
  smallFiles,
  stride,
} from "../support/stores.ts";

const COUNT = 14;
/** The longest record of the store, with a sync mark before it. */
const LAST_RECORD_BYTES = 20 + 20 + 7 + 8 + 1;

/** A store with an overwrite, a delete, and a merge or snapshot behind it; its states in order. */
async function build(module: EngineModule, dir: string, durability: Durability, clean: boolean) {
  const fileSystem = new FaultyFileSystem();
  const engine = await open(module, dir, { durability, fileSystem, settings: smallFiles(module) });
  const states: Map<string, string>[] = [new Map()];
  const step = async (key: string, value: string | undefined) => {
    const next = new Map(states.at(-1));
    if (value === undefined) next.delete(key);
    else next.set(key, value);
    states.push(next);
    await (value === undefined ? engine.delete(bytes(key)) : engine.put(bytes(key), bytes(value)));
  };
  for (let i = 0; i < COUNT; i++) await step(`key${i % 9}`, `value${i}`);
  await engine.compact();
  await step("key3", undefined);
  for (let i = 0; i < COUNT; i++) await step(`later${i}`, `second${i}`);
  if (clean) await engine.close();
  else fileSystem.bury();
  return states;
}

type Outcome = "right" | "prefix" | "refused" | "refused at open";

async function judge(
  module: EngineModule,
  dir: string,
  durability: Durability,
  states: readonly Map<string, string>[],
  what: string,
): Promise<Outcome> {
  const settings = smallFiles(module);
  let engine: Awaited<ReturnType<typeof open>> | undefined;
  try {
    engine = await open(module, dir, { durability, settings });
    const found = JSON.stringify([...(await contents(engine))].sort());
    const state = states.findLastIndex((known) => JSON.stringify([...known].sort()) === found);
    expect(state, `${what}: read something that was never there`).toBeGreaterThanOrEqual(0);
    return state === states.length - 1 ? "right" : "prefix";
  } catch (error) {
    if (!(error instanceof EngineError)) throw new Error(`${what}: ${error}`, { cause: error });
    expect(["ENGINE_CORRUPTION", "ENGINE_WRONG_FOLDER"], `${what}: ${error}`).toContain(error.code);
    expect(error.file, what).toBeDefined();
    expect(error.offset, what).toBeDefined();
    return engine === undefined ? "refused at open" : "refused";
  } finally {
    await engine?.close().catch(() => {});
  }
}

function restore(from: string, to: string): void {
  fs.rmSync(to, { recursive: true, force: true });
  fs.cpSync(from, to, { recursive: true });
}

describe.each(OWN_ENGINES)("$name with damaged files", (module) => {
  it.each<[Durability, boolean]>([
    ["os", true],
    ["os", false],
    ["group", false],
  ])("at %s, closed %s, gives no wrong answer", { timeout: 240_000 }, async (durability, clean) => {
    await inTempDir(async (root) => {
      const whole = path.join(root, "whole");
      const broken = path.join(root, "broken");
      const states = await build(module, whole, durability, clean);
      expect(await judgeCopy(whole, broken)).toBe("right");
      let refused = 0;
      for (const name of fs.readdirSync(whole).filter((file) => file !== "LOCK")) {
        const content = fs.readFileSync(path.join(whole, name));
        const isOpen = !clean && name.endsWith(".log");
        for (let at = 0; at < content.length; at += stride(3)) {
          const what = `${module.name} ${durability} ${name} byte ${at}`;
          const changed = Buffer.from(content);
          changed[at]! ^= 1 << (at % 8);
          const outcome = await damage(name, changed, what);
          if (outcome.startsWith("refused")) refused++;
          // What stands before the last two records has a witness behind it.
          const hasWitness = !isOpen || at < content.length - 2 * LAST_RECORD_BYTES;
          if (hasWitness) expect(outcome, `${what}: taken for a torn tail`).not.toBe("prefix");
        }
        for (let length = 0; length < content.length; length += stride(5)) {
          const what = `${module.name} ${durability} ${name} cut to ${length}`;
          const outcome = await damage(name, content.subarray(0, length), what);
          if (!isOpen) expect(outcome, what).not.toBe("prefix");
        }
      }
      expect(refused).toBeGreaterThan(100);

      async function damage(name: string, content: Uint8Array, what: string): Promise<Outcome> {
        restore(whole, broken);
        fs.writeFileSync(path.join(broken, name), content);
        const before = snapshotOf(broken);
        const outcome = await judge(module, broken, durability, states, what);
        if (outcome === "refused at open") expect(snapshotOf(broken), what).toEqual(before);
        return outcome;
      }

      function judgeCopy(from: string, to: string): Promise<Outcome> {
        restore(from, to);
        return judge(module, to, durability, states, "untouched");
      }
    });
  });
});

function snapshotOf(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of fs.readdirSync(dir)) {
    if (!name.startsWith("LOCK")) files[name] = fs.readFileSync(path.join(dir, name), "hex");
  }
  return files;
}
