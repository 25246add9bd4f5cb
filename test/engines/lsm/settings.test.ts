// Goal: the budget that all engines share is not exceeded by a setting of one.

import { describe, expect, it } from "vitest";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { openTiny } from "./tiny-levels.ts";

const KIB = 1024;

describe("memtableBytes of lsm", () => {
  const opened = async (memtableBytes: number, cacheBytes: number) => {
    const settings = { memtableBytes };
    const engine = await openTiny(new MemoryFileSystem(), { cacheBytes, settings });
    await engine.close();
  };

  it("is refused when two are more than cacheBytes, with both figures and a cure", async () => {
    await expect(opened(256 * KIB, 512 * KIB - 1)).rejects.toMatchObject({
      code: "ENGINE_OPTION",
      message: expect.stringMatching(/262144.*524287; raise cacheBytes or lower/),
    });
  });

  it("is taken up to half of cacheBytes, and at its least whatever cacheBytes is", async () => {
    await opened(256 * KIB, 512 * KIB);
    await opened(64 * KIB, 0);
  });
});
