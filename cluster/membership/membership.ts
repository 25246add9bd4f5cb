// Who takes part in the cluster, and who is up: SWIM with Lifeguard, or heartbeats with a phi
// accrual detector. Its parts:
//
//   beliefs.ts      what is believed of each member, and which word overrides which
//   prober.ts       finds out who is silent          heartbeats.ts   the same by phi accrual
//   outbox.ts       gossip                           exchange.ts     whole lists, now and then
//   joining.ts      who may take part
//
// Invariants:
//  I1. Bytes that are no message change nothing.
//  I2. Who was not let in knows nobody, and hears no rumours.
//  I3. What comes before `start` or after the end is not heard, and nothing is sent then.
//
// Downside: nobody proves who it is. A member that lies can have others taken for dead; who can
// reach the port must be trusted.

import assert from "node:assert";
import type { NodeId, Runtime } from "../runtime.ts";
import { NODE_NAME } from "../versioning/wire.ts";
import { Beliefs } from "./beliefs.ts";
import { decode, encodePart, META_BYTES_MAX } from "./codec.ts";
import type { MembershipEvent } from "./events.ts";
import { Exchange } from "./exchange.ts";
import { Heartbeats } from "./heartbeats.ts";
import { hashName, IncarnationFile } from "./incarnation-file.ts";
import { Joining } from "./joining.ts";
import type { Liveness } from "./liveness.ts";
import type { MemberView } from "./member.ts";
import { type Datagram, Detector, ListKind, type Part, PartKind } from "./messages.ts";
import { Prober } from "./prober.ts";
import { type Profile, type SwimSettings, settingsOf } from "./settings.ts";
import { createSite, type MemberSite } from "./site.ts";
import { wordOf } from "./word.ts";

export interface MembershipParts {
  readonly runtime: Pick<Runtime, "nodeId" | "clock" | "timers" | "random" | "files" | "probes">;
  /** Its name: letters, digits and "._-", at most 64. Other clusters' messages are refused. */
  readonly cluster: string;
  /** For a small file; made when it is absent. */
  readonly dir: string;
  /** Whom to ask first; this node may be among them. */
  readonly seeds: readonly NodeId[];
  /** "lan" unless told. */
  readonly profile?: Profile;
  /** "swim" unless told; the same for all members. */
  readonly detector?: keyof typeof Detector;
  /** Datagrams: they may be lost, doubled, late. */
  send(to: NodeId, payload: Uint8Array): void;
  readonly onEvent: (event: MembershipEvent) => void;
  /** What the node says of itself, at most 128 bytes. */
  readonly meta: () => Uint8Array;
  /** Called when a member is met, and when it says something else of itself. */
  readonly onMeta: (node: NodeId, meta: Uint8Array) => void;
}

/** What a process hears that nobody has let in: whom it does not know it cannot follow in. */
const FOR_OUTSIDERS: ReadonlySet<Part["kind"]> = new Set([
  ...[PartKind.ping, PartKind.ack, PartKind.welcome, PartKind.refused, PartKind.exchange],
]);
/** Who leaves waits so many probe intervals at most for its word to go round. */
const LEAVE_INTERVALS = 5;

/** What there is between `start` and the end. */
interface Running {
  readonly site: MemberSite;
  readonly beliefs: Beliefs;
  readonly exchange: Exchange;
  readonly joining: Joining;
  readonly prober: Prober;
  readonly heartbeats: Heartbeats | undefined;
}

export class Membership implements Liveness {
  readonly #parts: MembershipParts;
  readonly #settings: SwimSettings;
  readonly #detector: Detector;
  readonly #cluster: number;
  readonly #listeners: ((node: NodeId, isUp: boolean) => void)[] = [];
  #running: Running | undefined;
  #wasStarted = false;

  /** @throws ClusterError CLUSTER_SETTINGS */
  constructor(parts: MembershipParts) {
    assert(NODE_NAME.test(parts.cluster), "a cluster's name is letters, digits and ._-");
    this.#parts = parts;
    this.#settings = settingsOf(parts.profile);
    this.#detector = Detector[parts.detector ?? "swim"];
    this.#cluster = hashName(parts.cluster);
  }

