// One engine of a differential run: opened, asked, closed, reopened with other options, killed.

import path from "node:path";
import { WriteBatch } from "../../../engines/batch.ts";
import type {
  Cursor,
  Engine,
  EngineModule,
  MaybePromise,
  Snapshot,
} from "../../../engines/engine.ts";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { completeOptions } from "../../../engines/options.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import type { Answer } from "./answer.ts";
import { contents, copyOf, type OpenCursor, takeRecords } from "./open-cursor.ts";
import type { Operation, Range, Write } from "./operation.ts";
import type { Variant } from "./variant.ts";

/** A slot of an engine that has no snapshots: what reads from it is left out. */
const ABSENT = "absent";

export class EngineSubject {
  readonly module: EngineModule;
  readonly #dir: string;
  readonly #variants: readonly Variant[];
  variant: Variant;
  #engine: Engine | undefined;
  /** What the engine works on when it can be killed. */
  #killable: FaultyFileSystem | undefined;
  #copies = 0;
  readonly #snapshots = new Map<number, Snapshot | typeof ABSENT>();
  readonly #cursors = new Map<number, OpenCursor | typeof ABSENT>();

  /** `dir` is the subject's own; there must be at least one variant. */
  constructor(module: EngineModule, dir: string, variants: readonly Variant[]) {
    this.module = module;
    this.#dir = dir;
    this.#variants = variants;
    this.variant = variants[0]!;
  }

  async open(): Promise<void> {
    this.#engine = await this.#openAt(path.join(this.#dir, "data"));
  }

  /** Lets go of everything; whatever state it is in. */
  async close(): Promise<void> {
    await this.#engine?.close();
    this.#engine = undefined;
  }

  /** The answer; undefined when the manifest of the engine says that it cannot. */
  async apply(operation: Operation): Promise<Answer | undefined> {
    const engine = this.#engine!;
    switch (operation.kind) {
      case "write":
        await write(engine, operation.how, operation.writes);
        return [];
      case "get":
        return this.#get(operation.how, operation.keys, operation.snapshot);
      case "scan":
        return this.#scan(operation.range, operation.snapshot);
      case "openCursor":
        return this.#openCursor(operation.slot, operation.range, operation.snapshot);
      case "take":
        return this.#take(operation.slot, operation.records);
      case "closeCursor":
        await this.#closeCursor(operation.slot);
        return [];
      case "openSnapshot":
        await this.#closeSnapshot(operation.slot);
        this.#snapshots.set(operation.slot, engine.supports.snapshot ? engine.snapshot() : ABSENT);
        return engine.supports.snapshot ? [] : undefined;
      case "closeSnapshot":
        await this.#closeSnapshot(operation.slot);
        return [];
      case "flush":
        await engine.flush();
        return [];
      case "compact":
        return this.#compact(operation.during);
      case "checkpoint":
        return this.#checkpoint(operation.during);
      case "verify":
        return this.#verify();
      case "reopen":
        return this.#reopen(operation.how, operation.variant);
    }
  }

