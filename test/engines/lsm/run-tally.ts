// What happened inside a store during a random run: so that a test knows that it went deep.

import type { EngineEvent } from "../../../engines/engine.ts";

export class RunTally {
  deepest = 0;
  moves = 0;
  merges = 0;
  flushes = 0;
  stalls = 0;
  reopenings = 0;
  #levels: ReadonlyMap<string, number> = new Map();

  noteEvent({ kind, phase }: EngineEvent): void {
    if (phase !== "end") return;
    if (kind === "compaction") this.merges++;
    if (kind === "flush") this.flushes++;
    if (kind === "stall") this.stalls++;
  }

  /** The level of each table, by name; a table that went deeper was moved. */
  noteLevels(levels: ReadonlyMap<string, number>): void {
    for (const [name, level] of levels) {
      const before = this.#levels.get(name);
      if (before !== undefined && level > before) this.moves++;
      this.deepest = Math.max(this.deepest, level);
    }
    this.#levels = levels;
  }
}
