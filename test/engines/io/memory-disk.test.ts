// Goal: a MemoryDisk keeps what it must, and loses what it may, by each way in which a process can
// end. Method: each rule by itself, over many seeds.

import { describe, expect, it } from "vitest";
import type { File, FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { bytes, text } from "../support/stores.ts";

const SEEDS = 300;

/** A file that is on the device with its name. */
function putDurably(fileSystem: FileSystem, name: string, content: string): File {
  fileSystem.makeDirSync("/d");
  const file = fileSystem.openSync(name, "write");
  file.truncateSync(0);
  file.writeSync(bytes(content), 0, content.length, 0);
  file.syncSync();
  fileSystem.syncDirSync("/d");
  fileSystem.syncDirSync("/");
  return file;
}

function append(file: File, content: string): void {
  file.writeSync(bytes(content), 0, content.length, file.sizeSync());
}

function read(disk: MemoryDisk, name: string): string | undefined {
  return text(disk.files().get(name));
}

/** What is left of `name`, by how often, over many losses of power after the same `run`. */
function outcomes(name: string, run: (fileSystem: FileSystem, disk: MemoryDisk) => void) {
  const found = new Map<string | undefined, number>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const disk = new MemoryDisk();
    run(disk.mount(), disk);
    disk.losePower(new Random(seed));
    const content = read(disk, name);
    found.set(content, (found.get(content) ?? 0) + 1);
  }
  return found;
}

describe("the end of a process", () => {
  it.each<[string, (disk: MemoryDisk) => void]>([
    ["kill", (disk) => disk.kill()],
    ["losePower", (disk) => disk.losePower()],
    ["wipe", (disk) => disk.wipe()],
  ])("%s: nothing works any more, and what was begun never ends", async (_, end) => {
    const disk = new MemoryDisk();
    const begun: (() => void)[] = [];
    const fileSystem = disk.mount({ settle: (_kind, _bytes, done) => begun.push(done) });
    const file = putDurably(fileSystem, "/d/a", "old");
    const lock = fileSystem.lockSync("/d");
    const settled: string[] = [];
    for (const begin of [() => file.sync(), () => file.read(new Uint8Array(1), 0, 1, 0)]) {
      begin().then(
        () => settled.push("resolved"),
        () => settled.push("rejected"),
      );
    }
    end(disk);
    expect(begun).toHaveLength(2);
    for (const done of begun) done();
    await new Promise((resolve) => process.nextTick(resolve));
    expect(settled).toEqual([]);
    const calls: (() => unknown)[] = [
      () => file.readSync(new Uint8Array(1), 0, 1, 0),
      () => file.writeSync(new Uint8Array(1), 0, 1, 0),
      () => file.syncSync(),
      () => file.truncateSync(0),
      () => file.sizeSync(),
      () => fileSystem.openSync("/d/a", "read"),
      () => fileSystem.listSync("/d"),
      () => fileSystem.existsSync("/d"),
      () => fileSystem.makeDirSync("/d"),
      () => fileSystem.renameSync("/d/a", "/d/b"),
      () => fileSystem.removeSync("/d/a"),
      () => fileSystem.syncDirSync("/d"),
      () => fileSystem.readFileSync("/d/a"),
      () => fileSystem.lockSync("/d"),
    ];
    for (const call of calls) expect(call, String(call)).toThrow("EIO: the machine is off");
    await expect(file.sync()).rejects.toThrow("the machine is off");
    await expect(file.read(new Uint8Array(1), 0, 1, 0)).rejects.toThrow("the machine is off");
    file.closeSync();
    const again = disk.mount();
    again.makeDirSync("/d");
    again.lockSync("/d");
    lock.release();
    expect(() => again.lockSync("/d")).toThrow("in use");
  });

  it("one process at a time has the disk", () => {
    const disk = new MemoryDisk();
    disk.mount();
    expect(() => disk.mount()).toThrow("I1");
  });

  it("a kill keeps what was written, which a later loss of power may take", () => {
    const disk = new MemoryDisk();
    append(putDurably(disk.mount(), "/d/a", "old"), "+new");
    disk.kill();
    expect(read(disk, "/d/a")).toBe("old+new");
    disk.mount();
    disk.losePower();
    expect(read(disk, "/d/a")).toBe("old");
  });

  it("a wiped disk is empty, its folders included", () => {
    const disk = new MemoryDisk();
    putDurably(disk.mount(), "/d/a", "old");
    disk.wipe();
    expect(disk.files().size).toBe(0);
    expect(disk.mount().existsSync("/d")).toBe(false);
  });
});

