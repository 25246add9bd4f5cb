// The electorates of keys, made once for each list of voters: many keys have the same.

import type { NodeId, NodeProbes } from "../runtime.ts";
import { Electorate } from "./electorate.ts";

/** Who votes on a key: different nodes, and while the plan changes those of the next plan. */
export interface VoterLists {
  readonly voters: readonly NodeId[];
  readonly next?: readonly NodeId[];
}

const KNOWN_MAX = 4096;
const NOBODY: readonly NodeId[] = [];

export class Electorates {
  readonly #votersOf: (key: Uint8Array) => VoterLists;
  readonly #probes: NodeProbes;
  readonly #known = new Map<string, Electorate>();

  constructor(votersOf: (key: Uint8Array) => VoterLists, probes: NodeProbes) {
    this.#votersOf = votersOf;
    this.#probes = probes;
  }

  of(key: Uint8Array): Electorate {
    const lists = this.#votersOf(key);
    const { voters } = lists;
    const isHalf = this.#probes.isPlanted("consensus-one-majority");
    const next = isHalf ? NOBODY : (lists.next ?? NOBODY);
    const text = next.length === 0 ? voters.join() : `${voters.join()}>${next.join()}`;
    let electorate = this.#known.get(text);
    if (electorate === undefined) {
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      electorate = new Electorate(voters, next, this.#probes.isPlanted("consensus-minority"));
      this.#known.set(text, electorate);
    }
    return electorate;
  }
}
