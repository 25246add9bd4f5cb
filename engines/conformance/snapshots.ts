// Snapshots: a state that later writes do not change.

import { WriteBatch } from "../batch.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { collect, expectRecords, expectState } from "./context.ts";
import { expectBytes } from "./expect.ts";
import { Model } from "./model.ts";

export const snapshotsCases: readonly ConformanceCase[] = [
  {
    name: "snapshots: get, getMany and scan read as of the snapshot",
    rule: "snapshot",
    needs: ["persistent", "snapshot"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      for (let i = 0; i < 300; i++) {
        await engine.put(text(`k${i}`), pattern(i, 30));
        model.put(text(`k${i}`), pattern(i, 30));
      }
      const before = model.copy();
      const snapshot = engine.snapshot();
      const batch = new WriteBatch();
      for (let i = 0; i < 300; i += 2) {
        batch.put(text(`k${i}`), text("changed")).delete(text(`k${i + 1}`));
        batch.put(text(`n${i}`), text("new"));
        model.put(text(`k${i}`), text("changed"));
        model.delete(text(`k${i + 1}`));
        model.put(text(`n${i}`), text("new"));
      }
      await engine.batch(batch);
      for (const i of [0, 1, 150, 299]) {
        expectBytes(await engine.get(text(`k${i}`), snapshot), pattern(i, 30), `snapshot k${i}`);
      }
      expectBytes(await engine.get(text("n0"), snapshot), undefined, "a key put later");
      const many = await engine.getMany([text("n0"), text("k1"), text("k0")], snapshot);
      expectBytes(many[0], undefined, "getMany, a key put later");
      expectBytes(many[1], pattern(1, 30), "getMany, a key deleted later");
      expectBytes(many[2], pattern(0, 30), "getMany, a key changed later");
      if (context.supports.scan) {
        for (const reverse of [false, true]) {
          const options = { reverse, gte: text("k1"), lt: text("o"), snapshot };
          const expected = before.scan(options);
          expectRecords(await collect(engine, options), expected, () => "scan of the snapshot");
        }
      }
      await expectState(engine, model, "beside the snapshot");
      snapshot.close();
      await expectState(engine, model, "after the snapshot was closed");
    },
  },
  {
    name: "snapshots: several at once, closed in any order",
    rule: "snapshot",
    needs: ["persistent", "snapshot"],
    async run(context) {
      const engine = await context.open();
      const key = text("k");
      const snapshots = [];
      for (let i = 0; i < 8; i++) {
        snapshots.push(engine.snapshot());
        await engine.put(key, pattern(i, 25));
      }
      for (const at of [3, 0, 7, 5, 1]) {
        const expected = at === 0 ? undefined : pattern(at - 1, 25);
        expectBytes(await engine.get(key, snapshots[at]), expected, `snapshot ${at}`);
        snapshots[at]!.close();
      }
      for (const at of [2, 4, 6]) {
        expectBytes(await engine.get(key, snapshots[at]), pattern(at - 1, 25), `snapshot ${at}`);
        snapshots[at]!.close();
      }
      expectBytes(await engine.get(key), pattern(7, 25), "now");
    },
  },
  {
    name: "snapshots: a snapshot outlives heavy overwriting, flush and compaction",
    rule: "snapshot",
    needs: ["persistent", "snapshot"],
    async run(context) {
      const engine = await context.open();
      const model = new Model();
      for (let i = 0; i < 200; i++) {
        await engine.put(text(`k${i}`), pattern(i, 500));
        model.put(text(`k${i}`), pattern(i, 500));
      }
      const snapshot = engine.snapshot();
      for (let round = 1; round <= 20; round++) {
        for (let i = 0; i < 200; i++) await engine.put(text(`k${i}`), pattern(i + round, 500));
      }
      await engine.flush();
      if (context.supports.compact) await engine.compact();
      for (const { key, value } of model.records) {
        expectBytes(await engine.get(key, snapshot), value, "get as of the snapshot");
      }
      if (context.supports.scan) {
        const actual = await collect(engine, { snapshot });
        expectRecords(actual, model.records, () => "scan of the snapshot");
      }
      snapshot.close();
    },
  },
];
