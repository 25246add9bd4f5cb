// Batches: all or nothing, and the last write to a key wins.

import { WriteBatch } from "../batch.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expectState } from "./context.ts";
import { expectBytes, expectCode } from "./expect.ts";
import { Model } from "./model.ts";

export const batchesCases: readonly ConformanceCase[] = [
  {
    name: "batches: puts and deletes apply together, also after reopening",
    rule: "batch",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const model = new Model();
      for (let i = 0; i < 10; i++) {
        await engine.put(text(`k${i}`), pattern(i, 20));
        model.put(text(`k${i}`), pattern(i, 20));
      }
      const batch = new WriteBatch();
      for (let i = 0; i < 10; i += 2) {
        batch.delete(text(`k${i}`)).put(text(`n${i}`), pattern(i, 2000));
        model.delete(text(`k${i}`));
        model.put(text(`n${i}`), pattern(i, 2000));
      }
      await engine.batch(batch);
      await expectState(engine, model, "after the batch");
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after reopening");
    },
  },
  {
    name: "batches: the last write to a key wins, also after reopening",
    rule: "batch",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      await engine.put(text("old"), text("old"));
      const batch = new WriteBatch()
        .put(text("twice"), text("first"))
        .put(text("twice"), text("second"))
        .put(text("gone"), text("x"))
        .delete(text("gone"))
        .delete(text("back"))
        .put(text("back"), text("y"))
        .delete(text("old"))
        .put(text("old"), text("new"))
        .delete(text("old"));
      await engine.batch(batch);
      const model = new Model();
      model.put(text("twice"), text("second"));
      model.put(text("back"), text("y"));
      for (const key of ["gone", "old"]) {
        expectBytes(await engine.get(text(key)), undefined, `get ${key}`);
      }
      await expectState(engine, model, "after the batch");
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after reopening");
    },
  },
  {
    name: "batches: an empty batch changes nothing",
    rule: "batch",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const model = new Model();
      await engine.batch(new WriteBatch());
      await engine.put(text("k"), text("v"));
      model.put(text("k"), text("v"));
      await engine.batch(new WriteBatch());
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after reopening");
    },
  },
  {
    name: "batches: a batch may be cleared and filled again as soon as the call returned (R2)",
    rule: "R2",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      const batch = new WriteBatch();
      const done: unknown[] = [];
      for (let round = 0; round < 20; round++) {
        batch.clear();
        for (let i = 0; i < 10; i++) {
          const value = pattern(round * 10 + i, 100);
          batch.put(text(`r${round} ${i}`), value);
          model.put(text(`r${round} ${i}`), value);
        }
        done.push(engine.batch(batch));
      }
      batch.clear();
      batch.put(text("never sent"), text("x"));
      await Promise.all(done);
      await expectState(engine, model, "after 20 batches in one object");
    },
  },
  {
    name: "batches: a batch keeps its place among the writes of a turn",
    rule: "R5",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const key = text("k");
      await Promise.all([
        engine.put(key, text("1")),
        engine.batch(new WriteBatch().put(key, text("2")).put(text("b"), text("2"))),
        engine.put(key, text("3")),
        engine.put(text("b"), text("3")),
        engine.batch(new WriteBatch().delete(key)),
      ]);
      expectBytes(await engine.get(key), undefined, "get k");
      expectBytes(await engine.get(text("b")), text("3"), "get b");
    },
  },
  {
    name: "batches: 20,000 operations and several MiB in one batch",
    rule: "batch",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const batch = new WriteBatch();
      const model = new Model();
      for (let i = 0; i < 20_000; i++) {
        const key = text(`key ${String(i).padStart(8, "0")}`);
        batch.put(key, pattern(i, 200));
        model.put(key, pattern(i, 200));
      }
      await engine.batch(batch);
      await expectState(engine, model, "after the batch");
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after reopening");
    },
  },
  {
    name: "batches: a batch with one operation too long is refused as a whole",
    rule: "R1",
    needs: ["persistent", "atomicBatch"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      await engine.put(text("k"), text("v"));
      model.put(text("k"), text("v"));
      const batch = new WriteBatch()
        .put(text("before"), text("x"))
        .delete(text("k"))
        .put(pattern(1, context.supports.maxKeyBytes + 1), text("x"))
        .put(text("after"), text("x"));
      await expectCode("ENGINE_LIMIT", () => engine.batch(batch), "batch");
      expectBytes(await engine.get(text("before")), undefined, "get before");
      expectBytes(await engine.get(text("after")), undefined, "get after");
      await expectState(engine, model, "after the refused batch");
    },
  },
];
