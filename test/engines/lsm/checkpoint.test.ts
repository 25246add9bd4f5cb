// Goal: a checkpoint is whole or not there: one that fails leaves an empty folder, into which the
// next can go. Method: an error at one changing call of the file system after the other.

import { expect, it } from "vitest";
import { EngineError } from "../../../engines/errors.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents } from "../support/stores.ts";
import { openTiny } from "./tiny-levels.ts";

const TARGET = "/copy";

async function storeOn(fileSystem: FaultyFileSystem) {
  const engine = await openTiny(fileSystem);
  for (let i = 0; i < 30; i++) await engine.put(bytes(`key${i}`), bytes("v".repeat(9000)));
  await engine.compact();
  await engine.put(bytes("last"), bytes("in the log"));
  return engine;
}

it.each(["ENOSPC", "EIO"])(
  "a checkpoint of lsm that fails with %s leaves nothing",
  async (code) => {
    const counted = new FaultyFileSystem({}, new MemoryFileSystem());
    const whole = await storeOn(counted);
    const first = counted.operations + 1;
    await whole.checkpoint(TARGET);
    const last = counted.operations;
    await whole.close();
    expect(last - first).toBeGreaterThan(8);
    let failures = 0;
    for (let failAt = first; failAt <= last; failAt++) {
      const what = `${code} at operation ${failAt - first}`;
      const memory = new MemoryFileSystem();
      const fileSystem = new FaultyFileSystem({ failAt, code, partial: 0.5 }, memory);
      const engine = await storeOn(fileSystem);
      const failed = await engine.checkpoint(TARGET).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed !== undefined) {
        failures++;
        expect(failed, what).toBeInstanceOf(EngineError);
        expect(memory.listSync(TARGET), what).toEqual([]);
        await engine.checkpoint(TARGET);
      }
      const copy = await openTiny(memory, { dir: TARGET });
      expect(await contents(copy), what).toEqual(await contents(engine));
      await copy.close();
      await engine.close();
    }
    expect(failures).toBeGreaterThan(5);
  },
);
