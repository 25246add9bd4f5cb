// Keys of which the index may not say what the data engine holds: each is looked up in both again.
//
// Steps, for one key at a time:
//  1. Read what is stored, and what the index has.
//  2. When the key was changed meanwhile, begin again.
//  3. In the same turn set the index right, and drop the doubt.
//
// Invariants:
//  I1. While a key is in doubt nobody else changes its entry: who changes the key says so here.

import type { Engine } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { positionOf } from "../ring/position.ts";
import type { Runtime } from "../runtime.ts";
import { VersioningError } from "../versioning/errors.ts";
import { NO_HASH } from "./hash48.ts";
import type { KeyIndex } from "./key-index.ts";
import { turnOf } from "./turn.ts";
import { recordHashOf } from "./version-hash.ts";

const RETRY_MS = 1000;

export interface DoubtsParts {
  readonly runtime: Runtime;
  readonly data: Engine;
  readonly index: KeyIndex;
  readonly watch: (work: Promise<unknown>) => void;
  /** Sets an entry right. */
  readonly apply: (position: number, key: Uint8Array, before: number, after: number) => void;
}

export class Doubts {
  readonly #parts: DoubtsParts;
  /** By key as text, a number that grows with every change of the key. */
  readonly #keys = new Map<string, number>();
  #changes = 0;
  #isWorking = false;
  #isStopped = false;

  constructor(parts: DoubtsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#keys.size;
  }

  add(key: Uint8Array): void {
    this.#keys.set(textOf(key), ++this.#changes);
    if (this.#isWorking || this.#isStopped) return;
    this.#isWorking = true;
    this.#parts.watch(
      this.#work().finally(() => {
        this.#isWorking = false;
      }),
    );
  }

  /** Whether the key is in doubt; then its change is seen when it is looked up. */
  sees(key: Uint8Array): boolean {
    if (this.#keys.size === 0) return false;
    const text = textOf(key);
    if (!this.#keys.has(text)) return false;
    this.#keys.set(text, ++this.#changes);
    return true;
  }

  /** The index will be built anew. */
  clear(): void {
    this.#keys.clear();
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #work(): Promise<void> {
    for (;;) {
      const text = this.#keys.keys().next().value;
      if (text === undefined || this.#isStopped) return;
      try {
        await this.#lookUp(text);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        this.#parts.runtime.probes.mark("a key in doubt could not be read");
        await turnOf(this.#parts.runtime, RETRY_MS);
      }
    }
  }

  async #lookUp(text: string): Promise<void> {
    const { data, index, apply } = this.#parts;
    const key = Buffer.from(text, "latin1");
    const position = positionOf(key);
    const change = this.#keys.get(text);
    const record = await data.get(key);
    const before = await index.get(position, key);
    if (this.#keys.get(text) !== change) return;
    this.#keys.delete(text);
    apply(position, key, before, record === undefined ? NO_HASH : hashOf(key, record, before));
  }
}

/** A record that is none is the scrub's to find; until then the entry stays as it is. */
function hashOf(key: Uint8Array, record: Uint8Array, before: number): number {
  try {
    return recordHashOf(key, record);
  } catch (error) {
    if (error instanceof VersioningError) return before;
    throw error;
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
