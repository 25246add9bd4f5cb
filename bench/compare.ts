// The same suite on several engines, several times, interleaved.
//
// Steps:
//  1. Load the engines. One whose package is not installed, or that cannot give the durability, is
//     left out with a reason; any other failure to load ends the comparison.
//  2. For run 1, 2, ...: every engine once, in an order that moves on by one with each run and
//     starts by the seed, so that no engine always runs first, or always after the same one.
//  3. Put the rows in the order in which engines and benchmarks were asked for. When somebody
//     interrupts, those that there are make a partial result.

import { DURABILITIES, type EngineModule } from "../engines/engine.ts";
import { EngineError } from "../engines/errors.ts";
import { nodeFileSystem } from "../engines/io/node-filesystem.ts";
import { loadEngine } from "../engines/registry.ts";
import type { Row } from "../reports/result.ts";
import type { Clock } from "./clock.ts";
import { DataDir } from "./data-dir.ts";
import { orderRows } from "./row-order.ts";
import type { Suite, SuiteProgress, SuiteSettings } from "./suites/suite.ts";
import type { Timer } from "./timer.ts";

export type EngineSettings = Readonly<Record<string, string | number | boolean>>;

export interface CompareOptions {
  readonly suite: Suite;
  readonly settings: SuiteSettings;
  /** Names, paths or packages, as the registry takes them. */
  readonly engines: readonly string[];
  /** Settings of engines, by the name that was asked for. */
  readonly engineSettings: ReadonlyMap<string, EngineSettings>;
  /** Runs of each engine, at least 1. */
  readonly repeat: number;
  /** Benchmarks in the order of the rows, where it is not that in which they run. */
  readonly shownBenchmarks?: readonly string[];
  /** The data lies in a fresh folder in this one, and is removed at the end. */
  readonly dataParent: string;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly signal: AbortSignal;
  readonly progress: SuiteProgress;
  /** An engine is left out; called once for each, before anything runs. */
  readonly onSkipped: (skipped: SkippedEngine) => void;
}

export interface SkippedEngine {
  readonly engine: string;
  readonly reason: string;
}

export interface Comparison {
  /** By engine and benchmark as they were asked for, then by run. */
  readonly rows: Row[];
  readonly skipped: SkippedEngine[];
  /** Interrupted, or failed, before the end. */
  readonly partial: boolean;
  /** What ended it early; the rows before it are kept. */
  readonly failure?: unknown;
}

/**
 * Throws EngineError for an engine that is unknown, or that fails for any reason but its absence.
 */
export async function compareEngines(options: CompareOptions): Promise<Comparison> {
  const { suite, settings, repeat } = options;
  suite.check(settings);
  const rows: Row[] = [];
  const { loaded, skipped } = await loadEngines(options);
  const names = loaded.map(({ module }) => module.name);
  const shown = options.shownBenchmarks ?? settings.benchmarks;
  const ordered = () => orderRows(rows, names, shown);
  const dataDir = new DataDir(options.dataParent);
  try {
    for (let run = 1; run <= repeat; run++) {
      for (const { name, module } of rotated(loaded, settings.seed + run - 1)) {
        const engineSettings = options.engineSettings.get(name) ?? {};
        const rest = { ...options, module, run, engineSettings, dataDir };
        try {
          for await (const row of suite.execute(settings, rest)) rows.push(row);
        } catch (failure) {
          return { rows: ordered(), skipped, partial: true, failure };
        }
        if (options.signal.aborted) return { rows: ordered(), skipped, partial: true };
      }
    }
  } finally {
    dataDir.close();
  }
  return { rows: ordered(), skipped, partial: rows.some((row) => row.partial) };
}

interface LoadedEngine {
  readonly name: string;
  readonly module: EngineModule;
}

async function loadEngines(
  options: CompareOptions,
): Promise<{ loaded: LoadedEngine[]; skipped: SkippedEngine[] }> {
  const loaded: LoadedEngine[] = [];
  const skipped: SkippedEngine[] = [];
  const skip = (engine: string, reason: string): void => {
    skipped.push({ engine, reason });
    options.onSkipped({ engine, reason });
  };
  const { durability } = options.settings;
  const probe = new DataDir(options.dataParent);
  try {
    for (const name of options.engines) {
      try {
        const module = await loadEngine(name);
        if (module.supports.durability.includes(durability)) {
          await probeEngine(module, options, probe.emptyDir("probe"), name);
          loaded.push({ name, module });
        } else {
          const given = DURABILITIES.filter((level) => module.supports.durability.includes(level));
          skip(name, `it cannot give durability ${durability}, only ${given.join(", ")}`);
        }
      } catch (error) {
        if (!(error instanceof EngineError) || error.code !== "ENGINE_UNAVAILABLE") throw error;
        skip(name, error.message);
      }
    }
  } finally {
    probe.close();
  }
  return { loaded, skipped };
}

/** Opens an engine once on nothing: an absent package, or a wrong setting, shows now. */
async function probeEngine(
  module: EngineModule,
  options: CompareOptions,
  dir: string,
  name: string,
): Promise<void> {
  const engine = await module.open({
    dir,
    durability: options.settings.durability,
    fileSystem: nodeFileSystem,
    errorIfMissing: false,
    cacheBytes: options.settings.cacheBytes,
    writeGrouping: "one",
    settings: options.engineSettings.get(name) ?? {},
  });
  await engine.close();
}

function rotated<T>(list: readonly T[], by: number): T[] {
  if (list.length === 0) return [];
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
