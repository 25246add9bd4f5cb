// A range scan: one page of keys in order, each as R of its replicas hold it together. There is no
// snapshot over keys, and nothing is repaired.
//
// Steps:
//  1. Coverage: for each vnode choose as few replicas as the level needs, and ask every chosen node
//     once for all vnodes that it was chosen for.
//  2. When a node fails, choose anew for its vnodes, without it.
//  3. When all have answered: the page ends where the first of those ends who has more, since
//     behind that some versions are missing. Up to there merge per key.
//  4. Answer the keys that have a value, at most as many as asked for, and where to go on.
//
// Invariants:
//  I1. A key is answered only from as many replicas as the level needs.
//  I2. The next page begins behind the last key that was looked at, whether it had a value or not.

import assert from "node:assert";
import { ClusterError } from "../errors.ts";
import type { NodeId, NodeProbes } from "../runtime.ts";
import {
  type AnsweredBy,
  Kind,
  type ManyEntry,
  type ScanMessage,
  Status,
} from "../transport/message.ts";
import { foundIn } from "./answers.ts";
import type { Contact, Need } from "./consistency.ts";
import { fewest } from "./fewest.ts";
import { QuorumCount } from "./quorum-count.ts";
import { END_TEXTS, type EndCode, type OpenRequest, type ReplicaAnswer } from "./request-table.ts";
import { NO_PART, type PartFound, scanHere } from "./scan-part.ts";
import type { Host, Site } from "./site.ts";

export interface ScanFound {
  readonly entries: readonly ManyEntry[];
  /** Undefined at the end of the range. */
  readonly next: Uint8Array | undefined;
  readonly answeredBy: AnsweredBy;
}

export interface ScanParts {
  readonly message: Pick<ScanMessage, "from" | "to" | "limit">;
  readonly need: Need;
  /** Whom to ask of a vnode, the nearest first. */
  readonly contactsOf: (vnode: number) => readonly Contact[];
  readonly deadlineMs: number;
}

/** What was answered for some vnodes by one node. */
interface Part extends PartFound {
  readonly node: NodeId;
  /** It is a primary of one of them at least. */
  readonly isPrimary: boolean;
}

/** One page. @throws ClusterError CLUSTER_UNAVAILABLE, CLUSTER_QUORUM, CLUSTER_TIMEOUT */
export async function scanPage(site: Site, host: Host, parts: ScanParts): Promise<ScanFound> {
  const failed = new Set<NodeId>();
  const found: Part[] = [];
  let vnodes: readonly number[] = [...host.topology.ring.tokens.keys()];
  while (vnodes.length > 0) {
    const asked = [...coverage(host, vnodes, parts, failed)];
    const answers = await Promise.all(
      asked.map(([node, own]) => askPart(site, host, parts, { node, vnodes: own })),
    );
    const again: number[] = [];
    answers.forEach((answer, i) => {
      const [node, own] = asked[i]!;
      if (answer.status === Status.ok) {
        const isPrimary = own.some((vnode) => isPrimaryOf(host, vnode, node));
        found.push({ ...answer, node, isPrimary });
        return;
      }
      site.runtime.probes.mark("a scan went around a node");
      failed.add(node);
      again.push(...own);
    });
    vnodes = [...new Set(again)].sort((a, b) => a - b);
  }
  return mergeParts(host, found, parts.message, site.runtime.probes);
}

/** Step 1: by node, its vnodes in ascending order. */
function coverage(
  { topology }: Host,
  vnodes: readonly number[],
  { need, contactsOf }: ScanParts,
  failed: ReadonlySet<NodeId>,
): Map<NodeId, number[]> {
  const asked = new Map<NodeId, number[]>();
  assert(topology.n > 0, "a keyspace has replicas");
  for (const vnode of vnodes) {
    const left = contactsOf(vnode).filter(({ node }) => !failed.has(node));
    const count = new QuorumCount(need, left);
    if (count.state === "impossible") {
      const code = failed.size === 0 ? "CLUSTER_UNAVAILABLE" : "CLUSTER_QUORUM";
      const message = `too few replicas of a part of the range, ${count.bestShortfall()}: wait`;
      throw new ClusterError(code, message);
    }
    for (const { node } of fewest(left, need)) {
      const own = asked.get(node);
      if (own === undefined) asked.set(node, [vnode]);
      else own.push(vnode);
    }
  }
  return asked;
}

async function askPart(
  site: Site,
  host: Host,
  { message, deadlineMs }: ScanParts,
  { node, vnodes: all }: { readonly node: NodeId; readonly vnodes: readonly number[] },
): Promise<PartFound> {
  const vnodes = site.runtime.probes.isPlanted("scan-part-short") ? all.slice(1) : all;
  if (node !== site.runtime.nodeId) {
    return new PartRequest(site, host, { ...message, node, vnodes, deadlineMs }).answer;
  }
  try {
    return await scanHere(host, { ...message, vnodes });
  } catch {
    return NO_PART;
  }
}

