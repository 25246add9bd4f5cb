// One node's part of a range scan: what it holds of some vnodes, in the order of keys, as far as
// the limits go.

import { type ScanPartMessage, Status } from "../transport/message.ts";
import type { Host } from "./site.ts";

/** Keys and versions of one answer, in bytes, about. */
const BYTES_MAX = 4 * 1024 * 1024;

export interface PartFound {
  readonly status: Status;
  readonly keys: readonly Uint8Array[];
  readonly sets: readonly Uint8Array[];
  /** There may be more behind the last key. */
  readonly hasMore: boolean;
}

export const NO_PART: PartFound = { status: Status.failed, keys: [], sets: [], hasMore: false };

/** @throws EngineError when the engine cannot read, or has no order */
export async function scanHere(
  host: Host,
  { from, to, limit, vnodes }: Pick<ScanPartMessage, "from" | "to" | "limit" | "vnodes">,
): Promise<PartFound> {
  const { replica, topology } = host;
  const wanted = new Set(vnodes);
  const keys: Uint8Array[] = [];
  const sets: Uint8Array[] = [];
  let bytes = 0;
  const cursor = replica.scan({ gte: from, ...(to === undefined ? {} : { lt: to }) });
  try {
    for (;;) {
      const chunk = await cursor.next();
      if (chunk === undefined) return { status: Status.ok, keys, sets, hasMore: false };
      for (let i = 0; i < chunk.count; i++) {
        const key = chunk.key(i);
        if (!wanted.has(topology.vnodeOf(key))) continue;
        if (keys.length === limit || bytes > BYTES_MAX) {
          return { status: Status.ok, keys, sets, hasMore: true };
        }
        const set = replica.shared(chunk.value(i)).slice();
        keys.push(key.slice());
        sets.push(set);
        bytes += key.length + set.length;
      }
    }
  } finally {
    await cursor.close();
  }
}
