// `ringbench conform`, as a user runs it: in a process of its own.

import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConformDocument } from "../../../bench/cli/conform-document.ts";
import { conformanceCases, runConformanceCase } from "../../../engines/conformance/suite.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { engine as base } from "../../fixtures/base-engine.ts";
import { cli } from "./run-cli.ts";

const MAIN = path.resolve("bench/cli/main.ts");
const NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
const RUN_MS_MAX = 240_000;

const fixtures = {
  base: new URL("../../fixtures/base-engine.ts", import.meta.url),
  exiting: new URL("../../fixtures/exiting-engine.ts", import.meta.url),
  hanging: new URL("../../fixtures/hanging-engine.ts", import.meta.url),
  rejecting: new URL("../../fixtures/rejecting-engine.ts", import.meta.url),
  talking: new URL("../../fixtures/talking-engine.ts", import.meta.url),
  "broken-batch": new URL("../../fixtures/broken-batch.ts", import.meta.url),
  "broken-delete": new URL("../../fixtures/broken-delete.ts", import.meta.url),
  "broken-kill": new URL("../../fixtures/broken-kill.ts", import.meta.url),
  "broken-level": new URL("../../fixtures/broken-level.ts", import.meta.url),
  "broken-order": new URL("../../fixtures/broken-order.ts", import.meta.url),
};
const fixture = (name: keyof typeof fixtures): string => fileURLToPath(fixtures[name]);
const TINY = fileURLToPath(new URL("../../../docs/examples/tiny-engine.ts", import.meta.url));

let dir = "";

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-conform-"));
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs in an empty folder, in which nothing may be left, whatever the engine did. */
function conform(argv: string[], onError: (err: string, kill: () => void) => void = () => {}) {
  const cwd = fs.mkdtempSync(path.join(dir, "run-"));
  return new Promise<Ended>((resolve, reject) => {
    // Most of what such a process does is to begin: they share what Node compiled.
    const env = { ...process.env, NODE_COMPILE_CACHE: path.join(dir, "compile-cache") };
    const child = spawn(process.execPath, [MAIN, "conform", ...argv], { cwd, env });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      onError(err, () => child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (exit) => {
      const left = fs.readdirSync(cwd);
      if (left.length === 0) resolve({ exit, out, err });
      else reject(new Error(`it left ${left.join(", ")}`));
    });
  });
}

async function conformJson(argv: string[]): Promise<Ended & { document: ConformDocument }> {
  const ended = await conform([...argv, "--json"]);
  return { ...ended, document: JSON.parse(ended.out) as ConformDocument };
}

