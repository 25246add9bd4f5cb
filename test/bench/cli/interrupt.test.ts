import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { Interrupt } from "../../../bench/cli/interrupt.ts";
import { VirtualTime } from "../virtual-time.ts";

function setUp() {
  const clock = new VirtualTime(0);
  const source = new EventEmitter();
  const lines: string[] = [];
  const exits: number[] = [];
  const interrupt = new Interrupt({
    ...{ clock, source },
    warn: (line) => lines.push(line),
    exit: (code) => exits.push(code),
  });
  return { clock, source, lines, exits, interrupt };
}

test("the first signal asks for an early end, and says how to force it", () => {
  const { source, lines, exits, interrupt } = setUp();
  expect(interrupt.signal.aborted).toBe(false);
  source.emit("SIGTERM");
  expect(interrupt.signal.aborted).toBe(true);
  expect(lines).toHaveLength(1);
  expect(exits).toEqual([]);
});

test("signals within a second of the first are the same wish", () => {
  const { clock, source, lines, exits } = setUp();
  source.emit("SIGTERM");
  source.emit("SIGTERM");
  clock.spend(0.999e9);
  source.emit("SIGINT");
  expect(exits).toEqual([]);
  expect(lines).toHaveLength(1);
  // It counts from the first: whoever goes on asking is heard.
  clock.spend(0.001e9);
  source.emit("SIGINT");
  expect(exits).toEqual([130]);
});

test("after close it hears nothing", () => {
  const { source, lines, interrupt } = setUp();
  interrupt.close();
  source.emit("SIGINT");
  expect(lines).toEqual([]);
  expect(source.eventNames()).toEqual([]);
});
