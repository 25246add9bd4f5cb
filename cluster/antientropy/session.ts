// One node's side of an exchange with another about one partition: its requests, under the plan of
// its beginning, and the account of what they moved.

import type { NodeId } from "../runtime.ts";
import { type Dialogue, EndedError } from "./dialogue.ts";
import { type Account, type EndReason, type ExchangeReport, newAccount } from "./events.ts";
import type { Local } from "./local.ts";
import {
  type Answer,
  type Ask,
  type FetchAnswer,
  Kind,
  type ListAnswer,
  type LookAnswer,
  type PageAnswer,
  type PlanName,
  type PushAnswer,
  type SumsAnswer,
} from "./messages.ts";
import type { Partition, Span } from "./partition.ts";
import type { SumTree } from "./tree.ts";

export class Session {
  readonly local: Local;
  readonly peer: NodeId;
  readonly partition: Partition;
  readonly account: Account = newAccount();
  readonly #dialogue: Dialogue;
  readonly #plan: PlanName;
  readonly #startMs: number;

  constructor(local: Local, dialogue: Dialogue, peer: NodeId, partition: Partition) {
    this.local = local;
    this.peer = peer;
    this.partition = partition;
    this.#dialogue = dialogue;
    this.#plan = local.plan();
    this.#startMs = local.runtime.clock.nowMs();
  }

  /** Our own tree, with at least so many levels. Throws EndedError. */
  tree(level = 0): SumTree {
    const { index } = this.local;
    const tree = index.isReady ? index.treeOf(this.partition) : undefined;
    if (tree === undefined || tree.level < level) throw new EndedError("not-ready");
    return tree;
  }

  async sums(level: number, nodes: readonly number[]): Promise<SumsAnswer> {
    const answer = await this.#ask<SumsAnswer>({ ...this.#head(), kind: Kind.sums, level, nodes });
    if (answer.sums.length !== nodes.length) throw new EndedError("failed");
    return answer;
  }

  list(spans: readonly Span[]): Promise<ListAnswer> {
    return this.#ask({ ...this.#head(), kind: Kind.list, spans });
  }

  look(offsets: readonly number[]): Promise<LookAnswer> {
    return this.#ask({ ...this.#head(), kind: Kind.look, offsets });
  }

  async fetch(keys: readonly Uint8Array[]): Promise<FetchAnswer> {
    const answer = await this.#ask<FetchAnswer>({ ...this.#head(), kind: Kind.fetch, keys });
    const { length } = answer.found;
    if (length === 0 || length > keys.length) throw new EndedError("failed");
    return answer;
  }

  push(keys: readonly Uint8Array[], sets: readonly Uint8Array[]): Promise<PushAnswer> {
    return this.#ask({ ...this.#head(), kind: Kind.push, keys, sets });
  }

  page(start: number): Promise<PageAnswer> {
    return this.#ask({ ...this.#head(), kind: Kind.page, start });
  }

  report(end: EndReason): ExchangeReport {
    const { runtime, keyspace } = this.local;
    return {
      ...{ keyspace, peer: this.peer, partition: this.partition, end },
      ...this.account,
      durationMs: runtime.clock.nowMs() - this.#startMs,
    };
  }

  #head(): Pick<Ask, "number" | "plan" | "partition"> {
    const number = this.#dialogue.nextNumber();
    return { number, plan: this.#plan, partition: this.partition };
  }

  /** The dialogue gives the kind of answer that belongs to the request. */
  async #ask<A extends Answer>(ask: Ask): Promise<A> {
    const { answer, bytes } = await this.#dialogue.ask(this.peer, ask);
    const isData = ask.kind >= Kind.fetch;
    if (isData) this.account.dataBytes += bytes;
    else this.account.treeBytes += bytes;
    return answer as A;
  }
}
