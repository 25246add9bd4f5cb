// Questions to all nodes, each until enough of them have answered: a request of one node in a world
// that loses datagrams.
//
// Invariants:
//  I1. A node counts once in a round, and only for the round that it answered.

import type { NodeId, Runtime } from "../runtime.ts";

const RESEND_MS = 150;
const GIVE_UP_MS = 1000;

interface Round<Reply> {
  readonly needed: number;
  readonly answered: Set<NodeId>;
  readonly replies: Reply[];
  readonly ask: (to: NodeId) => void;
  readonly onEnough: (replies: readonly Reply[]) => void;
  readonly sinceMs: number;
}

export class Rounds<Reply> {
  readonly #runtime: Runtime;
  readonly #nodes: readonly NodeId[];
  readonly #rounds = new Map<number, Round<Reply>>();
  #last: number;

  constructor(runtime: Runtime, nodes: readonly NodeId[]) {
    this.#runtime = runtime;
    this.#nodes = nodes;
    // Answers to the rounds of a run before must not count for those of this one.
    this.#last = runtime.random.split("rounds").nextBelow(2 ** 40);
  }

  /**
   * Asks every node, and again those that do not answer. `onEnough` is called once, when `needed`
   * of them have; never, when they do not in time.
   */
  begin(
    needed: number,
    ask: (to: NodeId, number: number) => void,
    onEnough: (replies: readonly Reply[]) => void,
  ): void {
    const number = ++this.#last;
    this.#rounds.set(number, {
      needed,
      answered: new Set(),
      replies: [],
      ask: (to) => ask(to, number),
      onEnough,
      sinceMs: this.#runtime.clock.nowMs(),
    });
    this.#send(number);
  }

  count(from: NodeId, number: number, reply: Reply): void {
    const round = this.#rounds.get(number);
    if (round === undefined || round.answered.has(from)) return;
    round.answered.add(from);
    round.replies.push(reply);
    if (round.answered.size < round.needed) return;
    this.#rounds.delete(number);
    round.onEnough(round.replies);
  }

  #send(number: number): void {
    const round = this.#rounds.get(number);
    if (round === undefined) return;
    const { clock, timers, probes } = this.#runtime;
    if (clock.nowMs() - round.sinceMs > GIVE_UP_MS) {
      this.#rounds.delete(number);
      return;
    }
    for (const node of this.#nodes) {
      if (!round.answered.has(node)) round.ask(node);
    }
    const delayMs = probes.buggify("a round resends early") ? 1 : RESEND_MS;
    timers.after(delayMs, () => this.#send(number));
  }
}
