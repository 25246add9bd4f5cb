// The judge of what an answer says of itself.
//
// Rules:
//  A1. Who answered is who could: primaries are of the key, stand-ins are not, nobody comes twice,
//      and strict quorums have no stand-ins but the one that keeps a write at level ANY.
//  A2. They are as many as the level asks for, in all and in each data centre (quorums.ts). An
//      answer with several keys names all who answered for some of them: of those who can have
//      answered for a key there must be enough, for each key of its own.
//  A3. A write that was made once is among what it left, alone where the last write wins.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import { positionOf } from "../../ring/position.ts";
import { PreferenceLists } from "../../ring/preference-list.ts";
import type { NodeId } from "../../runtime.ts";
import type { ClusterRun } from "./cluster-run.ts";
import { type Quorum, quorumsOf } from "./quorums.ts";
import type { Answer } from "./session.ts";
import type { ClusterShape } from "./shape.ts";

type Seen = Pick<ClusterRun, "answers" | "history" | "ring">;

/** Within this share of its time no second replica is asked to make a write. */
const ONCE_SHARE = 0.25;

/** @param areDoubled Whether the network delivers datagrams twice. */
export function judgeAnswers(run: Seen, shape: ClusterShape, areDoubled: boolean): Verdict {
  const lists = new PreferenceLists(run.ring, shape.keyspace.replicas);
  const dcOf = new Map(run.ring.nodes.map(({ id, dc }) => [id, dc]));
  const violations: Violation[] = [];
  for (const answer of run.answers) {
    const { key, f } = answer.operation;
    const primaries = lists.of(positionOf(Buffer.from(key))).nodes;
    const isMany = answer.operation.alsoKeys !== undefined;
    const wrong =
      (isMany ? undefined : wrongPeople(answer, primaries, shape)) ??
      tooFew(isMany ? ofKey(answer, primaries, shape) : answer, shape, dcOf) ??
      (areDoubled || f === "get" ? undefined : wrongValues(run, answer, shape));
    if (wrong === undefined) continue;
    const events = [answer.call + 1, answer.end + 1];
    violations.push({ message: `the ${f} of line ${answer.call + 1} ${wrong}`, key, events });
  }
  const operations = run.answers.length;
  return { checker: "answers", operations, violations, undecided: [] };
}

/** A1. */
function wrongPeople(
  { answeredBy, operation, ask }: Answer,
  primaries: readonly NodeId[],
  { keyspace }: ClusterShape,
): string | undefined {
  const all = [...answeredBy.primaries, ...answeredBy.fallbacks];
  const twice = all.find((node, i) => all.indexOf(node) < i);
  if (twice !== undefined) return `was answered by ${twice} twice`;
  const strange = answeredBy.primaries.find((node) => !primaries.includes(node));
  if (strange !== undefined) return `was answered by ${strange} as a primary, which it is not`;
  const standIn = answeredBy.fallbacks.find((node) => primaries.includes(node));
  if (standIn !== undefined && keyspace.quorum === "sloppy") {
    return `was answered by the primary ${standIn} as a stand-in`;
  }
  const isAny = operation.f !== "get" && ask.write.level === "ANY";
  if (keyspace.quorum === "sloppy" || isAny || answeredBy.fallbacks.length === 0) return undefined;
  return `was answered by the stand-in ${answeredBy.fallbacks[0]} under strict quorums`;
}

/** Who can have answered for the key, of those who answered for several keys. */
function ofKey(answer: Answer, primaries: readonly NodeId[], { keyspace }: ClusterShape): Answer {
  const all = [...answer.answeredBy.primaries, ...answer.answeredBy.fallbacks];
  const others = all.filter((node) => !primaries.includes(node));
  const answeredBy = {
    primaries: primaries.filter((node) => all.includes(node)),
    fallbacks: keyspace.quorum === "sloppy" ? [...new Set(others)] : [],
  };
  return { ...answer, answeredBy };
}

/** A2. */
function tooFew(
  { answeredBy, operation, ask }: Answer,
  { keyspace }: ClusterShape,
  dcOf: ReadonlyMap<NodeId, string>,
): string | undefined {
  const isRead = operation.f === "get";
  const wanted = isRead ? ask.read : ask.write;
  const all = [...answeredBy.primaries, ...answeredBy.fallbacks];
  const isMet = ({ total, primaries, byDc }: Quorum): boolean => {
    if (all.length < Math.max(1, total) || answeredBy.primaries.length < primaries) return false;
    return Object.entries(byDc).every(([dc, count]) => {
      return all.filter((node) => dcOf.get(node) === dc).length >= count;
    });
  };
  if (quorumsOf(wanted, keyspace.replicas).some(isMet)) return undefined;
  return `was answered by ${all.join(", ") || "nobody"}, and asked for ${JSON.stringify(wanted)}`;
}

/** A3. */
function wrongValues(
  { history }: Seen,
  { attempts, call, end }: Answer,
  { keyspace, timeoutMs }: ClusterShape,
): string | undefined {
  const { siblings, value, time } = history[end]!;
  if (siblings === undefined || typeof value !== "string") return undefined;
  const tookMs = (time - history[call]!.time) / 1e6;
  if (attempts > 1 || tookMs > ONCE_SHARE * timeoutMs) return undefined;
  if (!siblings.includes(value)) return `is not among what it left: ${siblings.join(", ")}`;
  if (keyspace.conflicts !== "lww" || siblings.length === 1) return undefined;
  return `left more than one version: ${siblings.join(", ")}`;
}
