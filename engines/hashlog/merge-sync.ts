// What has to be on the device before outputs take the place of victims: the outputs, and the log,
// since what made a record dead must be as safe as its absence. Syncs run off this thread, or on it
// where there is no time to wait.

import { type EngineError, ioError } from "../errors.ts";
import type { MergeHost } from "./merge-host.ts";
import type { MergeOutput } from "./merge-output.ts";
import type { Segment } from "./segment.ts";

export class MergeSync {
  readonly #host: MergeHost;
  readonly #outputs: readonly MergeOutput[];
  readonly #log: readonly Segment[];
  readonly #active: Segment;
  /** Settles when nothing runs any more; undefined when nothing was begun off this thread. */
  running: Promise<void> | undefined;
  isDone = false;
  failure: EngineError | undefined;

  /** Writes what the log holds in memory. Throws EngineError when that fails. */
  constructor(host: MergeHost, outputs: readonly MergeOutput[], victims: readonly Segment[]) {
    host.writer.writeAll();
    this.#host = host;
    this.#outputs = outputs;
    this.#active = host.active();
    this.#log = host.table.listed.filter(
      (segment) => !segment.synced && !victims.includes(segment),
    );
  }

  /** Begins off this thread. */
  start(): void {
    const files = [...this.#outputs.map((output) => output.segment), ...this.#log];
    this.running = Promise.allSettled(files.map(({ file }) => file.sync())).then((results) => {
      for (const [i, result] of results.entries()) {
        if (result.status === "rejected") this.#fail(result.reason, files[i]!);
      }
      if (!this.isDone) this.#end();
    });
  }

  /** Does it on this thread, whatever runs beside. */
  runNow(): void {
    for (const segment of [...this.#outputs.map((output) => output.segment), ...this.#log]) {
      try {
        segment.file.syncSync();
      } catch (cause) {
        this.#fail(cause, segment);
      }
    }
    this.#end();
  }

  #end(): void {
    this.isDone = true;
    if (this.failure !== undefined) return;
    for (const segment of this.#log) if (segment !== this.#active) segment.synced = true;
  }

  /** Of a log that could not be synced nobody knows what the device has: it takes no more. */
  #fail(cause: unknown, segment: Segment): void {
    // A sync that `runNow` has overtaken may find its file closed: then it has nothing to tell.
    if (this.isDone && (cause as { code?: unknown }).code === "EBADF") return;
    const error = ioError(cause, `cannot sync ${segment.file.path}`, segment.file.path);
    this.failure ??= error;
    if (this.isDone || this.#log.includes(segment)) this.#host.writer.stop(error);
  }
}
