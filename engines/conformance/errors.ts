// What an engine refuses, and how it says so.

import { WriteBatch } from "../batch.ts";
import { type Capabilities, DURABILITIES, type Engine } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import { expect, expectBytes, expectCode } from "./expect.ts";

type Call = readonly [name: string, call: () => unknown];

function everyCall(engine: Engine, supports: Capabilities, dir: string): Call[] {
  const key = pattern(1, Math.max(1, supports.minKeyBytes));
  const calls: Call[] = [
    ["get", () => engine.get(key)],
    ["put", () => engine.put(key, text("v"))],
    ["delete", () => engine.delete(key)],
    ["batch", () => engine.batch(new WriteBatch().put(key, text("v")))],
    ["getMany", () => engine.getMany([key])],
    ["flush", () => engine.flush()],
  ];
  if (supports.scan) calls.push(["scan", () => engine.scan().next()]);
  if (supports.snapshot) calls.push(["snapshot", () => engine.snapshot()]);
  if (supports.compact) calls.push(["compact", () => engine.compact()]);
  if (supports.verify) calls.push(["verify", () => engine.verify()]);
  if (supports.checkpoint) calls.push(["checkpoint", () => engine.checkpoint(dir)]);
  return calls;
}

export const errorsCases: readonly ConformanceCase[] = [
  {
    name: "errors: the engine is what its module says",
    rule: "supports",
    needs: [],
    async run(context) {
      const { module } = context;
      const engine = await context.open();
      expect(engine.name === module.name, () => `engine.name is ${engine.name}`);
      for (const name of Object.keys(module.supports) as (keyof Capabilities)[]) {
        const promised = String(module.supports[name]);
        const given = String(engine.supports[name]);
        expect(promised === given, () => `supports.${name}: ${promised} in the module, ${given}`);
      }
      expect(module.description.length > 0, () => "module.description is empty");
      expect(!module.description.includes("\n"), () => "module.description has several lines");
      expect(module.version().length > 0, () => "module.version() is empty");
      expect(module.supports.durability.length > 0, () => "no durability level is supported");
    },
  },
  {
    name: "errors: every call after close throws ENGINE_CLOSED",
    rule: "R8",
    needs: [],
    async run(context) {
      const engine = await context.open();
      await engine.put(text("k"), text("v"));
      await engine.close();
      for (const [name, call] of everyCall(engine, context.supports, context.newDir())) {
        await expectCode("ENGINE_CLOSED", call as () => undefined, `${name} after close`);
      }
    },
  },
  {
    name: "errors: a cursor and a snapshot that are open at close do no harm",
    rule: "close",
    needs: ["persistent", "scan"],
    async run(context) {
      const dir = context.newDir();
      const engine = await context.open(dir);
      for (let i = 0; i < 5000; i++) await engine.put(text(`k${i}`), pattern(i, 100));
      const cursor = engine.scan();
      await cursor.next();
      const snapshot = context.supports.snapshot ? engine.snapshot() : undefined;
      await engine.close();
      await expectCode("ENGINE_CLOSED", () => cursor.next(), "next of a cursor after close");
      await cursor.close();
      snapshot?.close();
      const again = await context.open(dir);
      expectBytes(await again.get(text("k7")), pattern(7, 100), "get after reopening");
    },
  },
  {
    name: "errors: close twice, at once and again",
    rule: "close",
    needs: [],
    async run(context) {
      const engine = await context.open();
      await engine.put(text("k"), text("v"));
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
    },
  },
  {
    name: "errors: an unknown setting throws ENGINE_OPTION that names it, and locks nothing",
    rule: "R8",
    needs: [],
    async run(context) {
      const dir = context.newDir();
      const settings = { ...context.options.settings, noSuchSetting: 1 };
      const error = await expectCode(
        "ENGINE_OPTION",
        () => context.open(dir, { settings }),
        "open with the setting noSuchSetting",
      );
      expect(
        error.message.includes("noSuchSetting"),
        () => `the message does not name the setting: ${error.message}`,
      );
      await context.open(dir);
    },
  },
  {
    name: "errors: a durability level that the manifest lacks throws ENGINE_UNSUPPORTED",
    rule: "supports",
    needs: [],
    async run(context) {
      for (const durability of DURABILITIES) {
        if (context.supports.durability.includes(durability)) continue;
        const dir = context.newDir();
        await expectCode(
          "ENGINE_UNSUPPORTED",
          () => context.open(dir, { durability }),
          `open at ${durability}`,
        );
        expect(!context.fileSystem.existsSync(dir), () => `the refused open created ${dir}`);
      }
    },
  },
  {
    name: "errors: what the manifest lacks throws ENGINE_UNSUPPORTED",
    rule: "supports",
    needs: [],
    async run(context) {
      const engine = await context.open();
      const { supports } = context;
      const calls: (Call | undefined)[] = [
        supports.scan ? undefined : ["scan", () => engine.scan().next()],
        supports.snapshot ? undefined : ["snapshot", () => engine.snapshot()],
        supports.compact ? undefined : ["compact", () => engine.compact()],
        supports.verify ? undefined : ["verify", () => engine.verify()],
        supports.checkpoint ? undefined : ["checkpoint", () => engine.checkpoint(context.newDir())],
      ];
      for (const entry of calls) {
        if (entry === undefined) continue;
        await expectCode("ENGINE_UNSUPPORTED", entry[1] as () => undefined, entry[0]);
      }
    },
  },
];
