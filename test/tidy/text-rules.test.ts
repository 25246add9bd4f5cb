import { describe, expect, test } from "vitest";
import { places, word } from "./planted.ts";
import { checkLineLength, checkText } from "./text-rules.ts";

const check = (text: string) => places(checkText("a.md", text));

describe("checkText", () => {
  test("clean text passes", () => {
    expect(check(`# A title\n\nAbout homes/, /workshop/ and a/${"work"}/b.\n`)).toEqual([]);
    expect(check("")).toEqual([]);
    expect(check("Addresses such as https://example.org/home/page are fine.\n")).toEqual([]);
  });

  const bad: Record<string, string> = {
    "an open end": word("// FIX", "ME: later"),
    "another open end": word("// TO", "DO(me) later"),
    "a third open end": word("XX", "X"),
    "a tab": "a\tb",
    "a space at the end": "a ",
    "a carriage return": "a\r",
    "a control character": "a\u0007b",
    "a zero-width space": "a\u200bb",
    "a byte order mark": "\ufeffa",
    "a bidirectional override": "a\u202eb",
    "a path of one machine": word("see /wo", "rk/here"),
    "a home folder": word('"/ho', 'me/me/data"'),
    "the home of root": word("(/ro", "ot/x)"),
    "a registry": word("https://regis", "try.npmjs.org/x"),
    "a private registry": word("http://npm.", "corp.example/x"),
    "an address in the lock file": word('"resol', 'ved": "https://example.org/a.tgz"'),
  };
  test.each(Object.entries(bad))("%s is found, with its line", (_, line) => {
    expect(check(`fine\n${line}\nfine\n`)).toContain("a.md:2");
  });

  test("a missing newline at the end is found", () => {
    expect(check("one\ntwo")).toEqual(["a.md:2"]);
  });
});

describe("checkLineLength", () => {
  const check = (text: string) => places(checkLineLength("a.ts", text));

  test("100 columns pass and 101 do not", () => {
    expect(check(`${"x".repeat(100)}\n`)).toEqual([]);
    expect(check(`a\n${"x".repeat(101)}\n`)).toEqual(["a.ts:2"]);
  });

  test("columns are characters", () => {
    expect(check(`${"\u{1f600}".repeat(100)}\n`)).toEqual([]);
    expect(check(`${"\u{1f600}".repeat(101)}\n`)).toEqual(["a.ts:1"]);
  });

  test("a line with a URL may be longer", () => {
    expect(check(`// https://example.org/${"x".repeat(100)}\n`)).toEqual([]);
  });
});
