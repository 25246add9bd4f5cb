// Ballots whose promises still hold, as far as this node knows: with one, the next change of a key
// needs no new round of promises.
//
// Invariants:
//  I1. What is kept was accepted by a quorum of its plan, and nothing was proposed above it here.
//  I2. Whoever takes it proposes at most one state at its next step.

import { type Ballot, compareBallots } from "./ballot.ts";
import type { VoteRecord } from "./vote-record.ts";

const LEADS_MAX = 4096;

interface Lead {
  readonly ballot: Ballot;
  readonly plan: number;
}

export class Leads {
  /** By the text of the key; the oldest goes first. */
  readonly #leads = new Map<string, Lead>();

  keep(text: string, ballot: Ballot, plan: number): void {
    this.#leads.delete(text);
    if (this.#leads.size >= LEADS_MAX) {
      for (const oldest of this.#leads.keys()) {
        this.#leads.delete(oldest);
        break;
      }
    }
    this.#leads.set(text, { ballot, plan });
  }

  /**
   * The ballot to go on from, if it was got under this plan, and the record of this node, whose
   * state is then the newest, still stands at it. It is not kept any longer (I2).
   */
  take(text: string, plan: number, record: VoteRecord | undefined): Ballot | undefined {
    const lead = this.#leads.get(text);
    if (lead === undefined) return undefined;
    this.#leads.delete(text);
    const { ballot } = lead;
    if (lead.plan !== plan || record === undefined) return undefined;
    if (compareBallots(record.promised, ballot) !== 0) return undefined;
    return compareBallots(record.accepted, ballot) === 0 ? ballot : undefined;
  }
}
