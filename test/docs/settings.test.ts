// docs/settings.md against the engines: each of them has the settings of the table, and no other.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EngineError } from "../../engines/errors.ts";
import { engineNames, openEngine } from "../../engines/registry.ts";
import { inTempDir } from "../engines/support/stores.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = fs.readFileSync(path.join(ROOT, "docs", "settings.md"), "utf8");
const rows = [...page.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gm)];

/** As the refusal of a name that no engine has lists them; undefined: its package is absent. */
async function settingsOf(engine: string): Promise<string[] | undefined> {
  const settings = { noSuchSetting: 1 };
  const error = await inTempDir((dir) =>
    openEngine(engine, { dir, settings }).catch((thrown: unknown) => thrown),
  );
  expect(error, engine).toBeInstanceOf(EngineError);
  const { code, message } = error as EngineError;
  if (code === "ENGINE_UNAVAILABLE") return undefined;
  expect(code, message).toBe("ENGINE_OPTION");
  if (message.includes("it has none")) return [];
  return /it has (.*)$/.exec(message)![1]!.split(", ");
}

test.each(engineNames())("the settings of %s", async (engine) => {
  const listed = rows.filter(([, of]) => of === engine).map(([, , name]) => name!);
  const actual = await settingsOf(engine);
  if (actual !== undefined) expect(listed.sort()).toEqual(actual.sort());
});

test("the help of engines says where they stand", () => {
  const help = fs.readFileSync(path.join(ROOT, "bench", "cli", "engines.ts"), "utf8");
  expect(help).toContain("docs/settings.md");
});
