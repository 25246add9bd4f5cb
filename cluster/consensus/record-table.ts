// The records of votes in the engine, and which of them the disk does not have yet.
//
// Invariants:
//  I1. `read` gives the newest record that was written, durable or not; whoever tells others of it
//      waits for `settled` first.
//  I2. After a write that failed for anything but space, nobody knows what the disk holds: nothing
//      settles any more, so that no further vote leaves this process.

import type { Engine, MaybePromise } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import type { NodeProbes } from "../runtime.ts";
import { VoteRecord } from "./vote-record.ts";

/** A record that is on its way to the disk. */
interface Unsettled {
  readonly record: VoteRecord;
  /** False when it failed. */
  readonly settled: Promise<boolean>;
}

export class RecordTable {
  readonly #engine: Engine;
  readonly #watch: (work: Promise<unknown>) => void;
  readonly #probes: NodeProbes;
  /** By the text of the key. */
  readonly #unsettled = new Map<string, Unsettled>();
  #isBroken = false;

  /** `watch` is told of a write that failed for anything but space. */
  constructor(engine: Engine, watch: (work: Promise<unknown>) => void, probes: NodeProbes) {
    this.#engine = engine;
    this.#watch = watch;
    this.#probes = probes;
  }

  /** Whether votes may still leave. */
  get isSound(): boolean {
    return !this.#isBroken;
  }

  /** `text` is the text of `key`. Undefined when there is none. Throws EngineError. */
  read(text: string, key: Uint8Array): MaybePromise<VoteRecord | undefined> {
    const unsettled = this.#unsettled.get(text);
    if (unsettled !== undefined) return unsettled.record;
    const bytes = this.#engine.get(key);
    if (bytes === undefined) return undefined;
    if (!(bytes instanceof Promise)) return VoteRecord.decode(bytes);
    return bytes.then((found) => (found === undefined ? undefined : VoteRecord.decode(found)));
  }

  write(text: string, key: Uint8Array, record: VoteRecord): void {
    let written: MaybePromise<void>;
    try {
      written = this.#engine.put(key, record.encode());
    } catch (error) {
      written = Promise.reject(error);
    }
    if (!(written instanceof Promise)) {
      this.#unsettled.delete(text);
      return;
    }
    const settled: Promise<boolean> = written.then(
      () => this.#end(text, settled, true),
      (error) => {
        this.#fail(error);
        return this.#end(text, settled, false);
      },
    );
    this.#unsettled.set(text, { record, settled });
  }

  /** Undefined when the newest record of the key is durable; else whether it became so. */
  settled(text: string): Promise<boolean> | undefined {
    const unsettled = this.#unsettled.get(text);
    if (unsettled === undefined || this.#probes.isPlanted("consensus-early-answer"))
      return undefined;
    this.#probes.mark("consensus waited for the disk");
    return unsettled.settled;
  }

  #end(text: string, settled: Promise<boolean>, isDurable: boolean): boolean {
    if (this.#unsettled.get(text)?.settled === settled) this.#unsettled.delete(text);
    return isDurable && !this.#isBroken;
  }

  #fail(error: unknown): void {
    if (error instanceof EngineError && error.code === "ENGINE_NO_SPACE") {
      this.#probes.mark("consensus had no space");
      return;
    }
    this.#isBroken = true;
    this.#watch(Promise.reject(error));
  }
}
