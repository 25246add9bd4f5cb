// The hex in FORMAT.md is a table that the engine reads, and writes again; so is the manifest.

import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { readManifest, writeManifest } from "../../../engines/log/manifest.ts";
import { LSM_IDENTITY } from "../../../engines/lsm/identity.ts";
import { readFacts, tablePath } from "../../../engines/lsm/table-facts.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, text } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import { openTable, put, readGroups, show, tombstone, writeTable } from "./entries.ts";

const PAGE = fs.readFileSync(new URL("../../../engines/lsm/FORMAT.md", import.meta.url), "utf8");
const ID = 3;
const ENTRIES = [
  put(bytes("key1"), 9, bytes("apple")),
  put(bytes("key1"), 7, bytes("pear")),
  put(bytes("key2"), 0, bytes("0123456789abcdef0123456789abcdef")),
  tombstone(bytes("kiwi"), 8),
];

/** What stands in the first block of the page that is marked so. */
function blockOf(mark: string): string {
  return new RegExp(`\`\`\`${mark}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)![1]!;
}

function exampleTable(): Uint8Array {
  const digits = blockOf("hex")
    .replaceAll(/^[0-9a-f]{4} {2}/gm, "")
    .replaceAll(/\s/g, "");
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

describe("FORMAT.md of lsm", () => {
  it("has a table that is read as it says", () => {
    const content = exampleTable();
    const fileSystem = new MemoryFileSystem(new Map([[tablePath(STORE_DIR, ID), content]]));
    const file = fileSystem.openSync(tablePath(STORE_DIR, ID), "read");
    const facts = readFacts(file, ID);
    expect(facts).toMatchObject({
      indexOffset: 161,
      indexLength: 25,
      filterOffset: 92,
      filterLength: 69,
      filterProbes: 7,
      blockCount: 2,
      keyCount: 3,
      entryCount: 4,
      deleteCount: 1,
      keyBytes: 16,
      valueBytes: 41,
      baseSequence: 7,
      maxSequence: 9,
    });
    expect([text(facts.smallest), text(facts.largest)]).toEqual(["key1", "kiwi"]);
    const table = openTable(fileSystem, facts);
    expect(readGroups([[table]]).map(show)).toEqual(ENTRIES.map(show));
    expect(table.map().index.offsets).toEqual(Float64Array.of(0, 0x47, 0x5c));
  });

  it("has a table that is written the same again", () => {
    const fileSystem = new MemoryFileSystem();
    writeTable(fileSystem, ID, ENTRIES, { blockBytes: 64, filterBitsPerKey: 10, compress: false });
    expect(fileSystem.readFileSync(tablePath(STORE_DIR, ID))).toEqual(exampleTable());
  });

  it("explains bytes that stand where it says", () => {
    const content = exampleTable();
    const rows = [...PAGE.matchAll(/^\| 0x([0-9a-f]+) +\| (.*?) +\|/gm)];
    expect(rows.length).toBeGreaterThan(12);
    for (const [row, offset, cell] of rows) {
      let at = Number.parseInt(offset!, 16);
      for (const [, shown] of cell!.matchAll(/`([^`]*)`/g)) {
        const hex = shown!.replaceAll(/[ .]/g, "");
        const there = Buffer.from(content.subarray(at, at + hex.length / 2)).toString("hex");
        expect(there, row).toBe(hex);
        // Behind bytes that are left out only the first are known.
        if (shown!.includes("...")) break;
        at += hex.length / 2;
      }
    }
  });

  it("has a manifest that is read, and written the same again", () => {
    const example = blockOf("manifest");
    const fileSystem = new MemoryFileSystem(new Map([[`${STORE_DIR}/MANIFEST`, bytes(example)]]));
    const entries = readManifest(fileSystem, STORE_DIR)!;
    expect(entries).toEqual([
      { name: "000003.sst", sizeBytes: exampleTable().length, level: 1 },
      { name: "000005.log", sizeBytes: 65_536 },
      { name: "000006.log", sizeBytes: undefined },
    ]);
    writeManifest(fileSystem, STORE_DIR, entries);
    expect(text(fileSystem.readFileSync(`${STORE_DIR}/MANIFEST`))).toBe(example);
  });

  it("names the format that the engine writes", () => {
    expect(PAGE).toContain(`\`ringbench-engine lsm ${LSM_IDENTITY.format}\``);
  });
});
