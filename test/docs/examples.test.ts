// What README.md and the pages tell a reader to type leaves the checkout as git knows it, and is
// there to be typed.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cli } from "../bench/cli/run-cli.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string) => fs.readFileSync(path.join(ROOT, name), "utf8");
const pages = ["README.md", "docs/own-engine.md", "docs/level.md"].map(read).join("\n");

test("the folders of the examples are ignored", () => {
  const typed = pages
    .split("\n")
    .filter((line) => /^ {4}/.test(line))
    .join("\n");
  const folders = [...typed.matchAll(/--(?:dir|out) (\S+)/g)].map(([, dir]) => dir!);
  expect(folders).toContain("data");
  const rules = read(".gitignore").split("\n");
  for (const each of folders) expect(rules).toContain(`${each.split("/")[0]}/`);
});

test("the first examples of ycsb need no file, and belong to one engine", async () => {
  for (const phase of [["load"], ["run"], []]) {
    const { out } = await cli("ycsb", ...phase, "--help");
    const examples = out.split("Examples:\n")[1]!.split("\n\n")[0]!.replaceAll("\\\n", " ");
    const lines = examples.split("\n").filter((line) => line.includes("$ ringbench ycsb"));
    expect(lines.length).toBeGreaterThan(2);
    expect(new Set(lines.map((line) => /--engine (\S+)/.exec(line)![1]))).toHaveLength(1);
    for (const line of lines.slice(0, 3)) expect(line).toMatch(/--preset workload[a-f]/);
    expect(out).toContain("come with YCSB");
  }
});

test("every engine that docs/level.md lets one read figures of has them", async () => {
  // The program of the page, for each of our engines.
  const [, code] = /```ts\n([\s\S]*?)```/.exec(read("docs/level.md")) ?? [];
  const level = JSON.stringify(new URL("../../engines/level/level.ts", import.meta.url).href);
  for (const engine of ["hashlog", "lsm", "memory"]) {
    const dir = fs.mkdtempSync(path.join(process.env.TMPDIR ?? "/tmp", "ringbench-docs-"));
    try {
      const text = code!.replace('"ringbench/level"', level).replace('"hashlog"', `"${engine}"`);
      fs.writeFileSync(path.join(dir, "fruit.ts"), text);
      const { stdout, stderr } = spawnSync(process.execPath, ["fruit.ts"], {
        cwd: dir,
        encoding: "utf8",
      });
      expect(stdout.trimEnd().split("\n").at(-1) || stderr).toBe(`${engine} true`);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  }
});

test("the program of docs/ring.md plans, and finds the replicas of a key", () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(read("docs/ring.md")) ?? [];
  const here = (file: string) => JSON.stringify(new URL(`../../${file}`, import.meta.url).href);
  const text = code!
    .replace('"ringbench/cluster"', here("cluster/public.ts"))
    .replace('"ringbench/random"', here("workloads/random.ts"));
  const dir = fs.mkdtempSync(path.join(process.env.TMPDIR ?? "/tmp", "ringbench-docs-"));
  try {
    fs.writeFileSync(path.join(dir, "ring.ts"), text);
    const { stdout, stderr } = spawnSync(process.execPath, ["ring.ts"], {
      cwd: dir,
      encoding: "utf8",
    });
    expect(stdout || stderr).toMatch(/^2 16 0\n\[ 'n\d', 'n\d' \] \[\]\n$/);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
