// From what a request asks to who must answer: the counts of Cassandra's ConsistencyLevel for
// levels, those of Riak for numbers.
//
//  1. A level or a count becomes a number of nodes over all data centres, or one for each of some.
//  2. PR or PW is added beside it; it may be above the count, and then both must be met.
//  3. A write's numbers are raised by the pending nodes in their scope (CASSANDRA-833), so that
//     without the pending ones there are as many as before. ANY rests on no replica, and stays.
//
// Hot: steps 1 and 2 of a plain level or count always give the same object.

import assert from "node:assert";
import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import { type Consistency, type Contact, LEVELS, type Level, type Need } from "./consistency.ts";
import type { Topology } from "./topology.ts";

/** Whose request it is, and of what. */
interface NeedContext {
  readonly keyspace: Keyspace;
  /** Of this keyspace. */
  readonly topology: Topology;
  /** The data centre of the coordinator. */
  readonly localDc: string;
  readonly operation: "read" | "write";
  /** The pending nodes of the key. */
  readonly pending: readonly Contact[];
}

/** By topology and data centre: the needs of levels at their place in LEVELS, counts behind. */
const memos = new WeakMap<Topology, Map<string, (Need | undefined)[]>>();

/** QUORUM when nothing was asked. @throws ClusterError CLUSTER_SETTINGS for what cannot be met */
export function needOf(consistency: Consistency, of: NeedContext): Need {
  assert(of.keyspace === of.topology.keyspace, "a need is counted on the keyspace's own topology");
  const { level, count, primaries } = consistency;
  if (level !== undefined && count !== undefined) {
    throw refusal(`level ${level} and ${letterOf(of)} ${count} together: give one of them`);
  }
  let need = count === undefined ? levelNeed(level ?? "QUORUM", of) : countNeed(count, of);
  if (primaries !== undefined && primaries !== 0) {
    checkCount(`P${letterOf(of)}`, primaries, 0, of);
    need = { nodes: need.nodes, primaries, perDc: need.perDc };
  }
  if (of.operation === "read" || of.pending.length === 0) return need;
  return raise(need, of.pending);
}

function levelNeed(level: Level, of: NeedContext): Need {
  const place = LEVELS.indexOf(level);
  if (place < 0) {
    throw refusal(`there is no level ${JSON.stringify(level)}: give one of ${LEVELS.join(", ")}`);
  }
  if (level === "ANY" && of.operation === "read") {
    throw refusal("level ANY is for writes alone: a read needs ONE at least");
  }
  const memo = memoOf(of);
  return (memo[place] ??= makeLevelNeed(level, of));
}

function countNeed(count: number, of: NeedContext): Need {
  checkCount(letterOf(of), count, 1, of);
  const memo = memoOf(of);
  return (memo[LEVELS.length + count] ??= nodes(count));
}

function memoOf({ topology, localDc }: NeedContext): (Need | undefined)[] {
  let byDc = memos.get(topology);
  if (byDc === undefined) memos.set(topology, (byDc = new Map()));
  let memo = byDc.get(localDc);
  if (memo === undefined) {
    memo = new Array(LEVELS.length + 1 + topology.n).fill(undefined);
    byDc.set(localDc, memo);
  }
  return memo;
}

function makeLevelNeed(level: Level, of: NeedContext): Need {
  const { n } = of.topology;
  switch (level) {
    case "ANY":
      return nodes(0);
    case "ONE":
      return nodes(1);
    case "TWO":
      return atMost(2, level, of);
    case "THREE":
      return atMost(3, level, of);
    case "QUORUM":
      return nodes(quorumOf(n));
    case "LOCAL_ONE":
      localReplicas(level, of);
      return perDc([{ dc: of.localDc, nodes: 1 }]);
    case "LOCAL_QUORUM":
      return perDc([{ dc: of.localDc, nodes: quorumOf(localReplicas(level, of)) }]);
    case "EACH_QUORUM":
      return perDc(
        replicated(of.keyspace).map(([dc, replicas]) => ({ dc, nodes: quorumOf(replicas) })),
      );
    case "ALL":
      return nodes(n);
  }
}

function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}

function nodes(count: number): Need {
  return { nodes: count, primaries: 0, perDc: [] };
}

function perDc(counts: Need["perDc"]): Need {
  return { nodes: 0, primaries: 0, perDc: counts };
}

function atMost(count: number, level: Level, { topology, keyspace }: NeedContext): Need {
  const { n } = topology;
  if (count <= n) return nodes(count);
  const name = JSON.stringify(keyspace.name);
  throw refusal(
    `level ${level} asks for ${count} replicas, and N is ${n} in keyspace ${name}: ` +
      "give ONE, QUORUM or ALL, or use a keyspace with more replicas",
  );
}

/** How many the coordinator's data centre has, at least 1. */
function localReplicas(level: Level, { keyspace, localDc }: NeedContext): number {
  const centres = replicated(keyspace);
  const local = centres.find(([dc]) => dc === localDc);
  if (local !== undefined) return local[1];
  const others = centres.map(([dc]) => dc).join(", ");
  throw refusal(
    `level ${level} in data centre ${JSON.stringify(localDc)}, where keyspace ` +
      `${JSON.stringify(keyspace.name)} has no replicas: ask a node of ${others}, or give QUORUM`,
  );
}

function replicated({ replicas }: Keyspace): [string, number][] {
  return Object.entries(replicas).filter(([, count]) => count > 0);
}

function raise(need: Need, pending: readonly Contact[]): Need {
  return {
    nodes: need.nodes === 0 ? 0 : need.nodes + pending.length,
    primaries: need.primaries,
    perDc: need.perDc.map((centre) => ({
      dc: centre.dc,
      nodes: centre.nodes + pending.filter(({ dc }) => dc === centre.dc).length,
    })),
  };
}

function letterOf({ operation }: NeedContext): "R" | "W" {
  return operation === "read" ? "R" : "W";
}

function checkCount(what: string, value: number, min: number, of: NeedContext): void {
  const { n } = of.topology;
  if (Number.isInteger(value) && value >= min && value <= n) return;
  const name = JSON.stringify(of.keyspace.name);
  const wrong = value > n ? `is over N ${n}` : `is no count of the ${n} replicas`;
  throw refusal(
    `${what} ${value} ${wrong} of keyspace ${name}: give an integer from ${min} to ${n}`,
  );
}

function refusal(message: string): ClusterError {
  return new ClusterError("CLUSTER_SETTINGS", message);
}
