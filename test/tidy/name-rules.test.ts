import { describe, expect, test } from "vitest";
import { BANS } from "./homes.ts";
import { checkBans, checkSyntax, isIn } from "./name-rules.ts";
import { places, planted } from "./planted.ts";

/** The real bans, everywhere: without homes, which have a test of their own. */
const bans = BANS.map((ban) => ({ ...ban, homes: [] }));
const check = (text: string) => places(checkBans(planted({ "engines/a.ts": text }), bans));

describe("checkBans", () => {
  const bad = [
    "const a = Date.now();",
    "const a = globalThis.Date.now();",
    'const a = Date["now"]();',
    "const a = Date.now;",
    "const a = new Date();",
    "const a = Date();",
    "const a = performance.now();",
    "const { now } = performance;",
    "const { now: tick } = globalThis.performance;",
    "const a = process.hrtime.bigint();",
    "const a = process.hrtime();",
    'import { performance } from "node:perf_hooks";',
    'import { hrtime } from "node:process";',
    "const a = Math.random();",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is part of the text.
    "const a = `${Math.random()}`;",
    "const a = crypto.randomUUID();",
    'import { randomUUID } from "node:crypto";',
    'import { randomBytes as bytes } from "crypto";',
    'import * as c from "node:crypto"; c.randomBytes(4);',
    "setTimeout(f, 1);",
    "globalThis.setInterval(f, 1);",
    "const wait = { setImmediate };",
    "run(setImmediate);",
    'import { setTimeout as sleep } from "node:timers/promises";',
    'import fs from "node:fs";',
    'import { readFileSync } from "fs";',
    'import { readFile } from "node:fs/promises";',
    'const fs = await import("node:fs");',
    'import net from "node:net";',
    'import http from "node:http";',
    'const a = await fetch("x");',
    'import { spawn } from "node:child_process";',
    'import { Worker } from "node:worker_threads";',
    'export { Worker } from "node:worker_threads";',
    'import { DatabaseSync } from "node:sqlite";',
    "const a = await import(name);",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is part of the text.
    "const fs = await import(`node:${name}`);",
    'const fs = process.getBuiltinModule("node:fs");',
    'import { createRequire } from "node:module";',
    'const a = require("a");',
  ];
  test.each(bad)("%s is found, with its line", (line) => {
    expect(check(`let x;\n${line}\n`)).toContain("engines/a.ts:2");
  });

  const good = [
    "const a = new Date(0);",
    "const a = Date.parse(text);",
    "const a = clock.now();",
    "const a = this.timers.setTimeout(f, 1);",
    "interface Timers { setTimeout(f: () => void, ms: number): void }",
    "const timers = { setTimeout: f };",
    "type T = ReturnType<typeof setTimeout>;",
    'import type { Stats } from "node:fs";',
    'import { type Worker } from "node:worker_threads";',
    'import { createHash } from "node:crypto";',
    'const a = "Date.now() and Math.random()";',
    "// setTimeout, Date.now()",
    "const a = /Date.now()/;",
    "const a = `Math.random()`;",
    "const { max } = Math;",
    'const a = await import("./b.ts");',
    "const a = { require: 1 };",
  ];
  test.each(good)("%s passes", (line) => {
    expect(check(`${line}\n`)).toEqual([]);
  });

  const clock = { ...bans[0]!, homes: [{ path: "bench/clock.ts", reason: "the one" }] };

  test("the message says what to use instead", () => {
    const facts = planted({ "bench/clock.ts": "Date.now();\n", "bench/a.ts": "Date.now();\n" });
    const [problem, ...others] = checkBans(facts, [clock]);
    expect(problem?.message).toMatch(/^Date\.now is a clock: take .* from outside/);
    expect(others).toEqual([]);
  });

  test("a home that is not used any more is found", () => {
    const [problem] = checkBans(planted({ "bench/clock.ts": "let a;\n" }), [clock]);
    expect(problem?.message).toContain('"bench/clock.ts" needs no a clock any more');
  });

  test("a home is a file, or a folder with a slash", () => {
    expect(isIn("engines/io/", "engines/io/x.ts")).toBe(true);
    expect(isIn("engines/io/", "engines/iota.ts")).toBe(false);
    expect(isIn("bench/clock.ts", "bench/clock.ts")).toBe(true);
    expect(isIn("bench/clock.ts", "bench/clock.tsx")).toBe(false);
  });
});

describe("checkSyntax", () => {
  const check = (text: string) => places(checkSyntax(planted({ "a.ts": text }), ["b.ts"]));

  const bad = [
    "enum A { B }",
    "export const enum A { B }",
    "declare enum A { B }",
    "namespace A { export const b = 1 }",
    "declare module A { const b: 1 }",
    "export default 1;",
    "export default function f() {}",
    "export default class A {}",
    "const a = 1; export { a as default };",
    'export * from "./b.ts";',
  ];
  test.each(bad)("%s is found", (line) => {
    expect(check(`let x;\n${line}\n`)).toEqual(["a.ts:2"]);
  });

  test("what only looks like it passes", () => {
    const text = 'const a = "enum A {}"; // namespace B\nswitch (a) { default: }\n';
    expect(check(`${text}export const b = { default: 1, enum: 2 };\n`)).toEqual([]);
  });

  test("a default export passes where the tool demands it", () => {
    expect(checkSyntax(planted({ "b.ts": "export default 1;\n" }), ["b.ts"])).toEqual([]);
  });
});
