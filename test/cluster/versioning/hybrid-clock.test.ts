import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VersioningError } from "../../../cluster/versioning/errors.ts";
import { compareTimes, HybridClock } from "../../../cluster/versioning/hybrid-clock.ts";

function stateOf(clock: HybridClock): [number, number] {
  return [clock.timeMs, clock.counter];
}

describe("HybridClock", () => {
  it("follows figure 5 of the paper", () => {
    const clock = new HybridClock(100);
    clock.tick(10);
    expect(stateOf(clock)).toEqual([10, 0]);
    clock.tick(10);
    expect(stateOf(clock)).toEqual([10, 1]);
    clock.tick(11.9);
    expect(stateOf(clock)).toEqual([11, 0]);
    clock.receive(20, 5, 12);
    expect(stateOf(clock)).toEqual([20, 6]);
    clock.receive(20, 3, 13);
    expect(stateOf(clock)).toEqual([20, 7]);
    clock.receive(20, 9, 14);
    expect(stateOf(clock)).toEqual([20, 10]);
    clock.receive(19, 90, 15);
    expect(stateOf(clock)).toEqual([20, 11]);
    clock.receive(21, 4, 30);
    expect(stateOf(clock)).toEqual([30, 0]);
  });

  it("goes on when the wall clock jumps back", () => {
    const clock = new HybridClock(0);
    clock.tick(1_000_000);
    clock.tick(10);
    expect(stateOf(clock)).toEqual([1_000_000, 1]);
    clock.tick(-5);
    expect(stateOf(clock)).toEqual([1_000_000, 2]);
  });

  it("refuses what is further ahead than allowed, and is as it was then", () => {
    const clock = new HybridClock(50);
    clock.tick(1000);
    clock.receive(1050, 0, 1000);
    const before = stateOf(clock);
    try {
      clock.receive(1051, 0, 1000);
      expect.fail("accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(VersioningError);
      expect((error as VersioningError).code).toBe("VERSION_CLOCK_DRIFT");
    }
    expect(stateOf(clock)).toEqual(before);
    clock.restore(9000, 4);
    clock.tick(1000);
    expect(stateOf(clock)).toEqual([9000, 5]);
    clock.restore(8000, 9);
    expect(stateOf(clock)).toEqual([9000, 5]);
  });

  it("orders every event behind those that it has seen, whatever the wall clocks say", () => {
    const step = fc.record({
      from: fc.nat(2),
      to: fc.nat(2),
      walls: fc.tuple(fc.nat(30), fc.nat(30)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clocks = [new HybridClock(99), new HybridClock(99), new HybridClock(99)];
        let highest = 0;
        for (const { from, to, walls } of steps) {
          const sender = clocks[from]!;
          const receiver = clocks[to]!;
          const before = stateOf(sender);
          sender.tick(walls[0]);
          expect(compareTimes(...stateOf(sender), ...before)).toBeGreaterThan(0);
          const [sentMs, sent] = stateOf(sender);
          const held = stateOf(receiver);
          receiver.receive(sentMs, sent, walls[1]);
          highest = Math.max(highest, ...walls);
          expect(compareTimes(...stateOf(receiver), sentMs, sent)).toBeGreaterThan(0);
          expect(compareTimes(...stateOf(receiver), ...held)).toBeGreaterThan(0);
          expect(receiver.timeMs).toBeLessThanOrEqual(highest);
        }
      }),
    );
  });
});
