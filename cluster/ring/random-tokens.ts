// Virtual nodes: each node has tokens in proportion to its capacity, and tokens stay where they
// are, so that only what a new token cuts off moves.
//
//  1. The tokens of nodes that left go; a new node of the same rack and capacity inherits them. A
//     node with fewer than before gives up those that balance misses least, one with more gets
//     more.
//  2. Data centres are planned one by one: the walk looks at the tokens of one at a time. Their new
//     nodes come one after the other, from each rack in turn (token-growth.ts).

import type { RandomStream } from "../runtime.ts";
import { type Centre, centresOf } from "./centre.ts";
import type { Ring } from "./ring.ts";
import { RingError } from "./ring-error.ts";
import type { PlacementRules, RingNode } from "./ring-node.ts";
import type { Placement, RingStrategy } from "./strategy.ts";
import { type CentreTokens, growTokens, shedTokens } from "./token-growth.ts";
import { walkViolations } from "./violations.ts";

const TOKENS_MAX = 4096;

/**
 * @param tokensPerNode Of a node of mean capacity in the first plan, 1 to 4096. Later plans keep
 *   the ratio of tokens to capacity that there is.
 * @throws RingError `RING_OPTIONS`
 */
export function randomTokens(tokensPerNode: number): RingStrategy {
  if (!Number.isInteger(tokensPerNode) || tokensPerNode < 1 || tokensPerNode > TOKENS_MAX) {
    const message = `${tokensPerNode} tokens a node: choose an integer from 1 to ${TOKENS_MAX}`;
    throw new RingError("RING_OPTIONS", message);
  }
  return {
    name: "random-tokens",
    place: (current, nodes, rules, random) => place(tokensPerNode, current, nodes, rules, random),
    violations: walkViolations,
  };
}

function place(
  tokensPerNode: number,
  current: Ring | undefined,
  nodes: readonly RingNode[],
  rules: PlacementRules,
  random: RandomStream,
): Placement {
  const before = predecessors(current, nodes);
  const held = heldTokens(current, before);
  const counts = countsOf(tokensPerNode, nodes, before, held);
  const taken = new Set<number>(held.flat());
  const placed: { token: number; node: number }[] = [];
  for (const centre of centresOf(nodes, rules)) {
    if (centre.members.length === 0) continue;
    const state: CentreTokens = { centre, nodes, counts, taken, ...tokensOf(centre, held) };
    const { tokens, owners } = growTokens(shedTokens(state), random.split(centre.name));
    tokens.forEach((token, i) => {
      placed.push({ token, node: centre.members[owners[i]!]! });
    });
  }
  placed.sort((a, b) => a.token - b.token);
  return {
    tokens: Uint32Array.from(placed, ({ token }) => token),
    owners: Uint16Array.from(placed, ({ node }) => node),
  };
}

/** What each node of the plan was, or whom it replaces; undefined for one that is new. */
function predecessors(
  current: Ring | undefined,
  nodes: readonly RingNode[],
): (RingNode | undefined)[] {
  const old = new Map(current?.nodes.map((node) => [node.id, node]));
  const staying = new Set(nodes.map(({ id }) => id));
  const left = [...old.values()].filter(({ id }) => !staying.has(id));
  return nodes.map((node) => {
    if (old.has(node.id)) return old.get(node.id);
    const place = left.findIndex(
      ({ dc, rack, capacity }) =>
        dc === node.dc && rack === node.rack && capacity === node.capacity,
    );
    return place < 0 ? undefined : left.splice(place, 1)[0];
  });
}

/** The tokens that each node of the plan has already. */
function heldTokens(
  current: Ring | undefined,
  before: readonly (RingNode | undefined)[],
): number[][] {
  const held: number[][] = before.map(() => []);
  const indexOf = new Map(before.map((node, index) => [node?.id, index]));
  current?.owners.forEach((owner, vnode) => {
    const node = indexOf.get(current.nodes[owner]!.id);
    if (node !== undefined) held[node]!.push(current.tokens[vnode]!);
  });
  return held;
}

/** How many tokens each node is to have, at least 1. Unchanged capacity keeps its number. */
function countsOf(
  tokensPerNode: number,
  nodes: readonly RingNode[],
  before: readonly (RingNode | undefined)[],
  held: readonly (readonly number[])[],
): number[] {
  const keptCapacity = before.reduce((sum, node) => sum + (node?.capacity ?? 0), 0);
  const keptTokens = held.flat().length;
  const meanCapacity = nodes.reduce((sum, { capacity }) => sum + capacity, 0) / nodes.length;
  const tokensPerCapacity =
    keptTokens > 0 ? keptTokens / keptCapacity : tokensPerNode / meanCapacity;
  return nodes.map(({ capacity }, node) => {
    if (before[node]?.capacity === capacity) return held[node]!.length;
    return Math.max(1, Math.round(capacity * tokensPerCapacity));
  });
}

/** The tokens of a centre, rising, owners by their numbers within it. */
function tokensOf(centre: Centre, held: readonly (readonly number[])[]) {
  const pairs = centre.members
    .flatMap((node, member) => held[node]!.map((token) => ({ token, member })))
    .sort((a, b) => a.token - b.token);
  return { tokens: pairs.map(({ token }) => token), owners: pairs.map(({ member }) => member) };
}
