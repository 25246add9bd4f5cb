// The judge of rings and preference lists. It takes them as plain data and shares no code with what
// it judges.
//
//  P1. The vnodes part the positions 0 to 2^32 - 1: tokens rise, each vnode has an owner that there
//      is, and a look-up gives the vnode whose range holds the position.
//  P2. A preference list has different nodes: of each data centre as many as the rule asks for, or
//      all that own vnodes if those are fewer, in min(replicas, racks) racks; and it says how many
//      are missing.
//  P3. From one ring to the next no more moves than shares have to, times 1.25, plus a slack.
//  P4. Two rings of one epoch are the same, and so are their lists.

const POSITIONS = 2 ** 32;
const MOVED_FACTOR = 1.25;

interface JudgedNode {
  readonly id: string;
  readonly capacity: number;
  readonly rack: string;
  readonly dc: string;
}

export interface JudgedRing {
  readonly epoch: number;
  readonly nodes: readonly JudgedNode[];
  readonly tokens: ArrayLike<number>;
  readonly owners: ArrayLike<number>;
  lookup(position: number): number;
}

export interface JudgedList {
  readonly nodes: readonly string[];
  readonly missing: readonly { readonly dc: string; readonly replicas: number }[];
}

export interface PlacementProblem {
  readonly property: "P1" | "P2" | "P3" | "P4";
  readonly message: string;
}

/** P1. */
export function checkOwnership(ring: JudgedRing): PlacementProblem[] {
  const { tokens, owners, nodes } = ring;
  const problems: string[] = [];
  if (tokens.length === 0) problems.push("there are no vnodes");
  if (owners.length !== tokens.length) {
    problems.push(`${tokens.length} vnodes have ${owners.length} owners`);
  }
  if (new Set(nodes.map(({ id }) => id)).size < nodes.length) problems.push("two nodes, one id");
  let covered = 0;
  for (let vnode = 0; vnode < tokens.length; vnode++) {
    const token = tokens[vnode]!;
    const previous = vnode > 0 ? tokens[vnode - 1]! : tokens[tokens.length - 1]! - POSITIONS;
    if (!Number.isInteger(token) || token < 0 || token >= POSITIONS || token <= previous) {
      problems.push(`vnode ${vnode}: token ${token} does not rise within the ring`);
      continue;
    }
    covered += token - previous;
    if (nodes[owners[vnode]!] === undefined) problems.push(`vnode ${vnode} has no owner`);
    const first = (previous + 1 + POSITIONS) % POSITIONS;
    const middle = (previous + Math.ceil((token - previous) / 2) + POSITIONS) % POSITIONS;
    for (const position of [first, middle, token]) {
      const found = ring.lookup(position);
      if (found === vnode) continue;
      problems.push(`position ${position} is of vnode ${vnode}, the look-up gives ${found}`);
    }
  }
  if (covered !== POSITIONS) problems.push(`${covered} positions are owned, not ${POSITIONS}`);
  return problems.map((message) => ({ property: "P1", message }));
}

