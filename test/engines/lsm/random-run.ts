// A random run of operations on a store of tiny levels, beside a sorted map that says what must
// be read. Cursors and snapshots stay open over flushes and compactions, and are read later.

import path from "node:path";
import { expect } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type {
  Cursor,
  Engine,
  EngineEvent,
  ScanOptions,
  Snapshot,
} from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { bytes } from "../support/stores.ts";
import { RunTally } from "./run-tally.ts";
import { decoded, drain, encoded, expected, expectSame, type State } from "./run-values.ts";
import {
  expectOnlyListed,
  levelsByName,
  openTiny,
  type Settings,
  settle,
  settled,
} from "./tiny-levels.ts";

const KEYS = 900;

type Random = (below: number) => number;

interface Held<T> {
  readonly what: T;
  readonly state: State;
  readonly options: ScanOptions;
  /** Of a cursor: what it gave so far. */
  readonly seen: string[];
}

export interface RunParts {
  readonly fileSystem: FileSystem;
  readonly dir: string;
  readonly random: Random;
  readonly settings: Settings;
  readonly background: "inline" | "worker";
  readonly label: string;
}

function openRun(
  { fileSystem, dir, settings, background }: RunParts,
  tally: RunTally,
): Promise<Engine> {
  const onEvent = (event: EngineEvent) => tally.noteEvent(event);
  return openTiny(fileSystem, { dir, settings, background, onEvent });
}

export class Run {
  readonly #parts: RunParts;
  readonly #model = new Map<string, string>();
  #engine: Engine;
  #snapshots: Held<Snapshot>[] = [];
  #cursors: Held<Cursor>[] = [];
  #step = 0;
  readonly tally: RunTally;

  private constructor(parts: RunParts, engine: Engine, tally: RunTally) {
    this.#parts = parts;
    this.#engine = engine;
    this.tally = tally;
  }

  /** On a new store. */
  static async start(parts: RunParts): Promise<Run> {
    const tally = new RunTally();
    return new Run(parts, await openRun(parts, tally), tally);
  }

