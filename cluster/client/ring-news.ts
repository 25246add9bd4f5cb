// How a client learns that the ring has changed: a node refuses its epoch, is asked, and tells.

import { ClusterError } from "../errors.ts";
import { decodeOwnership } from "../ownership/ownership-text.ts";
import { decodePlanMessage, encodePlanMessage } from "../ownership/plan-messages.ts";
import { PLAN_KEYSPACE } from "../ownership/plan-register.ts";
import { RingError } from "../ring/ring-error.ts";
import type { NodeId } from "../runtime.ts";
import { encode } from "../transport/codec.ts";
import { Kind } from "../transport/message.ts";
import type { ClientRuntime } from "./options.ts";
import type { Routes } from "./routes.ts";

/** Many requests are refused at once; one question is enough. */
const ASK_EVERY_MS = 10;

export class RingNews {
  readonly #runtime: ClientRuntime;
  readonly #routes: Routes;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: ClientRuntime, routes: Routes) {
    this.#runtime = runtime;
    this.#routes = routes;
  }

  /** Asks the node that refused. */
  ask(node: NodeId): void {
    const { clock, network } = this.#runtime;
    const nowMs = clock.nowMs();
    if (nowMs - this.#askedMs < ASK_EVERY_MS) return;
    this.#askedMs = nowMs;
    // Of no epoch: what the client has is not news for a node.
    const { cluster } = this.#routes;
    const payload = encodePlanMessage({ kind: "ask", cluster, epoch: 0 });
    network.send(node, encode({ kind: Kind.plan, keyspace: PLAN_KEYSPACE, payload }));
  }

  /** @throws ClusterError CLUSTER_MESSAGE for bytes that are no message */
  receive(payload: Uint8Array): void {
    const message = decodePlanMessage(payload);
    if (message.kind !== "tell" || message.cluster !== this.#routes.cluster) return;
    try {
      const ownership = decodeOwnership(message.text);
      if (ownership.epoch > this.#routes.epoch) this.#routes.use(ownership);
    } catch (error) {
      // A ring that this client cannot use: requests go on being refused, and say so.
      if (error instanceof RingError || error instanceof ClusterError) return;
      throw error;
    }
  }
}
