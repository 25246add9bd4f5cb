import { expect, test } from "vitest";
import { javaDouble } from "../../reports/java-double.ts";

// Expected texts: the documentation of Double.toString, and YCSB's published output.
test.each([
  [7038.453417169134, "7038.453417169134"],
  [0, "0.0"],
  [-0, "-0.0"],
  [1, "1.0"],
  [100, "100.0"],
  [123456.5, "123456.5"],
  [9999999, "9999999.0"],
  [9999999.999999998, "9999999.999999998"],
  [1e7, "1.0E7"],
  [12345678, "1.2345678E7"],
  [1.5e10, "1.5E10"],
  [2e23, "2.0E23"],
  [0.001, "0.001"],
  [0.0012, "0.0012"],
  [0.1, "0.1"],
  [9.99e-4, "9.99E-4"],
  [0.0009999999999999998, "9.999999999999998E-4"],
  [1e-5, "1.0E-5"],
  [-1234.5, "-1234.5"],
  [-1e8, "-1.0E8"],
  [Number.MAX_VALUE, "1.7976931348623157E308"],
  [Number.MIN_VALUE, "4.9E-324"],
  [2.2250738585072014e-308, "2.2250738585072014E-308"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
])("%d is %s", (value, text) => {
  expect(javaDouble(value)).toBe(text);
});
