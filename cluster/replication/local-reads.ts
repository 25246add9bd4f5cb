// A read of this node's own store, for its own coordinator or for another's.

import type { MaybePromise } from "../../engines/engine.ts";
import type { Host } from "./site.ts";

/** The engine could not read: told by its identity. */
export const UNREADABLE = new Uint8Array(0);

/** The versions of a key, or UNREADABLE. */
export function readHere(
  { replica }: Host,
  key: Uint8Array,
  isDurable: boolean,
): MaybePromise<Uint8Array | undefined> {
  try {
    const found = isDurable ? replica.readDurable(key) : replica.read(key);
    return found instanceof Promise ? found.catch(() => UNREADABLE) : found;
  } catch {
    return UNREADABLE;
  }
}
