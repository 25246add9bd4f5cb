// The folders that a command line names: what cannot be written, or read, is said at once, by code,
// flag and cure; what a killed run left is named by the next one.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataDir, leftoverDataDirs, makeFolder } from "../../../bench/data-dir.ts";
import { openEngine } from "../../../engines/registry.ts";
import { cli } from "./run-cli.ts";

const NOBODY = 65_534;
const QUICK = ["engines", "--engines", "null", "--benchmarks", "fillseq", "--records", "10"];

let dir = "";

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-folders-"));
  fs.chmodSync(dir, 0o755);
  for (const name of ["closed", "readonly"]) fs.mkdirSync(path.join(dir, name));
  fs.chmodSync(path.join(dir, "closed"), 0o000);
  fs.chmodSync(path.join(dir, "readonly"), 0o555);
});

afterAll(() => {
  fs.chmodSync(path.join(dir, "closed"), 0o755);
  fs.rmSync(dir, { recursive: true, force: true });
});

/** Rights mean nothing to root: as somebody else, for as long as it takes. */
async function asNobody(...argv: readonly string[]) {
  if (process.geteuid?.() !== 0) return cli(...argv);
  // What it loads must be loaded before: nobody may not be able to read this checkout.
  await cli(...QUICK, "--dir", path.join(dir, "warm"));
  process.seteuid!(NOBODY);
  try {
    return await cli(...argv);
  } finally {
    process.seteuid!(0);
  }
}

describe("a folder that there can be none of", () => {
  // Node's own mkdir of a whole path never comes back from there.
  const impossible = process.platform === "linux" ? "/proc/ringbench/x" : "/dev/null/x";

  test.each([
    [[...QUICK, "--dir", impossible], "--dir"],
    [[...QUICK, "--out", impossible], "--out"],
    [
      ["ycsb", "load", "--engine", "hashlog", "--preset", "workloada", "--dir", impossible],
      "--dir",
    ],
    [["conform", "null", "--dir", impossible], "--dir"],
  ])("%j is refused by code, flag and cure", async (argv, flag) => {
    const { exit, err, out } = await cli(...argv);
    expect({ exit, out }).toEqual({ exit: 64, out: "" });
    expect(err).toContain(`${flag} ${impossible} can`);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  test("what was made on the way is removed again", () => {
    const parent = path.join(dir, "made");
    expect(() => makeFolder(path.join(parent, "x".repeat(300)))).toThrow("ENAMETOOLONG");
    expect(fs.existsSync(parent)).toBe(false);
    expect(makeFolder(path.join(parent, "a"))).toEqual([parent, path.join(parent, "a")]);
  });
});

describe("a folder without the rights", () => {
  test.each([
    [[...QUICK, "--out", "D/readonly/x"], "--out D/readonly/x", 64],
    [[...QUICK, "--dir", "D/readonly"], "--dir D/readonly", 64],
    [["verify", "D/closed"], "ENGINE_IO: D/closed may not be read", 70],
  ] as const)("%j", async (argv, words, code) => {
    const here = (text: string) => text.replace("D/", `${dir}/`);
    const says = here(words);
    const { exit, err } = await asNobody(...argv.map(here));
    expect({ exit, err }).toMatchObject({ exit: code });
    expect(err).toContain(says);
    expect(err).toContain("(EACCES)");
    expect(err).toMatch(/; (choose another folder|run it as)/);
  });
});

describe("what a killed run left", () => {
  test("is named with the command that removes it, and a running one's is not", async () => {
    const parent = path.join(dir, "results");
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const names = ["ringbench-data-abcdef", `old/ringbench-data-${gone}-ABC123`];
    const left = names.map((name) => path.join(parent, name));
    for (const each of left) fs.mkdirSync(each, { recursive: true });
    const running = new DataDir(parent);
    try {
      expect(leftoverDataDirs(parent).sort()).toEqual(left.sort());
      const { exit, err } = await cli(...QUICK, "--dir", parent);
      expect(exit).toBe(0);
      const [line] = err.split("\n").filter((each) => each.includes("killed"));
      const words = line!.split(": rm -r ")[1]!.split(" ");
      expect(words.map((word) => path.resolve(word)).sort()).toEqual(left.sort());
    } finally {
      running.close();
    }
    for (const each of left) fs.rmSync(each, { recursive: true });
    expect((await cli(...QUICK, "--dir", parent)).err).not.toContain("killed");
  });
});

test("verify says its verdict once, and one problem is one problem", async () => {
  const data = path.join(dir, "store");
  const engine = await openEngine("hashlog", { dir: data, background: "inline" });
  await engine.put(new Uint8Array(3), new Uint8Array(5000).fill(1));
  await engine.put(new Uint8Array(4), new Uint8Array(5000).fill(2));
  await engine.close();
  const log = fs.readdirSync(data).find((name) => name.endsWith(".log"))!;
  for (const name of fs.readdirSync(data)) {
    if (/hint|live/i.test(name)) fs.rmSync(path.join(data, name));
  }
  const bytes = fs.readFileSync(path.join(data, log));
  bytes[1000]! ^= 1;
  fs.writeFileSync(path.join(data, log), bytes);
  const { exit, out, err } = await cli("verify", data);
  expect({ exit, err }).toEqual({ exit: 1, err: "" });
  expect(out).toMatch(/\ndamaged: 1 problem\n$/);
  const json = await cli("verify", data, "--json");
  expect(json.err).toBe(`ringbench: ${data} is damaged: 1 problem\n`);
});
