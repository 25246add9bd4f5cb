// What a coordinator refuses, by name, before anything is sent.

import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import { type Context, decodeContext } from "../versioning/context.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { Consistency } from "./consistency.ts";

export function contextOf(bytes: Uint8Array | undefined): Context | undefined {
  return bytes === undefined ? undefined : decodeContext(bytes);
}

/** Keys of one request. */
const KEYS_MAX = 10_000;

export function checkKeyCount(keys: number): void {
  if (keys <= KEYS_MAX) return;
  const text = `${keys} keys in one request: ask for up to ${KEYS_MAX} at a time`;
  throw new ClusterError("CLUSTER_LIMIT", text);
}

export function checkKey({ name, keyBytesMax: max }: Keyspace, key: Uint8Array): void {
  if (key.length <= max) return;
  const text = `a key of ${key.length} bytes: keyspace ${name} takes up to ${max}`;
  throw new ClusterError("CLUSTER_LIMIT", text);
}

export function checkValue({ name, valueBytesMax: max }: Keyspace, value: Uint8Array): void {
  if (value.length <= max) return;
  const text = `a value of ${value.length} bytes: keyspace ${name} takes up to ${max}`;
  throw new ClusterError("CLUSTER_LIMIT", text);
}

/** What a linearizable keyspace gives cannot be made less, and is more than any level. */
export function checkNoLevel(name: string, { level, count, primaries }: Consistency): void {
  if (level === undefined && count === undefined && primaries === undefined) return;
  const given = level ?? `R or W ${count ?? ""}, PR or PW ${primaries ?? ""}`;
  const text = `keyspace ${name} is linearizable and takes no level: leave out ${given}`;
  throw new ClusterError("CLUSTER_SETTINGS", text);
}

export function asClusterError(error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  if (error instanceof VersioningError && error.code === "VERSION_CONTEXT") {
    return new ClusterError("CLUSTER_CONTEXT", error.message);
  }
  throw error;
}
