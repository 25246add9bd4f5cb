// Goal: cursors and snapshots see their state to the end, whatever is overwritten, flushed and
// compacted meanwhile; what only they need goes when they do, and nothing else. Method: they are
// opened, the whole store is replaced and compacted, they are read, and the folder is looked at.

import { describe, expect, it } from "vitest";
import type { Cursor } from "../../../engines/engine.ts";
import type { EngineError } from "../../../engines/errors.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, text } from "../support/stores.ts";
import { expectOnlyListed, openTiny, settle, tablesOf } from "./tiny-levels.ts";

const KEYS = 700;
const key = (i: number) => bytes(`key${String(i).padStart(4, "0")}`);

async function rest(cursor: Cursor): Promise<string[]> {
  const seen: string[] = [];
  for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
    for (let i = 0; i < chunk.count; i++) {
      seen.push(`${text(chunk.key(i))}=${text(chunk.value(i))!.slice(0, 3)}`);
    }
  }
  return seen;
}

function all(word: string): string[] {
  return Array.from({ length: KEYS }, (_, i) => `${text(key(i))}=${word}`);
}

async function open(fileSystem: FaultyFileSystem) {
  const engine = await openTiny(fileSystem);
  const fill = async (word: string) => {
    for (let i = 0; i < KEYS; i++) await engine.put(key(i), bytes(word + "v".repeat(300)));
  };
  return { engine, fill };
}

describe("cursors and snapshots of lsm", () => {
  it("go on over files that were replaced, which go when they are closed", async () => {
    const fileSystem = new FaultyFileSystem({}, new MemoryFileSystem());
    const { engine, fill } = await open(fileSystem);
    await fill("one");
    await engine.compact();
    const forward = engine.scan();
    const backward = engine.scan({ reverse: true });
    const first = await forward.next();
    expect(first!.count).toBeLessThan(KEYS);
    const started = first!.count;
    const pinned = tablesOf(fileSystem);
    await fill("two");
    await engine.compact();
    await settle();
    for (const table of pinned) expect(fileSystem.existsSync(table), table).toBe(true);
    expect(await rest(forward)).toEqual(all("one").slice(started));
    for (const table of pinned) expect(fileSystem.existsSync(table), table).toBe(true);
    expect(await rest(backward)).toEqual(all("one").reverse());
    await forward.close();
    await backward.close();
    for (const table of pinned) expect(fileSystem.existsSync(table), table).toBe(false);
    expectOnlyListed(fileSystem, "when both are closed");
    expect(await rest(engine.scan())).toEqual(all("two"));
    await engine.close();
    expect(fileSystem.openFiles).toBe(0);
  });

  it("go on over a memtable that was flushed, and its log goes at once", async () => {
    const fileSystem = new FaultyFileSystem({}, new MemoryFileSystem());
    const { engine, fill } = await open(fileSystem);
    for (let i = 0; i < 100; i++) await engine.put(key(i), bytes(`one${i}`));
    const cursor = engine.scan();
    const snapshot = engine.snapshot();
    await fill("two");
    await engine.compact();
    await settle();
    expectOnlyListed(fileSystem, "while a memtable is pinned");
    expect(await rest(cursor)).toEqual(all("one").slice(0, 100));
    expect(text(await engine.get(key(7), snapshot))).toBe("one7");
    expect(await engine.get(key(100), snapshot)).toBeUndefined();
    snapshot.close();
    await engine.close();
  });

  it("keep the versions that they see, which go with the next compaction", async () => {
    const fileSystem = new FaultyFileSystem({}, new MemoryFileSystem());
    const { engine, fill } = await open(fileSystem);
    const snapshots = [];
    for (const word of ["one", "two", "red"]) {
      await fill(word);
      snapshots.push(engine.snapshot());
      await engine.compact();
    }
    for (let i = 0; i < KEYS; i++) await engine.delete(key(i));
    await engine.compact();
    const size = () => engine.stats().diskBytes!;
    const whole = size();
    for (const [at, word] of ["one", "two", "red"].entries()) {
      expect(await rest(engine.scan({ snapshot: snapshots[at]! })), word).toEqual(all(word));
    }
    expect((await contents(engine)).size).toBe(0);
    snapshots[1]!.close();
    await engine.compact();
    expect(size(), "one of three versions is gone").toBeLessThan(whole * 0.8);
    expect(await rest(engine.scan({ snapshot: snapshots[0]! }))).toEqual(all("one"));
    expect(await rest(engine.scan({ snapshot: snapshots[2]! }))).toEqual(all("red"));
    snapshots[0]!.close();
    snapshots[2]!.close();
    await engine.compact();
    expect(tablesOf(fileSystem), "nothing is left").toEqual([]);
    expectOnlyListed(fileSystem, "nothing is left");
    await engine.close();
  });

  it("leave nothing of what was overwritten once they are closed", async () => {
    const fileSystem = new FaultyFileSystem({}, new MemoryFileSystem());
    const { engine, fill } = await open(fileSystem);
    await fill("one");
    const snapshot = engine.snapshot();
    await fill("two");
    await engine.compact();
    const both = engine.stats().diskBytes!;
    snapshot.close();
    await engine.compact();
    expect(engine.stats().diskBytes).toBeLessThan(both * 0.6);
    expect(await rest(engine.scan())).toEqual(all("two"));
    await engine.close();
  });

  it("that are still open at a close let go of their files, and later touch nothing", async () => {
    const memory = new MemoryFileSystem();
    const fileSystem = new FaultyFileSystem({}, memory);
    const { engine, fill } = await open(fileSystem);
    await fill("one");
    await engine.compact();
    const cursor = engine.scan();
    await cursor.next();
    await fill("two");
    await engine.compact();
    await engine.close();
    expect(fileSystem.openFiles, "files left open").toBe(0);
    const before = fileSystem.operations;
    const next = await openTiny(memory);
    await expect(async () => cursor.next()).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
    await cursor.close();
    expect(fileSystem.operations, "what a late close does").toBe(before);
    expect(await rest(next.scan())).toEqual(all("two"));
    expectOnlyListed(memory, "after reopening");
    await next.close();
  });

  it("never hand out a key with the bytes of another, where a write was refused", async () => {
    for (const reverse of [false, true]) {
      const fileSystem = new FaultyFileSystem({}, new MemoryFileSystem());
      const settings = { memtableBytes: 1024 * 1024 };
      const sizes = { cacheBytes: 2 * settings.memtableBytes, settings };
      const engine = await openTiny(fileSystem, { writeGrouping: "tick", ...sizes });
      const edge = reverse ? "a" : "z";
      for (let i = 0; i < 40; i++) await engine.put(bytes(`m${i + 10}`), bytes("v".repeat(4000)));
      const refused = engine.put(bytes(edge), bytes("refused ".repeat(100)));
      fileSystem.failNext("write", "ENOSPC");
      const cursor = engine.scan({ reverse });
      const first = await cursor.next();
      expect(first!.count).toBeLessThan(40);
      const error: EngineError = await Promise.resolve(refused).then(
        () => expect.fail("the write was to fail"),
        (thrown) => thrown,
      );
      expect(error.code).toBe("ENGINE_NO_SPACE");
      await engine.put(bytes(`${edge}${edge}`), bytes("OTHER".repeat(160)));
      for (const record of await rest(cursor)) {
        expect(record, "of the cursor").toMatch(
          reverse ? /^(m\d+=vvv|a=ref)$/ : /^(m\d+=vvv|z=ref)$/,
        );
      }
      await cursor.close();
      await engine.close();
    }
  });
});