interface PartAsked extends Pick<ScanMessage, "from" | "to" | "limit"> {
  readonly node: NodeId;
  readonly vnodes: readonly number[];
  readonly deadlineMs: number;
}

/** A part that another node has been asked for. */
class PartRequest implements OpenRequest {
  readonly answer: Promise<PartFound>;
  readonly #site: Site;
  readonly #deadlineMs: number;
  readonly #number: number;
  #resolve: (found: PartFound) => void = () => {};
  #reject: (error: ClusterError) => void = () => {};

  constructor(site: Site, host: Host, { node, deadlineMs, ...asked }: PartAsked) {
    this.#site = site;
    this.#deadlineMs = deadlineMs;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#number = site.requests.open(this);
    const { epoch } = site;
    const { from, to, limit, vnodes } = asked;
    site.send(node, {
      ...{ kind: Kind.scanPart, number: this.#number, epoch },
      ...{ keyspace: host.keyspace.name, from, to, limit, vnodes },
    });
  }

  onAnswer(_from: NodeId, message: ReplicaAnswer): void {
    if (message.kind !== Kind.scanPartAnswer) return;
    this.#site.requests.close(this.#number);
    this.#resolve(message);
  }

  onTick(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.#site.requests.close(this.#number);
    const message = "a part of the range was not answered in time: ask for fewer keys, or later";
    this.#reject(new ClusterError("CLUSTER_TIMEOUT", message));
  }

  onEnd(code: EndCode): void {
    this.#reject(new ClusterError(code, END_TEXTS[code]));
  }
}

/** Steps 3 and 4. */
function mergeParts(
  { policy }: Host,
  parts: readonly Part[],
  { limit }: Pick<ScanMessage, "limit">,
  probes: NodeProbes,
): ScanFound {
  const answeredBy = rolesOf(parts);
  const end = parts
    .filter(({ hasMore }) => hasMore && !probes.isPlanted("scan-beyond-parts"))
    .map(({ keys }) => keys.at(-1)!)
    .reduce<Uint8Array | undefined>(
      (first, key) => (first === undefined || Buffer.compare(key, first) < 0 ? key : first),
      undefined,
    );
  const places = parts.map(() => 0);
  const entries: ManyEntry[] = [];
  for (;;) {
    const key = smallest(parts, places);
    if (key === undefined) break;
    if (end !== undefined && Buffer.compare(key, end) > 0) break;
    if (entries.length === limit) {
      const isSkipped = probes.isPlanted("scan-skips-a-key");
      const isRepeated = probes.isPlanted("scan-repeats-a-key");
      const next = isRepeated ? entries.at(-1)!.key : isSkipped ? after(key) : key;
      return { entries, next, answeredBy };
    }
    const { values, context } = foundIn(policy, mergeKey(parts, places, key, policy, probes));
    if (values.length > 0) entries.push({ key, values, context });
  }
  return { entries, next: end === undefined ? undefined : after(end), answeredBy };
}

function isPrimaryOf({ topology }: Host, vnode: number, node: NodeId): boolean {
  return topology.contactsOf(vnode).some((it) => it.node === node && it.role === "primary");
}

function rolesOf(parts: readonly Part[]): AnsweredBy {
  const primaries = new Set(parts.filter((it) => it.isPrimary).map(({ node }) => node));
  const fallbacks = new Set(parts.map(({ node }) => node).filter((node) => !primaries.has(node)));
  return { primaries: [...primaries], fallbacks: [...fallbacks] };
}

function smallest(parts: readonly Part[], places: readonly number[]): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  parts.forEach(({ keys }, part) => {
    const key = keys[places[part]!];
    if (key === undefined) return;
    if (found === undefined || Buffer.compare(key, found) < 0) found = key;
  });
  return found;
}

/** The versions of the key in all parts, which go on behind it. */
function mergeKey(
  parts: readonly Part[],
  places: number[],
  key: Uint8Array,
  policy: Host["policy"],
  probes: NodeProbes,
): Uint8Array {
  let merged: Uint8Array | undefined;
  parts.forEach(({ keys, sets }, part) => {
    const place = places[part]!;
    const here = keys[place];
    if (here === undefined || Buffer.compare(here, key) !== 0) return;
    places[part] = place + 1;
    const set = sets[place]!;
    if (merged === undefined) merged = set;
    else if (probes.isPlanted("scan-first-set")) return;
    else if (Buffer.compare(merged, set) !== 0) {
      merged = policy.encode(policy.merge(policy.decode(merged), policy.decode(set)));
    }
  });
  assert(merged !== undefined, "some part has the key");
  return merged;
}

/** The key that comes next after it in the order of bytes. */
function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
