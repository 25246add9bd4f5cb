// The order and the number of commits, on a store that commits when it is told to.

import { expect, test } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import {
  type CommitQueue,
  GroupedCommits,
  SingleCommits,
} from "../../../engines/native/commit-queue.ts";
import type { LevelChainedBatch, LevelStore } from "../../../engines/native/level.ts";

/** Notes each commit as its keys, and leaves it under way until `finish`. */
class SlowStore {
  readonly commits: string[][] = [];
  readonly syncs: boolean[] = [];
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  get underWay(): number {
    return this.#waiting.length;
  }

  finish(error?: Error): void {
    const { resolve, reject } = this.#waiting.shift()!;
    if (error === undefined) resolve();
    else reject(error);
  }

  put = (key: Uint8Array, _value: Uint8Array, options: { sync: boolean }) =>
    this.#commit([`${key[0]}`], options.sync);

  del = (key: Uint8Array, options: { sync: boolean }) => this.#commit([`-${key[0]}`], options.sync);

  batch(): LevelChainedBatch {
    const keys: string[] = [];
    const batch: LevelChainedBatch = {
      put(key) {
        keys.push(`${key[0]}`);
        return batch;
      },
      del(key) {
        keys.push(`-${key[0]}`);
        return batch;
      },
      write: ({ sync }) => this.#commit(keys, sync),
    };
    return batch;
  }

  #commit(keys: string[], sync: boolean): Promise<void> {
    this.commits.push(keys);
    this.syncs.push(sync);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }
}

const key = (n: number) => Uint8Array.of(n);
const VALUE = Uint8Array.of(9);
const same = (error: unknown) => error as Error;

/** Lets promises that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await undefined;
}

test("single commits: one each, one at a time, in the order of the calls", async () => {
  const store = new SlowStore();
  const queue: CommitQueue = new SingleCommits(store as unknown as LevelStore, true, same);
  const done = [
    queue.put(key(1), VALUE),
    queue.delete(key(2)),
    queue.batch(new WriteBatch().put(key(3), VALUE).delete(key(4))),
    queue.put(key(5), VALUE),
  ];
  for (let i = 1; i <= 4; i++) {
    await settle();
    expect(store.underWay).toBe(1);
    expect(store.commits.length).toBe(i);
    store.finish();
  }
  await Promise.all(done);
  expect(store.commits).toEqual([["1"], ["-2"], ["3", "-4"], ["5"]]);
  expect(store.syncs).toEqual([true, true, true, true]);
});

test("single commits: a failure is told to its writer, and the next goes on", async () => {
  const store = new SlowStore();
  const queue = new SingleCommits(store as unknown as LevelStore, false, same);
  const first = queue.put(key(1), VALUE);
  const second = queue.put(key(2), VALUE);
  first.catch(() => {});
  store.finish(new Error("disk"));
  await expect(first).rejects.toThrow("disk");
  await settle();
  store.finish();
  await second;
  await queue.settled();
  expect(store.commits).toEqual([["1"], ["2"]]);
});

test("grouped commits: a turn is one, and what comes meanwhile is the next", async () => {
  const store = new SlowStore();
  const queue = new GroupedCommits(store as unknown as LevelStore, true, same);
  const first = queue.put(key(1), VALUE);
  expect(queue.delete(key(2))).toBe(first);
  expect(store.commits).toEqual([]);
  await settle();
  expect(store.commits).toEqual([["1", "-2"]]);
  const second = queue.put(key(3), VALUE);
  const batch = queue.batch(new WriteBatch().put(key(4), VALUE));
  await settle();
  expect(store.underWay).toBe(1);
  store.finish();
  await first;
  await settle();
  expect(store.commits).toEqual([
    ["1", "-2"],
    ["3", "4"],
  ]);
  store.finish();
  await Promise.all([second, batch]);
});

test("grouped commits: writers that one commit woke meet again in the next", async () => {
  const store = new SlowStore();
  const queue = new GroupedCommits(store as unknown as LevelStore, false, same);
  const client = async (n: number) => {
    for (let i = 0; i < 3; i++) await queue.put(key(n), VALUE);
  };
  const clients = Promise.all([1, 2, 3, 4].map(client));
  for (let i = 0; i < 3; i++) {
    await settle();
    store.finish();
  }
  await clients;
  expect(store.commits).toEqual(Array.from({ length: 3 }, () => ["1", "2", "3", "4"]));
});

test("grouped commits: settled waits for what is gathered and what is under way", async () => {
  const store = new SlowStore();
  const queue = new GroupedCommits(store as unknown as LevelStore, false, same);
  queue.put(key(1), VALUE).catch(() => {});
  await settle();
  queue.put(key(2), VALUE).catch(() => {});
  let isSettled = false;
  const waiting = queue.settled().then(() => {
    isSettled = true;
  });
  store.finish(new Error("disk"));
  await settle();
  expect(isSettled).toBe(false);
  store.finish();
  await waiting;
  expect(store.commits).toEqual([["1"], ["2"]]);
});
