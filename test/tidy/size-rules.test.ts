import { describe, expect, test } from "vitest";
import { places, planted } from "./planted.ts";
import { checkSizes, measureRatchet } from "./size-rules.ts";

const none = { files: {}, functions: {} };
const lines = (count: number) => "// x\n".repeat(count);
/** A function of `count` lines, its braces included. */
const body = (count: number) => `{\n${"  f();\n".repeat(count - 2)}}`;

describe("files", () => {
  test("300 lines pass, 301 must be listed, with their number", () => {
    expect(checkSizes(planted({ "a.ts": lines(300) }), none)).toEqual([]);
    const facts = planted({ "a.ts": lines(301) });
    expect(places(checkSizes(facts, none))).toEqual(["a.ts:1"]);
    expect(checkSizes(facts, { ...none, files: { "a.ts": 301 } })).toEqual([]);
  });

  test("a listed file may not grow", () => {
    const [problem] = checkSizes(planted({ "a.ts": lines(310) }), {
      ...none,
      files: { "a.ts": 305 },
    });
    expect(problem?.message).toContain("only shrink from 305");
  });

  test("a listed file that shrank must be written down", () => {
    const ratchet = { ...none, files: { "a.ts": 400 } };
    const [shrank] = checkSizes(planted({ "a.ts": lines(350) }), ratchet);
    expect(shrank?.message).toContain('write "a.ts": 350');
    const [small] = checkSizes(planted({ "a.ts": lines(200) }), ratchet);
    expect(small?.message).toContain('take "a.ts" out');
    const [gone] = checkSizes(planted({ "b.ts": lines(2) }), ratchet);
    expect(gone?.message).toContain("gone");
  });

  test("over 600 lines no list helps", () => {
    const facts = planted({ "a.ts": lines(601) });
    expect(places(checkSizes(facts, { ...none, files: { "a.ts": 601 } }))).toEqual(["a.ts:1"]);
  });
});

describe("functions", () => {
  const check = (text: string, functions = {}) =>
    checkSizes(planted({ "a.ts": text }), { files: {}, functions });

  test("70 lines pass, 71 must be listed", () => {
    expect(check(`function f() ${body(70)}\n`)).toEqual([]);
    expect(places(check(`let a;\nfunction f() ${body(71)}\n`))).toEqual(["a.ts:2"]);
    expect(check(`function f() ${body(71)}\n`, { "a.ts#f": 71 })).toEqual([]);
    expect(check(`function f() ${body(71)}\n`, { "a.ts#f": 75 })[0]?.message).toContain(
      'write "a.ts#f": 71',
    );
  });

  test("comments before a function do not count", () => {
    expect(check(`/**\n${" * x\n".repeat(80)} */\nfunction f() ${body(70)}\n`)).toEqual([]);
  });

  const named: Record<string, string> = {
    "A.m": `class A {\n  m() ${body(71)}\n}\n`,
    "A.constructor": `class A {\n  constructor() ${body(71)}\n}\n`,
    g: `const g = () => ${body(71)};\n`,
    h: `const o = { h: async () => ${body(71)} };\n`,
    "run()": `run(() => ${body(71)});\n`,
    "test(title)": `test("title", () => ${body(71)});\n`,
  };
  test.each(Object.entries(named))("%s is named so", (name, text) => {
    expect(check(text)[0]?.message).toContain(`"a.ts#${name}"`);
  });

  test("callbacks of describe are chapters", () => {
    expect(check(`describe("x", () => ${body(90)});\n`)).toEqual([]);
    expect(check(`describe.skipIf(c)("x", () => ${body(90)});\n`)).toEqual([]);
    expect(check(`describe.each(c)("x", () => ${body(90)});\n`)).toEqual([]);
  });

  test("braces in strings, templates and regular expressions do not mislead", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is part of the text.
    const text = 'const a = /[{`"]/;\nconst b = `{${"{"}`;\nconst c = "{";\n';
    expect(check(`${text}function f() ${body(70)}\nfunction g() ${body(70)}\n`)).toEqual([]);
  });
});

test("what is measured now is accepted as the new table", () => {
  const facts = planted({ "a.ts": `${lines(301)}function f() ${body(71)}\n`, "b.ts": "let b;\n" });
  const ratchet = measureRatchet(facts);
  expect(ratchet).toEqual({ files: { "a.ts": 372 }, functions: { "a.ts#f": 71 } });
  expect(checkSizes(facts, ratchet)).toEqual([]);
});
