import { expect, test } from "vitest";
import { loadEngine, openEngine } from "../../../engines/registry.ts";

const KEY = new Uint8Array([1]);

test("every read is found, with a value of the length that was asked for", async () => {
  const engine = await openEngine("null", { dir: "/nowhere", settings: { valueBytes: "7" } });
  expect(await engine.get(KEY)).toHaveLength(7);
  engine.put(KEY, KEY);
  engine.delete(KEY);
  expect(await engine.get(KEY)).toHaveLength(7);
  expect(await engine.getMany([KEY, KEY])).toHaveLength(2);
});

test("nothing is a promise, so that nothing is waited for", async () => {
  const engine = await openEngine("null", { dir: "/nowhere" });
  expect(engine.get(KEY)).toHaveLength(100);
  expect(engine.put(KEY, KEY)).toBeUndefined();
  expect(engine.scan({ limit: 1 }).next()).toMatchObject({ count: 1 });
});

test.each([
  [0, 0],
  [1, 1],
  [255, 255],
  [1000, 1000],
  [undefined, 100],
])("a scan with limit %s gives %s records", async (limit, expected) => {
  const engine = await openEngine("null", { dir: "/nowhere" });
  const cursor = engine.scan({ gte: KEY, ...(limit === undefined ? {} : { limit }) });
  let count = 0;
  for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
    expect(chunk.key(0)).toEqual(KEY);
    expect(chunk.value(0)).toHaveLength(100);
    count += chunk.count;
  }
  await cursor.close();
  expect(count).toBe(expected);
});

test("keys only are without values", async () => {
  const engine = await openEngine("null", { dir: "/nowhere" });
  const chunk = await engine.scan({ keysOnly: true }).next();
  expect(chunk?.value(0)).toHaveLength(0);
});

test("it says that it keeps nothing", async () => {
  expect((await loadEngine("null")).supports.persistent).toBe(false);
});
