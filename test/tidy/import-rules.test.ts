import { describe, expect, test } from "vitest";
import { checkDirections, checkOptional, checkPackages, packageOf } from "./import-rules.ts";
import { places, planted } from "./planted.ts";

describe("checkDirections", () => {
  const check = (path: string, line: string) =>
    places(checkDirections(planted({ [path]: `${line}\n` })));

  const bad: [string, string][] = [
    ["engines/a.ts", 'import { b } from "../bench/b.ts";'],
    ["engines/lsm/a.ts", 'import { b } from "../../workloads/b.ts";'],
    ["workloads/a.ts", 'import type { B } from "../engines/b.ts";'],
    ["reports/a.ts", 'export { b } from "../bench/b.ts";'],
    ["cluster/a.ts", 'const b = await import("../workloads/b.ts");'],
    ["cluster/a.ts", 'const b = new URL("../bench/b.ts", import.meta.url);'],
    ["engines/a.ts", 'type B = import("../cluster/b.ts").B;'],
    ["bench/a.ts", 'import { b } from "../test/b.ts";'],
    ["bench/a.ts", 'import "../scripts/b.ts";'],
  ];
  test.each(bad)("%s: %s is found", (path, line) => {
    expect(check(path, line)).toEqual([`${path}:1`]);
  });

  const good: [string, string][] = [
    ["bench/a.ts", 'import { b } from "../engines/b.ts";'],
    ["bench/cli/a.ts", 'import { b } from "../../cluster/b.ts";'],
    ["cluster/a.ts", 'import { b } from "../engines/b.ts";'],
    ["engines/lsm/a.ts", 'import { b } from "../errors.ts";'],
    ["reports/a.ts", 'import { z } from "zod";'],
    ["engines/a.ts", 'import p from "../package.json" with { type: "json" };'],
    ["test/engines/a.test.ts", 'import { b } from "../../bench/b.ts";'],
    ["engines/a.ts", '// import { b } from "../bench/b.ts";'],
  ];
  test.each(good)("%s: %s passes", (path, line) => {
    expect(check(path, line)).toEqual([]);
  });
});

describe("checkPackages", () => {
  const manifest = {
    name: "me",
    dependencies: { zod: "1" },
    optionalDependencies: { "@scope/native": "1" },
    devDependencies: { vitest: "1", typescript: "1", "@types/node": "1", bench: "1" },
    scripts: { test: "vitest run", check: "tsc" },
  };
  const all = {
    "engines/a.ts": 'import { z } from "zod/mini";\n',
    "engines/native/b.ts": 'await import("@scope/native");\n',
    "bench/micro/c.ts": 'import { Bench } from "bench";\nimport fs from "node:fs";\n',
  };
  const check = (more: Record<string, string>, table: object = manifest) =>
    checkPackages(planted({ ...all, ...more }), { ...manifest, ...table }).map((p) => p.message);

  test("all declared and all used passes", () => {
    expect(check({ "test/a.test.ts": 'import "vitest";\nimport "me/package.json";\n' })).toEqual(
      [],
    );
  });

  test("a package named in a string counts as used", () => {
    const named = { "engines/a.ts": 'import.meta.resolve("zod/dist/zod.js");\n' };
    expect(check(named)).toEqual([]);
  });

  test("an import that is not declared is found", () => {
    expect(check({ "test/a.ts": 'import "left-pad";\n' })[0]).toContain("left-pad is not among");
  });

  test("shipped code may not import a development package", () => {
    expect(check({ "engines/c.ts": 'import "bench";\n' })[0]).toContain("bench is not among");
    expect(check({ "engines/c.ts": 'import type { B } from "bench";\n' })).toEqual([]);
  });

  test("an unused package is found, also when only tests use it", () => {
    const dependencies = { zod: "1", lodash: "1" };
    expect(check({}, { dependencies })[0]).toContain("lodash is a dependency that nothing imports");
    expect(check({ "test/a.ts": 'import "lodash";\n' }, { dependencies })).toHaveLength(1);
  });

  test("a tool that no script runs is found", () => {
    expect(check({}, { scripts: { test: "vitest run" } })[0]).toContain("typescript is a dep");
  });

  test("packageOf", () => {
    expect(packageOf("@a/b/c.js")).toBe("@a/b");
    expect(packageOf("a/b.js")).toBe("a");
    expect(packageOf("node:fs")).toBeUndefined();
    expect(packageOf("./a.ts")).toBeUndefined();
  });
});

describe("checkOptional", () => {
  const manifest = { name: "me", optionalDependencies: { "@scope/native": "1" } };
  const check = (path: string, line: string) =>
    places(checkOptional(planted({ [path]: `${line}\n` }), manifest, "engines/native/"));
  const path = "engines/native/a.ts";

  test("a dynamic import at home passes, and so does a type", () => {
    expect(check(path, 'const a = await import("@scope/native");')).toEqual([]);
    expect(check(path, 'import type { A } from "@scope/native";')).toEqual([]);
  });

  test("a static import is found, and so is any import elsewhere", () => {
    expect(check(path, 'import { A } from "@scope/native";')).toEqual([`${path}:1`]);
    expect(check(path, 'export { A } from "@scope/native/x.js";')).toEqual([`${path}:1`]);
    const elsewhere = "bench/a.ts";
    expect(check(elsewhere, 'await import("@scope/native");')).toEqual(["bench/a.ts:1"]);
    expect(check(elsewhere, 'import type { A } from "@scope/native";')).toEqual(["bench/a.ts:1"]);
  });
});
