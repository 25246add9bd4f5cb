// An account of the hints of one node over all its runs, kept from what its store says of each, and
// the judge of all such accounts:
//
//  - every hint that was said to be kept is found after a crash, until it is taken away;
//  - when one is taken away its target has what the node knew of the key when it was kept;
//  - at the end none is left.
//
//  I1. kept = removed + lost with disks + open.

import assert from "node:assert";
import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { Hint, HintObserver } from "../../hints/hint-store.ts";
import type { NodeId } from "../../runtime.ts";
import type { ConflictPolicy } from "../../versioning/policy.ts";

/** What a node holds of a key now; undefined when that is nothing. */
export type HeldOf = (
  node: NodeId,
  hint: Hint,
  isDurable: boolean,
) => Promise<Uint8Array | undefined>;

/** What befell the disk of a node during the run. */
export interface DiskFacts {
  /** It was not lost. */
  readonly hasDisk: (node: NodeId) => boolean;
  /** Nor ever full: then what was visible may be taken back while the node runs. */
  readonly isSteady: (node: NodeId) => boolean;
}

interface Delivered {
  readonly hint: Hint;
  readonly set: Uint8Array;
}

export class HintLedger implements HintObserver {
  readonly node: NodeId;
  readonly violations: Violation[] = [];
  readonly #open = new Map<string, Hint>();
  /** Since the run began: those that are yet to be found. */
  #missing = new Map<string, Hint>();
  /** By open hint of this run: what the node knew of the key when it was last kept. */
  #known = new Map<string, Promise<Uint8Array | undefined>>();
  readonly #delivered: Delivered[] = [];
  readonly #heldOf: HeldOf;
  #run = 0;
  #kept = 0;
  #removed = 0;
  #lost = 0;

  constructor(node: NodeId, heldOf: HeldOf) {
    this.node = node;
    this.#heldOf = heldOf;
  }

  /** A run of the node begins; `isNewDisk` when the disk was lost since the last one began. */
  begin(isNewDisk: boolean): void {
    if (isNewDisk) {
      this.#lost += this.#open.size;
      this.#open.clear();
    }
    this.#missing = new Map(this.#open);
    this.#known = new Map();
    this.#run++;
  }

  /** The node has read what the run before it left. */
  loaded(): void {
    for (const [text, hint] of this.#missing) {
      this.#open.delete(text);
      this.#lost++;
      const key = Buffer.from(hint.key).toString();
      const message = `${this.node} forgot the hint of key ${key} for ${hint.target}`;
      this.violations.push({ message, key, events: [] });
    }
    this.#missing.clear();
  }

  /** Also one that was taken away, when a crash came before that was durable. */
  found(hint: Hint): void {
    this.#missing.delete(textOf(hint));
    this.#add(hint);
  }

  kept(hint: Hint): void {
    this.#add(hint);
    const run = this.#run;
    // Later writes that are visible already are no part of it until they are durable: a crash may
    // take them away again.
    const reading = this.#heldOf(this.node, hint, true);
    const known = reading.then((set) => (run === this.#run ? set : undefined));
    this.#known.set(textOf(hint), known);
  }

  /** Also one that is not durable yet. */
  removed(hint: Hint): void {
    const text = textOf(hint);
    this.#missing.delete(text);
    if (this.#open.delete(text)) this.#removed++;
    this.#known.get(text)?.then((set) => {
      if (set !== undefined) this.#delivered.push({ hint, set });
    });
    this.#known.delete(text);
  }

  /** Before anything else brings to the targets what they were to get from here. */
  async checkTargets(policy: ConflictPolicy, { hasDisk, isSteady }: DiskFacts): Promise<void> {
    if (!isSteady(this.node)) return;
    for (const { hint, set } of this.#delivered) {
      const { target, key: name } = hint;
      if (!hasDisk(target)) continue;
      const held = await this.#heldOf(target, hint, false);
      const order = held && policy.compare(policy.decode(set), policy.decode(held));
      if (order === "before" || order === "equal") continue;
      const key = Buffer.from(name).toString();
      const message = `${this.node} took its hint of key ${key} for ${target} away, which lacks it`;
      this.violations.push({ message, key, events: [] });
    }
  }

  /** Hints that were kept, each time that it was new. */
  get count(): number {
    assert(this.#kept === this.#removed + this.#lost + this.#open.size, "I1: the account is even");
    return this.#kept;
  }

  get pending(): readonly Hint[] {
    return [...this.#open.values()];
  }

  #add(hint: Hint): void {
    const text = textOf(hint);
    if (!this.#open.has(text)) this.#kept++;
    this.#open.set(text, hint);
  }
}

/** At the end of a run. An operation of this checker is a hint. */
export function judgeHints(ledgers: Iterable<HintLedger>): Verdict {
  const violations: Violation[] = [];
  let operations = 0;
  for (const { node, count, pending, violations: forgotten } of ledgers) {
    operations += count;
    violations.push(...forgotten);
    for (const { target, key: name } of pending) {
      const key = Buffer.from(name).toString();
      const message = `${node} still has a hint of key ${key} for ${target}`;
      violations.push({ message, key, events: [] });
    }
  }
  return { checker: "hints", operations, violations, undecided: [] };
}

function textOf({ target, keyspace, key }: Hint): string {
  return `${target}/${keyspace}/${Buffer.from(key).toString("latin1")}`;
}
