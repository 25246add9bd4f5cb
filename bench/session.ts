// One store in one folder over the benchmarks of a suite: opened, emptied, filled and reopened as
// they ask for.
//
// I1. At most one engine is open, in the folder of the session.

import assert from "node:assert/strict";
import type { Durability } from "../engines/engine.ts";
import { DURABILITIES } from "../engines/engine.ts";
import { completeOptions } from "../engines/options.ts";
import type { Workload } from "../workloads/workload.ts";
import type { DataDir } from "./data-dir.ts";
import { type RunOptions, type RunOutcome, runPhase } from "./run.ts";
import type { MeasuredStore, StoreModule } from "./store.ts";
import type { Watch } from "./watch.ts";

export interface SessionOptions<S extends MeasuredStore> {
  readonly module: StoreModule<S>;
  readonly durability: Durability;
  readonly cacheBytes: number;
  /** Logical clients that will drive it: with several, the writes of one turn are grouped. */
  readonly clients: number;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly dataDir: DataDir;
  /** Is told of the engine's events. */
  readonly watch: Watch;
}

export class Session<S extends MeasuredStore> {
  readonly #options: SessionOptions<S>;
  #engine: S | undefined;
  #dir: string;

  constructor(options: SessionOptions<S>) {
    this.#options = options;
    this.#dir = options.dataDir.emptyDir(folderName(options.module.name));
  }

  /** The engine, opened at a level, by default that of the session; reopened if at another. */
  async engine(durability: Durability = this.#options.durability): Promise<S> {
    if (this.#engine !== undefined && this.#engine.durability !== durability) await this.close();
    this.#engine ??= await this.#open(durability, this.#options.clients);
    return this.#engine;
  }

  /** Closes the engine and removes its data. */
  async empty(): Promise<void> {
    await this.close();
    this.#dir = this.#options.dataDir.emptyDir(folderName(this.#options.module.name));
  }

  /**
   * Inserts the records of the workload, untimed: at the weakest level that lasts past a reopening,
   * then flushed, and closed to be reopened at the level of the session.
   */
  async fill(
    workload: Workload,
    run: Pick<RunOptions, "clock" | "timer" | "signal" | "onProgress" | "watch">,
  ): Promise<RunOutcome> {
    await this.close();
    const { module, durability } = this.#options;
    const persists = module.supports.persistent;
    const engine = await this.#open(persists ? weakest(module, durability) : durability, 1);
    this.#engine = engine;
    const outcome = await runPhase({
      ...run,
      engine,
      workload,
      phase: "load",
      offer: { kind: "closed" },
      clients: 1,
      operations: 0,
      warmupOperations: 0,
      latency: false,
      notFoundFails: true,
      insertRetry: { limit: 0, delayNs: () => 0, keepGoing: false },
    });
    await engine.flush();
    if (persists) await this.close();
    return outcome;
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.close();
  }

  #open(durability: Durability, clients: number): Promise<S> {
    assert(this.#engine === undefined, "I1: an engine is open");
    const { module, cacheBytes, settings } = this.#options;
    const writeGrouping = clients > 1 ? "tick" : "one";
    const options = { dir: this.#dir, durability, cacheBytes, writeGrouping, settings } as const;
    const onEvent = this.#options.watch.opened();
    return module.open(completeOptions({ ...options, onEvent }));
  }
}

function weakest(module: StoreModule, wanted: Durability): Durability {
  return DURABILITIES.find((level) => module.supports.durability.includes(level)) ?? wanted;
}

/** An engine of the user's own may be named like a path. */
function folderName(engine: string): string {
  return engine.replace(/[^A-Za-z0-9._-]+/g, "_") || "engine";
}
