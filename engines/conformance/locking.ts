// One folder, one engine: other opens and other engines' folders are refused.

import path from "node:path";
import { claimFolder } from "../io/folder.ts";
import { pattern, text } from "./bytes.ts";
import type { ConformanceCase } from "./case.ts";
import type { CaseContext } from "./context.ts";
import { expect, expectBytes, expectCode, sameBytes } from "./expect.ts";
import { startChild } from "./process.ts";

/** Names and contents of the files right in the folder. */
function listing(context: CaseContext, dir: string): Map<string, Uint8Array> {
  const { fileSystem } = context;
  const files = new Map<string, Uint8Array>();
  for (const name of fileSystem.listSync(dir)) {
    files.set(name, fileSystem.readFileSync(path.join(dir, name)));
  }
  return files;
}

async function expectRefusedUntouched(context: CaseContext, dir: string): Promise<void> {
  const before = listing(context, dir);
  await expectCode("ENGINE_WRONG_FOLDER", () => context.open(dir), `open of ${dir}`);
  const after = listing(context, dir);
  expect(
    [...after.keys()].join() === [...before.keys()].join(),
    () => `the refused open changed the folder: ${[...after.keys()].join(", ")}`,
  );
  for (const [name, content] of before) {
    expect(sameBytes(after.get(name), content), () => `the refused open changed ${name}`);
  }
}

export const lockingCases: readonly ConformanceCase[] = [
  {
    name: "locking: a second open in this process throws ENGINE_LOCKED, the first goes on",
    rule: "open",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      const engine = await context.open(dir);
      await engine.put(text("k"), text("v"));
      for (let i = 0; i < 3; i++) {
        await expectCode("ENGINE_LOCKED", () => context.open(dir), "a second open");
      }
      await engine.put(text("k2"), text("v2"));
      expectBytes(await engine.get(text("k")), text("v"), "get of the first");
      await engine.close();
      const again = await context.open(dir);
      expectBytes(await again.get(text("k2")), text("v2"), "get after close and open");
    },
  },
  {
    name: "locking: two folders at once do not meet",
    rule: "open",
    needs: ["persistent"],
    async run(context) {
      const one = await context.open();
      const two = await context.open();
      for (let i = 0; i < 50; i++) {
        await one.put(text(`k${i}`), pattern(i, 20));
        await two.put(text(`k${i}`), pattern(i + 1, 20));
      }
      expectBytes(await one.get(text("k7")), pattern(7, 20), "the first");
      expectBytes(await two.get(text("k7")), pattern(8, 20), "the second");
      await one.close();
      expectBytes(await two.get(text("k8")), pattern(9, 20), "the second after the first closed");
    },
  },
  {
    name: "locking: the folder of another engine is refused, and nothing changes",
    rule: "open",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      claimFolder(
        context.fileSystem,
        dir,
        { engine: "quite-another-engine", format: 1 },
        false,
      ).release();
      await expectRefusedUntouched(context, dir);
    },
  },
  {
    name: "locking: a folder that holds something else is refused, and nothing changes",
    rule: "open",
    needs: ["persistent"],
    async run(context) {
      const dir = context.newDir();
      context.fileSystem.makeDirSync(dir);
      const file = context.fileSystem.openSync(path.join(dir, "holiday-photo.jpg"), "create");
      const content = pattern(1, 1000);
      file.writeSync(content, 0, content.length, 0);
      file.closeSync();
      await expectRefusedUntouched(context, dir);
    },
  },
  {
    name: "locking: another process is refused with ENGINE_LOCKED",
    rule: "open",
    needs: ["persistent", "processes"],
    async run(context) {
      const dir = context.newDir();
      const engine = await context.open(dir);
      await engine.put(text("k"), text("v"));
      const child = startChild(context, { task: "hold", dir });
      const line = await child.nextLine();
      await child.kill();
      expect(line === "ENGINE_LOCKED", () => `the other process said: ${line}`);
      expectBytes(await engine.get(text("k")), text("v"), "get of the first");
      await engine.close();
      const second = startChild(context, { task: "hold", dir });
      const opened = await second.nextLine();
      expect(opened === "open", () => `after close the other process said: ${opened}`);
      await second.kill();
    },
  },
  {
    name: "locking: what another process holds is refused, and free after kill -9",
    rule: "open",
    needs: ["persistent", "processes"],
    async run(context) {
      const dir = context.newDir();
      const child = startChild(context, { task: "hold", dir });
      const line = await child.nextLine();
      expect(line === "open", () => `the other process said: ${line}`);
      await expectCode("ENGINE_LOCKED", () => context.open(dir), "open while it is held");
      await child.kill();
      const engine = await context.open(dir);
      await engine.put(text("k"), text("v"));
      expectBytes(await engine.get(text("k")), text("v"), "get");
    },
  },
];
