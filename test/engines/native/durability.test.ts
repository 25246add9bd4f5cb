// Goal: every engine gives the level that its rows claim. Method: the calls that sync are counted
// from outside, by strace, while one client fills a store: one for each put at `group` and `sync`
// (a group of one client is one put), none at `os`, but for the few of opening and closing.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasProgram } from "../../skips/skips.ts";
import { inTempDir } from "../support/stores.ts";

const PUTS = 200;
/** Opening, closing, and new files may sync so often. */
const OTHER_SYNCS_MAX = 60;
const MAIN = fileURLToPath(new URL("../../../bench/cli/main.ts", import.meta.url));

describe.skipIf(!hasProgram(process.env, ["strace"]))("syncs, counted by strace", () => {
  const engines = ["hashlog", "memory", "leveldb", "rocksdb", "lmdb", "sqlite"];
  it.each(engines)("%s syncs each put at group and sync, and none at os", async (engine) => {
    await inTempDir(async (dir) => {
      const syncs: Record<string, number> = {};
      for (const durability of ["os", "group", "sync"]) {
        const trace = path.join(dir, `${durability}.trace`);
        const calls = "trace=fsync,fdatasync,msync";
        const command = ["-f", "-o", trace, "-e", calls, process.execPath, MAIN, "engines"];
        const what = ["--engines", engine, "--benchmarks", "fillrandom", "--records", `${PUTS}`];
        const rest = ["--durability", durability, "--dir", path.join(dir, "data"), "--json"];
        const output = execFileSync("strace", [...command, ...what, ...rest], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        });
        const { rows } = JSON.parse(output) as { rows: { durability: string }[] };
        if (rows.length === 0) return; // The package is not installed; other tests say so.
        expect(rows.map((row) => row.durability)).toEqual([durability]);
        // lmdb writes its meta page through a descriptor that syncs by itself (O_DSYNC).
        const text = fs.readFileSync(trace, "utf8");
        syncs[durability] = text.match(/\b(?:fsync|fdatasync|msync)\(/g)?.length ?? 0;
      }
      expect(syncs.os).toBeLessThan(OTHER_SYNCS_MAX);
      expect(syncs.group).toBeGreaterThanOrEqual(PUTS);
      expect(syncs.sync).toBeGreaterThanOrEqual(PUTS);
      expect(syncs.sync).toBeLessThan(PUTS + OTHER_SYNCS_MAX);
    });
  });
});