describe("a loss of power", () => {
  it("keeps what was synced when the sync began, and no more for sure", async () => {
    const disk = new MemoryDisk();
    let end = () => {};
    const settle = (_kind: string, count: number, done: () => void) => {
      expect(count, "bytes to be synced").toBe(4);
      end = done;
    };
    const file = putDurably(disk.mount({ settle }), "/d/a", "old");
    append(file, "+one");
    const syncing = file.sync();
    append(file, "+two");
    end();
    await syncing;
    disk.losePower();
    expect(read(disk, "/d/a")).toBe("old+one");
  });

  it("keeps nothing of a sync that did not end, or all, or some", () => {
    const found = outcomes("/d/a", (fileSystem) => {
      const file = putDurably(fileSystem, "/d/a", "old");
      file.writeSync(bytes("one"), 0, 3, 0);
      file.sync();
      file.writeSync(bytes("two"), 0, 3, 0);
    });
    expect([...found.keys()].sort()).toEqual(["old", "one", "two"]);
  });

  it("leaves sectors in any order, zeros where the length came first, and rests of others", () => {
    const sector = (letter: string) => letter.repeat(512);
    const found = outcomes("/d/a", (fileSystem) => {
      putDurably(fileSystem, "/d/gone", sector("g").repeat(4));
      fileSystem.removeSync("/d/gone");
      const file = putDurably(fileSystem, "/d/a", sector("a"));
      for (const letter of "bcd") append(file, sector(letter));
    });
    const short = new Set(
      [...found.keys()].map((content) => content?.replace(/(.)\1{511}/g, "$1")),
    );
    const holes = [...short].map((content) => content?.replaceAll("\0", "-"));
    for (const expected of ["a", "ab", "abcd", "a-c", "a--d", "ab-d", "a---", "abc"]) {
      expect(holes, "states in which it is left").toContain(expected);
    }
    for (const content of holes) expect(content).toMatch(/^a[bg-]?[cg-]?[dg-]?$/);
    expect(holes.some((content) => content?.includes("g"))).toBe(true);
  });

  it("keeps a file that was synced only if its name was", () => {
    const found = outcomes("/d/a", (fileSystem) => {
      fileSystem.makeDirSync("/d");
      fileSystem.syncDirSync("/");
      const file = fileSystem.openSync("/d/a", "create");
      append(file, "new");
      file.syncSync();
    });
    expect([...found.keys()].sort()).toEqual(["new", undefined]);
  });

  it.each<[string[], boolean]>([
    [["/d/e", "/d", "/"], true],
    [["/d/e", "/d"], false],
    [["/d/e", "/"], false],
    [["/d", "/"], false],
    [["/", "/d", "/d/e"], true],
    [[], false],
  ])("keeps a file in new folders for sure if all were synced: after %j %s", (synced, isSafe) => {
    const run = (fileSystem: FileSystem) => {
      fileSystem.makeDirSync("/d/e");
      const file = fileSystem.openSync("/d/e/a", "create");
      append(file, "new");
      file.syncSync();
      for (const dir of synced) fileSystem.syncDirSync(dir);
    };
    const expected = isSafe ? ["new"] : ["new", undefined];
    expect([...outcomes("/d/e/a", run).keys()].sort()).toEqual(expected);
  });

  it("takes a folder with all that is in it, and it can be made again", () => {
    const disk = new MemoryDisk(new Map([["/kept/a", bytes("old")]]));
    const before = disk.mount();
    putDurably(before, "/d/a", "old");
    before.makeDirSync("/d/e/f");
    const file = before.openSync("/d/e/f/a", "create");
    append(file, "new");
    file.syncSync();
    for (const dir of ["/d/e", "/d/e/f"]) before.syncDirSync(dir);
    disk.losePower();
    const after = disk.mount();
    expect(after.listSync("/")).toEqual(["d", "kept"]);
    expect(after.listSync("/d")).toEqual(["a"]);
    expect(after.existsSync("/d/e")).toBe(false);
    expect([...disk.files().keys()]).toEqual(["/kept/a", "/d/a"]);
    after.makeDirSync("/d/e/f");
    expect(after.listSync("/d/e/f"), "what was in it is not there again").toEqual([]);
    for (const dir of ["/d", "/d/e", "/d/e/f"]) after.syncDirSync(dir);
    disk.losePower();
    expect([...disk.files().keys()], "nor later").toEqual(["/kept/a", "/d/a"]);
  });

  it("replaces a file as a whole or not at all", () => {
    const run = (fileSystem: FileSystem) => {
      putDurably(fileSystem, "/d/a", "old");
      const file = fileSystem.openSync("/d/a.tmp", "create");
      append(file, "new");
      file.syncSync();
      fileSystem.renameSync("/d/a.tmp", "/d/a");
    };
    expect([...outcomes("/d/a", run).keys()].sort()).toEqual(["new", "old"]);
    expect([...outcomes("/d/a.tmp", run).keys()].sort()).toEqual(["new", undefined]);
    const synced = (fileSystem: FileSystem) => {
      run(fileSystem);
      fileSystem.syncDirSync("/d");
    };
    expect([...outcomes("/d/a", synced).keys()]).toEqual(["new"]);
  });

  it("may bring a removed file back until its folder was synced", () => {
    const run = (fileSystem: FileSystem) => {
      putDurably(fileSystem, "/d/a", "old");
      fileSystem.removeSync("/d/a");
    };
    expect([...outcomes("/d/a", run).keys()].sort()).toEqual(["old", undefined]);
    const synced = (fileSystem: FileSystem) => {
      run(fileSystem);
      fileSystem.syncDirSync("/d");
    };
    expect([...outcomes("/d/a", synced).keys()]).toEqual([undefined]);
  });

  it("may undo a truncation, and then the bytes are there again", () => {
    const found = outcomes("/d/a", (fileSystem) => {
      putDurably(fileSystem, "/d/a", "x".repeat(2000)).truncateSync(0);
    });
    expect([...found.keys()].sort()).toEqual(["", "x".repeat(2000)]);
  });

  it("gives the same for the same seed", () => {
    const run = (fileSystem: FileSystem) => {
      const file = putDurably(fileSystem, "/d/a", "old");
      append(file, "z".repeat(10_000));
    };
    expect(outcomes("/d/a", run)).toEqual(outcomes("/d/a", run));
  });
});
