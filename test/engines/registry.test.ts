import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../engines/errors.ts";
import { engineNames, loadEngine, openEngine } from "../../engines/registry.ts";

const HONEST = path.join(import.meta.dirname, "conformance", "model-module.ts");

let root = "";
let startDir = "";
beforeAll(() => {
  startDir = process.cwd();
  root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-registry-"));
});
afterAll(() => {
  process.chdir(startDir);
  fs.rmSync(root, { recursive: true, force: true });
});

async function codeAndMessage(call: () => Promise<unknown>): Promise<[string, string]> {
  try {
    await call();
  } catch (error) {
    if (error instanceof EngineError) return [error.code, error.message];
    throw error;
  }
  throw new Error("nothing was thrown");
}

function moduleFile(name: string, source: string): string {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, source);
  return file;
}

test("every own engine loads without its package, and says its name and version", async () => {
  for (const name of engineNames()) {
    const module = await loadEngine(name);
    expect(module.name).toBe(name);
    expect(module.version()).not.toBe("");
    expect(module.description).not.toBe("");
  }
});

describe("modules of the user's own", () => {
  test("by an absolute path, a URL and a relative path", async () => {
    expect((await loadEngine(HONEST)).name).toBe("model");
    expect((await loadEngine(pathToFileURL(HONEST).href)).name).toBe("model");
    process.chdir(import.meta.dirname);
    expect((await loadEngine("./conformance/model-module.ts")).name).toBe("model");
    expect((await loadEngine("conformance/model-module.ts")).name).toBe("model");
    process.chdir(startDir);
  });

  test("by the name of a package that is installed where one works", async () => {
    const supports = JSON.stringify((await loadEngine("hashlog")).supports);
    moduleFile(
      "node_modules/@somebody/their-engine/index.js",
      `exports.engine = { name: "theirs", description: "d", version: () => "1",
        supports: ${supports}, open: async () => ({}) };`,
    );
    moduleFile("node_modules/@somebody/their-engine/package.json", "{}");
    process.chdir(root);
    expect((await loadEngine("@somebody/their-engine")).name).toBe("theirs");
    process.chdir(startDir);
  });

  test.each([
    ["export const nothing = 1;", "neither"],
    ["export default { };", "`name`"],
    ["export default { name: 'x', description: '', version: 1 };", "`version`"],
    ["export default { name: 'x', description: '', version() {}, open() {} };", "`supports`"],
    [
      "export default { name: 'x', description: '', version() {}, open() {}, " +
        "supports: { durability: ['os'] } };",
      "`supports.scan`",
    ],
  ])("what is no EngineModule is refused, and what is missing named: %s", async (source, named) => {
    const file = moduleFile(`bad-${Buffer.from(source).toString("hex").slice(-24)}.mjs`, source);
    const [code, message] = await codeAndMessage(() => loadEngine(file));
    expect(code).toBe("ENGINE_UNKNOWN");
    expect(message).toContain(named);
    expect(message).not.toContain("\n");
  });

  test("what does not load is unavailable, in one line", async () => {
    const broken = moduleFile("broken.mjs", "throw new Error('first line\\nsecond line');");
    const needy = moduleFile("needy.mjs", "import 'no-such-package-at-all';");
    for (const file of [broken, needy]) {
      const [code, message] = await codeAndMessage(() => loadEngine(file));
      expect(code).toBe("ENGINE_UNAVAILABLE");
      expect(message).not.toContain("\n");
    }
  });
});

test("an unknown name is answered with the nearest and with all", async () => {
  const [code, message] = await codeAndMessage(() => loadEngine("haslog"));
  expect(code).toBe("ENGINE_UNKNOWN");
  expect(message).toContain(`the nearest is "hashlog"`);
  for (const name of engineNames()) expect(message).toContain(name);
  for (const name of ["zzzzzzzzzz", "./not-there.ts", "constructor", "__proto__"]) {
    const [otherCode, otherMessage] = await codeAndMessage(() => loadEngine(name));
    expect(otherCode).toBe("ENGINE_UNKNOWN");
    expect(otherMessage).not.toContain("the nearest");
  }
});

test("openEngine fills in what is not given, and refuses a level the engine lacks", async () => {
  const engine = await openEngine("null", { dir: path.join(root, "null") });
  expect(engine.durability).toBe("os");
  await engine.close();
  const own = await openEngine(HONEST, { dir: path.join(root, "own"), durability: "group" });
  expect(own.durability).toBe("group");
  await own.close();
  const dir = path.join(root, "refused");
  const [code, message] = await codeAndMessage(() =>
    openEngine("sqlite", { dir, durability: "memory" }),
  );
  expect(code).toBe("ENGINE_UNSUPPORTED");
  expect(message).toContain("os, group, sync");
  expect(fs.existsSync(dir)).toBe(false);
});
