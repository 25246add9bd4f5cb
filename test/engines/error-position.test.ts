// Goal: a module of the user's own that does not load is told with file, line and column. Method:
// one process of Node, as a user has it, loads one module of each kind of mistake.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/** By name: the text, what of the message is expected, and the place, if Node knows it. */
const MODULES: Readonly<Record<string, readonly [string, string, string?]>> = {
  "syntax.mjs": [
    "export const a = 1;\nexport const = 2;\n",
    "Unexpected token '='",
    "syntax.mjs:2:14",
  ],
  "syntax.ts": [
    "export const a: number = 1;\n  enum Kind { one }\n",
    "TypeScript enum is not supported in strip-only mode",
    "syntax.ts:2:3",
  ],
  "old.cjs": ["// Old.\nconst a = ;\n", "Unexpected token ';'", "old.cjs:2:11"],
  "throws.mjs": [
    "function make() {\n  throw new TypeError('not\\ntoday');\n}\nmake();\n",
    "not",
    "throws.mjs:2:9",
  ],
  "names.mjs": [
    "// Names.\nimport { nothing } from './throws.mjs';\n",
    "The requested module './throws.mjs' does not provide an export named 'nothing'",
    "names.mjs:2:10",
  ],
  "imports.mjs": [
    "// What it imports is broken.\nimport './syntax.mjs';\n",
    "Unexpected token '='",
    "syntax.mjs:2:14",
  ],
  "mute.mjs": ["throw 'no error, and so no place';\n", "no error, and so no place"],
};

let dir = "";
let told: Readonly<Record<string, { code: string; message: string; position?: string }>> = {};

beforeAll(() => {
  // As the system names it: what a link leads to is what an error speaks of.
  dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-position-")));
  for (const [name, [text]] of Object.entries(MODULES)) {
    fs.writeFileSync(path.join(dir, name), text);
  }
  const own = (name: string) => JSON.stringify(pathToFileURL(path.resolve("engines", name)).href);
  const urls = Object.keys(MODULES).map((name) => [name, pathToFileURL(path.join(dir, name)).href]);
  const script = `import { loadEngine } from ${own("registry.ts")};
    import { positionOf } from ${own("error-position.ts")};
    const told = {};
    for (const [name, url] of ${JSON.stringify(urls)}) {
      await loadEngine(url).catch(({ code, message, cause }) => {
        told[name] = { code, message, position: positionOf(cause) };
      });
    }
    console.log(JSON.stringify(told));`;
  const options = ["--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  expect(stderr).toBe("");
  told = JSON.parse(stdout);
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

test.each(Object.entries(MODULES))("%s", (name, [, message, place]) => {
  const { code, message: said, position } = told[name]!;
  expect(code).toBe("ENGINE_UNAVAILABLE");
  expect(said).toContain(`${name} does not load: ${message}; `);
  expect(position).toBe(place === undefined ? undefined : path.join(dir, place));
});
