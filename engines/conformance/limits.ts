// The longest keys and values, and what is longer still.

import { WriteBatch } from "../batch.ts";
import type { Engine } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { collect, expectState } from "./context.ts";
import { describeError, engineErrorCode, expect, expectBytes, expectCode } from "./expect.ts";
import { Model } from "./model.ts";

/** Above this a case would need more memory than it is worth. */
const REFUSED_VALUE_BYTES_MAX = 65 * 1024 * 1024;
const LARGE_VALUE_BYTES = 16 * 1024 * 1024;

/** Puts a few records, and returns them as the state that must not change. */
async function seedState(engine: Engine): Promise<Model> {
  const model = new Model();
  for (let i = 0; i < 5; i++) {
    await engine.put(text(`k${i}`), pattern(i, 30));
    model.put(text(`k${i}`), pattern(i, 30));
  }
  return model;
}

async function expectRefused(engine: Engine, key: Uint8Array, value: Uint8Array): Promise<void> {
  const model = await seedState(engine);
  await expectCode("ENGINE_LIMIT", () => engine.put(key, value), "put");
  const batch = new WriteBatch().put(text("k0"), text("changed")).put(key, value);
  await expectCode("ENGINE_LIMIT", () => engine.batch(batch), "batch");
  await expectState(engine, model, "after the refused writes");
  await engine.put(text("k5"), text("writes go on"));
  model.put(text("k5"), text("writes go on"));
  await expectState(engine, model, "after one more put");
  await engine.delete(text("k5"));
}

/** A key that cannot be there is refused, or absent; either is true. */
async function expectNeverFound(engine: Engine, key: Uint8Array): Promise<void> {
  try {
    expectBytes(await engine.get(key), undefined, `get of ${key.length} bytes`);
  } catch (error) {
    const refused = engineErrorCode(error) === "ENGINE_LIMIT";
    expect(refused, () => `get of ${key.length} bytes: ${describeError(error)}`);
  }
}

export const limitsCases: readonly ConformanceCase[] = [
  {
    name: "limits: a key of 65,535 bytes",
    rule: "R1",
    needs: ["persistent", "longestKey"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const key = pattern(1, 65_535);
      const neighbour = key.slice();
      neighbour[65_534]! ^= 1;
      await engine.put(key, text("longest"));
      expectBytes(await engine.get(key), text("longest"), "get");
      expectBytes(await engine.get(neighbour), undefined, "a key that differs in its last bit");
      await engine.put(neighbour, text("other"));
      await engine.close();
      engine = await context.open(dir);
      expectBytes(await engine.get(key), text("longest"), "get after reopening");
      expectBytes(await engine.get(neighbour), text("other"), "the other after reopening");
      if (!context.supports.scan) return;
      const found = await collect(engine, { gte: key, lte: key });
      expect(found.length === 1, () => `a scan of exactly that key gave ${found.length} records`);
    },
  },
  {
    name: "limits: the longest key of the manifest, and one byte more",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const { minKeyBytes, maxKeyBytes } = context.supports;
      const longest = pattern(2, maxKeyBytes);
      const shortest = pattern(3, minKeyBytes);
      await engine.put(longest, text("long"));
      await engine.put(shortest, text("short"));
      expectBytes(await engine.get(longest), text("long"), "the longest key");
      expectBytes(await engine.get(shortest), text("short"), "the shortest key");
      await engine.delete(longest);
      await engine.delete(shortest);
      await expectRefused(engine, pattern(2, maxKeyBytes + 1), text("too long"));
      await expectCode("ENGINE_LIMIT", () => engine.delete(pattern(2, maxKeyBytes + 1)), "delete");
      await expectNeverFound(engine, pattern(2, maxKeyBytes + 1));
      if (minKeyBytes > 0) await expectRefused(engine, pattern(2, minKeyBytes - 1), text("short"));
    },
  },
  {
    name: "limits: a key of 65,536 bytes is refused, and nothing changes",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      await expectRefused(await context.open(), pattern(4, 65_536), text("v"));
    },
  },
  {
    name: "limits: a value of 16 MiB",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const value = pattern(9, LARGE_VALUE_BYTES);
      await engine.put(text("large"), value);
      await engine.put(text("small"), text("s"));
      expectBytes(await engine.get(text("large")), value, "get");
      await engine.close();
      engine = await context.open(dir);
      expectBytes(await engine.get(text("large")), value, "get after reopening");
      expectBytes(await engine.get(text("small")), text("s"), "its neighbour");
      if (context.supports.scan) {
        const records = await collect(engine);
        expect(records.length === 2, () => `a scan gave ${records.length} records of 2`);
        expectBytes(records[0]!.value, value, "the value in a scan");
      }
    },
  },
  {
    name: "limits: a value longer than the manifest says is refused, and nothing changes",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      const { maxValueBytes } = context.supports;
      expect(
        maxValueBytes >= LARGE_VALUE_BYTES,
        () => `supports.maxValueBytes is ${maxValueBytes}; the contract asks for 16 MiB`,
      );
      if (maxValueBytes >= REFUSED_VALUE_BYTES_MAX) return;
      await expectRefused(await context.open(), text("k"), new Uint8Array(maxValueBytes + 1));
    },
  },
];
