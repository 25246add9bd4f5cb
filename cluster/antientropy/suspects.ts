// The offsets at which two replicas have different hashes, within spans that are known to differ
// somewhere.
//
// Steps, part by part, as much as one answer holds:
//  1. The other node lists its hashes by offset, up to some end.
//  2. Ours are read up to the same end.
//  3. Both lists are in the order of offsets, and of keys within one; where they differ at an
//     offset, it is suspect.

import { EndedError } from "./dialogue.ts";
import { differingOffsets, type HashList } from "./hash-list.ts";
import { visitEntries } from "./local.ts";
import { SPANS_MAX } from "./messages.ts";
import type { Span } from "./partition.ts";
import type { Session } from "./session.ts";

/** Leaves whose keys are about what one answer holds. */
const SPANS_ASKED = SPANS_MAX / 2;

/** Hands out suspect offsets, some at a time, in order, until `take` says false. */
export async function findSuspects(
  session: Session,
  spans: readonly Span[],
  take: (offsets: readonly number[]) => Promise<boolean>,
): Promise<void> {
  let left = spans;
  while (left.length > 0) {
    const asked = left.slice(0, SPANS_ASKED);
    const theirs = await session.list(asked);
    if (theirs.end <= asked[0]!.start) throw new EndedError("failed");
    const covered = asked.flatMap((span) => cut(span, 0, theirs.end));
    const ours = await ownList(session, covered);
    session.account.keysCompared += theirs.offsets.length;
    if (!(await take(differingOffsets(theirs, ours)))) return;
    left = [...asked.flatMap((span) => cut(span, theirs.end)), ...left.slice(SPANS_ASKED)];
  }
}

/** The part of a span from `from` to before `to`: one span, or none. */
function cut({ start, end }: Span, from: number, to = Number.POSITIVE_INFINITY): Span[] {
  const part = { start: Math.max(start, from), end: Math.min(end, to) };
  return part.start < part.end ? [part] : [];
}

async function ownList({ local, partition }: Session, spans: readonly Span[]): Promise<HashList> {
  const offsets: number[] = [];
  const hashes: number[] = [];
  await visitEntries(local, partition, spans, (offset, page, i) => {
    offsets.push(offset);
    hashes.push(page.hash(i));
    return true;
  });
  return { offsets, hashes };
}
