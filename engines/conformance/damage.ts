// R7: bits are flipped in every file of a store, one at a time, and whatever the engine then hands
// out must be what was put. A typed error is right, and so is an absent key where a damaged tail
// looks like one that a crash left; another value is not.

import path from "node:path";
import type { Engine } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { type CaseContext, collect } from "./context.ts";
import { describeError, engineErrorCode, expect, sameBytes, show } from "./expect.ts";
import { dataFiles, putFile } from "./file-tree.ts";
import { Model } from "./model.ts";

const RECORDS = 80;
const FLIPS_A_FILE = 8;

/** What may be wrong with a store that was damaged: nothing that it says. */
async function expectNoLie(engine: Engine, model: Model, at: string): Promise<void> {
  const answer = async (what: string, ask: () => Promise<void>): Promise<void> => {
    try {
      await ask();
    } catch (error) {
      expectTyped(error, `${at}: ${what}`);
    }
  };
  for (const { key, value } of model.records) {
    let got: Uint8Array | undefined;
    await answer(`get ${show(key)}`, async () => {
      got = await engine.get(key);
    });
    expect(
      got === undefined || sameBytes(got, value),
      () => `${at}: get ${show(key)}: expected ${show(value)} or an error, got ${show(got)}`,
    );
  }
  if (!engine.supports.scan) return;
  await answer("scan", async () => {
    for (const { key, value } of await collect(engine)) {
      expect(
        sameBytes(model.get(key), value),
        () => `${at}: scan: record ${show(key)}, ${show(value)} was never put`,
      );
    }
  });
}

/** Opening, asking and closing may each find the damage, and say so with a code. */
async function judgeDamaged(
  context: CaseContext,
  dir: string,
  model: Model,
  at: string,
): Promise<void> {
  let engine: Engine;
  try {
    engine = await context.module.open(context.engineOptions(dir));
  } catch (error) {
    expectTyped(error, `${at}: open`);
    return;
  }
  try {
    await expectNoLie(engine, model, at);
  } finally {
    try {
      await engine.close();
    } catch (error) {
      expectTyped(error, `${at}: close`);
    }
  }
}

function expectTyped(error: unknown, what: string): void {
  expect(engineErrorCode(error) !== undefined, () => `${what}: ${describeError(error)}`);
}

async function flipBits(context: CaseContext): Promise<void> {
  const { fileSystem, random } = context;
  const dir = context.newDir();
  const engine = await context.open(dir);
  const model = new Model();
  for (let i = 0; i < RECORDS; i++) {
    await engine.put(text(`key ${i}`), pattern(i, i % 10 === 0 ? 3000 : 90));
    model.put(text(`key ${i}`), pattern(i, i % 10 === 0 ? 3000 : 90));
  }
  await engine.close();
  const files = dataFiles(fileSystem, dir);
  const contents = files.map((file) => fileSystem.readFileSync(file));
  for (const [at, content] of contents.entries()) {
    for (let flip = 0; flip < FLIPS_A_FILE && content.length > 0; flip++) {
      const offset = random.below(content.length);
      const bit = random.below(8);
      const damagedDir = context.newDir();
      for (const [i, file] of files.entries()) {
        const bytes = Uint8Array.from(contents[i]!);
        if (i === at) bytes[offset]! ^= 1 << bit;
        putFile(fileSystem, path.join(damagedDir, path.relative(dir, file)), bytes);
      }
      const name = path.relative(dir, files[at]!);
      const what = `seed ${context.seed}, ${name}, bit ${bit} of ${offset}`;
      await judgeDamaged(context, damagedDir, model, what);
    }
  }
}

export const damageCases: readonly ConformanceCase[] = [
  {
    name: "damage: a flipped bit is never handed out as data",
    rule: "R7",
    needs: ["persistent", "verifiesReads"],
    run: flipBits,
  },
];
