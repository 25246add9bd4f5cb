// The example of docs/engines.md, word for word: it has the right types, conforms, and can be
// measured.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SUITE_MS_MAX = 180_000;

/** The blocks of code whose first line names a file, by that name. */
function codeBlocks(markdown: string): Map<string, string> {
  const blocks = markdown.matchAll(/^```ts\n(\/\/ ([\w.]+)\n[\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, code, name]) => [name!, code!]));
}

const blocks = codeBlocks(fs.readFileSync(path.join(ROOT, "docs", "engines.md"), "utf8"));
const engine = blocks.get("jsonlog.ts")!;

let room = "";
beforeAll(() => {
  room = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-docs-")));
  // The package as if it were installed, but from the sources.
  const installed = path.join(room, "node_modules", "ringbench");
  fs.mkdirSync(installed, { recursive: true });
  fs.symlinkSync(path.join(ROOT, "engines"), path.join(installed, "engines"));
  fs.symlinkSync(
    path.join(ROOT, "node_modules", "@types"),
    path.join(room, "node_modules", "@types"),
  );
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const exports = JSON.stringify(manifest.exports, ["types", "default", ".", "./conformance"])
    .replaceAll("./dist/", "./")
    .replaceAll(/(\.d)?\.[jt]s"/g, '.ts"');
  const text = `{ "name": "ringbench", "type": "module", "exports": ${exports} }`;
  fs.writeFileSync(path.join(installed, "package.json"), text);
  fs.writeFileSync(path.join(room, "package.json"), '{ "type": "module" }');
  for (const [name, code] of blocks) fs.writeFileSync(path.join(room, name), code);
});
afterAll(() => {
  fs.rmSync(room, { recursive: true, force: true });
});

function node(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: room,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

function conform(source: string): { status: number | null; output: string } {
  fs.writeFileSync(path.join(room, "jsonlog.ts"), source);
  try {
    return node("conform.ts");
  } finally {
    fs.writeFileSync(path.join(room, "jsonlog.ts"), engine);
  }
}

test("the page has an engine and a program that runs the suite", () => {
  expect([...blocks.keys()]).toEqual(["jsonlog.ts", "conform.ts"]);
});

test("the types are right", () => {
  const config = {
    extends: path.join(ROOT, "tsconfig.json"),
    include: [],
    files: [...blocks.keys()],
  };
  fs.writeFileSync(path.join(room, "tsconfig.json"), JSON.stringify(config));
  const compiler = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");
  expect(node(compiler, "-p", room)).toEqual({ status: 0, output: "" });
  const wrong = engine.replace("flush(): void", "flush(): number");
  fs.writeFileSync(path.join(room, "jsonlog.ts"), wrong);
  expect(node(compiler, "-p", room).output).toContain("jsonlog.ts");
  fs.writeFileSync(path.join(room, "jsonlog.ts"), engine);
});

test("it conforms", { timeout: SUITE_MS_MAX }, () => {
  const { status, output } = conform(engine);
  expect(output).toMatch(/^\d+ passed, 0 failed, \d+ not claimed\n$/);
  expect(Number.parseInt(output, 10)).toBeGreaterThan(40);
  expect(status).toBe(0);
});

test("a bug in it is found", { timeout: SUITE_MS_MAX }, () => {
  const bug = engine.replace("?.slice()", "");
  expect(bug).not.toBe(engine);
  const { status, output } = conform(bug);
  expect(output).toContain("FAILED basics: what get returned belongs to the caller");
  expect(status).toBe(1);
});

test("ringbench engines measures it by its path", () => {
  const main = path.join(ROOT, "bench", "cli", "main.ts");
  const options = ["--engines", "./jsonlog.ts", "--records", "500", "--json"];
  const { status, stdout } = spawnSync(
    process.execPath,
    [main, "engines", ...options, "--benchmarks", "fillrandom,readrandom"],
    { cwd: room, encoding: "utf8" },
  );
  expect(status).toBe(0);
  const { rows } = JSON.parse(stdout) as { rows: { engine: string; errors: number }[] };
  expect(rows.map(({ engine: name, errors }) => [name, errors])).toEqual([
    ["jsonlog", 0],
    ["jsonlog", 0],
  ]);
});
