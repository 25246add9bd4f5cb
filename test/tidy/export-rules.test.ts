import { expect, test } from "vitest";
import { entryFiles, ignoredBy } from "./checkout.ts";
import { checkExports } from "./export-rules.ts";
import { planted } from "./planted.ts";

const entries = { files: ["main.ts"], forTests: ["kit/"] };
const check = (files: Record<string, string>) =>
  checkExports(planted(files), entries).map(({ path, line, message }) => {
    const name = /imports? (\w+)/.exec(message)?.[1] ?? "";
    return `${path}:${line} ${message.startsWith("only tests") ? "tests" : "dead"} ${name}`;
  });

const two = "export const x = 1;\nexport const y = 2;\n";

test("an export that nobody imports is dead", () => {
  expect(check({ "main.ts": 'import { x } from "./a.ts";\n', "a.ts": two })).toEqual([
    "a.ts:2 dead y",
  ]);
});

test("a use under another name counts, a mention in a comment or a string does not", () => {
  const main = 'import { y as z } from "./a.ts";\n// x\nconst s = "x";\n';
  expect(check({ "main.ts": main, "a.ts": two })).toEqual(["a.ts:1 dead x"]);
});

test("a file that nobody imports is dead", () => {
  expect(check({ "main.ts": "let a;\n", "b.ts": two })).toEqual(["b.ts:1 dead it"]);
});

test.each([
  'import * as a from "./a.ts";\na.x; a.y;\n',
  'import * as a from "./a.ts";\nrun(a);\n',
  'export { x, y } from "./a.ts";\n',
  'const { x, y } = await import("./a.ts");\n',
  'const a = await import("./a.ts");\n',
  'import("./a.ts").then(({ x, y }) => x + y);\n',
  'const w = new URL("./a.ts", import.meta.url);\n',
  'const w = new URL(built ? "./a.ts" : "./a.js", import.meta.url);\n',
  'import { x } from "./a.ts";\ntype Y = typeof import("./a.ts").y;\n',
])("%s uses both", (main) => {
  expect(check({ "main.ts": main, "a.ts": two })).toEqual([]);
});

test.each([
  'import * as a from "./a.ts";\na.x;\n',
  'const x = (await import("./a.ts")).x;\n',
  'const load = () => import("./a.ts").then((m) => m.x);\n',
  'export { x } from "./a.ts";\n',
])("%s uses only one", (main) => {
  expect(check({ "main.ts": main, "a.ts": two })).toEqual(["a.ts:2 dead y"]);
});

test("a type that a living export mentions lives; one that only a body mentions does not", () => {
  const a =
    "export interface In { a: Part }\nexport interface Part { b: 1 }\nexport type Inner = 1;\n" +
    "export function f(a: In): void {\n  const i: Inner = 1;\n}\n";
  expect(check({ "main.ts": 'import { f } from "./a.ts";\n', "a.ts": a })).toEqual([
    "a.ts:3 dead Inner",
  ]);
});

test("a constant that a living export mentions is dead all the same", () => {
  const a = "export const part = 1;\nexport const whole = [part];\n";
  expect(check({ "main.ts": 'import { whole } from "./a.ts";\n', "a.ts": a })).toEqual([
    "a.ts:1 dead part",
  ]);
});

test("what only tests use is dead, unless it is made for tests", () => {
  const files = { "main.ts": 'import { x } from "./a.ts";\n', "a.ts": two };
  const test = 'import { y } from "../a.ts";\n';
  expect(check({ ...files, "test/a.test.ts": test })).toEqual(["a.ts:2 tests y"]);
  const kit = 'import { x, y } from "../kit/a.ts";\n';
  expect(check({ "main.ts": "let a;\n", "kit/a.ts": two, "test/a.test.ts": kit })).toEqual([]);
});

test("helpers in test/ are held to it too", () => {
  const files = { "main.ts": "let a;\n", "test/help.ts": two };
  const test = 'import { x } from "./help.ts";\n';
  expect(check({ ...files, "test/a.test.ts": test })).toEqual(["test/help.ts:2 dead y"]);
});

test("entry points are read from package.json", () => {
  const text = `{"bin": {"me": "dist/bench/main.js"}, "exports": {".": {"types":
    "./dist/engines/a.d.ts"}}, "scripts": {"start": "node bench/start.ts --x"}}`;
  expect(entryFiles(text)).toEqual(["bench/main.ts", "engines/a.ts", "bench/start.ts"]);
});

test(".gitignore is understood, or refused", () => {
  const ignored = ignoredBy("dist/\n*.tgz\n");
  expect(ignored("dist", true)).toBe(true);
  expect(ignored(".git", true)).toBe(true);
  expect(ignored("a.tgz", false)).toBe(true);
  expect(ignored("dist", false)).toBe(false);
  expect(() => ignoredBy("a/b.ts\n")).toThrow("a/b.ts");
});
