// The tables of memberlist's util_test.go and suspicion_test.go.

import { describe, expect, test } from "vitest";
import { Awareness } from "../../../cluster/membership/awareness.ts";
import { settingsOf } from "../../../cluster/membership/settings.ts";
import {
  pushPullIntervalOf,
  remainingSuspicionMs,
  retransmitLimit,
  suspicionTimeoutMs,
} from "../../../cluster/membership/timing.ts";

describe("the formulas", () => {
  test.each([
    [5, 1000],
    [10, 1000],
    [50, 1698],
    [100, 2000],
    [500, 2698],
    [1000, 3000],
  ])("suspicionTimeout among %i", (members, thirdMs) => {
    expect(suspicionTimeoutMs(3, members, 1000) / 3).toBeCloseTo(thirdMs, 6);
  });

  test("suspicionTimeout of nobody", () => {
    expect(suspicionTimeoutMs(3, 0, 1000)).toBe(3000);
  });

  test.each([
    [0, 0],
    [1, 3],
    [99, 6],
  ])("retransmitLimit among %i is %i", (members, limit) => {
    expect(retransmitLimit(3, members)).toBe(limit);
  });

  test("pushPullScale", () => {
    for (let n = 0; n <= 32; n++) expect(pushPullIntervalOf(1000, n)).toBe(1000);
    for (let n = 33; n <= 64; n++) expect(pushPullIntervalOf(1000, n)).toBe(2000);
    for (let n = 65; n <= 128; n++) expect(pushPullIntervalOf(1000, n)).toBe(3000);
  });

  test.each([
    [0, 3, 0, 30_000],
    [1, 3, 2, 14_000],
    [2, 3, 3, 4810],
    [3, 3, 4, -2000],
    [4, 3, 5, -3000],
    [5, 3, 10, -8000],
  ])("remainingSuspicionTime with %i of %i after %i s", (confirmations, needed, afterS, leftMs) => {
    const span = { needed, minMs: 2000, maxMs: 30_000 };
    const left = remainingSuspicionMs(confirmations, afterS * 1000, span);
    expect(Math.abs(left - leftMs)).toBeLessThan(10);
  });

  test("a suspicion that needs nobody has the least time", () => {
    expect(remainingSuspicionMs(0, 500, { needed: 0, minMs: 2000, maxMs: 30_000 })).toBe(1500);
  });

  // Interval 100 ms, multiplier 5, at most twice the minimum, as in TestMemberList dogpile.
  test.each([
    [2, 0, 500],
    [3, 0, 500],
    [4, 0, 500],
    [5, 0, 1000],
    [6, 0, 1000],
    [6, 1, 750],
    [6, 2, 604],
    [6, 3, 500],
    [6, 4, 500],
  ])("dogpile among %i with %i confirmations", (members, confirmations, timeoutMs) => {
    const minMs = suspicionTimeoutMs(5, members, 100);
    const needed = members - 2 < 3 ? 0 : 3;
    const span = { needed, minMs, maxMs: 2 * minMs };
    expect(Math.abs(remainingSuspicionMs(confirmations, 0, span) - timeoutMs)).toBeLessThanOrEqual(
      1,
    );
  });
});

test("awareness goes from 0 to one less than its maximum", () => {
  const awareness = new Awareness(8);
  const deltas = [0, -1, -10, 1, -1, 10, -1, -1, -1, -1, -1, -1, -1, -1];
  const scores = [0, 0, 0, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0];
  const seen = deltas.map((delta) => {
    awareness.apply(delta);
    expect(awareness.scale(1000)).toBe((awareness.score + 1) * 1000);
    return awareness.score;
  });
  expect(seen).toEqual(scores);
});

describe("settings", () => {
  test("are those of memberlist", () => {
    const shown = (["lan", "wan", "local"] as const).map((name) => {
      const it = settingsOf(name);
      return [
        ...[it.probeIntervalMs, it.probeTimeoutMs, it.indirectChecks, it.gossipIntervalMs],
        ...[it.gossipNodes, it.retransmitMult, it.suspicionMult, it.suspicionMaxMult],
        ...[it.pushPullIntervalMs, it.gossipToTheDeadMs, it.awarenessMax],
      ];
    });
    expect(shown).toEqual([
      [1000, 500, 3, 200, 3, 4, 4, 6, 30_000, 30_000, 8],
      [5000, 3000, 3, 500, 4, 4, 6, 6, 60_000, 60_000, 8],
      [1000, 200, 1, 100, 3, 2, 3, 6, 15_000, 15_000, 8],
    ]);
  });

  test.each([
    [{ probeIntervalMs: 0 }, /probeIntervalMs is 0/],
    [{ gossipNodes: Number.NaN }, /gossipNodes is NaN/],
    [{ probeTimeoutMs: 1000 }, /below probeIntervalMs/],
    [{ probeTimeoutMs: 900 }, /stallShare is 0.25: with these times it must be below 0.0?999/],
    [{ datagramBytes: 100 }, /at least 512/],
    [{ phiModel: "gamma" as "normal" }, /"exponential" or "normal"/],
  ])("%j is refused", (profile, message) => {
    expect(() => settingsOf(profile)).toThrow(message);
    expect(() => settingsOf(profile)).toThrow(
      expect.objectContaining({ code: "CLUSTER_SETTINGS" }),
    );
  });
});
