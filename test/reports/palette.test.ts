import { describe, expect, test } from "vitest";
import {
  assignSlots,
  CHART_BACKGROUND,
  EVENT_COLOURS,
  PALETTE,
  UNKNOWN_EVENT,
} from "../../reports/palette.ts";

/** Relative luminance by WCAG 2.2. */
function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

describe.each(["light", "dark"] as const)("the %s palette", (theme) => {
  test("stands out from its background", () => {
    for (const colour of [...PALETTE, ...Object.values(EVENT_COLOURS), UNKNOWN_EVENT]) {
      const found = contrast(colour[theme], CHART_BACKGROUND[theme]);
      expect(found, colour[theme]).toBeGreaterThanOrEqual(3);
    }
  });

  test("has no colour twice", () => {
    expect(new Set(PALETTE.map((colour) => colour[theme])).size).toBe(PALETTE.length);
  });
});

describe("slots", () => {
  test("an engine keeps its own, whatever stands beside it", () => {
    const [first] = assignSlots(["lmdb"]);
    expect(assignSlots(["mine", "hashlog", "lmdb"])[2]).toBe(first);
    expect(assignSlots(["hashlog"])).toEqual([0]);
  });

  test("no two of twelve share one, and a stranger never takes an engine's", () => {
    const names = ["a", "b", "hashlog", "memory", "hashlog", "memory", "toString"];
    const slots = assignSlots(names);
    expect(new Set(slots).size).toBe(names.length);
    expect(slots[2]).toBe(0);
    expect(assignSlots(["a", "b", "c", "d"]).every((slot) => slot >= 8)).toBe(true);
  });

  test("beyond the last they start again", () => {
    const slots = assignSlots(Array.from({ length: 30 }, (_, i) => `engine-${i}`));
    expect(new Set(slots.slice(0, PALETTE.length)).size).toBe(PALETTE.length);
    for (const slot of slots) expect(PALETTE[slot]).toBeDefined();
  });
});
