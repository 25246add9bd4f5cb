import { expect, test } from "vitest";
import { VoterFile } from "../../../cluster/consensus/voter-file.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";

function open(disk: MemoryDisk): VoterFile {
  const files = disk.mount();
  return new VoterFile({ files, dir: "/voter", node: "a", random: new Random(1), nowWallMs: 0 });
}

/** Learns the disk of b, and dies in the change with that number, from 1; false: it did not die. */
function learnAndDie(disk: MemoryDisk, change: number): boolean {
  const file = open(disk);
  disk.crashAt(change);
  try {
    file.learnDisk("b", 7);
    return false;
  } catch {
    return true;
  } finally {
    disk.crashAt(Number.POSITIVE_INFINITY);
    disk.kill();
  }
}

test("I1: what the next process finds outlives a loss of power, wherever the last one died", () => {
  let found = 0;
  let deaths = 0;
  for (let change = 1; ; change++) {
    const disk = new MemoryDisk();
    open(disk);
    disk.kill();
    if (!learnAndDie(disk, change)) break;
    deaths++;
    const known = open(disk).peer("b")?.disk;
    if (known !== undefined) found++;
    disk.losePower();
    expect(open(disk).peer("b")?.disk, `death in change ${change}`).toBe(known);
  }
  expect(deaths).toBeGreaterThan(3);
  expect(found).toBeGreaterThan(0);
});
