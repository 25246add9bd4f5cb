// Several keys in one request: by name, or by a scan, page after page.

import type { ReadOptions } from "../../client/options.ts";
import type { ClusterClient } from "../../client.ts";
import { ClusterError } from "../../errors.ts";
import type { AnsweredBy, ManyEntry } from "../../transport/message.ts";
import type { Operation } from "../scenario.ts";

/** One answer, as it came. */
export interface ManyPage {
  readonly entries: readonly PageEntry[];
  /** The first key that a scan did not come to; undefined: that was all. */
  readonly next: string | undefined;
  readonly answeredBy: AnsweredBy;
  readonly attempts: number;
}

export interface PageEntry extends Omit<ManyEntry, "key"> {
  readonly key: string;
}

/** What one operation was told, for judges. */
export interface ManyRead {
  readonly operation: Operation;
  /** Position in the history, from 0, of the first of its invocations. */
  readonly call: number;
  /** In their order; the last one has no `next`, unless the operation ended in an error. */
  readonly pages: ManyPage[];
}

/** A scan goes on where it was after so many errors. */
const RESUMES_MAX = 2;

/** Answers in their order; throws ClusterError when there are no more. */
export async function* readMany(
  client: ClusterClient,
  keyspace: string,
  { key, alsoKeys = [], scan }: Operation,
  { consistency = {}, mode = {} }: ReadOptions,
  pause: (ms: number) => Promise<void>,
): AsyncGenerator<ManyPage, void, undefined> {
  if (scan === undefined) {
    const names = [key, ...alsoKeys].map((name) => Buffer.from(name));
    const many = await client.getMany(keyspace, names, { consistency, mode });
    yield pageOf({ ...many, next: undefined });
    return;
  }
  const { pageKeys, pauseMs, to } = scan;
  const range = { pageKeys, ...(to === undefined ? {} : { to: Buffer.from(to) }) };
  let from: Uint8Array = Buffer.from(key);
  for (let errors = 0; ; ) {
    try {
      for await (const page of client.scan(keyspace, { ...range, from }, { consistency })) {
        yield pageOf(page);
        if (page.next === undefined) return;
        from = page.next;
        await pause(pauseMs);
      }
    } catch (error) {
      if (!(error instanceof ClusterError) || ++errors > RESUMES_MAX) throw error;
      await pause(pauseMs);
    }
  }
}

interface Answer extends Omit<ManyPage, "entries" | "next"> {
  readonly entries: readonly ManyEntry[];
  readonly next: Uint8Array | undefined;
}

function pageOf({ entries, next, answeredBy, attempts }: Answer): ManyPage {
  return {
    entries: entries.map((entry) => ({ ...entry, key: Buffer.from(entry.key).toString() })),
    next: next && Buffer.from(next).toString(),
    answeredBy,
    attempts,
  };
}
