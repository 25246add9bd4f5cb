// What the hash log has in memory of the end of its log, beside the buffer that is written to:
// values are replaced where they stand as long as nothing else has them, full buffers are kept.

import type { EngineOptions } from "../engine.ts";
import type { VersionedIndex } from "../index/versioned-index.ts";
import type { LogTailOptions } from "../log/log-buffer.ts";
import type { LogWriter } from "../log/log-writer.ts";
import { TailCache } from "./tail-cache.ts";

export class HotTail {
  readonly #writer: LogWriter;
  readonly #versions: VersionedIndex;
  readonly cache: TailCache;

  constructor({ cacheBytes }: EngineOptions, writer: LogWriter, versions: VersionedIndex) {
    this.#writer = writer;
    this.#versions = versions;
    const bufferBytes = writer.memoryBytes;
    this.cache = new TailCache(Math.max(0, cacheBytes - bufferBytes), bufferBytes);
  }

  /**
   * Gives the id's newest record this value and sequence, when it is not written yet, has a value
   * of the same length, and no snapshot may see it. `activeSlot` is that of the open segment.
   */
  replace(id: number, value: Uint8Array, sequence: number, activeSlot: number): boolean {
    const { entries } = this.#versions.index;
    if (entries.a(id) !== activeSlot || entries.c(id) !== value.length) return false;
    if (this.#versions.hasSnapshots) return false;
    return this.#writer.update(entries.b(id), sequence, value);
  }
}

/** In place where a write is acknowledged before it is written, or together with others. */
export function hotTailOptions(
  { durability, writeGrouping }: EngineOptions,
  tail: () => HotTail,
): LogTailOptions {
  const isGrouped = durability === "group" || (durability === "os" && writeGrouping === "tick");
  return {
    updatesInPlace: durability === "memory" || isGrouped,
    onBufferFull: (fileId, start, used, buffer) => tail().cache.keep(fileId, start, used, buffer),
  };
}
