// A write in this node's own store, for its own coordinator or for another's: the versions of the
// key, and a hint when the node stands in for a primary. `done` is called once, when both are
// durable, or when it failed.

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
  let hinted: Promise<void> | undefined;
  try {
    hinted = keepFor(site, host, key, standsInFor);
    const result = host.replica.mint(key, {
      request: id,
      nowWallMs: clock.wallMs(),
      ...(value === undefined ? {} : { value }),
      ...(isBlind ? {} : { context }),
    });
    if (!(result instanceof Promise) && hinted === undefined) minted(result);
    else Promise.all([result, hinted]).then(([it]) => minted(it), failed);
  } catch (error) {
    hinted?.catch(() => {}); // The write has failed whatever becomes of its hint.
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
  let hinted: Promise<void> | undefined;
  try {
    hinted = keepFor(site, host, key, standsInFor);
    const merged = host.replica.merge(key, set);
    if (merged === undefined && hinted === undefined) done(Status.ok);
    else Promise.all([merged, hinted]).then(() => done(Status.ok), failed);
  } catch (error) {
    hinted?.catch(() => {});
    failed(error);
  }
}

function keepFor(
  { hints, runtime }: Site,
  { keyspace }: Host,
  key: Uint8Array,
  target: string | undefined,
): Promise<void> | undefined {
  if (target === undefined || runtime.probes.isPlanted("no-hints")) return undefined;
  runtime.probes.mark("a node stood in for a primary");
  const added = hints.add({ target, keyspace: keyspace.name, key });
  return added instanceof Promise ? added : undefined;
}

function statusOf(error: unknown): Status {
  if (!(error instanceof VersioningError)) return Status.failed;
  return error.code === "VERSION_CLOCK_DRIFT" ? Status.clock : Status.refused;
}
