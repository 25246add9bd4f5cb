// What a case is given: the engine's module, folders, a seeded generator, and a way to open
// engines that are closed again whatever happens.

import path from "node:path";
import type {
  Capabilities,
  Durability,
  Engine,
  EngineModule,
  EngineOptions,
  ScanChunk,
  ScanOptions,
} from "../engine.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { completeOptions } from "../options.ts";
import { compareKeys } from "./bytes.ts";
import { expect, sameBytes, show } from "./expect.ts";
import type { Model, ModelRecord } from "./model.ts";
import { Random } from "./random.ts";

export interface ConformanceOptions {
  readonly fileSystem: FileSystem;
  /** An empty folder for the data of all cases. The caller removes it. */
  readonly tempDir: string;
  /** Default 1. */
  readonly seed?: number;
  /** Default 1 MiB: small, so that engines go to disk. */
  readonly cacheBytes?: number;
  /** Default `one`. The crash cases run with both. */
  readonly writeGrouping?: EngineOptions["writeGrouping"];
  readonly settings?: EngineOptions["settings"];
  /**
   * How another process loads the engine: a name, a path or a package, as the registry takes
   * it. Absent: the cases with other processes do not apply.
   */
  readonly specifier?: string;
}

export type OpenOverrides = Partial<Omit<EngineOptions, "dir">>;

export class CaseContext {
  readonly module: EngineModule;
  readonly options: ConformanceOptions;
  readonly random: Random;
  readonly seed: number;
  readonly #name: string;
  readonly #opened: Engine[] = [];
  readonly #cleanups: (() => void)[] = [];
  #dirs = 0;

  constructor(module: EngineModule, options: ConformanceOptions, caseName: string) {
    this.module = module;
    this.options = options;
    this.seed = options.seed ?? 1;
    this.random = new Random(this.seed);
    this.#name = caseName.replaceAll(/[^a-z0-9]+/gi, "-");
  }

  get supports(): Capabilities {
    return this.module.supports;
  }

  get fileSystem(): FileSystem {
    return this.options.fileSystem;
  }

  /** `os` where the engine has it, else the first level that it has. */
  get durability(): Durability {
    const levels = this.supports.durability;
    return levels.includes("os") ? "os" : levels[0]!;
  }

  /** The path of a folder that does not exist yet. */
  newDir(): string {
    return path.join(this.options.tempDir, this.#name, `d${this.#dirs++}`);
  }

  engineOptions(dir: string, overrides: OpenOverrides = {}): EngineOptions {
    return completeOptions({
      dir,
      durability: this.durability,
      fileSystem: this.fileSystem,
      cacheBytes: this.options.cacheBytes ?? 1024 * 1024,
      writeGrouping: this.options.writeGrouping ?? "one",
      settings: this.options.settings ?? {},
      ...overrides,
    });
  }

  /** Opens the engine; it is closed at the end of the case when the case did not. */
  async open(dir: string = this.newDir(), overrides: OpenOverrides = {}): Promise<Engine> {
    const engine = await this.module.open(this.engineOptions(dir, overrides));
    this.#opened.push(engine);
    return engine;
  }

  /** Runs at the end of the case, also when it failed. */
  onFinish(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** The first error of closing is thrown, after all was closed. */
  async finish(): Promise<void> {
    for (const cleanup of this.#cleanups) cleanup();
    let firstError: unknown;
    for (const engine of this.#opened) {
      try {
        await engine.close();
      } catch (error) {
        firstError ??= error;
      }
    }
    if (firstError !== undefined) throw firstError;
  }
}

/** A record that stays. `slice` would not do: of a Node buffer it is another view. */
export function copyRecord(chunk: ScanChunk, i: number): ModelRecord {
  return { key: Uint8Array.from(chunk.key(i)), value: Uint8Array.from(chunk.value(i)) };
}

/** All records of a scan, copied out of its chunks. */
export async function collect(engine: Engine, options: ScanOptions = {}): Promise<ModelRecord[]> {
  const cursor = engine.scan(options);
  const records: ModelRecord[] = [];
  try {
    for (;;) {
      const chunk = await cursor.next();
      if (chunk === undefined) return records;
      expect(chunk.count > 0, () => "a chunk of a scan is empty; it must hold at least 1 record");
      for (let i = 0; i < chunk.count; i++) {
        records.push(copyRecord(chunk, i));
      }
    }
  } finally {
    await cursor.close();
  }
}

/** Compares the records of a scan with those that are expected, in order. */
export function expectRecords(
  actual: readonly ModelRecord[],
  expected: readonly ModelRecord[],
  what: () => string,
  keysOnly = false,
): void {
  const common = Math.min(actual.length, expected.length);
  for (let i = 0; i < common; i++) {
    const got = actual[i]!;
    const wanted = expected[i]!;
    expect(
      sameBytes(got.key, wanted.key),
      () => `${what()}: record ${i}: expected key ${show(wanted.key)}, got ${show(got.key)}`,
    );
    const value = keysOnly ? new Uint8Array(0) : wanted.value;
    expect(
      sameBytes(got.value, value),
      () =>
        `${what()}: record ${i}, key ${show(wanted.key)}: expected value ${show(value)}, ` +
        `got ${show(got.value)}`,
    );
  }
  expect(
    actual.length === expected.length,
    () => `${what()}: expected ${expected.length} records, got ${actual.length}`,
  );
}

/**
 * Everything that the engine says by `get`, and by `scan` where it can, against the model. In which
 * order a scan gives it is for the cases of scans to say.
 */
export async function expectState(engine: Engine, model: Model, what: string): Promise<void> {
  for (const { key, value } of model.records) {
    const got = await engine.get(key);
    expect(
      sameBytes(got, value),
      () => `${what}: get ${show(key)}: expected ${show(value)}, got ${show(got)}`,
    );
  }
  if (engine.supports.scan) {
    const found = await collect(engine);
    found.sort((a, b) => compareKeys(a.key, b.key));
    expectRecords(found, model.records, () => `${what}: full scan`);
  }
}
