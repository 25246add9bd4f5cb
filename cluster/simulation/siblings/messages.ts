// What nodes and clients of the sibling store say to each other. Sets and contexts are bytes in
// base64: a text is easy to read in a trace.

import type { ClientProtocol } from "../client.ts";
import { decodeMessage, encodeMessage } from "../datagram.ts";

export type Message =
  | { readonly kind: "get"; readonly request: string; readonly key: string }
  | {
      readonly kind: "put";
      readonly request: string;
      readonly key: string;
      readonly value: string;
      /** Who asks, and its how-manieth request it is: two that are equal are one. */
      readonly id: { readonly client: number; readonly number: number };
      readonly context?: string;
    }
  | {
      readonly kind: "answer";
      readonly request: string;
      readonly values: readonly string[];
      readonly context?: string;
    }
  | { readonly kind: "fetch"; readonly round: number; readonly key: string }
  | { readonly kind: "fetched"; readonly round: number; readonly set: string | null }
  | {
      readonly kind: "merge";
      /** Absent in anti-entropy, which waits for no answer. */
      readonly round?: number;
      readonly key: string;
      readonly set: string;
    }
  | { readonly kind: "merged"; readonly round: number };

/** Beyond all numbers of requests: what is added to them is another request. */
const ANOTHER_REQUEST = 1_000_000;

/**
 * How a session talks to the nodes: a put carries what the session read last of the key. It may be
 * asked again of any node, since its id says that it is the same.
 */
export function siblingProtocol(session: number, planted: string | undefined): ClientProtocol {
  const contexts = new Map<string, string>();
  return {
    isRepeatable: () => true,
    ask(request, { f, key, isBlind }, attempt) {
      if (f === "get") {
        return { datagram: encodeMessage({ kind: "get", request, key }), details: { value: null } };
      }
      const context = isBlind === true ? undefined : contexts.get(key);
      const carried = context === undefined ? {} : { context };
      const fresh = planted === "fresh-request-id" ? ANOTHER_REQUEST * (attempt - 1) : 0;
      const id = { client: session + 1, number: Number(request.split(":")[1]) + fresh };
      const message = { kind: "put", request, key, value: request, id, ...carried } as const;
      const ctxIn = context === undefined ? {} : { ctxIn: context };
      return { datagram: encodeMessage(message), details: { value: request, ...ctxIn } };
    },
    answer(datagram, request, { f, key }) {
      const message = decodeMessage<Message>(datagram);
      if (message.kind !== "answer" || message.request !== request) return undefined;
      if (f !== "get") return { value: request };
      const { values, context } = message;
      const value = values[0] ?? null;
      if (context === undefined) return { value, siblings: values };
      contexts.set(key, context);
      return { value, siblings: values, ctxOut: context };
    },
  };
}
