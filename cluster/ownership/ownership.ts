// Who owns what: the ring, and while it changes the ring that comes. It is the value of one key of
// a consensus register (plan-register.ts), so that all nodes with one epoch have the same value.
//
// Steps of a change, each with an epoch of its own:
//
//   step       reads go to        writes go to     next
//   stable     the ring           the ring         begin: `transfer`
//   transfer   the ring           both             switchOver: `switch`; giveUp: `stable`
//   switch     the coming ring    both             settle: `stable`, with the coming ring
//
// Invariants:
//  I1. The epoch rises by one with each step, and no two values have the same.
//  I2. There is a coming ring in `transfer` and `switch`, and in no other step.
//  I3. Of two steps in a row, what a read asks under the one and what a write reaches under the
//      other have a node in common whenever R + W > N: writes to both rings are counted so that W
//      replicas of each have them. Steps that are further apart are never under way together: a
//      step is left when all members know it.
//
// The same steps carry the voters of the register: in `transfer` and `switch` a majority of both
// lists decides (consensus/electorate.ts).

import assert from "node:assert";
import type { VoterLists } from "../consensus/electorates.ts";
import { Ring } from "../ring/ring.ts";
import type { NodeId } from "../runtime.ts";

/** The name of a cluster that was given none. */
export const CLUSTER = "ringbench";

export type OwnershipStep = "stable" | "transfer" | "switch";

export interface RingChange {
  readonly ring: Ring;
  /** Different nodes of `ring`. */
  readonly voters: readonly NodeId[];
  /** Members that are not waited for: they were declared gone for good, with what they held. */
  readonly gone: readonly NodeId[];
}

/** Immutable. */
export interface Ownership {
  /** Letters, digits and "._-", 1 to 64: nodes of another cluster are refused. */
  readonly cluster: string;
  /** From 1. */
  readonly epoch: number;
  /** That of the founding value. */
  readonly firstEpoch: number;
  readonly step: OwnershipStep;
  readonly ring: Ring;
  readonly voters: readonly NodeId[];
  readonly change: RingChange | undefined;
}

/** The first one; the ring's own epoch is where epochs begin. */
export function foundingOwnership(
  cluster: string,
  ring: Ring,
  voters: readonly NodeId[],
): Ownership {
  const { epoch } = ring;
  return { cluster, epoch, firstEpoch: epoch, step: "stable", ring, voters, change: undefined };
}

export function beginChange(ownership: Ownership, change: RingChange): Ownership {
  assert(ownership.step === "stable", "I2: one change at a time");
  return next(ownership, { step: "transfer", change });
}

export function switchOver(ownership: Ownership): Ownership {
  assert(ownership.step === "transfer", "I3: data comes before readers");
  return next(ownership, { step: "switch" });
}

/** With readers on the coming ring there is no way back, only another change. */
export function giveUp(ownership: Ownership): Ownership {
  assert(ownership.step === "transfer", "I3: nobody reads from the coming ring yet");
  return next(ownership, { step: "stable", change: undefined });
}

export function settle(ownership: Ownership): Ownership {
  const { step, change } = ownership;
  assert(step === "switch" && change !== undefined, "I3: readers have moved");
  const { ring, voters } = change;
  return next(ownership, { step: "stable", ring, voters, change: undefined });
}

function next(ownership: Ownership, changed: Partial<Ownership>): Ownership {
  const { epoch } = ownership;
  const after = { ...ownership, ...changed, epoch: epoch + 1 };
  assert((after.change !== undefined) === (after.step !== "stable"), "I2: a change has a ring");
  return after;
}

/** The ring that reads go to, and the one that only writes go to. */
export function ringsOf({ step, ring, change }: Ownership): {
  readonly reads: Ring;
  readonly writes: Ring | undefined;
} {
  if (change === undefined) return { reads: ring, writes: undefined };
  return step === "transfer"
    ? { reads: ring, writes: change.ring }
    : { reads: change.ring, writes: ring };
}

/** All nodes of both rings, those that are gone included; sorted. */
export function nodesOf({ ring, change }: Ownership): readonly NodeId[] {
  const ids = new Set(ring.nodes.map(({ id }) => id));
  for (const { id } of change?.ring.nodes ?? []) ids.add(id);
  return [...ids].sort();
}

/** The data centre of a node; that of the first node when it is on neither ring. */
export function centreOf({ ring, change }: Ownership, node: NodeId): string {
  const nodes = [...ring.nodes, ...(change?.ring.nodes ?? [])];
  return (nodes.find(({ id }) => id === node) ?? nodes[0]!).dc;
}

/** Who must know a step before it is left. */
export function membersOf(ownership: Ownership): readonly NodeId[] {
  const gone = new Set(ownership.change?.gone);
  return nodesOf(ownership).filter((id) => !gone.has(id));
}

/** Who decides what comes next. */
export function votersOf({ voters, change }: Ownership): VoterLists {
  return change === undefined ? { voters } : { voters, next: change.voters };
}

/** The same ring with more tokens: no position gets another owner, and no walk another list. */
export function refined(ring: Ring, tokens: Uint32Array): Ring {
  const all = Uint32Array.from(new Set([...ring.tokens, ...tokens])).sort();
  if (all.length === ring.tokens.length) return ring;
  const owners = Uint16Array.from(all, (token) => ring.owners[ring.lookup(token)]!);
  const { epoch, strategy, nodes } = ring;
  return new Ring({ epoch, strategy, nodes, tokens: all, owners });
}
