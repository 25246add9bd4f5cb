// The lock on a folder holds as long as its holder does not let go, whatever becomes of the
// variable that it was kept in.

import fs from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { inTempDir } from "../support/stores.ts";

describe("lockSync", () => {
  it("refuses a second lock until the first is released", async () => {
    await inTempDir(async (dir) => {
      const lock = nodeFileSystem.lockSync(dir);
      expect(() => nodeFileSystem.lockSync(dir)).toThrow(
        expect.objectContaining({ code: "ENGINE_LOCKED" }),
      );
      lock.release();
      lock.release();
      nodeFileSystem.lockSync(dir).release();
    });
  });

  it("outlives the garbage collection of an unreferenced handle", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    await inTempDir(async (dir) => {
      nodeFileSystem.lockSync(dir);
      for (let i = 0; i < 5; i++) {
        collectGarbage();
        // A turn of the event loop, in which finalizers run.
        await fs.promises.stat(dir);
      }
      expect(() => nodeFileSystem.lockSync(dir)).toThrow(
        expect.objectContaining({ code: "ENGINE_LOCKED" }),
      );
    });
  });
});
