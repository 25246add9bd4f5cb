import { describe, expect, test } from "vitest";
import { StallWatch } from "../../../cluster/membership/stall-watch.ts";
import { Suspicion } from "../../../cluster/membership/suspicion.ts";
import { createTime } from "./virtual-time.ts";

/** Confirmations by name, one each 100 ms; when it timed out. */
async function timedOutAt(confirmations: readonly string[], needed = 3): Promise<number> {
  const time = createTime();
  let atMs = Number.NaN;
  const suspicion = new Suspicion({
    ...{ clock: time.clock, timers: time.timers, by: "me" },
    span: { minMs: 500, maxMs: 2000, needed },
    onTimeout: () => (atMs = time.clock.nowMs()),
  });
  for (const by of confirmations) {
    await time.pass(100);
    suspicion.confirm(by);
  }
  await time.pass(5000);
  return atMs;
}

describe("a suspicion", () => {
  // TestSuspicion_Timer: k = 3, from 0.5 to 2 seconds.
  test.each([
    [[], 2000],
    [["me", "foo"], 1250],
    [["me", "foo", "foo", "foo"], 1250],
    [["me", "foo", "bar"], 810],
    [["me", "foo", "bar", "baz"], 500],
    [["me", "foo", "bar", "baz", "zoo"], 500],
  ])("confirmed by %j ends after %i ms", async (confirmations, endMs) => {
    expect(Math.abs((await timedOutAt(confirmations)) - endMs)).toBeLessThan(3);
  });

  test("that needs nobody ends after the minimum", async () => {
    expect(await timedOutAt([], 0)).toBe(500);
  });

  test("says which confirmations are new, up to those that it needs", async () => {
    const { clock, timers, pass } = createTime();
    let ended = 0;
    const suspicion = new Suspicion({
      ...{ clock, timers, by: "me", onTimeout: () => ended++ },
      span: { minMs: 500, maxMs: 2000, needed: 2 },
    });
    const said = ["me", "a", "a", "b", "c"].map((by) => suspicion.confirm(by));
    expect(said).toEqual([false, true, false, true, false]);
    await pass(400);
    suspicion.extend(1000);
    await pass(999);
    expect(ended).toBe(0);
    await pass(5000);
    expect(ended).toBe(1);
  });

  test("extended has that time, whoever confirms", async () => {
    const { clock, timers, pass } = createTime();
    let ended = 0;
    const span = { minMs: 500, maxMs: 2000, needed: 2 };
    const parts = { clock, timers, by: "me", onTimeout: () => ended++ };
    const suspicion = new Suspicion({ ...parts, span });
    await pass(1900);
    suspicion.extend(1000);
    expect([suspicion.confirm("a"), suspicion.confirm("b")]).toEqual([true, true]);
    await pass(999);
    expect(ended).toBe(0);
    await pass(1);
    expect(ended).toBe(1);
  });

  test("confirmed when its time is over ends at once, and never after cancel", async () => {
    const { clock, timers, pass } = createTime();
    let ended = 0;
    const parts = { clock, timers, by: "me", onTimeout: () => ended++ };
    const span = { minMs: 500, maxMs: 2000, needed: 1 };
    const suspicion = new Suspicion({ ...parts, span });
    await pass(1500);
    suspicion.confirm("a");
    expect(ended).toBe(0);
    await pass(0);
    expect(ended).toBe(1);
    new Suspicion({ ...parts, span }).cancel();
    await pass(5000);
    expect(ended).toBe(1);
  });
});

test("a stall is noted once, before what is late", async () => {
  const time = createTime();
  const stalls: number[] = [];
  let heldUntilMs = 0;
  // The event loop is busy until then: what was due comes late.
  const timers = {
    after: (delayMs: number, callback: () => void) =>
      time.timers.after(Math.max(delayMs, heldUntilMs - time.clock.nowMs()), callback),
  };
  const onStall = (lateMs: number): void => void stalls.push(lateMs);
  const watch = new StallWatch({ clock: time.clock, timers, limitMs: 500, onStall });
  const seen: number[] = [];
  heldUntilMs = 1000;
  watch.after(499, () => seen.push(watch.lastMs));
  watch.after(100, () => seen.push(watch.lastMs));
  watch.after(500, () => seen.push(watch.lastMs));
  watch.after(1000, () => seen.push(watch.lastMs));
  await time.pass(2000);
  expect(seen).toHaveLength(4);
  expect(stalls.length).toBe(1);
  expect(watch.lastMs).toBe(1000);
  // A later one is another.
  heldUntilMs = 5000;
  watch.after(1000, () => {});
  await time.pass(5000);
  expect(stalls).toHaveLength(2);
  expect(stalls[1]).toBe(2000);
});
