// Generated histories of a store that keeps siblings: right ones pass every checker, and a planted
// fault is found by the checker that it is for.

import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../cluster/checking/history.ts";
import { checkLostWrites, type ReplicaState } from "../../../cluster/checking/lost-writes.ts";
import { checkRegular } from "../../../cluster/checking/regular.ts";
import { checkSessions } from "../../../cluster/checking/sessions.ts";
import { checkSiblings } from "../../../cluster/checking/siblings.ts";
import { Random } from "../../../workloads/random.ts";
import { type CausalHistory, generateCausal, REPLICAS, withAnswer } from "./causal-generate.ts";

const COUNT = process.env.RINGBENCH_NIGHTLY === "1" ? 10_000 : 2000;

function generate(seed: number, random: Random, deletes = seed % 2 === 0): CausalHistory {
  const sizes = { operations: 12 + (seed % 30), sessions: 2 + (seed % 5), keys: 1 + (seed % 2) };
  return generateCausal(random, { ...sizes, deletes });
}

/** Plants a fault in so many histories, each of which must then be found wrong. */
function plantIn(
  plant: (history: CausalHistory, random: Random) => boolean | undefined,
  name: string,
): void {
  let planted = 0;
  for (let seed = 1; planted < COUNT; seed++) {
    expect(seed, `${name}: too few histories have room for it`).toBeLessThan(20 * COUNT);
    const random = new Random(seed);
    const found = plant(generate(seed, random, false), random);
    if (found === undefined) continue;
    planted++;
    expect(found, `${name}, seed ${seed}`).toBe(true);
  }
}

function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from.length === 0 ? undefined : from[random.nextBelow(from.length)];
}

/** A get, and an old state of its key that misses a put that was acknowledged before it. */
function staleAnswer(history: CausalHistory, random: Random, sameSession: boolean) {
  const found: { end: number; siblings: string[] }[] = [];
  for (const { event, call, end } of history.answered) {
    if (event.f !== "get") continue;
    const before = history.answered.filter((other) => {
      const isOwn = !sameSession || other.event.session === event.session;
      return (
        other.version !== undefined && other.event.key === event.key && other.end < call && isOwn
      );
    });
    for (const state of history.states.get(event.key)!) {
      const seen = new Set(state.flatMap(({ past }) => [...past]));
      if (before.every(({ version }) => seen.has(version!.value))) continue;
      found.push({ end, siblings: state.map(({ value }) => value) });
    }
  }
  return pick(found, random);
}

describe(`${COUNT} right histories pass`, () => {
  test("every checker", () => {
    const checked = { regular: 0, sessions: 0, siblings: 0, lost: 0 };
    for (let seed = 1; seed <= COUNT; seed++) {
      const { events, final } = generate(seed, new Random(seed));
      const regular = checkRegular(events, { values: "siblings" });
      const sessions = checkSessions(events);
      const siblings = checkSiblings(events, { final });
      const lost = checkLostWrites(events, { conflicts: "siblings", final });
      const all = [regular, sessions, siblings, lost];
      expect(
        all.flatMap(({ violations }) => violations),
        `seed ${seed}`,
      ).toEqual([]);
      expect(lost.lostUpdates).toBe(0);
      checked.regular += regular.operations;
      checked.sessions += Object.values(sessions.guarantees).every((one) => one.checked > 0)
        ? 1
        : 0;
      checked.siblings += siblings.operations;
      checked.lost += lost.operations;
    }
    for (const operations of Object.values(checked)) expect(operations).toBeGreaterThan(COUNT / 2);
  });
});

