// A ring as text: one JSON document, the same for the same ring on every machine, so that texts can
// be compared and hashed. Owners are indices into the nodes, which are in the order of their ids.

import { RING_POSITIONS } from "./position.ts";
import { Ring, type StrategyName } from "./ring.ts";
import { RingError } from "./ring-error.ts";
import { checkNodes, type RingNode } from "./ring-node.ts";

const FORMAT = 1;
const STRATEGIES: readonly StrategyName[] = ["fixed-partitions", "random-tokens"];

export function encodeRing(ring: Ring): string {
  return JSON.stringify({
    format: FORMAT,
    epoch: ring.epoch,
    strategy: ring.strategy,
    nodes: ring.nodes.map(({ id, capacity, rack, dc }) => ({ id, capacity, rack, dc })),
    tokens: [...ring.tokens],
    owners: [...ring.owners],
  });
}

/** @throws RingError `RING_TEXT` when any part is missing, out of range or out of order */
export function decodeRing(text: string): Ring {
  const parts = parse(text);
  if (parts.format !== FORMAT) {
    throw wrong(`its format is ${parts.format}: open it with the version that wrote it`);
  }
  const { epoch, strategy } = parts;
  if (!Number.isSafeInteger(epoch) || (epoch as number) < 1) throw wrong("its epoch is none");
  if (!STRATEGIES.includes(strategy as StrategyName)) throw wrong("its strategy is unknown");
  const nodes = readNodes(parts.nodes);
  const tokens = readIntegers("tokens", parts.tokens, RING_POSITIONS);
  const owners = readIntegers("owners", parts.owners, nodes.length);
  if (tokens.length === 0) throw wrong("it has no tokens");
  if (owners.length !== tokens.length) throw wrong("it has not one owner for each token");
  tokens.forEach((token, i) => {
    if (i > 0 && token <= tokens[i - 1]!) throw wrong(`token ${i} is not above the one before`);
  });
  return new Ring({
    epoch: epoch as number,
    strategy: strategy as StrategyName,
    nodes,
    tokens: Uint32Array.from(tokens),
    owners: Uint16Array.from(owners),
  });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
  if (typeof value !== "object" || value === null) throw wrong("it is not a JSON object");
  return value as Readonly<Record<string, unknown>>;
}

function readNodes(value: unknown): readonly RingNode[] {
  const isObject = (node: unknown) => typeof node === "object" && node !== null;
  if (!Array.isArray(value) || !value.every(isObject)) throw wrong("its nodes are no list");
  const nodes = value as RingNode[];
  let ordered: readonly RingNode[];
  try {
    ordered = checkNodes(nodes);
  } catch (error) {
    if (error instanceof RingError) throw wrong(error.message);
    throw error;
  }
  // In another order the owners would mean other nodes.
  if (ordered.some(({ id }, i) => id !== nodes[i]!.id)) throw wrong("its nodes are out of order");
  return ordered;
}

function readIntegers(what: string, value: unknown, limit: number): number[] {
  if (!Array.isArray(value)) throw wrong(`its ${what} are no list`);
  for (const [i, each] of value.entries()) {
    if (Number.isInteger(each) && each >= 0 && each < limit) continue;
    throw wrong(`number ${i} of its ${what} is out of range`);
  }
  return value;
}

function wrong(what: string): RingError {
  const cure = "fetch the plan again from the nodes that hold it";
  return new RingError("RING_TEXT", `this text is not a ring: ${what}; ${cure}`);
}
