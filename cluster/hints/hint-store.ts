// Which keys a node keeps for primaries that could not be reached, until they have them. Only the
// names are here; the versions are in the node's own store of the keyspace, so that what is handed
// back is the newest that it knows.
//
//   hint := target keyspace key      a key of an engine of its own, with an empty value
//
// Invariants:
//  I1. A hint is as durable as the engine's level before `add` is done: only then may the write
//      count for the primary.
//  I2. A hint is taken away only when its primary has acknowledged what was there when the hint was
//      last added, or a later state: each adding is counted, and who takes it away says which.

import type { Engine, MaybePromise } from "../../engines/engine.ts";
import { messageError } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import { ByteReader, ByteWriter, NODE_BYTES_MAX } from "../versioning/wire.ts";

export interface Hint {
  readonly target: NodeId;
  readonly keyspace: string;
  readonly key: Uint8Array;
}

/** Told what becomes of each hint, so that judges can keep an account of them. */
export interface HintObserver {
  /** An earlier run of the node had left it. */
  found(hint: Hint): void;
  /** It is durable. */
  kept(hint: Hint): void;
  /** It is taken away. */
  removed(hint: Hint): void;
}

const EMPTY = new Uint8Array(0);
const writer = new ByteWriter();

export class HintStore {
  readonly #engine: Engine;
  readonly #observer: HintObserver | undefined;
  readonly #counts = new Map<NodeId, number>();
  /** Those that are there, as text, with the number of their last adding. */
  readonly #known = new Map<string, number>();
  #additions = 0;

  constructor(engine: Engine, observer?: HintObserver) {
    this.#engine = engine;
    this.#observer = observer;
  }

  /** Finds what an earlier run left. */
  async load(): Promise<void> {
    const cursor = this.#engine.scan({ keysOnly: true });
    for (;;) {
      const chunk = await cursor.next();
      if (chunk === undefined) break;
      for (let i = 0; i < chunk.count; i++) {
        this.#remember(chunk.key(i));
        this.#observer?.found(hintOf(chunk.key(i).slice()));
      }
    }
    await cursor.close();
  }

  get targets(): NodeId[] {
    return [...this.#counts.keys()];
  }

  countOf(target: NodeId): number {
    return this.#counts.get(target) ?? 0;
  }

  get count(): number {
    return this.#known.size;
  }

  /** Done when it is durable (I1). */
  add(hint: Hint): MaybePromise<void> {
    const name = nameOf(hint);
    // Also when it is known: the first one may still wait for its sync.
    this.#remember(name);
    const addition = this.#additions;
    const put = this.#engine.put(name, EMPTY);
    const observer = this.#observer;
    if (observer === undefined) return put;
    if (put === undefined) {
      observer.kept(hint);
      return undefined;
    }
    return put.then(() => {
      // When it was taken away meanwhile, or added again, that is still to become durable.
      if (this.additionOf(hint) === addition) observer.kept(hint);
    });
  }

  /** The number of its last adding, for `remove`; undefined when it is not there. */
  additionOf(hint: Hint): number | undefined {
    return this.#known.get(textOf(nameOf(hint)));
  }

  /** Takes the hint away unless it was added again since (I2). */
  remove(hint: Hint, addition: number): MaybePromise<void> {
    const name = nameOf(hint);
    const text = textOf(name);
    if (this.#known.get(text) !== addition) return undefined;
    this.#known.delete(text);
    const left = this.countOf(hint.target) - 1;
    if (left > 0) this.#counts.set(hint.target, left);
    else this.#counts.delete(hint.target);
    this.#observer?.removed(hint);
    return this.#engine.delete(name);
  }

  /** At most `limit` hints of the target, in the order of keyspace and key, behind `after`. */
  async list(target: NodeId, limit: number, after?: Hint): Promise<Hint[]> {
    const bounds = after === undefined ? { gte: prefixOf(target) } : { gt: nameOf(after) };
    const cursor = this.#engine.scan({ ...bounds, limit, keysOnly: true });
    const found: Hint[] = [];
    for (;;) {
      const chunk = await cursor.next();
      if (chunk === undefined) break;
      for (let i = 0; i < chunk.count; i++) {
        const hint = hintOf(chunk.key(i).slice());
        if (hint.target === target) found.push(hint);
      }
    }
    await cursor.close();
    return found;
  }

  #remember(name: Uint8Array): void {
    const text = textOf(name);
    const isNew = !this.#known.has(text);
    this.#known.set(text, ++this.#additions);
    if (!isNew) return;
    const { target } = hintOf(name);
    this.#counts.set(target, this.countOf(target) + 1);
  }
}

function nameOf({ target, keyspace, key }: Hint): Uint8Array {
  writer.begin(2 * (NODE_BYTES_MAX + 1) + key.length);
  writer.node(target);
  writer.node(keyspace);
  writer.copy(key, 0, key.length);
  return writer.take();
}

function prefixOf(target: NodeId): Uint8Array {
  writer.begin(NODE_BYTES_MAX + 1);
  writer.node(target);
  return writer.take();
}

function hintOf(name: Uint8Array): Hint {
  const reader = new ByteReader(name, 0, messageError);
  const target = reader.node();
  const keyspace = reader.node();
  return { target, keyspace, key: name.subarray(reader.at) };
}

function textOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1");
}
