// The same suite on several engines, several times, interleaved.
//
// Steps:
//  1. Load the engines. One of ours whose package is not installed, or any that cannot give the
//     durability, is left out with a reason; any other failure to load ends the comparison.
//  2. For run 1, 2, ...: every engine once, in an order that moves on by one with each run and
//     starts by the seed, so that no engine always runs first, or always after the same one.
//  3. Put the rows in the order in which engines and benchmarks were asked for. When somebody
//     interrupts, those that there are make a partial result.
// A benchmark that is listed again is another one (`readrandom#2`), and two modules of one name are
// two engines (`mine (./a.ts)`): else their rows would pass for runs of the same.

import { DURABILITIES, type EngineModule } from "../engines/engine.ts";
import { EngineError } from "../engines/errors.ts";
import type { Clock } from "../engines/io/clock.ts";
import { completeOptions } from "../engines/options.ts";
import { engineNames, loadEngine } from "../engines/registry.ts";
import type { Row } from "../reports/result.ts";
import { DataDir } from "./data-dir.ts";
import { orderRows } from "./row-order.ts";
import type { OtherStore, StoreRun, Suite, SuiteProgress, SuiteSettings } from "./suites/suite.ts";
import type { Timer } from "./timer.ts";
import { type LiveState, Watch } from "./watch.ts";

export type EngineSettings = Readonly<Record<string, string | number | boolean>>;

export interface CompareOptions {
  readonly suite: Suite;
  readonly settings: SuiteSettings;
  /** Names, paths or packages, as the registry takes them. */
  readonly engines: readonly string[];
  /** What takes its turn behind them; none when absent. */
  readonly others?: readonly OtherStore[];
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
  /** Told of the engine that runs about once a second; for a live view. */
  readonly onState?: (state: LiveState) => void;
  /** An engine is left out; called once for each, before anything runs. */
  readonly onSkipped: (skipped: SkippedEngine) => void;
}

export interface SkippedEngine {
  readonly engine: string;
  readonly reason: string;
  /** What is optional is not installed: nobody has done anything wrong. */
  readonly isAbsent: boolean;
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
  const others = options.others ?? [];
  const names = [...loaded.map(({ name }) => name), ...others.map(({ name }) => name)];
  const shown = numbered(options.shownBenchmarks ?? settings.benchmarks);
  const ordered = () => orderRows(rows, names, shown);
  const dataDir = new DataDir(options.dataParent);
  try {
    for (let run = 1; run <= repeat; run++) {
      const stores = [...loaded, ...others];
      for (const store of rotated(stores, settings.seed + run - 1)) {
        const one = { ...options, run, dataDir };
        const running =
          "module" in store ? executeEngine(store, options, one) : store.execute(settings, one);
        const seen = new Map<string, number>();
        try {
          for await (const row of running) {
            const benchmark = nextName(row.benchmark, seen);
            rows.push({ ...row, engine: store.name, benchmark });
          }
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

function executeEngine(
  { name, asked, module }: LoadedEngine,
  options: CompareOptions,
  run: StoreRun,
): AsyncGenerator<Row, void, undefined> {
  const engineSettings = options.engineSettings.get(asked) ?? {};
  const watch = new Watch(options.clock);
  watch.onState = options.onState;
  return options.suite.execute(options.settings, { ...run, name, module, engineSettings, watch });
}

/** `readrandom,readrandom` as `readrandom`, `readrandom#2`. */
function numbered(benchmarks: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return benchmarks.map((name) => nextName(name, seen));
}

function nextName(name: string, seen: Map<string, number>): string {
  const number = (seen.get(name) ?? 0) + 1;
  seen.set(name, number);
  return number === 1 ? name : `${name}#${number}`;
}

interface LoadedEngine {
  /** The name of its rows. */
  readonly name: string;
  /** What was asked for. */
  readonly asked: string;
  readonly module: EngineModule;
}

async function loadEngines(
  options: CompareOptions,
): Promise<{ loaded: LoadedEngine[]; skipped: SkippedEngine[] }> {
  const loaded: Omit<LoadedEngine, "name">[] = [];
  const skipped: SkippedEngine[] = [];
  const skip = (engine: string, reason: string, isAbsent = false): void => {
    skipped.push({ engine, reason, isAbsent });
    options.onSkipped({ engine, reason, isAbsent });
  };
  const { durability } = options.settings;
  const probe = new DataDir(options.dataParent);
  try {
    for (const name of options.engines) {
      try {
        const module = await loadEngine(name);
        if (module.supports.durability.includes(durability)) {
          await probeEngine(module, options, probe.emptyDir("probe"), name);
          loaded.push({ asked: name, module });
        } else {
          const given = DURABILITIES.filter((level) => module.supports.durability.includes(level));
          skip(name, `it cannot give durability ${durability}, only ${given.join(", ")}`);
        }
      } catch (error) {
        if (!(error instanceof EngineError) || error.code !== "ENGINE_UNAVAILABLE") throw error;
        // A module of the user's own that does not load is a mistake in it.
        if (!engineNames().includes(name)) throw error;
        skip(name, error.message, true);
      }
    }
  } finally {
    probe.close();
  }
  return { loaded: named(loaded, options.others ?? []), skipped };
}

/** Names for the rows: those of the modules, with what was asked for where another has the same. */
function named(
  loaded: readonly Omit<LoadedEngine, "name">[],
  others: readonly OtherStore[],
): LoadedEngine[] {
  const taken = [...loaded.map(({ module }) => module.name), ...others.map(({ name }) => name)];
  return loaded.map((each) => {
    const { name } = each.module;
    const isAlone = taken.filter((other) => other === name).length === 1;
    return { ...each, name: isAlone || each.asked === name ? name : `${name} (${each.asked})` };
  });
}

/** Opens an engine once on nothing: an absent package, or a wrong setting, shows now. */
async function probeEngine(
  module: EngineModule,
  options: CompareOptions,
  dir: string,
  name: string,
): Promise<void> {
  const { durability, cacheBytes } = options.settings;
  const settings = options.engineSettings.get(name) ?? {};
  const engine = await module.open(completeOptions({ dir, durability, cacheBytes, settings }));
  await engine.close();
}

function rotated<T>(list: readonly T[], by: number): T[] {
  if (list.length === 0) return [];
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
