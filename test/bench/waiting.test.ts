import { expect, test } from "vitest";
import { Waiting } from "../../bench/waiting.ts";

function setUp() {
  const settled: [number[], unknown, boolean][] = [];
  const waiting = new Waiting(8, (batch, value, failed) => {
    settled.push([[...batch.clients.subarray(0, batch.count)], value, failed]);
  });
  return { waiting, settled };
}

test("clients of one promise are one batch, of another promise another", async () => {
  const { waiting, settled } = setUp();
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  waiting.add(0, first.promise);
  waiting.add(1, first.promise);
  waiting.add(2, second.promise);
  expect(waiting.outstanding).toBe(3);
  second.resolve("b");
  await second.promise;
  expect(settled).toEqual([[[2], "b", false]]);
  expect(waiting.outstanding).toBe(2);
  first.resolve("a");
  await first.promise;
  expect(settled[1]).toEqual([[0, 1], "a", false]);
  expect(waiting.outstanding).toBe(0);
});

test("a rejection is told to every client of its batch", async () => {
  const { waiting, settled } = setUp();
  const promise = Promise.reject(new Error("no"));
  waiting.add(3, promise);
  waiting.add(4, promise);
  await promise.catch(() => {});
  expect(settled).toEqual([[[3, 4], new Error("no"), true]]);
});

test("batches are used again, with nothing left in them", async () => {
  const { waiting, settled } = setUp();
  for (let round = 0; round < 3; round++) {
    const promise = Promise.resolve(round);
    for (let client = 0; client < 3 - round; client++) waiting.add(client, promise);
    await promise;
  }
  expect(settled.map(([clients]) => clients)).toEqual([[0, 1, 2], [0, 1], [0]]);
});
