// Cursors: across writes, several at once, and closed at any time.

import type { ScanOptions } from "../engine.ts";
import { bytes, pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expectRecords } from "./context.ts";
import { expect } from "./expect.ts";
import { Model, type ModelRecord } from "./model.ts";
import { compareScan, describeScan, fill, nextRecords } from "./scan-state.ts";

export const cursorsCases: readonly ConformanceCase[] = [
  {
    name: "cursors: a cursor sees the state of the call, whatever is written later",
    rule: "scan",
    needs: ["persistent", "scan", "scanIsolation"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      for (let i = 0; i < 3000; i++) {
        const key = text(`k${String(i).padStart(5, "0")}`);
        await engine.put(key, pattern(i, 40));
        model.put(key, pattern(i, 40));
      }
      for (const reverse of [false, true]) {
        const expected = model.scan({ reverse });
        const cursor = engine.scan({ reverse });
        const actual: ModelRecord[] = [];
        // Every third key is deleted, every third overwritten, and new ones go in between,
        // before the first chunk is read and between chunks.
        for (let i = 0; i < 3000; i++) {
          const key = text(`k${String(i).padStart(5, "0")}`);
          if (i % 3 === 0) {
            await engine.delete(key);
            model.delete(key);
          } else if (i % 3 === 1) {
            await engine.put(key, pattern(i + 7, 41));
            model.put(key, pattern(i + 7, 41));
          } else {
            await engine.put(bytes(...key, 1), text("new"));
            model.put(bytes(...key, 1), text("new"));
          }
          if (i % 100 !== 50) continue;
          actual.push(...(await nextRecords(cursor)));
        }
        for (let more = await nextRecords(cursor); more.length > 0; ) {
          actual.push(...more);
          more = await nextRecords(cursor);
        }
        await cursor.close();
        expectRecords(actual, expected, () => `scan across writes, reverse ${reverse}`);
        await compareScan(engine, model, { reverse });
      }
    },
  },
  {
    name: "cursors: a cursor across writes still gives what nobody touched, in order",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      for (let i = 0; i < 2000; i++) {
        await engine.put(text(`k${String(i).padStart(5, "0")}`), pattern(i, 30));
      }
      const cursor = engine.scan();
      const seen: Uint8Array[] = [];
      for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
        for (let i = 0; i < chunk.count; i++) seen.push(Uint8Array.from(chunk.key(i)));
        await engine.put(text("k00000x"), text("behind"));
        await engine.delete(text("k01999"));
      }
      await cursor.close();
      const untouched = new Set(seen.map((key) => new TextDecoder().decode(key)));
      for (let i = 0; i < 1999; i++) {
        const key = `k${String(i).padStart(5, "0")}`;
        expect(untouched.has(key), () => `${key} was never written to, and the scan missed it`);
      }
      const model = new Model(seen.map((key) => ({ key, value: key })));
      const sorted = new Model();
      for (const key of seen) sorted.put(key, key);
      expectRecords(model.records, sorted.records, () => "keys in order, each once");
    },
  },
  {
    name: "cursors: several at once",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = await fill(context, engine);
      const options: ScanOptions[] = [
        {},
        { reverse: true },
        { gte: text("user") },
        { lt: text("user"), keysOnly: true },
        { limit: 5 },
      ];
      const cursors = options.map((one) => engine.scan(one));
      const results: ModelRecord[][] = options.map(() => []);
      let open = cursors.length;
      while (open > 0) {
        open = 0;
        for (const [i, cursor] of cursors.entries()) {
          const more = await nextRecords(cursor);
          if (more.length > 0) open++;
          results[i]!.push(...more);
        }
      }
      for (const [i, cursor] of cursors.entries()) {
        await cursor.close();
        const one = options[i]!;
        expectRecords(results[i]!, model.scan(one), () => describeScan(one), one.keysOnly === true);
      }
    },
  },
  {
    name: "cursors: a cursor may be closed early, at the end, and twice",
    rule: "scan",
    needs: ["persistent", "scan"],
    async run(context) {
      const engine = await context.open();
      const model = await fill(context, engine);
      const untouched = engine.scan();
      await untouched.close();
      await untouched.close();
      const begun = engine.scan({ reverse: true });
      await begun.next();
      await begun.close();
      await begun.close();
      const ended = engine.scan({ limit: 1 });
      while ((await ended.next()) !== undefined);
      expect((await ended.next()) === undefined, () => "next after the end gave a chunk");
      await ended.close();
      await ended.close();
      for (let i = 0; i < 200; i++) {
        const cursor = engine.scan({ gte: text("user"), limit: 2 });
        await cursor.next();
        await cursor.close();
      }
      await compareScan(engine, model, {});
    },
  },
];
