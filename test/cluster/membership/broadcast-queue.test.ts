// The cases of memberlist's queue_test.go.

import { describe, expect, test } from "vitest";
import { BroadcastQueue } from "../../../cluster/membership/broadcast-queue.ts";

/** "1. this is a test." and so on: 18 bytes each. */
function filled(): BroadcastQueue {
  const queue = new BroadcastQueue();
  for (const name of ["test", "foo", "bar", "baz"]) queue.add(name, new Uint8Array(18));
  return queue;
}

function names(queue: BroadcastQueue): string[] {
  return queue.ordered().map(({ name }) => name);
}

describe("the queue of rumours", () => {
  test("Queue: a newer rumour of a name replaces the older one", () => {
    const queue = new BroadcastQueue();
    for (const name of ["test", "foo", "bar"]) queue.add(name, new Uint8Array(1));
    expect(names(queue)).toEqual(["bar", "foo", "test"]);
    let done = 0;
    queue.add("test", new Uint8Array(1), () => done++);
    expect(names(queue)).toEqual(["test", "bar", "foo"]);
    queue.add("test", new Uint8Array(1));
    expect([queue.length, done]).toEqual([3, 1]);
  });

  test("GetBroadcasts: as many as fit, with what each costs besides", () => {
    expect(filled().take(2, 80, 100)).toHaveLength(4);
    expect(filled().take(3, 80, 100)).toHaveLength(3);
    expect(new BroadcastQueue().take(3, 80, 100)).toEqual([]);
  });

  test("GetBroadcasts_Limit: each is told twice and then dropped", () => {
    const queue = filled();
    const taken = [1, 2, 3, 4].map(() => queue.take(3, 80, 2).length);
    expect(taken).toEqual([3, 3, 2, 0]);
    expect(queue.length).toBe(0);
  });

  test("a shorter one fills what a longer one leaves", () => {
    const queue = new BroadcastQueue();
    for (const length of [10, 30, 25]) queue.add(`${length}`, new Uint8Array(length));
    expect(queue.take(0, 42, 9).map(({ length }) => length)).toEqual([30, 10]);
  });

  test("Ordering: those told least often come first", () => {
    const queue = new BroadcastQueue();
    [0, 10, 3, 4, 7].forEach((transmits, i) => {
      queue.add(`m${i}`, new Uint8Array(1), undefined, transmits);
    });
    const transmits = queue.ordered().map((it) => it.transmits);
    expect(transmits.reverse()).toEqual([10, 7, 4, 3, 0]);
  });

  test("Prune: the first two go, and are told of", () => {
    const queue = new BroadcastQueue();
    const gone: string[] = [];
    for (const name of ["test", "foo", "bar", "baz"]) {
      queue.add(name, new Uint8Array(18), () => gone.push(name));
    }
    queue.prune(2);
    expect(gone.sort()).toEqual(["foo", "test"]);
    expect(names(queue)).toEqual(["baz", "bar"]);
    queue.prune(2);
    expect(queue.length).toBe(2);
  });
});