describe(`${COUNT} planted faults are found`, () => {
  test("a stale read is not regular", () => {
    plantIn((history, random) => {
      const stale = staleAnswer(history, random, false);
      if (stale === undefined) return undefined;
      const events = withAnswer(history, stale.end, stale.siblings);
      return checkRegular(events, { values: "siblings" }).violations.length > 0;
    }, "stale read");
  });

  test("a get that misses an own write", () => {
    plantIn((history, random) => {
      const stale = staleAnswer(history, random, true);
      if (stale === undefined) return undefined;
      const events = withAnswer(history, stale.end, stale.siblings);
      return checkSessions(events).guarantees["read-your-writes"].violated > 0;
    }, "own write");
  });

  test("a get that misses what an earlier get of the session saw", () => {
    plantIn((history, random) => {
      const found: { end: number; siblings: string[] }[] = [];
      for (const { event, call, end } of history.answered) {
        const { key, session, f } = event;
        const earlier = history.answered.filter((other) => {
          const same = other.event.key === key && other.event.session === session;
          return same && other.event.f === "get" && other.end < call;
        });
        const seen = earlier.flatMap((other) => [...(other.event.siblings ?? [])]);
        if (f !== "get" || seen.length === 0) continue;
        found.push({ end, siblings: [] });
      }
      const fault = pick(found, random);
      if (fault === undefined) return undefined;
      const events = withAnswer(history, fault.end, fault.siblings);
      return checkSessions(events).guarantees["monotonic-reads"].violated > 0;
    }, "earlier get");
  });

  test("a sibling that an acknowledged write left is gone from a replica", () => {
    plantIn((history, random) => {
      const acknowledged = new Set(history.answered.map(({ version }) => version?.value));
      const lost = pick(
        [...history.final].flatMap(([key, replicas]) =>
          replicas[0]!.siblings
            .filter((value) => acknowledged.has(value))
            .map((value) => ({ key, value })),
        ),
        random,
      );
      if (lost === undefined) return undefined;
      const { key, value } = lost;
      const at = random.nextBelow(REPLICAS.length);
      const final = new Map<string, ReplicaState[]>(history.final);
      final.set(
        key,
        final.get(key)!.map((state, i) => {
          const siblings = state.siblings.filter((one) => i !== at || one !== value);
          return { ...state, siblings };
        }),
      );
      const options = { conflicts: "siblings", final } as const;
      const { violations } = checkLostWrites(history.events, options);
      const excused = checkLostWrites(history.events, { ...options, excused: [{ key, value }] });
      return (
        violations.some(({ message }) => message.includes(value)) && excused.excusedLosses === 1
      );
    }, "lost sibling");
  });

  test("a value beside one that had seen it", () => {
    plantIn((history, random) => {
      const events = brokenSet(history, random, (values, over) => [...values, over]);
      return events && checkSiblings(events).violations.length > 0;
    }, "no antichain");
  });

  test.each([
    ["a value twice", (values: readonly string[]) => [...values, values[0]!]],
    ["a value that nobody wrote", (values: readonly string[]) => [...values, "phantom"]],
  ])("%s", (name, change) => {
    plantIn((history, random) => {
      const events = brokenSet(history, random, change);
      return events && checkSiblings(events).violations.length > 0;
    }, name);
  });

  test("an overwritten value is back on a replica", () => {
    plantIn((history, random) => {
      const puts = history.answered.filter(({ version }) => version && version.past.size > 1);
      const put = pick(puts, random);
      if (put === undefined) return undefined;
      const { value, past } = put.version!;
      const back = [...past].find((one) => one !== value)!;
      const final = new Map<string, ReplicaState[]>(history.final);
      final.set(put.event.key, [{ replica: "n1", siblings: [back] }]);
      return checkSiblings(history.events, { final }).violations.length > 0;
    }, "resurrection");
  });
});

/** Changes what one get returned; `over` is a value that something in it had seen. */
function brokenSet(
  history: CausalHistory,
  random: Random,
  change: (values: readonly string[], over: string) => readonly string[],
): HistoryEvent[] | undefined {
  const found: { end: number; values: readonly string[]; over: string }[] = [];
  for (const { event, end } of history.answered) {
    const values = event.siblings ?? [];
    const versions = history.states.get(event.key)!.flat();
    for (const { value, past } of versions) {
      const over = [...past].find((one) => one !== value);
      if (values.includes(value) && over !== undefined) found.push({ end, values, over });
    }
  }
  const one = pick(found, random);
  return one && withAnswer(history, one.end, change(one.values, one.over));
}
