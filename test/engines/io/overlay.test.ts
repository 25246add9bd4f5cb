// The overlay behaves like a real file system, and leaves the one under it as it was.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { OverlayFileSystem } from "../../../engines/io/overlay.ts";
import { seeded } from "../support/stores.ts";

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-overlay-"));
});
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

const NAMES = ["a", "b", "c", "d", "e"];

/** A folder with files of some pages; the same for the same seed. */
function makeFolder(dir: string, seed: number): void {
  const random = seeded(seed);
  fs.mkdirSync(dir);
  for (const name of NAMES.slice(0, 3)) {
    const bytes = Buffer.alloc(random(20_000));
    for (let i = 0; i < bytes.length; i++) bytes[i] = random(256);
    fs.writeFileSync(path.join(dir, name), bytes);
  }
}

function listing(dir: string): string[] {
  return fs.readdirSync(dir).map((name) => {
    const file = path.join(dir, name);
    const { mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true });
    return `${name} ${mtimeNs} ${ctimeNs} ${fs.readFileSync(file).toString("latin1")}`;
  });
}

/** One random operation; what it answers, errors by their code. */
function step(fileSystem: FileSystem, dir: string, random: (below: number) => number): string {
  const at = (name: string) => path.join(dir, name);
  const one = at(NAMES[random(NAMES.length)]!);
  const other = at(NAMES[random(NAMES.length)]!);
  // Files of the base are removed and renamed seldom, so that they live long enough to be changed.
  const kind = random(12) === 0 ? random(2) : 2 + random(6);
  const position = random(24_000);
  const bytes = new Uint8Array(random(9000)).fill(random(256));
  try {
    if (kind === 0) fileSystem.removeSync(one);
    else if (kind === 1) fileSystem.renameSync(one, other);
    else if (kind === 2) return Buffer.from(fileSystem.readFileSync(one)).toString("latin1");
    else if (kind === 3) return `${fileSystem.listSync(dir)} ${fileSystem.existsSync(one)}`;
    else {
      const mode = (["read", "write", "create"] as const)[kind % 3]!;
      const file = fileSystem.openSync(one, kind > 5 ? "write" : mode);
      try {
        if (kind === 6) file.writeSync(bytes, 0, bytes.length, position);
        else if (kind === 7) file.truncateSync(position);
        else {
          const buffer = Buffer.alloc(9000);
          const count = file.readSync(buffer, 0, buffer.length, position);
          return `${count} ${buffer.toString("latin1")}`;
        }
        return String(file.sizeSync());
      } finally {
        file.closeSync();
      }
    }
    return "done";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

// Many short runs: after some 200 steps nothing of the base is left to be got wrong.
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

test.each(SEEDS)("random operations answer as on a disk, seed %i", (seed) => {
  const real = path.join(root, `real-${seed}`);
  const under = path.join(root, `under-${seed}`);
  makeFolder(real, seed);
  makeFolder(under, seed);
  const before = listing(under);
  const overlay = new OverlayFileSystem(nodeFileSystem);
  const left = seeded(seed + 100);
  const right = seeded(seed + 100);
  for (let i = 0; i < 200; i++) {
    const expected = step(nodeFileSystem, real, left);
    expect(step(overlay, under, right) === expected, `seed ${seed}, step ${i}`).toBe(true);
  }
  overlay.close();
  expect(listing(under)).toEqual(before);
});

test("changes are told as what they would do to the folder", async () => {
  const dir = path.join(root, "changes");
  makeFolder(dir, 9);
  const size = (name: string) => fs.statSync(path.join(dir, name)).size;
  const overlay = new OverlayFileSystem(nodeFileSystem);
  const a = overlay.openSync(path.join(dir, "a"), "write");
  a.truncateSync(100);
  a.writeSync(new Uint8Array(9), 0, 9, 100);
  overlay.removeSync(path.join(dir, "b"));
  overlay.openSync(path.join(dir, "c.tmp"), "create").writeSync(new Uint8Array(5), 0, 5, 0);
  overlay.renameSync(path.join(dir, "c.tmp"), path.join(dir, "c"));
  overlay.openSync(path.join(dir, "new"), "write");
  const found = overlay
    .changes()
    .map(({ file, ...rest }) => ({ name: path.basename(file), ...rest }));
  expect(found).toEqual([
    { name: "a", kind: "changed", sizeBytes: size("a"), keptBytes: 100 },
    { name: "b", kind: "removed", sizeBytes: size("b"), keptBytes: 0 },
    { name: "c", kind: "replaced", sizeBytes: size("c"), keptBytes: 0 },
    { name: "new", kind: "created", sizeBytes: 0, keptBytes: 0 },
  ]);
  const buffer = new Uint8Array(200);
  expect(await a.read(buffer, 0, 200, 0)).toBe(109);
  overlay.close();
});

test("what is read from the base is told, and a lock file is never made", () => {
  const dir = path.join(root, "reads");
  makeFolder(dir, 5);
  const reads: string[] = [];
  const overlay = new OverlayFileSystem(nodeFileSystem, (file, position, length) => {
    reads.push(`${path.basename(file)} ${position} ${length}`);
  });
  overlay.openSync(path.join(dir, "a"), "read").readSync(new Uint8Array(50), 0, 50, 10);
  overlay.lockSync(dir).release();
  overlay.close();
  expect(reads).toEqual(["a 10 50"]);
  expect(fs.readdirSync(dir)).not.toContain("LOCK");
});
