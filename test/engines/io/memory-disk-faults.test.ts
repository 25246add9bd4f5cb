// Goal: a MemoryDisk fails as it is told to, says so by the errors of an operating system, and is
// left as the rules of each fault say. Method: each fault by itself.

import { describe, expect, it } from "vitest";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { bytes, text } from "../support/stores.ts";

function opened() {
  const disk = new MemoryDisk();
  const fileSystem = disk.mount();
  fileSystem.makeDirSync("/d");
  fileSystem.syncDirSync("/");
  const file = fileSystem.openSync("/d/a", "create");
  fileSystem.syncDirSync("/d");
  const write = (content: string, at = file.sizeSync()) => {
    file.writeSync(bytes(content), 0, content.length, at);
  };
  const content = () => text(disk.files().get("/d/a"));
  return { disk, fileSystem, file, write, content };
}

const error = (code: string) => expect.objectContaining({ code });

describe("calls that no disk would do", () => {
  it("throw the error of the operating system", () => {
    const { fileSystem, file } = opened();
    const byte = new Uint8Array(1);
    expect(() => fileSystem.openSync("/d/none", "read")).toThrow(error("ENOENT"));
    expect(() => fileSystem.openSync("/none/a", "write")).toThrow(error("ENOENT"));
    expect(() => fileSystem.openSync("/d/a", "create")).toThrow(error("EEXIST"));
    expect(() => fileSystem.openSync("/d", "write")).toThrow(error("EISDIR"));
    expect(() => fileSystem.makeDirSync("/d/a/b")).toThrow(error("EEXIST"));
    expect(() => fileSystem.renameSync("/d/none", "/d/b")).toThrow(error("ENOENT"));
    expect(() => fileSystem.renameSync("/d/a", "/none/b")).toThrow(error("ENOENT"));
    expect(() => fileSystem.removeSync("/d")).toThrow(error("EISDIR"));
    expect(() => fileSystem.syncDirSync("/none")).toThrow(error("ENOENT"));
    expect(() => fileSystem.readFileSync("/d/none")).toThrow(error("ENOENT"));
    expect(() => fileSystem.lockSync("/none")).toThrow(error("ENOENT"));
    const reader = fileSystem.openSync("/d/a", "read");
    expect(() => reader.writeSync(byte, 0, 1, 0)).toThrow(error("EBADF"));
    expect(() => reader.truncateSync(0)).toThrow(error("EBADF"));
    file.closeSync();
    file.closeSync();
    expect(() => file.readSync(byte, 0, 1, 0)).toThrow(error("EBADF"));
    expect(() => file.syncSync()).toThrow(error("EBADF"));
  });

  it("a folder is locked once", () => {
    const { fileSystem } = opened();
    const lock = fileSystem.lockSync("/d");
    expect(() => fileSystem.lockSync("/d/")).toThrow(error("ENGINE_LOCKED"));
    lock.release();
    const next = fileSystem.lockSync("/d");
    lock.release();
    expect(() => fileSystem.lockSync("/d")).toThrow(error("ENGINE_LOCKED"));
    next.release();
  });

  it("lists files and folders, and what is open outlives its name", () => {
    const { fileSystem, file, write } = opened();
    write("still");
    fileSystem.makeDirSync("/d/e/f");
    expect(fileSystem.listSync("/d")).toEqual(["a", "e"]);
    expect(fileSystem.listSync("/")).toEqual(["d"]);
    expect(fileSystem.listSync("/none")).toEqual([]);
    fileSystem.removeSync("/d/a");
    fileSystem.removeSync("/d/a");
    expect(fileSystem.existsSync("/d/a")).toBe(false);
    expect(file.sizeSync()).toBe(5);
  });
});

