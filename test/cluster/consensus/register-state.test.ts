import { describe, expect, test } from "vitest";
import { EMPTY_STATE, RegisterState } from "../../../cluster/consensus/register-state.ts";
import { Random } from "../../../workloads/random.ts";

const id = (number: number) => ({ client: 7, number });
const value = new TextEncoder().encode("hi");

function written(count: number, everyMs: number): RegisterState {
  let state = EMPTY_STATE;
  for (let i = 0; i < count; i++) state = state.written(value, id(i), 1e6 + i * everyMs);
  return state;
}

function remembered(state: RegisterState, count: number): number {
  return Array.from({ length: count }, (_, i) => state.outcomeOf(id(i))).filter(Boolean).length;
}

describe("the state of a register", () => {
  test("has the bytes that its description shows", () => {
    const state = EMPTY_STATE.refused(id(11), 4).written(value, id(12), 5);
    expect(Buffer.from(state.encode()).toString("hex")).toBe("03686902000500070c00010b03");
    expect(Buffer.from(EMPTY_STATE.encode()).toString("hex")).toBe("00000000");
  });

  test("remembers that a request was refused, and leaves the value", () => {
    const state = EMPTY_STATE.written(value, id(12), 5).refused(id(13), 8);
    expect(Buffer.from(state.encode()).toString("hex")).toBe("03686902000800070d01010c06");
    const read = RegisterState.decode(state.encode());
    expect([12, 13, 14].map((number) => read.outcomeOf(id(number)))).toEqual([
      "written",
      "refused",
      undefined,
    ]);
    expect(read.value).toEqual(value);
  });

  test("names each client once", () => {
    let state = EMPTY_STATE;
    for (const [number, client] of [7, 9, 7, 8].entries()) {
      state = state.written(value, { client, number }, 5);
    }
    const hex = Buffer.from(state.encode()).toString("hex");
    expect(hex).toBe(`036869040005${"00080300"}${"00070200"}${"00090100"}${"020000"}`);
    for (const wrong of ["00070000", "00090000", "040000"]) {
      const bytes = Buffer.from(hex.slice(0, -"020000".length) + wrong, "hex");
      expect(() => RegisterState.decode(bytes), wrong).toThrow("client");
    }
  });

  test("tells an empty value from none", () => {
    for (const it of [undefined, new Uint8Array(0), value]) {
      const bytes = EMPTY_STATE.written(it, id(1), 5).encode();
      expect(RegisterState.decode(bytes).value).toEqual(it);
    }
  });

  test.each([
    ["always the newest", 1000, 100_000, 32],
    ["those of the last seconds", 1000, 200, 151],
    ["a bounded number of them", 1500, 0, 1024],
    ["all of a few", 20, 100_000, 20],
  ])("remembers %s", (_, count, everyMs, expected) => {
    const state = written(count, everyMs);
    expect(remembered(state, count)).toBe(expected);
    expect(state.outcomeOf(id(count - 1))).toBe("written");
    expect(remembered(RegisterState.decode(state.encode()), count)).toBe(expected);
  });

  test("remembers the newest though a clock ran back", () => {
    const state = written(3, 1000).written(value, id(3), 5);
    expect(remembered(RegisterState.decode(state.encode()), 4)).toBe(4);
  });

  test("says which requests it cannot have forgotten", () => {
    // Nothing is forgotten yet, though they are many and young.
    expect(written(1024, 0).mayHaveForgotten(1e6)).toBe(false);
    expect(written(32, 100_000).mayHaveForgotten(0)).toBe(false);
    for (const [count, everyMs] of [
      [1025, 1],
      [3000, 1],
      [1000, 200],
      [33, 100_000],
      [34, 400],
    ] as const) {
      const state = RegisterState.decode(written(count, everyMs).encode());
      const numbers = Array.from({ length: count }, (_, i) => i);
      const oldest = numbers.find((number) => state.outcomeOf(id(number)) !== undefined)!;
      expect(state.decided).toBe(count);
      expect(state.mayHaveForgotten(1e6 + oldest * everyMs)).toBe(oldest > 0);
      expect(state.mayHaveForgotten(1e6 + oldest * everyMs + 1)).toBe(false);
      expect(state.knowsAllAfter(oldest)).toBe(true);
      if (oldest > 0) expect(state.knowsAllAfter(oldest - 1)).toBe(false);
    }
  });

  test("is read from what it wrote only", () => {
    const random = new Random(1);
    const sound = written(5, 3).encode();
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = sound.slice(0, 1 + random.nextBelow(sound.length));
      bytes[random.nextBelow(bytes.length)] = random.nextBelow(256);
      try {
        expect(RegisterState.decode(bytes).encode()).toEqual(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: "CLUSTER_MESSAGE" });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
