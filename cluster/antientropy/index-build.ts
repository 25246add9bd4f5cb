// Fills an empty index from the data engine, while writes go on.
//
// Steps, slice by slice in the order of keys:
//  1. Open a scan behind the last key of the slice before, the frontier. Read it to its end, and
//     note each key that is written meanwhile.
//  2. In one turn: put the entries of the slice, and move the frontier behind its last key. Keys up
//     to there that were noted are in doubt (doubts.ts), since the scan may have seen them before.
//  3. Let others have a turn.
//
// Invariants:
//  I1. Keys up to the frontier are in the index, and are kept there by every write; those behind it
//      are not, and a write of one of them leaves the index alone.

import type { Engine } from "../../engines/engine.ts";
import { positionOf } from "../ring/position.ts";
import type { Runtime } from "../runtime.ts";
import { VersioningError } from "../versioning/errors.ts";
import { NO_HASH } from "./hash48.ts";
import { turnOf } from "./turn.ts";
import { recordHashOf } from "./version-hash.ts";

const SLICE_KEYS = 1024;

export interface IndexBuildParts {
  readonly runtime: Runtime;
  readonly data: Engine;
  /** Puts an entry that is not there yet. */
  readonly put: (position: number, key: Uint8Array, hash: number) => void;
  readonly doubt: (key: Uint8Array) => void;
  /** It is to end: the index is broken, or the node stops. */
  readonly isOver: () => boolean;
}

interface Slice {
  readonly keys: Uint8Array[];
  /** NO_HASH for a record that is none, which is the scrub's to find. */
  readonly hashes: number[];
}

export class IndexBuild {
  readonly #parts: IndexBuildParts;
  #frontier: Uint8Array | undefined;
  /** By key as text, what was written while a slice is read. */
  readonly #touched = new Map<string, Uint8Array>();
  #isDone = false;

  constructor(parts: IndexBuildParts) {
    this.#parts = parts;
  }

  /** Whether a write of the key changes the index (I1). When it does not, it is noted. */
  covers(key: Uint8Array): boolean {
    if (this.#isDone) return true;
    if (this.#frontier !== undefined && Buffer.compare(key, this.#frontier) <= 0) return true;
    this.#touched.set(Buffer.from(key).toString("latin1"), key.slice());
    return false;
  }

  /** Settles when all keys are in the index, or it is over. Throws EngineError. */
  async run(): Promise<void> {
    const { runtime, put, doubt, isOver } = this.#parts;
    while (!this.#isDone && !isOver()) {
      this.#touched.clear();
      const { keys, hashes } = await this.#read();
      if (isOver()) return;
      keys.forEach((key, i) => {
        if (hashes[i] !== NO_HASH) put(positionOf(key), key, hashes[i]!);
      });
      this.#frontier = keys.at(-1);
      this.#isDone = keys.length < SLICE_KEYS;
      if (!runtime.probes.isPlanted("entropy-build-forgets")) {
        for (const key of [...this.#touched.values()]) if (this.covers(key)) doubt(key);
      }
      await turnOf(runtime);
    }
  }

  async #read(): Promise<Slice> {
    const slice: Slice = { keys: [], hashes: [] };
    const after = this.#frontier === undefined ? {} : { gt: this.#frontier };
    const cursor = this.#parts.data.scan({ ...after, limit: SLICE_KEYS });
    try {
      for (;;) {
        const chunk = await cursor.next();
        if (chunk === undefined) return slice;
        for (let i = 0; i < chunk.count; i++) {
          const key = chunk.key(i).slice();
          slice.keys.push(key);
          slice.hashes.push(hashOf(key, chunk.value(i)));
        }
      }
    } finally {
      await cursor.close();
    }
  }
}

function hashOf(key: Uint8Array, record: Uint8Array): number {
  try {
    return recordHashOf(key, record);
  } catch (error) {
    if (error instanceof VersioningError) return NO_HASH;
    throw error;
  }
}
