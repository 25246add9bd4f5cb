import { describe, expect, test } from "vitest";
import { IncarnationFile } from "../../../cluster/membership/incarnation-file.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

function open(disk: MemoryDisk, node = "n1"): IncarnationFile {
  return new IncarnationFile({ files: disk.mount(), dir: "/data/members", node });
}

describe("the incarnation on the disk", () => {
  test("begins at 1, and after each start above all that was reserved", () => {
    const disk = new MemoryDisk();
    let highest = 0;
    for (let start = 0; start < 5; start++) {
      const file = open(disk);
      expect(file.first).toBeGreaterThan(highest);
      if (start === 0) expect(file.first).toBe(1);
      highest = file.first + start * 50_000;
      expect(file.reserve(highest)).toBe(true);
      disk.losePower(new Random(start));
    }
  });

  test("is anew where the file is another node's, cut or changed", () => {
    for (const spoil of ["node", "cut", "flip", "magic"]) {
      const disk = new MemoryDisk();
      open(disk);
      disk.kill();
      const [[path, bytes]] = [...disk.files()] as [[string, Uint8Array]];
      const spoilt = spoil === "cut" ? bytes.slice(1) : bytes.slice();
      if (spoil === "flip") spoilt[17]! ^= 1;
      if (spoil === "magic") spoilt[0]! ^= 1;
      const again = new MemoryDisk(new Map([[path, spoilt]]));
      expect(open(again, spoil === "node" ? "n2" : "n1").first, spoil).toBe(1);
    }
  });

  test("a full disk is no reason to be silent", () => {
    const disk = new MemoryDisk();
    const file = open(disk);
    disk.capacityBytes = 0;
    expect(file.reserve(file.first + 10)).toBe(true);
    expect(file.reserve(file.first + 100_000)).toBe(false);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(file.reserve(file.first + 100_001)).toBe(true);
  });

  test("a full disk is one to begin", () => {
    const disk = new MemoryDisk();
    disk.capacityBytes = 0;
    expect(() => open(disk)).toThrow(expect.objectContaining({ code: "ENGINE_NO_SPACE" }));
  });
});
