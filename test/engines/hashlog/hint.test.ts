// A hint saves the scan of a segment and decides nothing: without it, or with a damaged one, the
// store opens with the same records.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { bytes, contents, inTempDir, open, smallFiles } from "../support/stores.ts";

const settings = smallFiles(hashlogModule);

describe("hint", () => {
  it.each<["kept" | "removed" | "damaged", boolean]>([
    ["kept", true],
    ["removed", false],
    ["damaged", false],
  ])("%s: opens with every record, read from hints: %s", async (what, fromHints) => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      for (let i = 0; i < 300; i++) await engine.put(bytes(`key${i}`), bytes(`${i}`.repeat(200)));
      for (let i = 0; i < 300; i += 7) await engine.delete(bytes(`key${i}`));
      const before = await contents(engine);
      await engine.close();
      for (const name of fs.readdirSync(dir).filter((file) => file.endsWith(".hint"))) {
        const file = path.join(dir, name);
        if (what === "removed") fs.rmSync(file);
        if (what === "damaged") {
          const content = fs.readFileSync(file);
          content[content.length >> 1]! ^= 4;
          fs.writeFileSync(file, content);
        }
      }
      const again = await open(hashlogModule, dir, { settings });
      const recovery = again.stats().recovery!;
      expect(Number(recovery.recordsFromHints) > 0).toBe(fromHints);
      expect(Number(recovery.recordsScanned) > 0).toBe(!fromHints);
      expect(await contents(again)).toEqual(before);
      await again.close();
    });
  });
});
