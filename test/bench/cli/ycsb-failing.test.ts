// A load that meets a disk without room: it ends, whichever way the engine refuses, and what there
// is is printed and written, labelled partial.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultSchema } from "../../../reports/result.ts";
import { mountedDisk } from "../../engines/support/disk.ts";
import { cli } from "./run-cli.ts";

const MAIN = path.resolve("bench/cli/main.ts");

let dir = "";

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-failing-"));
  const at = (file: string) => JSON.stringify(path.resolve(file));
  for (const name of ["hashlog", "lsm", "memory"]) {
    // A disk of 2 MiB, in memory.
    fs.writeFileSync(
      path.join(dir, `${name}.ts`),
      `import { ${name}Module as inner } from ${at(`engines/${name}/module.ts`)};
       import { memoryDisk } from ${at("test/engines/support/disk.ts")};
       const { fileSystem } = memoryDisk(2 * 1024 * 1024);
       const settings = ${name === "lsm" ? "{ memtableBytes: 65536 }" : "{}"};
       export const engine = { ...inner, name: "full-${name}", version: () => "1",
         open: (options) =>
           inner.open({ ...options, fileSystem, settings, background: "inline" }) };`,
    );
  }
});

afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

describe.each(["hashlog", "lsm", "memory"])("%s on a full disk", (name) => {
  test.each([1, 4])("a load by %i clients ends with what there is", async (clients) => {
    const out = path.join(dir, `${name}-${clients}`);
    const module = path.join(dir, `${name}.ts`);
    const copy = path.join(dir, `${name}-${clients}.ts`);
    fs.copyFileSync(module, copy);
    const args = ["--engine", copy, "--dir", path.join(dir, "data"), "--preset", "workloada"];
    const size = ["-p", "recordcount=30000", "-threads", String(clients)];
    const said = await cli("ycsb", "load", ...args, ...size, "--out", out);
    expect({ exit: said.exit, err: said.err }).toMatchObject({ exit: 70 });
    expect(said.out).toMatch(/^\[OVERALL\], RunTime/);
    expect(said.out).toContain("[OVERALL], Partial, 1\n");
    expect(said.out).toMatch(/^\[INSERT\], Return=OK, [1-9]/m);
    const last = said.err.trimEnd().split("\n").at(-1)!;
    expect(last).toMatch(/^ringbench: ENGINE_NO_SPACE: .*; free some space, .*start again/);
    const result = resultSchema.parse(
      JSON.parse(fs.readFileSync(path.join(out, "result.json"), "utf8")),
    );
    const [row] = result.rows;
    expect(result.partial && row!.partial).toBe(true);
    // The first that fails is the last that is sent, but for what the others have under way.
    expect(row!.errors).toBeGreaterThan(0);
    expect(row!.errors).toBeLessThanOrEqual(clients);
  });
});

// A thread of lsm is at work when the load ends: the process must wait for its end, and say why.
test("a load of lsm on a real full disk, where mounting is permitted", { timeout: 120_000 }, () => {
  for (let time = 0; time < 4; time++) {
    const disk = mountedDisk(64 * 1024 * 1024);
    if (disk === undefined) {
      process.stdout.write("not permitted to mount: a full disk was met in memory alone\n");
      return;
    }
    try {
      const args = ["--engine", "lsm", "--dir", disk.dir, "--preset", "workloada"];
      const argv = [MAIN, "ycsb", "load", ...args, "-p", "recordcount=200000"];
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
      expect({ status, stderr }).toMatchObject({ status: 70 });
      expect(stdout).toContain("[OVERALL], Partial, 1\n");
      expect(stderr).toMatch(/ENGINE_NO_SPACE: [^\n]*\n$/);
    } finally {
      disk.remove();
    }
  }
});
