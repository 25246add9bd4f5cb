// verify, compact, checkpoint and flush.

import type { Engine } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expectState } from "./context.ts";
import { expect, expectBytes } from "./expect.ts";
import { Model } from "./model.ts";

/** Puts, overwrites and deletes, so that there is live data and dead. */
async function churn(engine: Engine, keys = 300): Promise<Model> {
  const model = new Model();
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < keys; i++) {
      const key = text(`k${i}`);
      if ((i + round) % 7 === 0) {
        await engine.delete(key);
        model.delete(key);
      } else {
        await engine.put(key, pattern(i + round, 300));
        model.put(key, pattern(i + round, 300));
      }
    }
  }
  return model;
}

export const maintenanceCases: readonly ConformanceCase[] = [
  {
    name: "maintenance: verify finds nothing wrong with a healthy store, and reads all of it",
    rule: "verify",
    needs: ["persistent", "verify"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const model = await churn(engine);
      for (const when of ["before", "after"]) {
        await engine.flush();
        const report = await engine.verify();
        const [problem] = report.problems;
        expect(
          problem === undefined,
          () => `${when} reopening: ${problem?.file} at ${problem?.offset}: ${problem?.message}`,
        );
        expect(report.bytesChecked > 0, () => `${when} reopening: verify checked 0 bytes`);
        expect(
          report.recordsChecked >= model.size,
          () => `${when} reopening: verify checked ${report.recordsChecked} of ${model.size}`,
        );
        await engine.close();
        engine = await context.open(dir);
      }
      await expectState(engine, model, "after verify");
    },
  },
  {
    name: "maintenance: compact keeps the data, also after reopening",
    rule: "compact",
    needs: ["persistent", "compact"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const model = await churn(engine);
      await engine.compact();
      await expectState(engine, model, "after compact");
      await engine.put(text("after"), text("compact"));
      model.put(text("after"), text("compact"));
      await engine.delete(text("k1"));
      model.delete(text("k1"));
      await engine.compact();
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after reopening");
      await engine.compact();
      await engine.close();
      engine = await context.open(dir);
      await expectState(engine, model, "after compacting a reopened store");
    },
  },
  {
    name: "maintenance: reads and writes go on during compact",
    rule: "compact",
    needs: ["persistent", "compact"],
    async run(context) {
      const engine = await context.open();
      const model = await churn(engine);
      const compacting = engine.compact();
      for (let i = 0; i < 200; i++) {
        await engine.put(text(`during ${i}`), pattern(i, 100));
        model.put(text(`during ${i}`), pattern(i, 100));
        await engine.delete(text(`k${i}`));
        model.delete(text(`k${i}`));
      }
      await expectState(engine, model, "during compact");
      await compacting;
      await expectState(engine, model, "after compact");
    },
  },
  {
    name: "maintenance: a checkpoint opens, is equal, and is independent",
    rule: "checkpoint",
    needs: ["persistent", "checkpoint"],
    async run(context) {
      const dir = context.newDir();
      const copyDir = context.newDir();
      const engine = await context.open(dir);
      const model = await churn(engine);
      const asOfCall = model.copy();
      const copying = engine.checkpoint(copyDir);
      for (let i = 0; i < 50; i++) {
        await engine.put(text(`later ${i}`), text("x"));
        model.put(text(`later ${i}`), text("x"));
      }
      await copying;
      const copy = await context.open(copyDir, { errorIfMissing: true });
      await expectState(copy, asOfCall, "the checkpoint");
      expectBytes(await copy.get(text("later 0")), undefined, "a key put after the call");
      await copy.put(text("only in the copy"), text("y"));
      await copy.delete(text("k1"));
      await expectState(engine, model, "the original beside its copy");
      await engine.put(text("only in the original"), text("z"));
      expectBytes(await copy.get(text("only in the original")), undefined, "the copy");
    },
  },
  {
    name: "maintenance: flush at every level keeps the data",
    rule: "flush",
    needs: ["persistent"],
    async run(context) {
      for (const durability of context.supports.durability) {
        const engine = await context.open(context.newDir(), { durability });
        await engine.flush();
        // Where each write waits for the device, few will do: what is flushed is all the same.
        const isSlow = durability === "group" || durability === "sync";
        const model = await churn(engine, isSlow ? 40 : 300);
        await engine.flush();
        await expectState(engine, model, `after flush at ${durability}`);
        await engine.close();
      }
    },
  },
];
