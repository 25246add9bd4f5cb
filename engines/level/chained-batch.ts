// `db.batch().put(...).del(...).write()`: operations go into a WriteBatch as they come, and to the
// engine as one.

import { AbstractChainedBatch } from "abstract-level";
import { WriteBatch } from "../batch.ts";
import type { MaybePromise } from "../engine.ts";
import type { Owner, Stored, SyncOption } from "./abstract.ts";
import type { TextEncoding } from "./text.ts";

/** Hands the operations to the engine; on the device when it settles, if `sync`. */
export type Commit = (batch: WriteBatch, sync: boolean) => MaybePromise<void>;

export class ChainedBatch extends AbstractChainedBatch<Owner, unknown, unknown> {
  readonly #operations = new WriteBatch();
  readonly #commit: Commit;
  readonly #keys: TextEncoding;
  readonly #values: TextEncoding;

  /** The encodings are those of the database: nothing is kept in them between two calls. */
  constructor(db: Owner, commit: Commit, keys: TextEncoding, values: TextEncoding) {
    super(db);
    this.#commit = commit;
    this.#keys = keys;
    this.#values = values;
  }

  protected _put(key: Stored, value: Stored): void {
    this.#operations.put(this.#keys.encode(key), this.#values.encode(value));
  }

  protected _del(key: Stored): void {
    this.#operations.delete(this.#keys.encode(key));
  }

  protected _clear(): void {
    this.#operations.clear();
  }

  protected async _write(options: SyncOption): Promise<void> {
    await this.#commit(this.#operations, options.sync === true);
  }

  protected async _close(): Promise<void> {
    this.#operations.clear();
  }
}