/** P2, of all lists; `listAt` gives the list of a vnode. */
export function checkLists(
  ring: JudgedRing,
  rule: Readonly<Record<string, number>>,
  listAt: (vnode: number) => JudgedList,
): PlacementProblem[] {
  const owning = new Set(Array.from(ring.owners));
  const owners = ring.nodes.filter((_, node) => owning.has(node));
  const nodeOf = new Map(ring.nodes.map((node) => [node.id, node]));
  const problems: string[] = [];
  for (let vnode = 0; vnode < ring.tokens.length; vnode++) {
    const { nodes, missing } = listAt(vnode);
    const fail = (what: string) => problems.push(`vnode ${vnode}: ${nodes.join(" ")}: ${what}`);
    if (new Set(nodes).size < nodes.length) fail("a node is there twice");
    const known = nodes.flatMap((id) => nodeOf.get(id) ?? []);
    if (known.length < nodes.length) fail("a node is not of this ring");
    const dcs = new Set([...Object.keys(rule), ...ring.nodes.map(({ dc }) => dc)]);
    for (const dc of dcs) {
      const asked = Object.hasOwn(rule, dc) ? rule[dc]! : 0;
      const there = owners.filter((node) => node.dc === dc);
      const listed = known.filter((node) => node.dc === dc);
      const wanted = Math.min(asked, there.length);
      if (listed.length !== wanted) fail(`${listed.length} of ${dc}, not ${wanted}`);
      const racks = Math.min(asked, new Set(there.map(({ rack }) => rack)).size);
      const listedRacks = new Set(listed.map(({ rack }) => rack)).size;
      if (listedRacks < racks) fail(`${listedRacks} racks of ${dc}, not ${racks}`);
      const told = missing.find((each) => each.dc === dc)?.replicas ?? 0;
      if (told !== asked - wanted) fail(`${asked - wanted} missing of ${dc}, ${told} told`);
    }
    const owner = ring.nodes[ring.owners[vnode]!]!;
    const isFirst = nodes[0] === owner.id || (rule[owner.dc] ?? 0) === 0;
    if (!isFirst) fail(`it does not begin with the owner, ${owner.id}`);
  }
  return problems.map((message) => ({ property: "P2", message }));
}

/** P3. @param slack A share of the ring, 0 to 1: for counts that do not divide. */
export function checkMovement(
  before: JudgedRing,
  after: JudgedRing,
  slack: number,
): PlacementProblem[] {
  const ends = [...Array.from(before.tokens), ...Array.from(after.tokens), POSITIONS - 1];
  ends.sort((a, b) => a - b);
  let moved = 0;
  let last = -1;
  for (const end of ends) {
    const from = before.nodes[before.owners[before.lookup(end)]!]!.id;
    const to = after.nodes[after.owners[after.lookup(end)]!]!.id;
    if (from !== to) moved += end - last;
    last = end;
  }
  const share = moved / POSITIONS;
  const allowed = leastShare(before.nodes, after.nodes) * MOVED_FACTOR + slack;
  if (share <= allowed) return [];
  const message = `${share.toFixed(4)} of the ring moves, ${allowed.toFixed(4)} is allowed`;
  return [{ property: "P3", message }];
}

/** The sum of what shares of capacity lose. */
function leastShare(before: readonly JudgedNode[], after: readonly JudgedNode[]): number {
  const total = (nodes: readonly JudgedNode[]) => nodes.reduce((sum, n) => sum + n.capacity, 0);
  const sumAfter = total(after);
  return before.reduce((lost, { id, capacity }) => {
    const now = after.find((node) => node.id === id)?.capacity ?? 0;
    return lost + Math.max(0, capacity / total(before) - now / sumAfter);
  }, 0);
}

/** P4, of two rings and the lists that two nodes made of them. */
export function checkAgreement(
  a: JudgedRing,
  listOfA: (vnode: number) => JudgedList,
  b: JudgedRing,
  listOfB: (vnode: number) => JudgedList,
): PlacementProblem[] {
  if (a.epoch !== b.epoch) return [];
  const problem = (what: string): PlacementProblem[] => {
    return [{ property: "P4", message: `two rings of epoch ${a.epoch}: ${what}` }];
  };
  if (JSON.stringify(Array.from(a.tokens)) !== JSON.stringify(Array.from(b.tokens))) {
    return problem("their tokens differ");
  }
  for (let vnode = 0; vnode < a.tokens.length; vnode++) {
    const listA = listOfA(vnode).nodes.join(" ");
    const listB = listOfB(vnode).nodes.join(" ");
    if (a.nodes[a.owners[vnode]!]?.id !== b.nodes[b.owners[vnode]!]?.id) {
      return problem(`vnode ${vnode} has two owners`);
    }
    if (listA !== listB) return problem(`vnode ${vnode}: ${listA}, but ${listB}`);
  }
  return [];
}
