// Goal: a merge gives space back and changes nothing that can be read: not for writers that go on
// meanwhile, not for snapshots that were open, not after a crash while old files are still there.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open, seeded, smallFiles, text } from "../support/stores.ts";

/** Only `compact` merges: auto-merge.test.ts has those that go on by themselves. */
const settings = { ...smallFiles(hashlogModule), autoMerge: false };
const filler = "f".repeat(1500);

describe("merge", () => {
  it("brings the disk back to what is live", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      for (let i = 0; i < 600; i++) await engine.put(bytes(`key${i % 20}`), bytes(`${i}${filler}`));
      expect(engine.stats().spaceAmplification).toBeGreaterThan(10);
      await engine.compact();
      expect(engine.stats().spaceAmplification).toBeLessThan(1.05);
      expect(fs.readdirSync(dir).filter((name) => name.endsWith(".log")).length).toBe(
        engine.stats().files,
      );
      expect((await contents(engine)).size).toBe(20);
      await engine.close();
    });
  });

  it("keeps what writers change while it runs", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings, writeGrouping: "tick" });
      const model = new Map<string, string>();
      const random = seeded(3);
      const write = async (step: number) => {
        const key = `key${random(400)}`;
        if (random(5) === 0) {
          model.delete(key);
          await engine.delete(bytes(key));
        } else {
          model.set(key, `${step}${filler}`);
          await engine.put(bytes(key), bytes(`${step}${filler}`));
        }
      };
      for (let step = 0; step < 2000; step++) await write(step);
      let merging = true;
      const merged = engine.compact().finally(() => {
        merging = false;
      });
      let during = 0;
      for (; merging && during < 20_000; during++) {
        await write(1000 + during);
        // A sync waits for the device, and lets the reads of the merge come in meanwhile.
        if (during % 50 === 0) await engine.flush();
      }
      await merged;
      expect(during).toBeGreaterThan(10);
      expect(await contents(engine)).toEqual(model);
      await engine.compact();
      expect(await contents(engine)).toEqual(model);
      await engine.close();
      const again = await open(hashlogModule, dir, { settings });
      expect(await contents(again)).toEqual(model);
      await again.close();
    });
  });

  it("moves no key that was written or deleted after its record was copied", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const engine = await open(hashlogModule, dir, { settings, fileSystem });
      // Four segments, each with ten live records among dead ones.
      for (let i = 0; i < 160; i++) {
        await engine.put(bytes(i % 4 === 0 ? key(i) : "dead"), bytes(`old${i}${filler}`));
      }
      let reads = 0;
      fileSystem.onBackgroundRead = () => {
        // At the first pause the records have been copied, and their keys have not been moved yet.
        if (++reads !== 1) return;
        void engine.put(bytes(key(0)), bytes("written meanwhile"));
        void engine.delete(bytes(key(4)));
      };
      await engine.compact();
      expect(reads).toBeGreaterThan(0);
      expect(text(await engine.get(bytes(key(0))))).toBe("written meanwhile");
      expect(await engine.get(bytes(key(4)))).toBeUndefined();
      expect(text(await engine.get(bytes(key(8))))).toBe(`old8${filler}`);
      await engine.close();
      const again = await open(hashlogModule, dir, { settings });
      expect(text(await again.get(bytes(key(0))))).toBe("written meanwhile");
      expect(await again.get(bytes(key(4)))).toBeUndefined();
      await again.close();
    });
  });

  it("leaves a snapshot and a half-read scan what they were", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      for (let i = 0; i < 900; i++) await engine.put(bytes(key(i)), bytes(`old${i}${filler}`));
      const snapshot = engine.snapshot();
      const cursor = engine.scan({ snapshot });
      const first = (await cursor.next())!;
      let seen = first.count;
      for (let i = 0; i < 900; i += 2) await engine.put(bytes(key(i)), bytes("new"));
      for (let i = 1; i < 900; i += 2) await engine.delete(bytes(key(i)));
      await engine.compact();
      expect(text(await engine.get(bytes(key(7)), snapshot))).toBe(`old7${filler}`);
      for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
        for (let i = 0; i < chunk.count; i++) {
          expect(text(chunk.value(i))).toBe(`old${seen + i}${filler}`);
        }
        seen += chunk.count;
      }
      expect(seen).toBe(900);
      const pinned = fs.readdirSync(dir).length;
      snapshot.close();
      expect(fs.readdirSync(dir).length).toBeLessThan(pinned);
      expect((await contents(engine)).size).toBe(450);
      await engine.close();
    });
  });

  it("brings no deleted key back when a crash leaves merged files behind a snapshot", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const engine = await open(hashlogModule, dir, { settings, fileSystem });
      for (let i = 0; i < 100; i++) await engine.put(bytes(key(i)), bytes(`old${filler}`));
      for (let i = 0; i < 100; i++) await engine.delete(bytes(key(i)));
      for (let i = 0; i < 60; i++) await engine.put(bytes("other"), bytes(`${i}${filler}`));
      engine.snapshot();
      await engine.compact();
      fileSystem.bury();
      expect(fs.readdirSync(dir).filter((name) => name.endsWith(".log")).length).toBeGreaterThan(2);
      const again = await open(hashlogModule, dir, { settings });
      expect([...(await contents(again)).keys()]).toEqual(["other"]);
      await again.close();
    });
  });

  it("keeps a tombstone while an older file may hold its key (bitcask issue 82)", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      // The first segment has nothing dead but the victim's record, so it is merged first; its
      // place is taken by an output with older records, beside which the tombstone must still
      // count.
      await engine.put(bytes("victim"), bytes("alive"));
      for (let i = 0; i < 100; i++) await engine.put(bytes(key(i)), bytes(`${i}${filler}`));
      await engine.compact();
      await engine.delete(bytes("victim"));
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 60; i++) await engine.put(bytes(key(i)), bytes(`${round}${filler}`));
        await engine.compact();
      }
      expect(await engine.get(bytes("victim"))).toBeUndefined();
      await engine.close();
      for (const name of fs.readdirSync(dir)) {
        if (name.endsWith(".hint")) fs.rmSync(path.join(dir, name));
      }
      const again = await open(hashlogModule, dir, { settings });
      expect(await again.get(bytes("victim"))).toBeUndefined();
      expect((await contents(again)).size).toBe(100);
      await again.close();
    });
  });
});

function key(i: number): string {
  return `key${String(i).padStart(5, "0")}`;
}
