// Several keys in one request: by name, or as a page of a scan over all keys.

import type { ClusterClient } from "../../client.ts";
import type { Consistency } from "../../replication/consistency.ts";
import type { AnsweredBy, ManyEntry, ReadMode } from "../../transport/message.ts";

interface Many {
  /** By key; of a scan those that are absent were not there, as far as it went. */
  readonly entries: ReadonlyMap<string, ManyEntry>;
  /** The first key that a scan did not come to; undefined: it came to the end. */
  readonly next: string | undefined;
  readonly answeredBy: AnsweredBy;
  readonly attempts: number;
}

interface Asked {
  readonly keyspace: string;
  readonly keys: readonly string[];
  readonly isScan: boolean;
  readonly consistency: Consistency;
  readonly mode: ReadMode;
}

/** Rejects with ClusterError. */
export async function readMany(
  client: ClusterClient,
  { keyspace, keys, isScan, consistency, mode }: Asked,
): Promise<Many> {
  if (isScan) {
    const range = { pageKeys: keys.length };
    const page = await client.scanPage(keyspace, range, { consistency });
    const { entries, next, answeredBy, attempts } = page;
    const end = next && Buffer.from(next).toString();
    return { entries: byKey(entries), next: end, answeredBy, attempts };
  }
  const names = keys.map((key) => Buffer.from(key));
  const many = await client.getMany(keyspace, names, { consistency, mode });
  const { entries, answeredBy, attempts } = many;
  return { entries: byKey(entries), next: undefined, answeredBy, attempts };
}

function byKey(entries: readonly ManyEntry[]): Map<string, ManyEntry> {
  return new Map(entries.map((entry) => [Buffer.from(entry.key).toString(), entry]));
}