describe("a disk that is full", () => {
  it("takes what fits, and more when there is room again", () => {
    const { disk, fileSystem, file, write, content } = opened();
    disk.capacityBytes = 10;
    write("123456");
    expect(() => write("abcdef")).toThrow(error("ENOSPC"));
    expect(content()).toBe("123456abcd");
    expect(() => file.truncateSync(11)).toThrow(error("ENOSPC"));
    write("x", 0);
    const other = fileSystem.openSync("/d/b", "create");
    expect(() => other.writeSync(bytes("z"), 0, 1, 0)).toThrow(error("ENOSPC"));
    file.truncateSync(9);
    other.writeSync(bytes("z"), 0, 1, 0);
    fileSystem.removeSync("/d/b");
    write("!");
    expect(content()).toBe("x23456abc!");
  });
});

describe("a planned failure", () => {
  it("meets the operation of its number, once, and a write in part", () => {
    const { disk, file, write, content } = opened();
    disk.failAt(2, { code: "ENOSPC", writtenShare: 0.5 });
    write("one");
    expect(() => write("four")).toThrow(error("ENOSPC"));
    write("!");
    expect(content()).toBe("onefo!");
    disk.failAt(2, { only: "read" });
    const byte = new Uint8Array(1);
    expect(file.readSync(byte, 0, 1, 0)).toBe(1);
    write("?");
    expect(() => file.readSync(byte, 0, 1, 0)).toThrow(error("EIO"));
    expect(file.readSync(byte, 0, 1, 0)).toBe(1);
  });

  it("is forgotten with the process", () => {
    const { disk } = opened();
    disk.failAt(1);
    disk.crashAt(2);
    disk.kill();
    const file = disk.mount().openSync("/d/a", "write");
    for (let i = 0; i < 4; i++) file.writeSync(bytes("x"), 0, 1, i);
  });
});

describe("a crash", () => {
  it("comes at the operation of its number, and nothing works from there on", async () => {
    const { disk, fileSystem, file, write, content } = opened();
    const before = disk.operations;
    disk.crashAt(3, 0.5);
    write("one");
    const syncing = file.sync();
    expect(() => write("four")).toThrow("the machine is off");
    expect(disk.operations - before).toBe(3);
    expect(disk.hasCrashed).toBe(true);
    expect(() => file.sizeSync()).toThrow("the machine is off");
    expect(() => fileSystem.listSync("/d")).toThrow("the machine is off");
    await expect(syncing, "what was begun").rejects.toThrow("the machine is off");
    disk.kill();
    expect(disk.hasCrashed).toBe(false);
    expect(content()).toBe("onefo");
    expect(disk.mount().readFileSync("/d/a")).toEqual(bytes("onefo"));
  });

  it("can be called off", () => {
    const { disk, write } = opened();
    disk.crashAt(1);
    disk.crashAt(Number.POSITIVE_INFINITY);
    write("one");
    expect(disk.hasCrashed).toBe(false);
  });

  it.each(["open", "truncate", "sync", "rename", "remove", "syncDir", "makeDir"])(
    "leaves a %s undone",
    (kind) => {
      const { disk, fileSystem, file, write, content } = opened();
      write("one");
      disk.crashAt(1, 1);
      const calls: Record<string, () => void> = {
        open: () => fileSystem.openSync("/d/b", "write"),
        truncate: () => file.truncateSync(0),
        sync: () => file.syncSync(),
        rename: () => fileSystem.renameSync("/d/a", "/d/b"),
        remove: () => fileSystem.removeSync("/d/a"),
        syncDir: () => fileSystem.syncDirSync("/d"),
        makeDir: () => fileSystem.makeDirSync("/d/e"),
      };
      expect(calls[kind]).toThrow("the machine is off");
      disk.kill();
      expect(content()).toBe("one");
      expect(disk.mount().listSync("/d")).toEqual(["a"]);
      disk.losePower();
      expect(content(), "the sync was not done").toBe("");
    },
  );
});

