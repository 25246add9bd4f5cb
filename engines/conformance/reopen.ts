// What is closed in order comes back whole.

import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expectState } from "./context.ts";
import { expect, expectBytes, expectCode } from "./expect.ts";
import { Model } from "./model.ts";

export const reopenCases: readonly ConformanceCase[] = [
  {
    name: "reopen: everything is there, at every durability level",
    rule: "R6",
    needs: ["persistent"],
    async run(context) {
      for (const durability of context.supports.durability) {
        for (const writeGrouping of ["one", "tick"] as const) {
          const dir = context.newDir();
          const model = new Model();
          const overrides = { durability, writeGrouping };
          const engine = await context.open(dir, overrides);
          expect(
            engine.durability === durability,
            () => `opened at ${durability}, but engine.durability is ${engine.durability}`,
          );
          const done: unknown[] = [];
          for (let i = 0; i < 60; i++) {
            done.push(engine.put(text(`k${i}`), pattern(i, i * 20)));
            model.put(text(`k${i}`), pattern(i, i * 20));
          }
          await Promise.all(done);
          await engine.close();
          const again = await context.open(dir, overrides);
          await expectState(again, model, `reopened at ${durability}, ${writeGrouping}`);
          await again.close();
        }
      }
    },
  },
  {
    name: "reopen: a folder written at one level opens at another",
    rule: "R6",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      const model = new Model();
      for (const [i, durability] of context.supports.durability.entries()) {
        const engine = await context.open(dir, { durability });
        await expectState(engine, model, `opened at ${durability}`);
        await engine.put(text(`k${i}`), pattern(i, 300));
        model.put(text(`k${i}`), pattern(i, 300));
        await engine.close();
      }
      await expectState(await context.open(dir), model, "at the end");
    },
  },
  {
    name: "reopen: writes that were not waited for are there after close",
    rule: "R6",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      const model = new Model();
      const engine = await context.open(dir, { writeGrouping: "tick" });
      const done: unknown[] = [];
      for (let i = 0; i < 100; i++) {
        done.push(engine.put(text(`k${i}`), pattern(i, 50)));
        model.put(text(`k${i}`), pattern(i, 50));
      }
      await engine.close();
      await Promise.all(done);
      await expectState(await context.open(dir), model, "after reopening");
    },
  },
  {
    name: "reopen: deletes stay deleted",
    rule: "R6",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      const model = new Model();
      let engine = await context.open(dir);
      for (let i = 0; i < 100; i++) await engine.put(text(`k${i}`), pattern(i, 100));
      await engine.close();
      engine = await context.open(dir);
      for (let i = 0; i < 100; i++) {
        if (i % 2 === 0) await engine.delete(text(`k${i}`));
        else model.put(text(`k${i}`), pattern(i, 100));
      }
      await engine.close();
      for (let round = 0; round < 3; round++) {
        engine = await context.open(dir);
        for (let i = 0; i < 100; i += 2) {
          expectBytes(await engine.get(text(`k${i}`)), undefined, `k${i}, reopened ${round + 1}x`);
        }
        await expectState(engine, model, `reopened ${round + 1} times`);
        await engine.close();
      }
    },
  },
  {
    name: "reopen: forty times, with a few writes each",
    rule: "R6",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      const model = new Model();
      for (let round = 0; round < 40; round++) {
        const engine = await context.open(dir);
        const keys = [`k${round % 7}`, `r${round}`, "always"];
        for (const key of keys) {
          await engine.put(text(key), pattern(round, 64));
          model.put(text(key), pattern(round, 64));
        }
        await engine.delete(text(`r${round - 5}`));
        model.delete(text(`r${round - 5}`));
        await expectState(engine, model, `round ${round}`);
        await engine.close();
      }
      await expectState(await context.open(dir), model, "at the end");
    },
  },
  {
    name: "reopen: errorIfMissing opens what is there, and creates nothing where nothing is",
    rule: "open",
    needs: ["persistent"],
    async run(context) {
      const missing = context.newDir();
      await expectCode(
        "ENGINE_NOT_FOUND",
        () => context.open(missing, { errorIfMissing: true }),
        "open of an absent folder",
      );
      expect(!context.fileSystem.existsSync(missing), () => `open created ${missing}`);
      const empty = context.newDir();
      context.fileSystem.makeDirSync(empty);
      await expectCode(
        "ENGINE_NOT_FOUND",
        () => context.open(empty, { errorIfMissing: true }),
        "open of an empty folder",
      );
      const names = context.fileSystem.listSync(empty);
      expect(names.length === 0, () => `open left ${names.join(", ")} in an empty folder`);
      const dir = context.newDir();
      const engine = await context.open(dir);
      await engine.put(text("k"), text("v"));
      await engine.close();
      const again = await context.open(dir, { errorIfMissing: true });
      expectBytes(await again.get(text("k")), text("v"), "get");
    },
  },
];
