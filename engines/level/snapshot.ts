// A snapshot of a database: the engine's, with the life that abstract-level gives it. It is closed
// with the database, and not while a read from it is under way.

import type { Engine, Snapshot } from "../engine.ts";
import { SnapshotBase } from "./abstract.ts";
import { LevelError } from "./level-error.ts";

export class LevelSnapshot extends SnapshotBase {
  readonly #engine: Engine;
  readonly #snapshot: Snapshot;

  constructor(options: object, engine: Engine) {
    // Taken before the base class has the database close what is there.
    const snapshot = engine.snapshot();
    super(options);
    this.#engine = engine;
    this.#snapshot = snapshot;
  }

  /** The engine's snapshot behind the option of a read; undefined when none was given. */
  static engineSnapshot(option: unknown, engine: Engine): Snapshot | undefined {
    if (option === undefined || option === null) return undefined;
    if (option instanceof LevelSnapshot && option.#engine === engine) return option.#snapshot;
    throw new LevelError(
      "LEVEL_NOT_SUPPORTED",
      "the snapshot is not of this database: take one with its snapshot()",
    );
  }

  protected async _close(): Promise<void> {
    this.#snapshot.close();
  }
}
