import { expect, test } from "vitest";
import { Turn } from "../../../engines/native/turn.ts";

test("the writers of a turn share a commit and a promise", async () => {
  let commits = 0;
  const turn = new Turn(() => commits++);
  const first = turn.join();
  expect(turn.join()).toBe(first);
  expect(commits).toBe(0);
  await first;
  expect(commits).toBe(1);
  const second = turn.join();
  expect(second).not.toBe(first);
  await second;
  expect(commits).toBe(2);
});

test("writers that one commit woke meet again in the next", async () => {
  let commits = 0;
  const turn = new Turn(() => commits++);
  const client = async () => {
    for (let i = 0; i < 10; i++) await turn.join();
  };
  await Promise.all(Array.from({ length: 64 }, client));
  expect(commits).toBe(10);
});

test("settled early, it commits once", async () => {
  let commits = 0;
  const turn = new Turn(() => commits++);
  turn.settle();
  expect(commits).toBe(0);
  const waiting = turn.join();
  turn.settle();
  expect(commits).toBe(1);
  const next = turn.join();
  await waiting;
  await next;
  expect(commits).toBe(2);
});

test("all that wait learn of a failure, and the next turn is a new one", async () => {
  let fail = true;
  const turn = new Turn(() => {
    if (fail) throw new Error("disk");
  });
  const waiting = [turn.join(), turn.join()];
  for (const one of waiting) await expect(one).rejects.toThrow("disk");
  fail = false;
  await expect(turn.join()).resolves.toBeUndefined();
});
