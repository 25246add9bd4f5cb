// A small engine in memory for tests of the load generator: answers at once or with promises, and
// fails when it is told to.

import type { Engine, MaybePromise, ScanChunk, ScanOptions } from "../../engines/engine.ts";
import { nullModule } from "../../engines/null/module.ts";

export interface MapEngineOptions {
  readonly promises: boolean;
  /** Called before each operation; what it throws is the operation's failure. */
  readonly before?: (what: "get" | "put" | "scan", key: Uint8Array) => void;
}

export class MapEngine {
  readonly name = "map";
  readonly durability = "memory";
  readonly supports = { ...nullModule.supports, persistent: true };
  readonly data = new Map<string, Uint8Array>();
  readonly #options: MapEngineOptions;

  constructor(options: MapEngineOptions) {
    this.#options = options;
  }

  /** Only what a target uses is there. */
  asEngine(): Engine {
    return this as unknown as Engine;
  }

  get(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    return this.#answer(() => {
      this.#options.before?.("get", key);
      return this.data.get(nameOf(key));
    });
  }

  put(key: Uint8Array, value: Uint8Array): MaybePromise<void> {
    const copy = value.slice();
    const name = nameOf(key);
    return this.#answer(() => {
      this.#options.before?.("put", key);
      this.data.set(name, copy);
    });
  }

  delete(key: Uint8Array): MaybePromise<void> {
    return this.#answer(() => {
      this.data.delete(nameOf(key));
    });
  }

  scan(options: ScanOptions) {
    const from = nameOf(options.gte!);
    const names = [...this.data.keys()].filter((name) => name >= from).sort();
    const left = names.slice(0, options.limit);
    return {
      next: () =>
        this.#answer((): ScanChunk | undefined => {
          this.#options.before?.("scan", options.gte!);
          const taken = left.splice(0, 2);
          if (taken.length === 0) return undefined;
          return {
            count: taken.length,
            key: (i) => Buffer.from(taken[i]!, "latin1"),
            value: (i) => this.data.get(taken[i]!)!,
          };
        }),
      close: () => {},
    };
  }

  stats() {
    return {};
  }

  #answer<T>(work: () => T): MaybePromise<T> {
    return this.#options.promises ? Promise.resolve().then(work) : work();
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}
