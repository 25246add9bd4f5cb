// A write in this node's own store, for its own coordinator or for another's: the versions of the
// key, and a hint when the node stands in for a primary. `done` is called once, when both are
// durable, or when it failed.

import type { MaybePromise } from "../../engines/engine.ts";
import { Status } from "../transport/message.ts";
import type { Context } from "../versioning/context.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { CoordinateResult } from "../versioning/replica-versions.ts";
import type { RequestId } from "../versioning/version.ts";
import type { Host, Site } from "./site.ts";

interface LocalWrite {
  readonly key: Uint8Array;
  /** The primary for which this node keeps it. */
  readonly standsInFor: string | undefined;
}

export interface LocalMint extends LocalWrite {
  readonly value: Uint8Array | undefined;
  readonly context: Context | undefined;
  readonly id: RequestId;
}

export interface LocalMerge extends LocalWrite {
  readonly set: Uint8Array;
}

/** Makes the write an event of this node; `set` is what it then holds, unless it is refused. */
export function mintHere(
  site: Site,
  host: Host,
  { key, value, context, id, standsInFor }: LocalMint,
  done: (status: Status, set: Uint8Array | undefined) => void,
): void {
  const { clock, probes } = site.runtime;
  const failed = (error: unknown): void => done(statusOf(error), undefined);
  const minted = (result: CoordinateResult): void => {
    if (result.outcome === "refused") done(Status.siblings, undefined);
    else done(Status.ok, result.set);
  };
  const isBlind = context === undefined || probes.isPlanted("context-ignored");
  try {
    const result = host.replica.mint(key, {
      request: id,
      nowWallMs: clock.wallMs(),
      ...(value === undefined ? {} : { value }),
      ...(isBlind ? {} : { context }),
    });
    if (standsInFor !== undefined) keepAfter(site, host, key, standsInFor, result, minted, failed);
    else if (result instanceof Promise) result.then(minted, failed);
    else minted(result);
  } catch (error) {
    failed(error);
  }
}

/** Takes versions in. */
export function mergeHere(
  site: Site,
  host: Host,
  { key, set, standsInFor }: LocalMerge,
  done: (status: Status) => void,
): void {
  const failed = (error: unknown): void => done(statusOf(error));
  const finished = (): void => done(Status.ok);
  try {
    const merged = host.replica.merge(key, set);
    if (standsInFor !== undefined)
      keepAfter(site, host, key, standsInFor, merged, finished, failed);
    else if (merged === undefined) finished();
    else merged.then(finished, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * The hint of what was stored. Not before it: a hand-back in between would find nothing of the
 * write, and take the hint away.
 */
function keepAfter<T>(
  { hints, runtime }: Site,
  { keyspace }: Host,
  key: Uint8Array,
  target: string,
  stored: MaybePromise<T>,
  done: (stored: T) => void,
  failed: (error: unknown) => void,
): void {
  const keep = async (): Promise<T> => {
    const it = await stored;
    if (runtime.probes.isPlanted("no-hints")) return it;
    runtime.probes.mark("a node stood in for a primary");
    await hints.add({ target, keyspace: keyspace.name, key });
    return it;
  };
  keep().then(done, failed);
}

function statusOf(error: unknown): Status {
  if (!(error instanceof VersioningError)) return Status.failed;
  return error.code === "VERSION_CLOCK_DRIFT" ? Status.clock : Status.refused;
}
