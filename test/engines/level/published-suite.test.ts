// The suite that abstract-level publishes, unchanged, on the engines of our own: all of it passes,
// with every optional feature on. The everyday run has its files in memory, for the suite opens a
// thousand databases; the nightly run has them on the disk, too.

import path from "node:path";
import { describe, expect, it } from "vitest";
import { RingbenchLevel } from "../../../engines/level/level.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { inTempDir } from "../support/stores.ts";
import { LEVEL_ENGINES, withLevel } from "./databases.ts";
import { runPublishedSuite } from "./published-suite.ts";

/**
 * What abstract-level 3.1.1 asserts on classic-level 3.0.0, which has every optional feature too:
 * fewer of ours means that a feature was switched off.
 */
const ASSERTIONS = 5168;

const SUITE_MS_MAX = 180_000;

/** Small: half of the thousand databases stay open to the end. */
const cacheBytes = 256 * 1024;

/** Where the files are, and the level: at `group`, unlike `os`, writes answer by a promise. */
const EVERYDAY = [["memory", "os"]] as const;
const NIGHTLY = [...EVERYDAY, ["memory", "group"], ["disk", "os"]] as const;
const CASES = process.env.RINGBENCH_NIGHTLY === "1" ? NIGHTLY : EVERYDAY;

describe.each(LEVEL_ENGINES)("abstract-level/test on %s", (engine) => {
  it.each(CASES)(
    "passes as a whole, files in %s, at %s",
    async (files, durability) => {
      await inTempDir(async (dir) => {
        let count = 0;
        const result = await runPublishedSuite((options) => {
          const onDisk = files === "disk" ? {} : { fileSystem: new MemoryFileSystem() };
          const location = path.join(dir, `db${count++}`);
          const ours = { engine, durability, cacheBytes, ...onDisk };
          return new RingbenchLevel(location, { ...ours, ...options });
        });
        const { tests, passed, skipped, failures } = result;
        console.log(`abstract-level/test on ${engine}: ${passed} assertions in ${tests} tests`);
        expect(failures).toEqual([]);
        expect(skipped).toBe(0);
        expect(passed).toBeGreaterThanOrEqual(ASSERTIONS);
      });
    },
    SUITE_MS_MAX,
  );

  it("has every optional feature on", async () => {
    await withLevel(engine, {}, async ({ supports }) => {
      expect(supports).toMatchObject({
        implicitSnapshots: true,
        explicitSnapshots: true,
        snapshots: true,
        has: true,
        getSync: true,
        permanence: true,
        seek: true,
        createIfMissing: true,
        errorIfExists: true,
        deferredOpen: true,
        encodings: { utf8: true, buffer: true, view: true, json: true, hex: true, base64: true },
        signals: { iterators: true },
        additionalMethods: { compactRange: true },
      });
    });
  });
});
