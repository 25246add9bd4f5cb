// One real member among others that the test plays.

import { decode, encodeDatagram, encodePart } from "../../../cluster/membership/codec.ts";
import type { MembershipEvent } from "../../../cluster/membership/events.ts";
import { hashName } from "../../../cluster/membership/incarnation-file.ts";
import type { MemberView } from "../../../cluster/membership/member.ts";
import { Membership, type MembershipParts } from "../../../cluster/membership/membership.ts";
import { type Part, PartKind } from "../../../cluster/membership/messages.ts";
import type { NodeId } from "../../../cluster/runtime.ts";
import { Probes } from "../../../cluster/simulation/probes.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { createTime, type VirtualTime } from "./virtual-time.ts";

export const NO_META = new Uint8Array(0);
export const CLUSTER = "here";

export interface Sent {
  readonly to: NodeId;
  readonly atMs: number;
  readonly parts: readonly Part[];
}

export interface OneMemberOptions extends Partial<Omit<MembershipParts, "runtime" | "send">> {
  readonly node?: NodeId;
  readonly seed?: number;
  readonly time?: VirtualTime;
  readonly disk?: MemoryDisk;
  readonly wallMs?: () => number;
}

export class OneMember {
  readonly time: VirtualTime;
  readonly membership: Membership;
  /** The name of its cluster. */
  readonly cluster: string;
  readonly probes: Probes;
  readonly events: MembershipEvent[] = [];
  readonly changes: [NodeId, boolean][] = [];
  readonly metas: [NodeId, string][] = [];
  sent: Sent[] = [];
  /** What this node says of itself. */
  meta = NO_META;
  /** Of datagrams that others send, unless told. */
  boots = new Map<NodeId, number>();

  constructor(options: OneMemberOptions = {}) {
    const { node = "me", seed = 1, disk = new MemoryDisk(), wallMs, time: _, ...parts } = options;
    this.time = options.time ?? createTime();
    this.cluster = options.cluster ?? CLUSTER;
    const random = new Random(seed);
    this.probes = new Probes(random.split("probes"));
    const { clock, timers } = this.time;
    this.membership = new Membership({
      ...{ cluster: CLUSTER, dir: "/data", seeds: [], profile: "lan" },
      meta: () => this.meta,
      ...parts,
      runtime: {
        ...{ nodeId: node, timers, random, files: disk.mount(), probes: this.probes },
        clock: wallMs === undefined ? clock : { nowMs: clock.nowMs, wallMs },
      },
      send: (to, payload) => {
        this.sent.push({ to, atMs: clock.nowMs(), parts: decode(payload).parts });
      },
      onEvent: (event) => this.events.push(event),
      onMeta: (of, meta) => this.metas.push([of, String.fromCharCode(...meta)]),
    });
    this.membership.onChange((of, isUp) => this.changes.push([of, isUp]));
  }

  /** Parts from another node, in one datagram. */
  hear(from: NodeId, ...parts: Part[]): void {
    this.membership.receive(from, datagramOf(this.bootOf(from), ...parts));
  }

  bootOf(node: NodeId): number {
    return this.boots.get(node) ?? 1;
  }

  alive(node: NodeId, incarnation: number, meta: Uint8Array = NO_META): Part {
    return { kind: PartKind.alive, node, incarnation, boot: this.bootOf(node), meta };
  }

  state(node: NodeId, state: 0 | 1 | 2 | 3, incarnation: number): Part {
    const boot = this.bootOf(node);
    return { kind: PartKind.state, node, state, incarnation, boot, meta: NO_META };
  }

  view(node: NodeId): MemberView | undefined {
    return this.membership.members().find((it) => it.node === node);
  }

  /** State and incarnation. */
  held(node: NodeId): string {
    const view = this.view(node);
    return view === undefined ? "unknown" : `${view.state} ${view.incarnation}`;
  }

  /** What was sent since the last call. */
  take(): Sent[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  /** Parts of a kind that were sent since the last call, to whomever. */
  takeParts<Kind extends Part["kind"]>(kind: Kind): (Part & { kind: Kind })[] {
    const parts = this.take().flatMap((it) => [...it.parts]);
    return parts.filter((it): it is Part & { kind: Kind } => it.kind === kind);
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}

export function suspect(node: NodeId, incarnation: number, by: NodeId): Part {
  return { kind: PartKind.suspect, node, incarnation, by };
}

export function dead(node: NodeId, incarnation: number, by: NodeId): Part {
  return { kind: PartKind.dead, node, incarnation, by };
}

export function datagramOf(boot: number, ...parts: Part[]): Uint8Array {
  return encodeDatagram(
    { cluster: hashName(CLUSTER), boot, incarnation: 1 },
    parts.map(encodePart),
  );
}

export async function started(options: OneMemberOptions = {}) {
  const me = new OneMember(options);
  await me.membership.start();
  return me;
}

/** It knows the node, and has told everybody. */
export async function knowing(...nodes: string[]): Promise<OneMember> {
  const me = await started();
  for (const node of nodes) me.hear("x", me.alive(node, 10));
  await me.time.pass(5000);
  for (const node of nodes) me.hear(node, me.alive(node, 11));
  me.events.length = me.changes.length = 0;
  me.take();
  return me;
}