describe("the example of the documentation", () => {
  test("conforms, with a short benchmark behind it", { timeout: RUN_MS_MAX }, async () => {
    const { exit, out, document } = await conformJson([TINY]);
    expect(document.cases.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(exit, out).toBe(0);
    expect(document).toMatchObject({ engine: "tiny", conforms: true, partial: false, seed: 1 });
    expect(document.passed).toBeGreaterThan(50);
    expect(document.passed + document.notApplicable).toBe(document.cases.length);
    const { benchmark } = document;
    expect(benchmark?.indicative).toBe(true);
    expect(benchmark?.rows.map((row) => row.benchmark)).toEqual(["fillrandom", "readrandom"]);
    for (const row of benchmark!.rows) expect(row.errors).toBe(0);
  });

  test("has fewer than 100 lines, and claims a level that is synced", () => {
    const text = fs.readFileSync(TINY, "utf8");
    expect(text.trimEnd().split("\n").length).toBeLessThan(100);
    expect(text).toContain('durability: ["os", "sync"]');
  });

  test("means what its types say", { timeout: RUN_MS_MAX }, () => {
    const project = path.join(dir, "tsconfig.json");
    const root = path.resolve(".");
    const compilerOptions = {
      paths: { ringbench: [path.join(root, "engines/public.ts")] },
      typeRoots: [path.join(root, "node_modules/@types")],
    };
    const extended = path.join(root, "tsconfig.json");
    fs.writeFileSync(
      project,
      JSON.stringify({ extends: extended, compilerOptions, files: [TINY] }),
    );
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", project], { encoding: "utf8" });
    // What it imports is checked with the rest of the sources.
    expect(stdout.split("\n").filter((line) => line.includes("tiny-engine"))).toEqual([]);
    fs.rmSync(project);
  });
});

/** Each broken engine, the cases that are run, and what must fail: a rule, and a case. */
const BROKEN = [
  { name: "broken-delete", filter: "reopen", rule: "R6", failing: "reopen: deletes stay" },
  { name: "broken-order", filter: "scans", rule: "R1", failing: "scans: bytewise order" },
  { name: "broken-kill", filter: "kill -9 at os", rule: "R6", failing: "crash: kill -9 at os" },
  { name: "broken-batch", filter: "power: a batch", rule: "batch", failing: "power: a batch" },
  { name: "broken-level", filter: "power", rule: "R6", failing: "power: a loss at sync" },
] as const;

describe("a broken engine", () => {
  test("of every kind is in the table", () => {
    const names = fs
      .readdirSync(path.dirname(fixture("base")))
      .filter((one) => /^broken-/.test(one));
    expect(names.sort()).toEqual(BROKEN.map(({ name }) => `${name}.ts`).sort());
  });

  test.each(BROKEN)(
    "$name fails with exit 1, the rule $rule named",
    { timeout: RUN_MS_MAX },
    async ({ name, filter, rule, failing }) => {
      const narrow = NIGHTLY ? [] : ["--filter", filter];
      const broken = await conformJson([fixture(name), ...narrow]);
      expect(broken.exit, broken.err).toBe(1);
      expect(broken.document).toMatchObject({ engine: name, conforms: false });
      expect(broken.document.brokenRules).toContain(rule);
      expect(broken.err).toContain(`${name} does not conform`);
      expect(broken.err).toMatch(new RegExp(`\\b${rule}\\b`));
      const failed = broken.document.cases.filter(({ outcome }) => outcome === "failed");
      const [found] = failed.filter((one) => one.name.startsWith(failing));
      expect(found, failed.map((one) => one.name).join("; ")).toMatchObject({ rule });
      expect(found!.repeat).toContain("--seed 1 --filter");
      expect(broken.document.benchmark).toBeUndefined();
      // What the broken ones fail, the engine under them passes.
      const options = {
        fileSystem: nodeFileSystem,
        tempDir: path.join(dir, `base-${name}`),
        specifier: fixture("base"),
      };
      for (const one of conformanceCases().filter((each) => each.name.includes(filter))) {
        const result = await runConformanceCase(one, base, options);
        expect(result).not.toMatchObject({ outcome: "failed" });
      }
    },
  );

  test("is told to a person: rule, claim, what was seen, and how to see it again", async () => {
    const { exit, out } = await conform([fixture("broken-level"), "--filter", "power: at sync"]);
    expect(exit).toBe(1);
    expect(out).toMatch(/FAIL {2}R6 +power: at sync each write has an fdatasync of its own/);
    expect(out).toContain("rule R6: an acknowledged write is as safe as the level says");
    expect(out).toContain("claimed by supports.durability sync");
    expect(out).toContain("seen: 8 writes at sync, asked for in one turn, had 0 syncs");
    expect(out).toMatch(
      /again: npm run -s ringbench -- conform \S+ --seed 1 --filter "power: at sync/,
    );
  });
});

describe("an engine that takes its process with it", () => {
  const filter = ["--filter", "basics: getMany"];

  test("by a loop without an end", { timeout: RUN_MS_MAX }, async () => {
    const { exit, document } = await conformJson([
      ...[fixture("hanging"), ...filter],
      ...["--timeout", "2"],
    ]);
    expect(exit).toBe(1);
    expect(document.cases[0]!.message).toBe("no answer within 2 s: it hangs");
  });

  test("before any case, when `open` never comes back: it says so", async () => {
    const module = path.join(dir, "open-hangs.ts");
    const nullModule = JSON.stringify(path.resolve("engines/null/module.ts"));
    fs.writeFileSync(
      module,
      `import { nullModule } from ${nullModule};
       export const engine = { ...nullModule, name: "stuck", open: () => { for (;;); } };`,
    );
    const { exit, err } = await cli("conform", module, "--timeout", "2", "--dir", dir);
    expect(exit).toBe(70);
    expect(err).toMatch(/`open` hangs, .*no answer within 2 s; .*--timeout/);
  });

  test("by ending it", async () => {
    const { exit, document } = await conformJson([fixture("exiting"), ...filter]);
    expect(exit).toBe(1);
    expect(document.cases[0]!.message).toBe("the process ended (exit code 0)");
  });

  test("by a rejection that nobody handles; the next case goes on", async () => {
    const { exit, document } = await conformJson([...[fixture("rejecting"), "--filter", "basics"]]);
    expect(exit).toBe(1);
    const failed = document.cases.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ name }) => name)).toEqual([
      "basics: an empty value is not an absent key",
      "basics: getMany keeps the order, with gaps and repeats",
      "basics: a caller may reuse its buffers as soon as a call returned (R2)",
    ]);
    const why = "a rejection that nobody handles: Error: nobody waited for this";
    for (const { message } of failed) expect(message).toBe(why);
    expect(document.passed).toBe(document.cases.length - 3);
  });
});

