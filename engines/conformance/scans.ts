// Scans: every combination of bounds, direction, limit and keys-only, against the model.

import type { ScanOptions } from "../engine.ts";
import { bytes, pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { type CaseContext, expectRecords } from "./context.ts";
import { Model } from "./model.ts";
import type { Random } from "./random.ts";
import { compareScan, fill, nextRecords } from "./scan-state.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A bound: a key that is there, one beside it, or one beyond all. */
function pickBound(random: Random, model: Model): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) return bytes();
  if (kind === 1) return new Uint8Array(400).fill(0xff);
  if (kind === 2) return random.bytes(1 + random.below(4));
  const key = random.pick(model.records).key;
  if (kind === 3) return bytes(...key, 0);
  if (kind === 4) return key.slice(0, Math.max(0, key.length - 1));
  return key.slice();
}

type Side = "none" | "exclusive" | "inclusive" | "both";
const SIDES: readonly Side[] = ["none", "exclusive", "inclusive", "both"];
const LIMITS: readonly (number | undefined)[] = [undefined, -1, 0, 1, 2, 7, 1000];
const ROUNDS = 3;

function scanOptions(
  random: Random,
  model: Model,
  lower: Side,
  upper: Side,
  reverse: boolean,
  limit: number | undefined,
  keysOnly: boolean,
): ScanOptions {
  const options: Mutable<ScanOptions> = { reverse, keysOnly };
  if (lower === "exclusive" || lower === "both") options.gt = pickBound(random, model);
  if (lower === "inclusive" || lower === "both") options.gte = pickBound(random, model);
  if (upper === "exclusive" || upper === "both") options.lt = pickBound(random, model);
  if (upper === "inclusive" || upper === "both") options.lte = pickBound(random, model);
  if (limit !== undefined) options.limit = limit;
  return options;
}

async function everyCombination(context: CaseContext): Promise<void> {
  const engine = await context.open();
  const model = await fill(context, engine);
  for (const lower of SIDES) {
    for (const upper of SIDES) {
      for (const reverse of [false, true]) {
        for (const limit of LIMITS) {
          for (const keysOnly of [false, true]) {
            for (let round = 0; round < ROUNDS; round++) {
              const { random } = context;
              await compareScan(
                engine,
                model,
                scanOptions(random, model, lower, upper, reverse, limit, keysOnly),
              );
            }
          }
        }
      }
    }
  }
}

export const scansCases: readonly ConformanceCase[] = [
  {
    name: "scans: an empty store",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      await compareScan(engine, model, {});
      await compareScan(engine, model, { reverse: true });
      await compareScan(engine, model, { gte: text("a"), lt: text("b") });
      await engine.put(text("k"), text("v"));
      await engine.delete(text("k"));
      await compareScan(engine, model, {});
    },
  },
  {
    name: "scans: bytewise order, forwards and backwards, for every awkward key",
    rule: "R1",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = await fill(context, engine);
      await compareScan(engine, model, {});
      await compareScan(engine, model, { reverse: true });
      for (const { key } of model.records) {
        for (const reverse of [false, true]) {
          await compareScan(engine, model, { gte: key, lte: key, reverse });
          await compareScan(engine, model, { gt: key, reverse, limit: 3 });
          await compareScan(engine, model, { lt: key, reverse, limit: 3 });
          await compareScan(engine, model, { gte: key, reverse, limit: 3 });
          await compareScan(engine, model, { lte: key, reverse, limit: 3 });
        }
      }
    },
  },
  {
    name: "scans: bounds, reverse, limit and keysOnly in every combination",
    rule: "scan",
    needs: ["persistent", "scan"],
    run: everyCombination,
  },
  {
    name: "scans: ranges that are empty, inverted or beyond all keys",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = await fill(context, engine);
      const a = text("user00100");
      const b = text("user00500");
      const far = new Uint8Array(500).fill(0xff);
      for (const reverse of [false, true]) {
        await compareScan(engine, model, { gt: a, lt: a, reverse });
        await compareScan(engine, model, { gte: a, lt: a, reverse });
        await compareScan(engine, model, { gt: a, lte: a, reverse });
        await compareScan(engine, model, { gte: b, lte: a, reverse });
        await compareScan(engine, model, { gt: b, lt: a, reverse });
        await compareScan(engine, model, { gte: far, reverse });
        await compareScan(engine, model, { gt: far, reverse });
        await compareScan(engine, model, { lt: far, reverse });
        await compareScan(engine, model, { lt: bytes(), reverse });
        await compareScan(engine, model, { lte: bytes(), reverse });
        await compareScan(engine, model, { gt: bytes(), reverse });
        await compareScan(engine, model, { gte: bytes(), reverse });
        await compareScan(engine, model, { lt: bytes(0), reverse });
        await compareScan(engine, model, { gte: pattern(1, 70_000), reverse });
        await compareScan(engine, model, { lte: pattern(2, 70_000), reverse });
      }
    },
  },
  {
    name: "scans: bounds may be reused as soon as the call returned (R2)",
    rule: "R2",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = await fill(context, engine);
      const gte = text("user00100");
      const lt = text("user00700");
      const expected = model.scan({ gte: gte.slice(), lt: lt.slice() });
      const cursor = engine.scan({ gte, lt });
      gte.fill(0xff);
      lt.fill(0);
      const actual = [];
      for (let more = await nextRecords(cursor); more.length > 0; ) {
        actual.push(...more);
        more = await nextRecords(cursor);
      }
      await cursor.close();
      expectRecords(actual, expected, () => "scan with bounds that were overwritten");
    },
  },
  {
    name: "scans: a large store in many chunks, with values of all sizes",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const model = new Model();
      for (let i = 0; i < 4000; i++) {
        const key = text(`key ${String((i * 2_654_435_761) % 100_000).padStart(6, "0")}`);
        const value = pattern(i, i % 500 === 0 ? 100_000 : i % 150);
        await engine.put(key, value);
        model.put(key, value);
      }
      await compareScan(engine, model, {});
      await compareScan(engine, model, { reverse: true });
      await compareScan(engine, model, { keysOnly: true });
      await engine.close();
      engine = await context.open(dir);
      await compareScan(engine, model, {});
      await compareScan(engine, model, { gt: text("key 05"), limit: 1500 });
      await compareScan(engine, model, { lt: text("key 05"), limit: 1500, reverse: true });
    },
  },
];
