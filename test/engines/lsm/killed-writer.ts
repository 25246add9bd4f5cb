// A process that writes until it is killed. It prints, for each write that was acknowledged, its
// number, and a line when a flush or a compaction on the worker begins and ends.

import fs from "node:fs";
import { lsmModule } from "../../../engines/lsm/module.ts";
import { completeOptions } from "../../../engines/options.ts";
import { writtenKey, writtenValue } from "./killed-values.ts";
import { TINY_LEVELS } from "./tiny-levels.ts";

const [dir = ""] = process.argv.slice(2);

/** One write(2), so that nothing is kept back in this process. */
function tell(line: string): void {
  fs.writeSync(1, `${line}\n`);
}

const engine = await lsmModule.open(
  completeOptions({
    dir,
    durability: "os",
    background: "worker",
    cacheBytes: 1024 * 1024,
    settings: TINY_LEVELS,
    onEvent: ({ kind, phase }) => tell(`${phase} ${kind}`),
  }),
);

for (let i = 0; ; i++) {
  const key = writtenKey(i);
  const value = writtenValue(i);
  await (value === undefined ? engine.delete(key) : engine.put(key, value));
  tell(`wrote ${i}`);
  // A sync waits for the device, and lets the results of the worker come in meanwhile.
  if (i % 20 === 0) await engine.flush();
}