describe("a sync that fails", () => {
  it.each(["failing", "planned"])("is not made good by one that succeeds (%s)", async (how) => {
    const { disk, file, write, content } = opened();
    write("old");
    file.syncSync();
    write("lost".repeat(2000));
    if (how === "failing") disk.syncMode = "failing";
    else disk.failAt(1, { only: "sync" });
    await expect(file.sync()).rejects.toThrow(error("EIO"));
    disk.syncMode = "honest";
    file.syncSync();
    await file.sync();
    expect(content(), "the kernel still has it").toBe(`old${"lost".repeat(2000)}`);
    disk.losePower();
    expect(content(), "the length came, the data did not").toBe(`old${"\0".repeat(8000)}`);
  });

  it("is made good for pages that are written again", () => {
    const { disk, file, write, content } = opened();
    write("a".repeat(10_000));
    disk.syncMode = "failing";
    expect(() => file.syncSync()).toThrow(error("EIO"));
    disk.syncMode = "honest";
    write("b", 5000);
    file.syncSync();
    disk.losePower();
    const page = "\0".repeat(4096);
    const written = `${"a".repeat(5000 - 4096)}b${"a".repeat(8192 - 5001)}`;
    expect(content()).toBe(`${page}${written}${"\0".repeat(10_000 - 8192)}`);
  });

  it("of a folder leaves its names where they were", () => {
    const { disk, fileSystem } = opened();
    disk.syncMode = "failing";
    fileSystem.renameSync("/d/a", "/d/b");
    expect(() => fileSystem.syncDirSync("/d")).toThrow(error("EIO"));
    disk.losePower();
    expect([...disk.files().keys()]).toEqual(["/d/a"]);
  });
});

describe("a disk that lies", () => {
  it("syncs without an error, and without effect", async () => {
    const { disk, fileSystem, file, write, content } = opened();
    disk.syncMode = "lying";
    write("new");
    file.syncSync();
    await file.sync();
    fileSystem.renameSync("/d/a", "/d/b");
    fileSystem.syncDirSync("/d");
    disk.losePower();
    expect(content()).toBe("");
  });
});

describe("rot", () => {
  it("flips as many bits as it says, where it says, and nothing else", () => {
    const { disk, fileSystem, file, write } = opened();
    write("r".repeat(5000));
    file.syncSync();
    fileSystem.openSync("/d/empty", "create");
    const before = disk.files().get("/d/a")!;
    const rotten = disk.rot(new Random(3), 40);
    const after = disk.files().get("/d/a")!;
    const expected = before.slice();
    for (const { file: name, offset, bit } of rotten) {
      expect(name).toBe("/d/a");
      expected[offset]! ^= 1 << bit;
    }
    expect(new Set(rotten.map(({ offset, bit }) => offset * 8 + bit)).size).toBe(40);
    expect(after).toEqual(expected);
    expect(before, "what was handed out is as it was").toEqual(bytes("r".repeat(5000)));
  });

  it("is under what was written and not synced", () => {
    const { disk, file, write, content } = opened();
    write("old");
    file.syncSync();
    write("new", 0);
    expect(disk.rot(new Random(1), 24), "all of its bits").toHaveLength(24);
    expect(content()).toBe("new");
    disk.losePower();
    expect(disk.files().get("/d/a")).toEqual(bytes("old").map((byte) => ~byte));
  });

  it("finds nothing on an empty disk, and in no other file than it may", () => {
    const { disk, file, write } = opened();
    expect(disk.rot(new Random(1), 5)).toEqual([]);
    write("old");
    file.syncSync();
    expect(disk.rot(new Random(1), 5, "/d/b")).toEqual([]);
  });
});

describe("a read that does not block", () => {
  it("has the bytes of the moment in which it is done", async () => {
    const disk = new MemoryDisk(new Map([["/d/a", bytes("old")]]));
    let end = () => {};
    const fileSystem = disk.mount({
      settle: (kind, count, done) => {
        expect([kind, count]).toEqual(["read", 2]);
        end = done;
      },
    });
    const file = fileSystem.openSync("/d/a", "write");
    const buffer = new Uint8Array(4);
    const reading = file.read(buffer, 1, 3, 1);
    file.writeSync(bytes("new"), 0, 3, 0);
    expect(buffer).toEqual(new Uint8Array(4));
    end();
    expect(await reading).toBe(2);
    expect(buffer).toEqual(bytes("\0ew\0"));
  });
});