  /** Ends with everything read, compacted, read again and verified. */
  async steps(count: number): Promise<void> {
    for (this.#step = 0; this.#step < count; this.#step++) await this.#one();
    await this.#readAll();
    for (const held of this.#cursors) await this.#endCursor(held);
    this.#cursors = [];
    for (const held of this.#snapshots) held.what.close();
    this.#snapshots = [];
    await this.#done(this.#engine.compact(), "compact");
    await settle();
    await this.#readAll();
    expectOnlyListed(this.#parts.fileSystem, this.#what("compacted"), this.#parts.dir);
    expect((await this.#engine.verify()).problems, this.#what("verify")).toEqual([]);
    await this.#engine.close();
  }

  async #one(): Promise<void> {
    const random = this.#parts.random;
    const action = random(1000);
    this.tally.noteLevels(levelsByName(this.#parts.fileSystem, this.#parts.dir));
    if (action < 560) await this.#put();
    else if (action < 740) await this.#delete();
    else if (action < 790) await this.#batch();
    else if (action < 900) await this.#get();
    else if (action < 930) await this.#scan();
    else if (action < 950) this.#openCursor();
    else if (action < 965) await this.#stepCursor();
    else if (action < 975) this.#takeSnapshot();
    else if (action < 985) await this.#readSnapshot();
    else if (action < 987) void this.#engine.compact().catch(this.#mayBeClosed);
    else if (action < 990) await this.#done(this.#engine.compact(), "compact");
    else if (action < 994) await this.#reopen();
    else if (action < 996) await this.#checkpoint();
    else if (action < 998) await this.#engine.flush();
    else expect((await this.#engine.verify()).problems, this.#what("verify")).toEqual([]);
  }

  readonly #mayBeClosed = (error: Error & { code?: string }) => {
    expect(error.code, this.#what(String(error))).toBe("ENGINE_CLOSED");
  };

  #what(which: string): string {
    return `${this.#parts.label}, step ${this.#step}: ${which}`;
  }

  #key(): string {
    const i = this.#parts.random(KEYS);
    // Runs of neighbours, a few long ones, and the empty key.
    if (i === 0) return "";
    return `${"p".repeat(i % 50 === 1 ? 300 : 0)}key${String(i).padStart(4, "0")}`;
  }

  #value(): string {
    return `${this.#step}+${[0, 20, 300, 900, 2500][this.#parts.random(5)]}`;
  }

  /** One, or many at once, so that some have to wait. */
  async #put(): Promise<void> {
    const writes: (void | Promise<void>)[] = [];
    for (let i = this.#parts.random(60) === 0 ? 120 : 1; i > 0; i--) {
      const key = this.#key();
      const value = this.#value();
      this.#model.set(key, value);
      writes.push(this.#engine.put(bytes(key), encoded(value)));
    }
    for (const write of writes) await this.#done(write, "put");
  }

  /** What is still open when nothing is left to run waits for ever; a worker we await. */
  #done<T>(promise: T | Promise<T>, what: string): T | Promise<T> {
    return this.#parts.background === "worker" ? promise : settled(promise, this.#what(what));
  }

  /** One key, or a stretch of neighbours. */
  async #delete(): Promise<void> {
    const first = this.#parts.random(KEYS);
    const count = this.#parts.random(20) === 0 ? 60 : 1;
    for (let i = first; i < first + count; i++) {
      const key = `key${String(i).padStart(4, "0")}`;
      this.#model.delete(key);
      await this.#done(this.#engine.delete(bytes(key)), "delete");
    }
  }

  async #batch(): Promise<void> {
    const batch = new WriteBatch();
    for (let i = this.#parts.random(12); i >= 0; i--) {
      const key = this.#key();
      if (this.#parts.random(3) === 0) {
        this.#model.delete(key);
        batch.delete(bytes(key));
      } else {
        const value = this.#value();
        this.#model.set(key, value);
        batch.put(bytes(key), encoded(value));
      }
    }
    await this.#done(this.#engine.batch(batch), "batch");
  }

  async #get(): Promise<void> {
    const key = this.#key();
    const found = decoded(await this.#engine.get(bytes(key)));
    expect(found, this.#what(`get ${key}`)).toBe(this.#model.get(key));
  }

  #range(): ScanOptions {
    const ends = [this.#key(), this.#key()].sort();
    const [low, high] = [bytes(ends[0]!), bytes(ends[1]!)];
    return {
      ...[{}, { gt: low }, { gte: low }][this.#parts.random(3)],
      ...[{}, { lt: high }, { lte: high }][this.#parts.random(3)],
      reverse: this.#parts.random(2) === 0,
      limit: this.#parts.random(3) === 0 ? this.#parts.random(40) : -1,
    };
  }

  async #scan(): Promise<void> {
    const options = this.#range();
    const cursor = this.#engine.scan(options);
    const seen: string[] = [];
    await drain(cursor, seen);
    await cursor.close();
    expectSame(seen, expected(this.#model, options), this.#what("scan"));
  }

  #openCursor(): void {
    if (this.#cursors.length >= 4) return;
    const options = this.#range();
    const state = new Map(this.#model);
    this.#cursors.push({ what: this.#engine.scan(options), state, options, seen: [] });
  }

  async #stepCursor(): Promise<void> {
    const at = this.#parts.random(4);
    const held = this.#cursors[at];
    if (held === undefined) return;
    if (this.#parts.random(2) === 0) await drain(held.what, held.seen, 1);
    else {
      this.#cursors.splice(at, 1);
      await this.#endCursor(held);
    }
  }

  async #endCursor({ what: cursor, state, options, seen }: Held<Cursor>): Promise<void> {
    await drain(cursor, seen);
    await cursor.close();
    expectSame(seen, expected(state, options), this.#what("a cursor that was open"));
  }

  #takeSnapshot(): void {
    if (this.#snapshots.length >= 3) this.#snapshots.shift()!.what.close();
    const state = new Map(this.#model);
    this.#snapshots.push({ what: this.#engine.snapshot(), state, options: {}, seen: [] });
  }

  async #readSnapshot(): Promise<void> {
    const held = this.#snapshots[this.#parts.random(3)];
    if (held === undefined) return;
    const { what: snapshot, state } = held;
    for (let i = 0; i < 30; i++) {
      const key = this.#key();
      const found = decoded(await this.#engine.get(bytes(key), snapshot));
      expect(found, this.#what(`get ${key} of a snapshot`)).toBe(state.get(key));
    }
    const options = { ...this.#range(), snapshot };
    const seen: string[] = [];
    await drain(this.#engine.scan(options), seen);
    expectSame(seen, expected(state, options), this.#what("scan of a snapshot"));
  }

  async #reopen(): Promise<void> {
    for (const { what } of this.#cursors) await what.close();
    this.#cursors = [];
    this.#snapshots = [];
    await this.#engine.close();
    this.tally.reopenings++;
    expectOnlyListed(this.#parts.fileSystem, this.#what("closed"), this.#parts.dir);
    this.#engine = await openRun(this.#parts, this.tally);
  }

  async #checkpoint(): Promise<void> {
    const dir = path.join(path.dirname(this.#parts.dir), `copy${this.#step}`);
    const state = new Map(this.#model);
    await this.#engine.checkpoint(dir);
    const copy = await openTiny(this.#parts.fileSystem, { dir, settings: this.#parts.settings });
    const seen: string[] = [];
    await drain(copy.scan(), seen);
    expectSame(seen, expected(state, {}), this.#what("checkpoint"));
    await copy.close();
  }

  async #readAll(): Promise<void> {
    for (const reverse of [false, true]) {
      const seen: string[] = [];
      await drain(this.#engine.scan({ reverse }), seen);
      expectSame(seen, expected(this.#model, { reverse }), this.#what("all"));
    }
    for (let i = 0; i < KEYS; i++) {
      const key = `key${String(i).padStart(4, "0")}`;
      expect(decoded(await this.#engine.get(bytes(key))), key).toBe(this.#model.get(key));
    }
  }
}
