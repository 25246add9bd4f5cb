import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { resultSchema } from "../../../reports/result.ts";
import { cli } from "./run-cli.ts";

test("start: A to F in that order, three runs each, however they ran", async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-start-"));
  try {
    const out = path.join(dir, "out");
    const args = ["--engines", "memory,null", "--seconds", "1", "--out", out];
    const ran = await cli("start", ...args);
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain(`report: ${path.join(out, "report.html")}\n`);
    const text = fs.readFileSync(path.join(out, "result.json"), "utf8");
    const { rows, config } = resultSchema.parse(JSON.parse(text));
    const letters = ["a", "b", "c", "d", "e", "f"];
    expect(rows.map(({ engine, benchmark, run }) => `${engine} ${benchmark} ${run}`)).toEqual(
      ["memory", "null"].flatMap((engine) =>
        letters.flatMap((letter) => [1, 2, 3].map((run) => `${engine} workload${letter} ${run}`)),
      ),
    );
    const tables = [...ran.out.matchAll(/^workload(.) /gm)].map(([, letter]) => letter);
    expect(tables).toEqual(letters);
    expect(config.benchmarks).toEqual(letters.map((letter) => `workload${letter}`));
    expect((config.runningOrder as string[]).at(-1)).toBe("workloade");
    // What ran is what the result says.
    const begun = [...ran.err.matchAll(/^memory workload(.) \.\.\.$/gm)].map(([, l]) => l);
    expect(begun.join("")).toBe("abcfde".repeat(3));
    expect(fs.readdirSync(dir)).toEqual(["out"]);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
