// The example of docs/level.md does what the page says.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { inTempDir } from "../support/stores.ts";

const PAGE = new URL("../../../docs/level.md", import.meta.url);
const MODULE = new URL("../../../engines/level/level.ts", import.meta.url);

it("the example of docs/level.md prints what is printed below it", async () => {
  const page = fs.readFileSync(PAGE, "utf8");
  const [, code] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  const [, output] = /It prints\n\n```text\n([\s\S]*?)```/.exec(page) ?? [];
  await inTempDir(async (dir) => {
    const script = path.join(dir, "example.ts");
    const imported = JSON.stringify(MODULE.href);
    fs.writeFileSync(script, code!.replace('"ringbench/level"', imported));
    const { stdout, stderr } = spawnSync(process.execPath, [script], {
      cwd: dir,
      encoding: "utf8",
    });
    expect(stdout || stderr).toBe(output);
  });
});
