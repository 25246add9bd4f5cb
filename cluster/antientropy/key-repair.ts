// Brings two replicas together at offsets at which they were seen to differ.
//
// Steps, for some offsets at a time:
//  1. The second look: the other node names its keys at these offsets with their hashes, and ours
//     are read. Keys whose hashes are equal by now were writes on their way.
//  2. What it has of each key that differs is fetched and merged here, where the index and the
//     trees see it as they see every write.
//  3. Where ours then is another than what it had, ours is sent there.
//
// Invariants:
//  I1. Nothing is ever taken away: a repair is a merge of versions, on both sides.

import { EngineError } from "../../engines/errors.ts";
import { positionOf } from "../ring/position.ts";
import { VersioningError } from "../versioning/errors.ts";
import { EndedError } from "./dialogue.ts";
import { NO_HASH } from "./hash48.ts";
import { mergeAll, visitEntries } from "./local.ts";
import { KEYS_MAX, Missing } from "./messages.ts";
import type { Session } from "./session.ts";

/** Keys and sets of one message, about; more only when a single one is longer. */
const PUSH_BYTES = 128 * 1024;
/** Keys of one request. */
const ASK_BYTES = 64 * 1024;

/** A key that differs, and what the other node has of it: NO_HASH for nothing. */
interface Difference {
  readonly key: Uint8Array;
  readonly theirs: number;
}

export type Direction = "both" | "fetch-only";

/** @param offsets Ascending. */
export async function repairAt(
  session: Session,
  offsets: readonly number[],
  direction: Direction,
): Promise<void> {
  for (let first = 0; first < offsets.length; ) {
    const asked = offsets.slice(first, first + KEYS_MAX);
    const { differences, end } = await lookAgain(session, asked);
    session.account.keysDiffering += differences.length;
    await fetchAll(session, differences);
    if (direction === "both") await pushAll(session, differences);
    while (first < offsets.length && offsets[first]! < end) first++;
  }
}

async function lookAgain(
  session: Session,
  offsets: readonly number[],
): Promise<{ readonly differences: Difference[]; readonly end: number }> {
  const { keys, hashes, end } = await session.look(offsets);
  if (end <= offsets[0]!) throw new EndedError("failed");
  const { partition } = session;
  const theirs = new Map<string, Difference>();
  keys.forEach((key, i) => {
    if (!partition.has(positionOf(key))) throw new EndedError("failed");
    theirs.set(textOf(key), { key, theirs: hashes[i]! });
  });
  const spans = offsets
    .filter((offset) => offset < end)
    .map((offset) => ({ start: offset, end: offset + 1 }));
  await visitEntries(session.local, partition, spans, (_, page, i) => {
    const key = page.key(i).slice();
    const text = textOf(key);
    const other = theirs.get(text);
    if (other === undefined) theirs.set(text, { key, theirs: NO_HASH });
    else if (other.theirs === page.hash(i)) theirs.delete(text);
    return true;
  });
  return { differences: [...theirs.values()], end };
}

async function fetchAll(session: Session, differences: readonly Difference[]): Promise<void> {
  const wanted = differences.filter(({ theirs }) => theirs !== NO_HASH).map(({ key }) => key);
  for (let first = 0; first < wanted.length; ) {
    const { found } = await session.fetch(upTo(ASK_BYTES, wanted, first, (key) => key.length));
    const keys: Uint8Array[] = [];
    const sets: Uint8Array[] = [];
    for (const it of found) {
      const key = wanted[first++]!;
      if (it === Missing.unreadable) session.account.keysFailed++;
      if (typeof it === "number") continue;
      keys.push(key);
      sets.push(it);
    }
    const failed = await mergeAll(session.local, keys, sets);
    session.account.keysFetched += keys.length - failed;
    session.account.keysFailed += failed;
  }
}

async function pushAll(session: Session, differences: readonly Difference[]): Promise<void> {
  const { index, store, runtime } = session.local;
  if (runtime.probes.isPlanted("entropy-one-way")) return;
  const lacking: { readonly key: Uint8Array; readonly set: Uint8Array }[] = [];
  for (const { key, theirs } of differences) {
    const ours = await index.hashOf(key);
    if (ours === NO_HASH || ours === theirs) continue;
    try {
      const set = await store.read(key);
      if (set !== undefined) lacking.push({ key, set });
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof VersioningError)) throw error;
      session.account.keysFailed++;
    }
  }
  for (let first = 0; first < lacking.length; ) {
    const some = upTo(PUSH_BYTES, lacking, first, ({ key, set }) => key.length + set.length);
    const keys = some.map(({ key }) => key);
    const { failed } = await session.push(
      keys,
      some.map(({ set }) => set),
    );
    session.account.keysPushed += some.length - Math.min(failed, some.length);
    session.account.keysFailed += failed;
    first += some.length;
  }
}

/** Some from `first` on: as many as fit into the bytes and a message, at least one. */
function upTo<T>(
  bytesMax: number,
  all: readonly T[],
  first: number,
  bytesOf: (one: T) => number,
): T[] {
  let bytes = 0;
  let end = first;
  while (end < all.length && end < first + KEYS_MAX && (end === first || bytes < bytesMax)) {
    bytes += bytesOf(all[end++]!);
  }
  return all.slice(first, end);
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
