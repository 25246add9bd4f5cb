// How long an engine takes to open after a clean close, and how much memory the process then has.
//
//   npm run -s bench:open ENGINE RECORDS [CACHE_BYTES]
//
// Steps: fill a fresh folder in a process of its own (keys of 16 bytes in a scattered order, values
// of 100), close it; open it in another process, three times; read one key after each.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../engines/io/clock.ts";
import { openEngine } from "../engines/registry.ts";

const MIB = 1024 * 1024;

function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(16).fill(48);
  new DataView(key.buffer).setUint32(4, number);
  return key;
}

async function fill(engineName: string, dir: string, records: number, cacheBytes: number) {
  const engine = await openEngine(engineName, { dir, cacheBytes });
  const value = new Uint8Array(100);
  for (let i = 0; i < value.length; i++) value[i] = i < 50 ? Math.imul(i, 0x9e3779b1) >>> 24 : 0;
  // A step that has no divisor in common with the count visits every key once.
  const step = 7_368_787;
  for (let i = 0; i < records; i++) {
    value[0] = i;
    value[1] = i >>> 8;
    await engine.put(keyOf((i * step) % records), value);
  }
  await engine.close();
}

async function open(engineName: string, dir: string, records: number, cacheBytes: number) {
  const startNs = systemClock.now();
  const engine = await openEngine(engineName, { dir, cacheBytes });
  const openNs = systemClock.now() - startNs;
  const value = await engine.get(keyOf(records >>> 1));
  if (value === undefined) throw new Error("a key is missing");
  const rssMiB = Math.round(process.memoryUsage.rss() / MIB);
  console.log(`${engineName}: ${records} records opened in ${(openNs / 1e6).toFixed(0)} ms,`);
  console.log(`  resident memory ${rssMiB} MiB; ${JSON.stringify(engine.stats().recovery)}`);
  await engine.close();
}

const [engineName = "hashlog", records = "1000000", cacheBytes = String(64 * MIB), phase, dir] =
  process.argv.slice(2);
const numbers = [Number(records), Number(cacheBytes)] as const;
if (phase === "fill") await fill(engineName, dir!, ...numbers);
else if (phase === "open") await open(engineName, dir!, ...numbers);
else {
  const room = mkdtempSync(join(tmpdir(), "ringbench-open-"));
  try {
    for (const each of ["fill", "open", "open", "open"]) {
      const args = [
        import.meta.filename,
        engineName,
        records,
        cacheBytes,
        each,
        join(room, "data"),
      ];
      const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
      if (status !== 0) throw new Error(`${each} ended with ${status}`);
    }
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}
