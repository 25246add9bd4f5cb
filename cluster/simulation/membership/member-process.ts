// A process with nothing but membership in it.

import { ClusterError } from "../../errors.ts";
import type { MembershipEvent } from "../../membership/events.ts";
import { Membership, type MembershipParts } from "../../membership/membership.ts";
import type { NodeId, Runtime } from "../../runtime.ts";
import type { Process } from "../machine.ts";
import { Pausable } from "./pausable.ts";

/** About what an epoch, a data centre and an address take. */
const META_BYTES = 32;

export interface MemberProcessOptions
  extends Pick<MembershipParts, "cluster" | "seeds" | "profile" | "detector"> {
  /** How much its clock on the wall is ahead. */
  readonly aheadMs: number;
  readonly onEvent: (event: MembershipEvent) => void;
  /** It takes part from now on. */
  readonly onStart?: () => void;
  readonly onSend?: (bytes: number) => void;
  /** It has heard what a node says of itself. */
  readonly onMeta?: (node: NodeId) => void;
}

export class MemberProcess implements Process {
  readonly membership: Membership;
  readonly #runtime: Runtime;
  readonly #pausable: Pausable;
  readonly #onStart: () => void;
  /** Counts what it said of itself. */
  #version = 0;
  /** Right after it has sent something, it is held up for so long. */
  #pauseDueMs = 0;
  /** When it began to leave. */
  leftAtMs = Number.POSITIVE_INFINITY;
  /** Of the last time that it was held up; the end is infinite as long as it is. */
  pausedAtMs = Number.NEGATIVE_INFINITY;
  resumedAtMs = Number.NEGATIVE_INFINITY;

  constructor(runtime: Runtime, options: MemberProcessOptions) {
    const { aheadMs, onSend, onMeta, onStart = () => {}, ...rest } = options;
    this.#onStart = onStart;
    this.#runtime = runtime;
    this.#pausable = new Pausable(runtime);
    const { clock } = runtime;
    this.membership = new Membership({
      ...rest,
      dir: "/data",
      runtime: {
        ...runtime,
        timers: this.#pausable.timers,
        clock: { nowMs: () => clock.nowMs(), wallMs: () => clock.wallMs() + aheadMs },
      },
      send: (to, payload) => {
        onSend?.(payload.length);
        runtime.network.send(to, payload);
        if (this.#pauseDueMs > 0) this.#pause();
      },
      meta: () => this.meta,
      onMeta: (node) => onMeta?.(node),
    });
  }

  get meta(): Uint8Array {
    const text = `${this.#runtime.nodeId}/${this.#version}`;
    return new TextEncoder().encode(text.padEnd(META_BYTES, "."));
  }

  async start(): Promise<void> {
    await this.membership.start();
    this.#onStart();
    this.#pausable.receive((from, datagram) => {
      try {
        this.membership.receive(from, datagram);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.code !== "CLUSTER_MESSAGE") throw error;
        this.#runtime.probes.mark("membership refused noise");
      }
    });
  }

  changeMeta(): void {
    this.#version++;
    this.membership.updateMeta();
  }

  leave(): void {
    this.leftAtMs = this.#runtime.clock.nowMs();
    void this.membership.leave();
  }

  /** Held up for so long, from the moment after it has sent something. */
  pauseAfterSend(forMs: number): void {
    this.#pauseDueMs = forMs;
  }

  /** What runs now runs to its end. */
  #pause(): void {
    const forMs = this.#pauseDueMs;
    this.#pauseDueMs = 0;
    const { clock } = this.#runtime;
    this.pausedAtMs = clock.nowMs();
    this.resumedAtMs = Number.POSITIVE_INFINITY;
    // The moment at which it goes on is that of its first callback.
    this.#pausable.pause(forMs, () => {
      this.resumedAtMs = clock.nowMs();
    });
  }
}
