// Many members on a network that is well: what gossip costs, and how long it takes.
//
// Members know each other from the start, as if they had been let in long ago: each is told of all
// by one list, as a newcomer is. One that should come later does nothing before `begin`.

import assert from "node:assert";
import { encodeDatagram, encodePart } from "../../membership/codec.ts";
import type { MembershipEvent } from "../../membership/events.ts";
import { hashName } from "../../membership/incarnation-file.ts";
import type { MembershipParts } from "../../membership/membership.ts";
import { ListKind, PartKind } from "../../membership/messages.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import { World } from "../world.ts";
import { MemberProcess } from "./member-process.ts";

const CLUSTER = "crowd";
/** As many as fit, with a name and what a node says of itself. */
const STATES_A_DATAGRAM = 20;

export interface CrowdParts {
  readonly random: RandomStream;
  readonly members: number;
  /** Of these, so many begin later; the last ones. */
  readonly later: number;
  readonly detector: NonNullable<MembershipParts["detector"]>;
  readonly planted: string | undefined;
  readonly onEvent: (observer: NodeId, event: MembershipEvent) => void;
  /** An observer heard what a node says of itself. */
  readonly onMeta: (observer: NodeId, node: NodeId) => void;
}

/** What was sent in a span of time. */
export interface Traffic {
  readonly messages: number;
  readonly bytes: number;
}

export class Crowd {
  readonly world: World;
  readonly nodes: readonly NodeId[];
  readonly #processes = new Map<NodeId, MemberProcess>();
  readonly #steps: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly #begun = new Set<NodeId>();
  #wallMs: () => number = () => 0;
  #messages = 0;
  #bytes = 0;

  constructor(parts: CrowdParts) {
    const { random, members, later, detector, planted, onEvent, onMeta } = parts;
    this.nodes = Array.from({ length: members }, (_, i) => `n${i + 1}`);
    const late = new Set(this.nodes.slice(members - later));
    this.world = new World({
      ...{ random, nodes: this.nodes, faults: [], planted },
      boot: (runtime) => {
        const node = runtime.nodeId;
        this.#wallMs = () => runtime.clock.wallMs();
        const process = new MemberProcess(runtime, {
          ...{ cluster: CLUSTER, seeds: [this.nodes[0]!], profile: "lan", detector, aheadMs: 0 },
          onEvent: (event) => onEvent(node, event),
          onMeta: (of) => onMeta(node, of),
          onSend: (bytes) => {
            this.#messages++;
            this.#bytes += bytes;
          },
        });
        this.#processes.set(node, process);
        return { start: async () => (late.has(node) ? undefined : this.begin(node)) };
      },
    });
  }

  /** It takes part from now on. */
  begin(node: NodeId): Promise<void> {
    this.#begun.add(node);
    return this.process(node).start();
  }

  process(node: NodeId): MemberProcess {
    return this.#processes.get(node)!;
  }

  kill(node: NodeId): void {
    this.#begun.delete(node);
    this.world.machines.get(node)!.kill();
  }

  /** Those that take part. */
  get present(): ReadonlySet<NodeId> {
    return this.#begun;
  }

  at(atMs: number, run: () => void): void {
    this.#steps.push({ atMs, run });
  }

  /** Steps happen at their times. */
  async run(untilMs: number): Promise<void> {
    for (const { atMs, run } of this.#steps) this.world.scheduler.schedule(atMs * 1000, run);
    await this.world.run(untilMs, 0);
    const [error] = this.world.errors;
    assert(error === undefined, `no member fails: ${error?.message}`);
  }

  /** Everybody that is there is told of everybody that is there. */
  acquaint(): void {
    const head = encodePart({ kind: PartKind.exchange, list: ListKind.welcome });
    const wallMs = Math.floor(this.#wallMs());
    const parts = [head, encodePart({ kind: PartKind.welcome, wallMs, members: 0 })];
    const states = [...this.#begun].map((node) => {
      const { incarnation, boot, meta } = this.process(node).membership.members()[0]!;
      return encodePart({ kind: PartKind.state, state: 0, node, incarnation, boot, meta });
    });
    const from = { cluster: hashName(CLUSTER), boot: 0, incarnation: 0 };
    for (let i = 0; i < states.length; i += STATES_A_DATAGRAM) {
      const page = encodeDatagram(from, [...parts, ...states.slice(i, i + STATES_A_DATAGRAM)]);
      for (const node of this.#begun) this.process(node).membership.receive("n1", page);
    }
  }

  /** Since the last call. */
  traffic(): Traffic {
    const traffic = { messages: this.#messages, bytes: this.#bytes };
    this.#messages = 0;
    this.#bytes = 0;
    return traffic;
  }
}
