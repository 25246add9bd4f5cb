// The worked examples of docs/anti-entropy.md, read by the code that they describe.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { encode } from "../../../cluster/antientropy/codec.ts";
import { decode } from "../../../cluster/antientropy/decode.ts";
import { IndexFolder } from "../../../cluster/antientropy/index-folder.ts";
import { KeyIndex } from "../../../cluster/antientropy/key-index.ts";
import { Kind } from "../../../cluster/antientropy/messages.ts";
import { Partition } from "../../../cluster/antientropy/partition.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { completeOptions } from "../../../engines/options.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { bytes } from "./small-network.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DOCS = fs.readFileSync(path.join(ROOT, "docs", "anti-entropy.md"), "utf8");

/** The bytes of a block: of each line what stands before two spaces. */
function block(name: string): Uint8Array {
  const found = DOCS.match(new RegExp(`\`\`\`${name}\n([^\`]*)\`\`\``));
  const lines = found![1]!.split("\n").map((line) => line.split("  ")[0]!);
  return Buffer.from(lines.join("").replaceAll(" ", ""), "hex");
}

describe("the examples of docs/anti-entropy.md", () => {
  test("an entry of the index", async () => {
    const fileSystem = new MemoryDisk().mount();
    const options = completeOptions({ dir: "/index", fileSystem, durability: "memory" });
    const engine = await (await loadEngine("memory")).open(options);
    const probes = { buggify: () => false, mark: () => {}, isPlanted: () => false };
    const index = new KeyIndex(engine, probes, () => {});
    index.put(0x0a0b0c0d, bytes("k7"), 0x1122334455aa);
    const chunk = (await engine.scan().next())!;
    const told = [chunk.key(0), chunk.value(0)].map((it) => Buffer.from(it).toString("hex"));
    expect(DOCS).toContain(`\`\`\`entry\n${told.join(" = ")}\n`);
  });

  test("the file of the trees", () => {
    const files = new MemoryDisk(new Map([["/index/TREES", block("trees")]])).mount();
    const folder = new IndexFolder(files, "/index");
    const [tree, ...others] = folder.claim()!;
    expect(others).toEqual([]);
    expect(tree!.partition.isSame(new Partition(9, 100))).toBe(true);
    expect([tree!.keys, tree!.level, tree!.leaf(0), tree!.leaf(1)]).toEqual([2, 1, 7, 256]);
    folder.release([tree!]);
    expect(Buffer.from(files.readFileSync("/index/TREES"))).toEqual(block("trees"));
  });

  test("a request for hashes, and its answer", () => {
    const ask = decode(block("list"));
    expect(ask).toEqual({
      ...{ kind: Kind.list, number: 7, plan: { epoch: 5, rule: 99 } },
      partition: new Partition(9, 100),
      spans: [
        { start: 0, end: 16 },
        { start: 20, end: 24 },
      ],
    });
    const answer = decode(block("listed"));
    expect(answer).toEqual({
      ...{ kind: Kind.listAnswer, number: 7, end: 24 },
      ...{ offsets: [3, 21], hashes: [0x1122334455aa, 1] },
    });
    for (const message of [ask, answer]) expect(decode(encode(message))).toEqual(message);
  });
});
