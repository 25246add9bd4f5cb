// What a level comes to, counted here once more and apart from the product, whose counting is on
// trial: how many replicas at least have answered, in all and by data centre.

import type { Consistency } from "../../replication/consistency.ts";
import type { ReplicationRule } from "../../ring/ring-node.ts";

/** Replicas that have answered at least; every number is at least 0. */
export interface Quorum {
  readonly total: number;
  readonly primaries: number;
  readonly byDc: Readonly<Record<string, number>>;
}

/** One for each data centre that could be the coordinator's; one where that is all the same. */
export function quorumsOf(consistency: Consistency, replicas: ReplicationRule): Quorum[] {
  const { level = "QUORUM", count, primaries = 0 } = consistency;
  const centres = Object.entries(replicas).filter(([, n]) => n > 0);
  const n = centres.reduce((sum, [, of]) => sum + of, 0);
  if (count !== undefined) return [{ total: count, primaries, byDc: {} }];
  const local = (size: (n: number) => number): Quorum[] =>
    centres.map(([dc, of]) => ({ total: size(of), primaries, byDc: { [dc]: size(of) } }));
  switch (level) {
    case "LOCAL_ONE":
      return local(() => 1);
    case "LOCAL_QUORUM":
      return local(majority);
    case "EACH_QUORUM": {
      const byDc = Object.fromEntries(centres.map(([dc, of]) => [dc, majority(of)]));
      const total = Object.values(byDc).reduce((sum, of) => sum + of, 0);
      return [{ total, primaries, byDc }];
    }
    default: {
      const totals = { ANY: 0, ONE: 1, TWO: 2, THREE: 3, QUORUM: majority(n), ALL: n };
      return [{ total: totals[level], primaries, byDc: {} }];
    }
  }
}

/** Under strict quorums: whether any two sets of replicas that meet the one and the other meet. */
export function alwaysMeet(a: Consistency, b: Consistency, replicas: ReplicationRule): boolean {
  const n = Object.values(replicas).reduce((sum, of) => sum + of, 0);
  const meet = (x: Quorum, y: Quorum): boolean =>
    sizeOf(x) + sizeOf(y) > n ||
    Object.entries(replicas).some(([dc, of]) => (x.byDc[dc] ?? 0) + (y.byDc[dc] ?? 0) > of);
  return quorumsOf(a, replicas).every((x) => quorumsOf(b, replicas).every((y) => meet(x, y)));
}

/** Of how many different nodes an acknowledged write is on the disk at least. */
export function copiesOf(write: Consistency, replicas: ReplicationRule): number {
  return Math.min(...quorumsOf(write, replicas).map(sizeOf));
}

function sizeOf({ total, primaries }: Quorum): number {
  return Math.max(total, primaries);
}

function majority(n: number): number {
  return Math.floor(n / 2) + 1;
}
