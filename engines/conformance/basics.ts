// Single keys: what is put is found, what is not is not, and buffers belong to whom they should.

import { awkwardKeys, bytes, pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expect, expectBytes, sameBytes, show } from "./expect.ts";

export const basicsCases: readonly ConformanceCase[] = [
  {
    name: "basics: put, overwrite, delete",
    rule: "R5",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const key = text("key");
      expectBytes(await engine.get(key), undefined, "get before any put");
      await engine.put(key, text("one"));
      expectBytes(await engine.get(key), text("one"), "get after put");
      await engine.put(key, text("two, longer"));
      expectBytes(await engine.get(key), text("two, longer"), "get after overwrite");
      await engine.put(key, text("3"));
      expectBytes(await engine.get(key), text("3"), "get after a shorter overwrite");
      await engine.delete(key);
      expectBytes(await engine.get(key), undefined, "get after delete");
      await engine.delete(key);
      await engine.delete(text("never there"));
      await engine.put(key, text("again"));
      expectBytes(await engine.get(key), text("again"), "get after delete and put");
    },
  },
  {
    name: "basics: an empty value is not an absent key",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      const key = text("empty");
      await engine.put(key, bytes());
      expectBytes(await engine.get(key), bytes(), "get");
      const [many] = await engine.getMany([key]);
      expectBytes(many, bytes(), "getMany");
      await engine.put(text("full"), text("x"));
      await engine.put(text("full"), bytes());
      expectBytes(await engine.get(text("full")), bytes(), "get after an overwrite with nothing");
      await engine.close();
      engine = await context.open(dir);
      expectBytes(await engine.get(key), bytes(), "get after reopening");
    },
  },
  {
    name: "basics: the empty key is a key",
    rule: "R1",
    needs: ["persistent", "emptyKey"],
    async run(context) {
      const dir = context.newDir();
      let engine = await context.open(dir);
      expectBytes(await engine.get(bytes()), undefined, "get before put");
      await engine.put(bytes(), text("nothing"));
      expectBytes(await engine.get(bytes()), text("nothing"), "get");
      expectBytes(await engine.get(bytes(0)), undefined, "get of the key of one zero");
      await engine.close();
      engine = await context.open(dir);
      expectBytes(await engine.get(bytes()), text("nothing"), "get after reopening");
      await engine.delete(bytes());
      expectBytes(await engine.get(bytes()), undefined, "get after delete");
    },
  },
  {
    name: "basics: awkward keys stay apart (0xFF, zeros, prefixes, invalid UTF-8)",
    rule: "R1",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const keys = awkwardKeys(context.supports.minKeyBytes, context.supports.maxKeyBytes);
      for (const [i, key] of keys.entries()) await engine.put(key, pattern(i, 10 + i));
      for (const [i, key] of keys.entries()) {
        expectBytes(await engine.get(key), pattern(i, 10 + i), `get ${show(key)}`);
      }
      for (const key of keys.filter((_, i) => i % 2 === 0)) await engine.delete(key);
      for (const [i, key] of keys.entries()) {
        const expected = i % 2 === 0 ? undefined : pattern(i, 10 + i);
        expectBytes(await engine.get(key), expected, `get ${show(key)} after deletes`);
      }
    },
  },
  {
    name: "basics: getMany keeps the order, with gaps and repeats",
    rule: "getMany",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      for (let i = 0; i < 10; i++) await engine.put(text(`k${i}`), pattern(i, 5));
      const asked = [3, 11, 0, 3, 12, 9];
      const found = await engine.getMany(asked.map((i) => text(`k${i}`)));
      expect(found.length === asked.length, () => `getMany of 6 keys gave ${found.length} values`);
      for (const [at, i] of asked.entries()) {
        expectBytes(found[at], i < 10 ? pattern(i, 5) : undefined, `getMany, position ${at}`);
      }
      expect((await engine.getMany([])).length === 0, () => "getMany of no keys gave values");
    },
  },
  {
    name: "basics: writes of one turn apply in the order of the calls",
    rule: "R5",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const key = text("contended");
      const done: unknown[] = [];
      for (let i = 0; i < 50; i++) {
        done.push(i % 7 === 3 ? engine.delete(key) : engine.put(key, pattern(i, 20)));
        done.push(engine.put(text(`own ${i}`), pattern(i, 3)));
      }
      await Promise.all(done);
      expectBytes(await engine.get(key), pattern(49, 20), "get after 50 writes without waiting");
      await Promise.all([engine.put(key, text("x")), engine.delete(key)]);
      expectBytes(await engine.get(key), undefined, "get after put and delete without waiting");
      for (let i = 0; i < 50; i++) {
        expectBytes(await engine.get(text(`own ${i}`)), pattern(i, 3), `own key ${i}`);
      }
    },
  },
  {
    name: "basics: a caller may reuse its buffers as soon as a call returned (R2)",
    rule: "R2",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const length = 200;
      const key = new Uint8Array(8);
      const value = new Uint8Array(length);
      const done: unknown[] = [];
      for (let i = 0; i < 40; i++) {
        key.fill(i);
        value.set(pattern(i, length));
        done.push(engine.put(key, value));
      }
      key.fill(0xee);
      value.fill(0xee);
      await Promise.all(done);
      for (let i = 0; i < 40; i++) {
        const expected = pattern(i, length);
        expectBytes(await engine.get(new Uint8Array(8).fill(i)), expected, `put ${i}`);
      }
      key.fill(7);
      const pending = engine.delete(key);
      key.fill(9);
      await pending;
      expectBytes(await engine.get(new Uint8Array(8).fill(7)), undefined, "the deleted key");
      expectBytes(await engine.get(new Uint8Array(8).fill(9)), pattern(9, length), "the other");
      key.fill(11);
      const reading = engine.get(key);
      const readingMany = engine.getMany([key]);
      key.fill(12);
      expectBytes(await reading, pattern(11, length), "get, the key reused meanwhile");
      expectBytes((await readingMany)[0], pattern(11, length), "getMany, the key reused meanwhile");
    },
  },
  {
    name: "basics: views into larger buffers are taken as they are",
    rule: "R2",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      const backing = pattern(5, 4096);
      const key = backing.subarray(100, 116);
      const value = backing.subarray(1000, 1700);
      const buffer = Buffer.from("a Node buffer from the pool");
      await engine.put(key, value);
      await engine.put(buffer, buffer);
      expectBytes(await engine.get(key.slice()), value, "get by a copy of the key");
      expectBytes(await engine.get(new Uint8Array(buffer)), buffer, "a Buffer as key and value");
    },
  },
  {
    name: "basics: what get returned belongs to the caller (R3)",
    rule: "R3",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      for (const length of [1, 100, 5000, 70_000]) {
        const key = text(`mine ${length}`);
        const expected = pattern(length, length);
        await engine.put(key, expected);
        const first = await engine.get(key);
        expectBytes(first, expected, "get");
        for (let i = 0; i < 30; i++) {
          await engine.put(text(`other ${i}`), pattern(i + 100, length));
          await engine.get(text(`other ${i}`));
        }
        await engine.put(key, pattern(length + 1, length));
        expectBytes(first, expected, "the value after later reads and writes");
        for (let round = 0; round < 2; round++) {
          const mine = await engine.get(key);
          expect(
            sameBytes(mine, pattern(length + 1, length)),
            () => "a value that the caller scribbled on was handed out again",
          );
          first!.fill(0xee);
          mine!.fill(0xee);
        }
      }
    },
  },
  {
    name: "basics: readers and writers of one turn do not disturb one another",
    rule: "R5",
    needs: ["persistent"],
    async run(context) {
      const engine = await context.open();
      for (let i = 0; i < 100; i++) await engine.put(text(`k${i}`), pattern(i, 50));
      const reads = [];
      const writes: unknown[] = [];
      for (let i = 0; i < 100; i++) {
        reads.push(engine.get(text(`k${i}`)));
        writes.push(engine.put(text(`n${i}`), pattern(i, 60)));
      }
      const values = await Promise.all(reads);
      await Promise.all(writes);
      for (const [i, value] of values.entries()) expectBytes(value, pattern(i, 50), `k${i}`);
      for (let i = 0; i < 100; i++) {
        expectBytes(await engine.get(text(`n${i}`)), pattern(i, 60), `n${i}`);
      }
    },
  },
];