describe("wrong usage", () => {
  const own = (name: string, text: string): string => {
    const file = path.join(dir, "own", name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  };

  test.each([
    ["no module", [], 64, "conform needs <module>"],
    ["a name that nobody has", ["hashlgo"], 64, 'the nearest is "hashlog"'],
    ["a file that is not there", ["./none.ts"], 64, "engine ./none.ts: no such file"],
    ["a filter that no case has", [TINY, "--filter", "crsh"], 64, 'the nearest is "crash"'],
    ["a seed that is none", [TINY, "--seed", "x"], 64, "--seed"],
  ] as const)("%s", async (_, argv, code, message) => {
    const { exit, err, out } = await cli("conform", ...argv, "--dir", path.join(dir, "usage"));
    expect(err).toContain(message);
    expect(exit).toBe(code);
    expect(out).toBe("");
  });

  test("a module that does not load is a failure at run time", {
    timeout: RUN_MS_MAX,
  }, async () => {
    const late =
      "setTimeout(() => { throw new Error('late'); }, 0);\n" +
      "await new Promise((resolve) => setTimeout(resolve, 60_000));\n";
    const [throws, wrong, dies, ends, none] = await Promise.all([
      conform([own("throws.mjs", "throw new Error('not today');")]),
      conform([own("wrong.mjs", "export const a = 1;\nexport const = 2;\n")]),
      conform([own("late.mjs", late)]),
      conform([own("ends.mjs", "process.exit(3);")]),
      conform([own("none.mjs", "export const engine = { name: 'x' };")]),
    ]);
    for (const one of [throws, wrong, dies, ends]) expect(one).toMatchObject({ exit: 70, out: "" });
    expect(throws.err).toMatch(/ENGINE_UNAVAILABLE: .*throws\.mjs does not load: .*not today/);
    expect(throws.err).toMatch(/ \(at \/.*throws\.mjs:1:7\)\n$/);
    expect(wrong.err).toMatch(
      /does not load: Unexpected token '='; .* \(at \/.*wrong\.mjs:2:14\)\n$/,
    );
    expect(dies.err).toMatch(/does not load: .*Error: late; .* \(at \/.*late\.mjs:1:26\)\n$/);
    expect(ends.err).toContain("the process ended (exit code 3)");
    expect(none.exit).toBe(64);
    expect(none.err).toContain("`description` is missing");
  });
});

test("what the engine prints is not in the document", async () => {
  const { exit, document } = await conformJson([...[fixture("talking"), "--filter", "locking"]]);
  expect(exit).toBe(0);
  expect(document.passed).toBe(document.cases.length);
});

test("Ctrl-C gives the cases there are, exit 130, and nothing is left behind", async () => {
  let sent = false;
  const ended = await conform([TINY, "--json"], (err, kill) => {
    if (sent || !err.includes("[10/")) return;
    sent = true;
    kill();
  });
  expect(ended.exit).toBe(130);
  const document = JSON.parse(ended.out) as ConformDocument;
  expect(document).toMatchObject({ partial: true, conforms: true, failed: 0 });
  expect(document.cases.length).toBeGreaterThan(9);
  expect(document.benchmark).toBeUndefined();
});

test("the schema of the document is published", async () => {
  const { exit, out } = await cli("conform", "--schema");
  expect(exit).toBe(0);
  const schema = JSON.parse(out) as { required: string[] };
  expect(schema.required).toContain("brokenRules");
});
