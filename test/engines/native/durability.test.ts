// Goal: every engine gives the level that its rows claim. Method: the calls that sync are counted
// from outside, by strace, while one client fills a store: one for each put at `group` and `sync`
// (a group of one client is one put), none at `os`, but for the few of opening and closing. One
// process fills all engines, one after the other; whose a call is, its file says.

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
const ENGINES = ["hashlog", "lsm", "memory", "leveldb", "rocksdb", "lmdb", "sqlite"];

/** Fills each engine that is installed; its calls that sync a file or a folder of its own. */
function countSyncs(dir: string, durability: string): Map<string, number> {
  const trace = path.join(dir, "trace");
  const calls = "trace=fsync,fdatasync,msync";
  const command = ["-f", "-y", "-o", trace, "-e", calls, process.execPath, MAIN, "engines"];
  const what = ["--engines", ENGINES.join(), "--benchmarks", "fillrandom", "--records", `${PUTS}`];
  const rest = ["--durability", durability, "--dir", path.join(dir, "data"), "--json"];
  const output = execFileSync("strace", [...command, ...what, ...rest], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { rows } = JSON.parse(output) as { rows: { engine: string; durability: string }[] };
  for (const row of rows) expect(row.durability).toBe(durability);
  const counts = new Map(rows.map(({ engine }) => [engine, 0]));
  const text = fs.readFileSync(trace, "utf8");
  // Nobody says of what; lmdb, which might, has its file written, not mapped for writing.
  expect(text).not.toContain("msync(");
  // lmdb writes its meta page through a descriptor that syncs by itself (O_DSYNC).
  for (const [, file] of text.matchAll(/\b(?:fsync|fdatasync)\(\d+<([^>]+)>/g)) {
    const [, engine] = /\/ringbench-data-[^/]+\/([^/]+)/.exec(file!) ?? [];
    const count = counts.get(engine ?? "");
    if (count !== undefined) counts.set(engine!, count + 1);
  }
  return counts;
}

describe.skipIf(!hasProgram(process.env, ["strace"]))("syncs, counted by strace", () => {
  it.each(["os", "group", "sync"])("are one for each put at group and sync: %s", async (level) => {
    await inTempDir(async (dir) => {
      const counts = countSyncs(dir, level);
      expect([...counts.keys()], "those that need no package").toEqual(
        expect.arrayContaining(["hashlog", "lsm", "memory", "sqlite"]),
      );
      for (const [engine, count] of counts) {
        const what = `${engine} at ${level}`;
        if (level !== "os") expect(count, what).toBeGreaterThanOrEqual(PUTS);
        if (level === "group") continue;
        const due = level === "os" ? 0 : PUTS;
        expect(count, what).toBeLessThan(due + OTHER_SYNCS_MAX);
      }
    });
  });
});
