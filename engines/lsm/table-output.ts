// Tables that a job writes: created one by one, and all removed again when the job fails.

import { ignoreIoErrors, ioError } from "../errors.ts";
import type { File, FileSystem } from "../io/filesystem.ts";
import { type TableFacts, tablePath } from "./table-facts.ts";
import { type TableOptions, TableWriter } from "./table-writer.ts";

export class TableOutput {
  readonly #fileSystem: FileSystem;
  readonly #dir: string;
  readonly #options: TableOptions;
  #file: File | undefined;
  #path = "";
  readonly #finished: TableFacts[] = [];
  writer: TableWriter | undefined;

  constructor(fileSystem: FileSystem, dir: string, options: TableOptions) {
    this.#fileSystem = fileSystem;
    this.#dir = dir;
    this.#options = options;
  }

  /** A new table; the one before must be finished. */
  start(id: number, baseSequence: number, newestSequence: number): TableWriter {
    this.#path = tablePath(this.#dir, id);
    // What a crash may have left under this name is in no manifest.
    this.#fileSystem.removeSync(this.#path);
    this.#file = this.#fileSystem.openSync(this.#path, "create");
    this.writer = new TableWriter(this.#file, id, baseSequence, newestSequence, this.#options);
    return this.writer;
  }

  /** Ends the table that is being written, if any; its bytes are on the device. */
  finish(): void {
    if (this.writer === undefined) return;
    this.#finished.push(this.writer.finish());
    this.#close();
  }

  /** All tables, once their names are durable too. */
  publish(): TableFacts[] {
    this.#fileSystem.syncDirSync(this.#dir);
    return this.#finished;
  }

  /** Closes and removes everything; returns the error to throw. */
  discard(cause: unknown): Error {
    const path = this.#path;
    this.#close();
    for (const { id } of this.#finished) this.#remove(tablePath(this.#dir, id));
    if (path !== "") this.#remove(path);
    return ioError(cause, `cannot write ${path}`, path);
  }

  #close(): void {
    this.writer = undefined;
    this.#file?.closeSync();
    this.#file = undefined;
  }

  #remove(path: string): void {
    ignoreIoErrors(() => this.#fileSystem.removeSync(path));
  }
}