  #openAt(dir: string): Promise<Engine> {
    const { files, ...options } = this.variant;
    this.#killable = files === "killable" ? new FaultyFileSystem() : undefined;
    const fileSystem = this.#killable ?? nodeFileSystem;
    return this.module.open(completeOptions({ dir, fileSystem, ...options }));
  }

  async #get(
    how: "get" | "getMany",
    keys: readonly Uint8Array[],
    slot: number | undefined,
  ): Promise<Answer | undefined> {
    const snapshot = this.#asOf(slot);
    if (snapshot === ABSENT) return undefined;
    const engine = this.#engine!;
    const values =
      how === "getMany"
        ? await engine.getMany(keys, snapshot)
        : [await engine.get(keys[0]!, snapshot)];
    const answer = values.map((value) => value && copyOf(value));
    // They are the caller's (R3): what becomes of them must not matter.
    for (const value of values) value?.fill(0xee);
    return answer;
  }

  async #scan(range: Range, slot: number | undefined): Promise<Answer | undefined> {
    const snapshot = this.#asOf(slot);
    if (snapshot === ABSENT) return undefined;
    const opened = {
      cursor: this.#begin(range, snapshot),
      snapshot: slot,
      chunk: undefined,
      at: 0,
    };
    const answer = await takeRecords(opened, Number.POSITIVE_INFINITY);
    await opened.cursor.close();
    return answer;
  }

  async #openCursor(
    slot: number,
    range: Range,
    from: number | undefined,
  ): Promise<Answer | undefined> {
    await this.#closeCursor(slot);
    const snapshot = this.#asOf(from);
    if (snapshot === ABSENT) {
      this.#cursors.set(slot, ABSENT);
      return undefined;
    }
    const cursor = this.#begin(range, snapshot);
    this.#cursors.set(slot, { cursor, snapshot: from, chunk: undefined, at: 0 });
    return [];
  }

  async #take(slot: number, records: number): Promise<Answer | undefined> {
    const opened = this.#cursors.get(slot);
    if (opened === ABSENT) return undefined;
    return opened === undefined ? [] : takeRecords(opened, records);
  }

  #begin(range: Range, snapshot: Snapshot | undefined): Cursor {
    return this.#engine!.scan(snapshot === undefined ? range : { ...range, snapshot });
  }

  async #compact(during: readonly Write[]): Promise<Answer | undefined> {
    const engine = this.#engine!;
    // The writes are made all the same, so that every engine goes on from one state.
    const compacting = engine.supports.compact ? engine.compact() : undefined;
    await Promise.all([compacting, write(engine, "single", during)]);
    return compacting === undefined ? undefined : [];
  }

  /** The content of the copy, which is then changed: the original must not notice. */
  async #checkpoint(during: readonly Write[]): Promise<Answer | undefined> {
    const engine = this.#engine!;
    const dir = path.join(this.#dir, `copy${this.#copies++}`);
    const copying = engine.supports.checkpoint ? engine.checkpoint(dir) : undefined;
    await Promise.all([copying, write(engine, "single", during)]);
    if (copying === undefined) return undefined;
    const { files: _, ...options } = this.variant;
    const fileSystem = nodeFileSystem;
    const copy = await this.module.open(
      completeOptions({ dir, fileSystem, errorIfMissing: true, ...options }),
    );
    try {
      const answer = await contents(copy);
      for (const key of [answer[0], answer.at(-2)]) {
        if (key === undefined) continue;
        await copy.put(key, key);
        await copy.delete(key);
      }
      if (copy.supports.compact) await copy.compact();
      return answer;
    } finally {
      await copy.close();
    }
  }

  async #verify(): Promise<Answer | undefined> {
    if (!this.#engine!.supports.verify) return undefined;
    const { problems } = await this.#engine!.verify();
    return problems.map(({ file, offset, message }) =>
      Buffer.from(`${path.basename(file)} at ${offset}: ${message}`),
    );
  }

  async #reopen(how: "close" | "leave" | "kill", variant: number): Promise<Answer> {
    if (how === "kill" && this.#killable !== undefined) await this.#kill(this.#killable);
    else {
      if (how !== "leave") await this.#closeSlots();
      await this.close();
    }
    this.#cursors.clear();
    this.#snapshots.clear();
    this.variant = this.#variants[variant % this.#variants.length]!;
    await this.open();
    return contents(this.#engine!);
  }

  /** What was acknowledged is there again, but at `memory`, which needs a flush for that. */
  async #kill(fileSystem: FaultyFileSystem): Promise<void> {
    if (this.variant.durability === "memory") await this.#engine!.flush();
    fileSystem.crashed = true;
    fileSystem.bury();
    this.#engine = undefined;
  }

  async #closeSlots(): Promise<void> {
    for (const slot of [...this.#cursors.keys()]) await this.#closeCursor(slot);
    for (const slot of [...this.#snapshots.keys()]) await this.#closeSnapshot(slot);
  }

  async #closeCursor(slot: number): Promise<void> {
    const opened = this.#cursors.get(slot);
    this.#cursors.delete(slot);
    if (opened !== undefined && opened !== ABSENT) await opened.cursor.close();
  }

  /** Cursors that read from it go first, as in the model. */
  async #closeSnapshot(slot: number): Promise<void> {
    for (const [at, opened] of [...this.#cursors]) {
      if (opened !== ABSENT && opened.snapshot === slot) await this.#closeCursor(at);
    }
    const snapshot = this.#snapshots.get(slot);
    this.#snapshots.delete(slot);
    if (snapshot !== undefined && snapshot !== ABSENT) snapshot.close();
  }

  #asOf(slot: number | undefined): Snapshot | typeof ABSENT | undefined {
    return slot === undefined ? undefined : this.#snapshots.get(slot);
  }
}

async function write(
  engine: Engine,
  how: "single" | "turn" | "batch",
  writes: readonly Write[],
): Promise<void> {
  if (how === "batch") {
    const batch = new WriteBatch();
    for (const { key, value } of writes) {
      if (value === undefined) batch.delete(key);
      else batch.put(key, value);
    }
    return engine.batch(batch);
  }
  const acknowledgements: MaybePromise<void>[] = [];
  for (const { key, value } of writes) {
    // A buffer that is the caller's again once the call has returned (R2).
    const borrowed = key.slice();
    const done = value === undefined ? engine.delete(borrowed) : engine.put(borrowed, value);
    borrowed.fill(0xee);
    if (how === "single") await done;
    else acknowledgements.push(done);
  }
  await Promise.all(acknowledgements);
}
