// The options under which an engine is opened: small, so that a short list meets several files,
// merges and evictions. Every reopening goes on with other ones.

import type { Random } from "../../../engines/conformance/random.ts";
import type { Durability, EngineModule, EngineOptions } from "../../../engines/engine.ts";
import { isOwn } from "../support/stores.ts";

export interface Variant {
  readonly durability: Durability;
  readonly writeGrouping: "one" | "tick";
  readonly cacheBytes: number;
  readonly settings: EngineOptions["settings"];
  /** `killable`: on a file system that a process can be taken off; background work is inline. */
  readonly files: "real" | "killable";
}

const KIB = 1024;
const VARIANTS_MAX = 3;

/** For each setting of an engine, what it may be; one of each is drawn. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly (number | boolean)[]>>>> =
  {
    hashlog: { segmentSizeBytes: [64 * KIB, 64 * KIB, 256 * KIB, 4096 * KIB] },
    memory: { snapshotLogBytes: [64 * KIB, 64 * KIB, 512 * KIB, 8192 * KIB] },
    lsm: {
      memtableBytes: [64 * KIB, 64 * KIB, 256 * KIB],
      blockBytes: [64, 512, 4 * KIB],
      filterBitsPerKey: [0, 2, 10],
      compress: [false, true],
      tableBytes: [4 * KIB, 16 * KIB],
      level0Trigger: [2, 4],
      levelBaseBytes: [16 * KIB, 64 * KIB, 1024 * KIB],
      tiered: [false, false, true],
    },
    leveldb: { writeBufferBytes: [64 * KIB, 256 * KIB], compression: [false, true] },
    rocksdb: { memtableBytes: [1024 * KIB, 4096 * KIB], walCompression: [false, true] },
  };

/** One to three variants of an engine; an adapter always syncs nothing, so that it is quick. */
export function drawVariants(module: EngineModule, random: Random): Variant[] {
  const own = isOwn(module);
  const levels = own ? module.supports.durability : (["os"] as const);
  return Array.from({ length: 1 + random.below(VARIANTS_MAX) }, () => {
    const durability = random.pick(levels);
    // Real syncs would take most of the time, and show nothing here.
    const mustSync = durability === "group" || durability === "sync";
    const isKillable = own && (mustSync || random.below(2) === 0);
    const writeGrouping = random.pick(["one", "tick"] as const);
    const drawnCacheBytes = random.pick([64 * KIB, 1024 * KIB, 16 * 1024 * KIB]);
    const settings = drawSettings(module.name, random);
    return {
      durability,
      writeGrouping,
      cacheBytes: Math.max(drawnCacheBytes, memtablesOf(module, settings)),
      settings,
      files: isKillable ? "killable" : "real",
    };
  });
}

/** What lsm refuses to exceed `cacheBytes` by: two memtables that are larger than the smallest. */
function memtablesOf(module: EngineModule, { memtableBytes }: EngineOptions["settings"]): number {
  const bytes = Number(memtableBytes ?? 0);
  return module.name === "lsm" && bytes > 64 * KIB ? 2 * bytes : 0;
}

function drawSettings(name: string, random: Random): EngineOptions["settings"] {
  const drawn: Record<string, number | boolean> = {};
  for (const [setting, choices] of Object.entries(SETTINGS[name] ?? {})) {
    drawn[setting] = random.pick(choices);
  }
  return drawn;
}

export function describeVariant({ settings, ...rest }: Variant): string {
  return JSON.stringify({ ...rest, ...settings });
}
