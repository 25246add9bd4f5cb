// What each level waits for, and who waits together: a log on a file whose syncs end when the test
// says so.

import { describe, expect, it } from "vitest";
import type { Durability } from "../../../engines/engine.ts";
import type { File } from "../../../engines/io/filesystem.ts";
import { LogWriter } from "../../../engines/log/log-writer.ts";
import { RecordKind } from "../../../engines/log/record.ts";
import { bytes } from "../support/stores.ts";

/** A file in memory that tells what was done to it. */
class TestFile implements File {
  readonly path = "test.log";
  readonly calls: string[] = [];
  sizeBytes = 0;
  /** The syncs that have not ended, oldest first. */
  readonly syncs: PromiseWithResolvers<void>[] = [];

  readSync(): number {
    return 0;
  }
  read(): Promise<number> {
    return Promise.resolve(0);
  }
  writeSync(_buffer: Uint8Array, _offset: number, length: number, position: number): void {
    this.calls.push(`write ${length} at ${position}`);
    this.sizeBytes = position + length;
  }
  syncSync(): void {
    this.calls.push("sync now");
  }
  sync(): Promise<void> {
    this.calls.push("sync");
    const pending = Promise.withResolvers<void>();
    this.syncs.push(pending);
    return pending.promise;
  }
  truncateSync(sizeBytes: number): void {
    this.calls.push(`cut to ${sizeBytes}`);
  }
  sizeSync(): number {
    return this.sizeBytes;
  }
  closeSync(): void {}
}

function start(durability: Durability, writeGrouping: "one" | "tick") {
  const file = new TestFile();
  const writer = new LogWriter({
    durability,
    writeGrouping,
    bufferBytes: 4096,
    onCommit: () => {},
    onRollback: () => {},
  });
  writer.switchTo(1, file, 24);
  let sequence = 0;
  const put = () => {
    writer.append(RecordKind.put, 0, ++sequence, bytes("key1"), bytes("value123"));
    return writer.commit();
  };
  return { file, writer, put };
}

/** Lets every microtask that is due run. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await undefined;
};

/** 20 + 4 + 8 bytes. */
const RECORD = 32;
const MARK = 20;

describe("LogWriter", () => {
  it("writes nothing before the acknowledgement at memory, and one write(2) each at os", () => {
    const memory = start("memory", "one");
    expect(memory.put()).toBeUndefined();
    expect(memory.file.calls).toEqual([]);
    const os = start("os", "one");
    expect(os.put()).toBeUndefined();
    expect(os.put()).toBeUndefined();
    expect(os.file.calls).toEqual([`write ${RECORD} at 24`, `write ${RECORD} at ${24 + RECORD}`]);
  });

  it("shares one write and one promise among the writers of a tick", async () => {
    const { file, put } = start("os", "tick");
    const first = put();
    expect(put()).toBe(first);
    expect(put()).toBe(first);
    expect(file.calls).toEqual([]);
    await first;
    expect(file.calls).toEqual([`write ${3 * RECORD} at 24`]);
    const next = put();
    expect(next).not.toBe(first);
    await next;
  });

  it("syncs each write at sync, with a mark in the log from the second on", () => {
    const { file, put } = start("sync", "one");
    put();
    put();
    expect(file.calls).toEqual([
      `write ${RECORD} at 24`,
      "sync now",
      `write ${MARK + RECORD} at ${24 + RECORD}`,
      "sync now",
    ]);
  });

  it("acknowledges a group only when a sync that began after its write has ended", async () => {
    const { file, put } = start("group", "tick");
    const done: string[] = [];
    void Promise.resolve(put()).then(() => done.push("first"));
    await settle();
    expect(file.calls).toEqual([`write ${RECORD} at 24`, "sync"]);
    // This one comes while the sync runs: it must not be acknowledged by it.
    void Promise.resolve(put()).then(() => done.push("second"));
    void Promise.resolve(put()).then(() => done.push("third"));
    await settle();
    expect(done).toEqual([]);
    expect(file.syncs.length).toBe(1);
    file.syncs[0]!.resolve();
    await settle();
    expect(done).toEqual(["first"]);
    expect(file.syncs.length).toBe(2);
    expect(file.calls.at(-2)).toBe(`write ${2 * RECORD} at ${24 + RECORD}`);
    file.syncs[1]!.resolve();
    await settle();
    expect(done).toEqual(["first", "second", "third"]);
  });

  it("gives a failed sync to all that wait, and takes no more writes", async () => {
    const { file, put } = start("group", "tick");
    const first = Promise.resolve(put());
    const outcome = Promise.allSettled([first, settle().then(() => put())]);
    await settle();
    file.syncs[0]!.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
    const codes = (await outcome).map((result) =>
      result.status === "rejected" ? (result.reason as { code: string }).code : "fulfilled",
    );
    expect(codes).toEqual(["ENGINE_IO", "ENGINE_IO"]);
    expect(() => put()).toThrow(expect.objectContaining({ code: "ENGINE_READ_ONLY" }));
    expect(file.syncs.length, "a failed sync is never tried again").toBe(1);
  });

  it("seals a file with all of it written, and at group and sync on the device", () => {
    for (const durability of ["memory", "os", "group", "sync"] as const) {
      const { file, writer, put } = start(durability, "tick");
      void put();
      writer.seal();
      expect(file.sizeBytes, durability).toBe(24 + RECORD);
      const promised = durability === "group" || durability === "sync";
      expect(file.calls.at(-1)?.startsWith("sync"), durability).toBe(promised);
    }
  });

  it("writes and syncs everything on flush, at every level", async () => {
    for (const durability of ["memory", "os", "group", "sync"] as const) {
      const { file, writer, put } = start(durability, "tick");
      const put1 = put();
      const flushed = writer.flush();
      await settle();
      expect(file.sizeBytes, durability).toBe(24 + RECORD);
      while (file.syncs.length > 0) {
        file.syncs.shift()!.resolve();
        await settle();
      }
      await Promise.all([put1, flushed]);
      expect(file.calls.filter((call) => call.startsWith("sync")).length).toBeGreaterThan(0);
    }
  });
});
