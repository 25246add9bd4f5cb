// What nodes and clients of the register say to each other.

import type { ClientProtocol } from "../client.ts";
import { decodeMessage, encodeMessage } from "../datagram.ts";

/** Orders the writes of a key: the counter first, then who wrote. */
export interface Tag {
  readonly counter: number;
  readonly writer: string;
}

export function isNewer(a: Tag, b: Tag): boolean {
  return a.counter !== b.counter ? a.counter > b.counter : a.writer > b.writer;
}

/** A value with its tag; null where nothing was written. */
export interface Tagged {
  readonly tag: Tag;
  readonly value: string | null;
}

export const NOTHING: Tagged = { tag: { counter: 0, writer: "" }, value: null };

export type Message =
  | { readonly kind: "get"; readonly request: string; readonly key: string }
  | {
      readonly kind: "put";
      readonly request: string;
      readonly key: string;
      readonly value: string;
    }
  | { readonly kind: "answer"; readonly request: string; readonly value: string | null }
  | { readonly kind: "query"; readonly round: number; readonly key: string }
  | ({ readonly kind: "found"; readonly round: number } & Tagged)
  | ({ readonly kind: "store"; readonly round: number; readonly key: string } & Tagged)
  | { readonly kind: "stored"; readonly round: number };

/**
 * How a session talks to the nodes. What it writes is the name of its request. A get may be asked
 * twice: each asking is a read of its own, within the time of the request. A put may not: it would
 * be tagged twice, and the second tag would bring the value back over what was written in between;
 * no replica remembers requests.
 */
export const registerProtocol: ClientProtocol = {
  isRepeatable: ({ f }) => f === "get",
  ask(request, { f, key }) {
    if (f === "get") {
      return { datagram: encodeMessage({ kind: "get", request, key }), details: { value: null } };
    }
    const datagram = encodeMessage({ kind: "put", request, key, value: request });
    return { datagram, details: { value: request } };
  },
  answer(datagram, request, { f }) {
    const message = decodeMessage<Message>(datagram);
    if (message.kind !== "answer" || message.request !== request) return undefined;
    return { value: f === "get" ? message.value : request };
  },
};