  /**
   * Begins to take part, without waiting for others: a `joined` event tells when one has answered.
   * Once. Throws EngineError when the incarnation can be neither read nor written.
   */
  async start(): Promise<void> {
    assert(!this.#wasStarted, "it starts once");
    this.#wasStarted = true;
    const running = this.#open();
    this.#running = running;
    running.exchange.start();
    running.joining.start();
    if (running.heartbeats === undefined) running.prober.start();
    else running.heartbeats.start();
  }

  /** Ends it at once, as if the process had died. */
  stop(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.joining.stop();
    running?.exchange.stop();
    running?.prober.stop();
    running?.heartbeats?.stop();
    running?.beliefs.stop();
    running?.site.outbox.stop();
  }

  /** Tells the others, waits a little for the word to go round, and stops. */
  leave(): Promise<void> {
    const running = this.#running;
    return new Promise((resolve) => {
      const end = (): void => {
        this.stop();
        resolve();
      };
      if (running?.site.list.draw(1, (it) => it.isUp).length !== 1) {
        end();
        return;
      }
      const { timers } = this.#parts.runtime;
      const cancel = timers.after(LEAVE_INTERVALS * this.#settings.probeIntervalMs, end);
      running.beliefs.leave(() => {
        cancel();
        end();
      });
    });
  }

  /** True of this node itself while it takes part, and of suspects as long as they have time. */
  isUp(node: NodeId): boolean {
    return this.#running?.site.list.get(node)?.isUp === true;
  }

  onChange(listener: (node: NodeId, isUp: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** All that this node knows, itself among them; none before the start and after the end. */
  members(): readonly MemberView[] {
    return [...(this.#running?.site.list.all() ?? [])].map((member) => member.view());
  }

  /** `meta` says something else from now on. */
  updateMeta(): void {
    this.#running?.beliefs.announce(this.#meta());
  }

  /** @throws ClusterError CLUSTER_MESSAGE for bytes that are no message; nothing is changed then */
  receive(from: NodeId, payload: Uint8Array): void {
    const datagram = decode(payload);
    const running = this.#running;
    if (running === undefined) return;
    const isForeign = datagram.cluster !== this.#cluster;
    if (isForeign && !this.#parts.runtime.probes.isPlanted("foreign-taken")) {
      running.joining.takeForeign(from, datagram);
      return;
    }
    const [first] = datagram.parts;
    if (first?.kind === PartKind.join) {
      const admit = (): void => this.#take(running, from, datagram, true);
      running.joining.takeJoin(from, datagram.boot, first, admit);
      return;
    }
    this.#take(running, from, datagram, running.joining.isJoined);
  }

  #take(running: Running, from: NodeId, datagram: Datagram, isHeard: boolean): void {
    let isQuiet = false;
    for (const part of datagram.parts) {
      // A part may have been the end of this process.
      if (this.#running !== running) return;
      if (!isHeard && !FOR_OUTSIDERS.has(part.kind)) continue;
      switch (part.kind) {
        case PartKind.exchange:
          isQuiet = part.list === ListKind.welcome;
          if (part.list === ListKind.request) running.exchange.answer(from);
          break;
        case PartKind.welcome:
          if (!running.joining.takeWelcome(from, part)) return;
          isHeard = true;
          break;
        case PartKind.state:
          running.beliefs.hearState(part, from, isQuiet);
          break;
        default:
          this.#takePart(running, from, datagram, part);
      }
    }
  }

  #takePart(running: Running, from: NodeId, datagram: Datagram, part: Part): void {
    const { beliefs, prober, joining, heartbeats, site } = running;
    switch (part.kind) {
      case PartKind.ping:
        this.#answerPing(running, from, datagram, part.number);
        break;
      case PartKind.pingRequest:
        prober.takeRequest(from, part.number, part.target);
        break;
      case PartKind.ack:
        if (!prober.takeAck(part.number)) joining.takeAck(part.number, datagram.boot);
        break;
      case PartKind.nack:
        prober.takeNack(part.number);
        break;
      case PartKind.alive:
        beliefs.hearAlive(part, from);
        break;
      case PartKind.suspect:
        beliefs.hearSuspect(part, from);
        break;
      case PartKind.dead:
        beliefs.hearDead(part, from);
        break;
      case PartKind.refused:
        joining.takeRefused(from, part);
        break;
      case PartKind.beats:
        heartbeats?.take(from, part);
        break;
      case PartKind.want: {
        const known = part.nodes.map((it) => site.list.get(it));
        const words = known.flatMap((it) => (it === undefined ? [] : [wordOf(it)]));
        if (words.length > 0) site.outbox.tellMany(from, { first: [], others: [] }, words);
      }
    }
  }

  /** Whoever is not known as that member, or has something new to say, is asked to say it. */
  #answerPing({ site }: Running, from: NodeId, datagram: Datagram, number: number): void {
    const ack = encodePart({ kind: PartKind.ack, number });
    const known = site.list.get(from);
    const isNews = known?.boot !== datagram.boot || datagram.incarnation > known.incarnation;
    if (isNews) site.outbox.tell(from, ack, encodePart({ kind: PartKind.want, nodes: [from] }));
    else site.outbox.tell(from, ack);
  }

  #meta(): Uint8Array {
    const meta = this.#parts.meta();
    assert(meta.length <= META_BYTES_MAX, `a node says at most ${META_BYTES_MAX} bytes of itself`);
    return meta.slice();
  }

  #open(): Running {
    const { runtime, dir } = this.#parts;
    const { nodeId, files } = runtime;
    const file = new IncarnationFile({ files, dir, node: nodeId });
    const site = createSite(this.#parts, this.#settings, this.#cluster);
    const onUp = (node: NodeId, isUp: boolean): void => this.#changed(node, isUp);
    const beliefs: Beliefs = new Beliefs({
      ...{ site, file, onUp, meta: this.#meta(), onMeta: this.#parts.onMeta },
      onNews: (member) => heartbeats?.heard(member),
      onReturn: (member) => exchange.reunite(member),
      onRival: (boot) => joining.takeRival(boot),
    });
    const isPhi = this.#detector === Detector.phi;
    const heartbeats = isPhi ? new Heartbeats(site, beliefs.self, onUp) : undefined;
    const exchange = new Exchange(site, beliefs);
    const joining = new Joining({
      ...{ site, beliefs, exchange, detector: this.#detector },
      ...{ cluster: this.#parts.cluster, seeds: this.#parts.seeds },
      onBanned: () => this.stop(),
    });
    const prober = new Prober(site, beliefs);
    return { site, beliefs, exchange, joining, prober, heartbeats };
  }

  #changed(node: NodeId, isUp: boolean): void {
    for (const listener of this.#listeners) listener(node, isUp);
  }
}
