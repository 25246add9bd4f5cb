// Answers what another node asks about a partition. It keeps nothing between two requests.
//
// Invariants:
//  I1. Nothing is told to a node with another plan or rule, nor while the index is not ready: what
//      it lacks would look as if this node lacked it.
//  I2. What is answered covers all offsets up to the end that the answer names.

import { EngineError } from "../../engines/errors.ts";
import { positionOf } from "../ring/position.ts";
import type { NodeId } from "../runtime.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { encode } from "./codec.ts";
import { type Local, mergeAll, visitEntries } from "./local.ts";
import {
  type Answer,
  type Ask,
  type FetchAsk,
  type Found,
  HASHES_MAX,
  Kind,
  type ListAsk,
  type LookAsk,
  Missing,
  type PageAsk,
  type PushAsk,
  Refusal,
  type SumsAsk,
} from "./messages.ts";
import type { Partition, Span } from "./partition.ts";

/** Keys and sets of one answer, about; more only when a single one is longer. */
const ANSWER_BYTES = 128 * 1024;
/** An answer has fewer hashes than a message may, so that one position is never cut in two. */
const LIST_HASHES = HASHES_MAX / 2;
/** Up to this debt of the budget an answer is given. */
const DEBT_MAX_MS = 100;

export interface ResponderParts {
  readonly local: Local;
  readonly budget: ByteBudget;
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  readonly watch: (work: Promise<unknown>) => void;
}

/** Entries up to `end`. */
interface Listed {
  readonly end: number;
  readonly offsets: readonly number[];
  readonly hashes: readonly number[];
  readonly keys: readonly Uint8Array[];
}

export class Responder {
  readonly #parts: ResponderParts;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
  }

  /** @param bytes Of the request. */
  receive(from: NodeId, ask: Ask, bytes: number): void {
    const { budget, watch } = this.#parts;
    const { number } = ask;
    const { debtMs } = budget;
    // Before its own bytes count: else what is longer than the debt allows would never be taken.
    if (debtMs > DEBT_MAX_MS) {
      this.#tell(from, { kind: Kind.busy, number, waitMs: Math.ceil(debtMs) });
      return;
    }
    budget.charge(bytes);
    const reason = this.#refuses(ask);
    if (reason !== undefined) this.#tell(from, { kind: Kind.refused, number, reason });
    else watch(this.#answer(ask).then((answer) => this.#tell(from, answer)));
  }

  #tell(to: NodeId, answer: Answer): void {
    const { budget, send } = this.#parts;
    const payload = encode(answer);
    budget.charge(payload.length);
    send(to, payload);
  }

  #refuses({ plan, partition }: Ask): Refusal | undefined {
    const { index, plan: planOf } = this.#parts.local;
    const { epoch, rule } = planOf();
    if (plan.epoch !== epoch || plan.rule !== rule) return Refusal.plan;
    if (!index.hasPartition(partition)) return Refusal.plan;
    if (!index.isReady || index.treeOf(partition) === undefined) return Refusal.notReady;
    return undefined;
  }

  async #answer(ask: Ask): Promise<Answer> {
    try {
      switch (ask.kind) {
        case Kind.sums:
          return this.#sums(ask);
        case Kind.list:
          return await this.#list(ask);
        case Kind.look:
          return await this.#look(ask);
        case Kind.fetch:
          return await this.#fetch(ask);
        case Kind.push:
          return await this.#push(ask);
        case Kind.page:
          return await this.#page(ask);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { kind: Kind.refused, number: ask.number, reason: Refusal.failed };
    }
  }

  #sums({ number, partition, level, nodes }: SumsAsk): Answer {
    const tree = this.#parts.local.index.treeOf(partition)!;
    if (level > tree.level) return { kind: Kind.refused, number, reason: Refusal.notReady };
    const sums = nodes.map((node) => tree.sumOf(level, node));
    return { kind: Kind.sumsAnswer, number, level: tree.level, keys: tree.keys, sums };
  }

  async #list({ number, partition, spans }: ListAsk): Promise<Answer> {
    const { end, offsets, hashes } = await this.#listed(partition, spans, false);
    return { kind: Kind.listAnswer, number, end, offsets, hashes };
  }

  async #look({ number, partition, offsets }: LookAsk): Promise<Answer> {
    const spans = offsets.map((offset) => ({ start: offset, end: offset + 1 }));
    const { end, keys, hashes } = await this.#listed(partition, spans, true);
    return { kind: Kind.lookAnswer, number, end, keys, hashes };
  }

  async #fetch({ number, partition, keys }: FetchAsk): Promise<Answer> {
    const found: Found[] = [];
    let bytes = 0;
    for (const key of keys) {
      if (bytes >= ANSWER_BYTES) break;
      const it = partition.has(positionOf(key)) ? await this.#read(key) : Missing.absent;
      found.push(it);
      bytes += typeof it === "number" ? 0 : it.length;
    }
    return { kind: Kind.fetchAnswer, number, found };
  }

  async #push({ number, partition, keys, sets }: PushAsk): Promise<Answer> {
    const own = keys.map((_, i) => i).filter((i) => partition.has(positionOf(keys[i]!)));
    const stored = own.map((i) => keys[i]!);
    const failed = await mergeAll(
      this.#parts.local,
      stored,
      own.map((i) => sets[i]!),
    );
    return { kind: Kind.pushAnswer, number, failed: failed + keys.length - own.length };
  }

  async #page({ number, partition, start }: PageAsk): Promise<Answer> {
    const spans = [{ start, end: partition.size }];
    const listed = await this.#listed(partition, spans, true);
    const found: Found[] = [];
    let { end } = listed;
    let bytes = 0;
    for (let i = 0; i < listed.keys.length; i++) {
      // A page ends between two positions.
      const isNew = i > 0 && listed.offsets[i] !== listed.offsets[i - 1];
      if (bytes >= ANSWER_BYTES && isNew) {
        end = listed.offsets[i]!;
        break;
      }
      const it = await this.#read(listed.keys[i]!);
      found.push(it);
      bytes += listed.keys[i]!.length + (typeof it === "number" ? 0 : it.length);
    }
    return {
      ...{ kind: Kind.pageAnswer, number, end, found },
      keys: listed.keys.slice(0, found.length),
    };
  }

  async #read(key: Uint8Array): Promise<Found> {
    try {
      return (await this.#parts.local.store.read(key)) ?? Missing.absent;
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof VersioningError)) throw error;
      return Missing.unreadable;
    }
  }

  /** What is at the spans, as much as an answer takes; keys only where they are wanted. */
  async #listed(partition: Partition, spans: readonly Span[], wantsKeys: boolean): Promise<Listed> {
    const offsets: number[] = [];
    const hashes: number[] = [];
    const keys: Uint8Array[] = [];
    let end = spans.at(-1)?.end ?? partition.size;
    let bytes = 0;
    await visitEntries(this.#parts.local, partition, spans, (offset, page, i) => {
      const isFull = hashes.length >= LIST_HASHES || bytes >= ANSWER_BYTES;
      if (isFull && offset !== offsets.at(-1)) {
        end = offset;
        return false;
      }
      offsets.push(offset);
      hashes.push(page.hash(i));
      if (!wantsKeys) return true;
      const key = page.key(i).slice();
      keys.push(key);
      bytes += key.length;
      return true;
    });
    return { end, offsets, hashes, keys };
  }
}
