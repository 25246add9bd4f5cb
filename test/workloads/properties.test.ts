import { describe, expect, test } from "vitest";
import { WorkloadError } from "../../workloads/errors.ts";
import { mergeProperties } from "../../workloads/properties.ts";

function parsed(text: string): Record<string, string> {
  return Object.fromEntries(mergeProperties([text]));
}

describe("Java's properties grammar", () => {
  test.each<[string, Record<string, string>]>([
    ["a=1\nb = 2\n c:3\nd : 4\ne 5\nf\t=\t6\n", { a: "1", b: "2", c: "3", d: "4", e: "5", f: "6" }],
    ["# no=1\n! no=2\n   # no=3\n\n \t\nyes=1", { yes: "1" }],
    ["a=1\r\nb=2\rc=3", { a: "1", b: "2", c: "3" }],
    ["a=one \\\n    two\\\n three", { a: "one twothree" }],
    ["a=x\\\\\nb=y", { a: "x\\", b: "y" }],
    ["a=x\\\\\\\ny", { a: "x\\y" }],
    ["# comment \\\na=1", { a: "1" }],
    ["a=1\\\n# no comment", { a: "1# no comment" }],
    ["a\\ b\\=c\\:d=1", { "a b=c:d": "1" }],
    ["a=\\t\\n\\u0041\\q", { a: "\t\nAq" }],
    ["a==1\nb=:2\nc:=3", { a: "=1", b: ":2", c: "=3" }],
    ["a\nb=\nc:", { a: "", b: "", c: "" }],
    ["a=1 \t", { a: "1 \t" }],
    ["a=1#2", { a: "1#2" }],
    ["a=1\na=2", { a: "2" }],
    ["a=1\\", { a: "1" }],
    ["\ufeffa=1", { a: "1" }],
    ["constructor=1\n__proto__=2", { constructor: "1", ["__proto__"]: "2" }],
    ["", {}],
  ])("%j", (text, expected) => {
    expect(parsed(text)).toEqual(expected);
  });

  test.each(["a=\\u12", "a=\\u12g4", "a=\\u"])("%j has a malformed escape", (text) => {
    expect(() => mergeProperties([text])).toThrow(WorkloadError);
    expect(() => mergeProperties([text])).toThrow("malformed \\u escape");
  });
});

describe("merging", () => {
  test("later files win, and overrides over all of them", () => {
    const merged = mergeProperties(["a=1\nb=1\nc=1", "b=2\nc=2"], ["c=3", "d=4", "d=5", "e=x=y"]);
    expect(Object.fromEntries(merged)).toEqual({ a: "1", b: "2", c: "3", d: "5", e: "x=y" });
  });

  test.each(["recordcount", "=5", ""])("the override %j is refused", (override) => {
    try {
      mergeProperties([], [override]);
      expect.fail("taken");
    } catch (error) {
      expect((error as WorkloadError).code).toBe("WORKLOAD_PROPERTY_SYNTAX");
    }
  });
});
