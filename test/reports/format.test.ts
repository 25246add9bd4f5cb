import { describe, expect, test } from "vitest";
import {
  ABSENT,
  formatBytes,
  formatCommand,
  formatCount,
  formatDigits,
  formatDuration,
  formatInstant,
  formatNanoseconds,
  formatRate,
} from "../../reports/format.ts";

const plain = (text: string): string => text.replaceAll("\u202f", " ");

describe("figures for people", () => {
  test.each([
    [0, "0"],
    [999.4, "999"],
    [999.6, "1,000"],
    [1234567, "1,234,567"],
    [-1234, "-1,234"],
    [undefined, ABSENT],
  ])("count %s is %s", (value, text) => expect(formatCount(value)).toBe(text));

  test.each([
    [0, "0"],
    [1.234, "1.23"],
    [9.996, "10.0"],
    [12.34, "12.3"],
    [99.96, "100"],
    [123.4, "123"],
    [0.0123, "0.012"],
    [0.05, "0.050"],
    [0.00123, "0.0012"],
  ])("digits of %d are %s", (value, text) => expect(formatDigits(value)).toBe(text));

  test.each([
    [1_230_000, "1.23 M"],
    [999_600, "1.00 M"],
    [45_600, "45.6 k"],
    [12, "12.0"],
    [0, "0"],
    [undefined, ABSENT],
  ])("rate %s is %s", (value, text) => expect(plain(formatRate(value))).toBe(text));

  test.each([
    [34, "34.0 ns"],
    [4500, "4.50 µs"],
    [999_900, "1.00 ms"],
    [1_500_000_000, "1.50 s"],
    [0, "0 ns"],
    [Number.NaN, ABSENT],
  ])("%s ns is %s", (value, text) => expect(plain(formatNanoseconds(value))).toBe(text));

  test.each([
    [512, "512 B"],
    [1024, "1.00 KiB"],
    [64 * 1024 * 1024, "64.0 MiB"],
  ])("%d bytes are %s", (value, text) => expect(plain(formatBytes(value))).toBe(text));

  test.each([
    [850, "850 ms"],
    [12_300, "12.3 s"],
    [59_990, "1 min 0 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("%d ms are %s", (value, text) => expect(plain(formatDuration(value))).toBe(text));

  test("an instant without its fraction; other text as it is", () => {
    expect(formatInstant("2026-01-31T12:00:00.123Z")).toBe("2026-01-31 12:00:00 UTC");
    expect(formatInstant("yesterday")).toBe("yesterday");
  });

  test("a command can be pasted into a shell", () => {
    const command = ["ringbench", "engines", "--note", "it's $HOME", "--records=1e6", ""];
    expect(formatCommand(command)).toBe(
      "ringbench engines --note 'it'\\''s $HOME' --records=1e6 ''",
    );
  });
});
