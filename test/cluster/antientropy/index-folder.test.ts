// When an index that was left is believed, and when it is not.

import { describe, expect, test } from "vitest";
import { IndexFolder } from "../../../cluster/antientropy/index-folder.ts";
import { EngineError } from "../../../engines/errors.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { completeOptions } from "../../../engines/options.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { expectTrueIndex } from "./index-state.ts";
import { bytes, SmallNetwork } from "./small-network.ts";

test("an index with a key in doubt is not believed after a stop", async () => {
  const network = new SmallNetwork({ seed: 8 });
  const disk = new MemoryDisk();
  let node = await network.open("a", disk);
  await network.ready(node);
  await node.put("k1", "v");
  await node.put("k2", "v");
  const record = (await node.data.get(bytes("k2")))!;
  node.data.get = () => {
    throw new EngineError("ENGINE_IO", "the disk does not answer");
  };
  await node.data.put(bytes("k1"), record);
  node.index.doubt(bytes("k1"));
  await network.until(node.stop());
  node = await network.open("a", disk);
  expect(node.index.isReady).toBe(false);
  await network.ready(node);
  await expectTrueIndex(node, "after a stop in doubt");
});

test("a clean index is not believed when the data are gone, or fewer", async () => {
  for (const removed of [3000, 1]) {
    const network = new SmallNetwork({ seed: 2 });
    const disk = new MemoryDisk();
    let node = await network.open("a", disk);
    await network.ready(node);
    for (let i = 0; i < 100; i++) await node.put(`k${i}`, "v");
    await network.until(node.stop());
    // Somebody takes keys away from under it.
    const aside = await network.open("a", new MemoryDisk());
    const files = disk.mount();
    const options = completeOptions({ dir: "/data", fileSystem: files, durability: "os" });
    const data = await (await loadEngine("memory")).open(options);
    for (let i = 0; i < removed; i++) await data.delete(Buffer.from(`k${i}`));
    await data.close();
    disk.kill();
    await network.until(aside.stop());
    node = await network.open("a", disk);
    expect(node.index.isReady).toBe(false);
    await network.ready(node);
    await expectTrueIndex(node, "other data");
  }
});

describe("the folder", () => {
  test("gives the trees once, and none that are damaged", async () => {
    const network = new SmallNetwork({ seed: 2 });
    const disk = new MemoryDisk();
    const node = await network.open("a", disk);
    await network.ready(node);
    for (let i = 0; i < 200; i++) await node.put(`k${i}`, "v");
    const keys = node.index.keys;
    await network.until(node.stop());
    const files = disk.mount();
    const file = "/index/TREES";
    const sound = files.readFileSync(file).slice();
    const claim = (bytes: Uint8Array): number | undefined => {
      files.removeSync(file);
      const handle = files.openSync(file, "create");
      handle.writeSync(bytes, 0, bytes.length, 0);
      handle.closeSync();
      const trees = new IndexFolder(files, "/index").claim();
      expect(files.existsSync(file)).toBe(false);
      return trees?.reduce((sum, tree) => sum + tree.keys, 0);
    };
    expect(claim(sound)).toBe(keys);
    expect(files.listSync("/index/data").length).toBeGreaterThan(1);
    for (let at = 0; at < sound.length; at++) {
      const damaged = sound.slice();
      damaged[at] = damaged[at]! ^ (1 << (at % 8));
      expect(claim(damaged), `byte ${at}`).toBeUndefined();
      expect(claim(sound.slice(0, at)), `cut at ${at}`).toBeUndefined();
    }
    expect(files.listSync("/index/data").filter((name) => !name.startsWith("LOCK"))).toEqual([]);
    expect(new IndexFolder(files, "/index").claim()).toBeUndefined();
  });
});
