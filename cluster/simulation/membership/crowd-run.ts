// What a crowd of members goes through, and what is measured of it:
//
//   idle    nothing happens: what all of them send
//   join    one begins, until everybody knows it
//   meta    one says something else of itself, until everybody has heard it
//   deaths  some die, each at its own moment: until the first suspects it, and until everybody
//           holds it dead
//
// Or, cold: all begin within a second and know one seed, until everybody knows everybody.

import type { MembershipEvent } from "../../membership/events.ts";
import type { MembershipParts } from "../../membership/membership.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import { Crowd } from "./crowd.ts";

const ACQUAINT_MS = 10;
const IDLE_FROM_MS = 5000;
const IDLE_MS = 20_000;
const JOIN_MS = 25_000;
const META_MS = 32_000;
const DEATHS_MS = 40_000;
/** They die within a second, so that they share no moment of anybody's interval. */
const DEATHS_SPAN_MS = 1000;

export interface CrowdSettings {
  readonly random: RandomStream;
  readonly members: number;
  readonly deaths: number;
  /** From the last of the deaths to the end. */
  readonly afterMs: number;
  readonly detector: NonNullable<MembershipParts["detector"]>;
  readonly planted: string | undefined;
}

/** Milliseconds; infinite for what did not come to an end. */
export interface CrowdMeasure {
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
  /** Of each member, in a second. */
  readonly idleMessages: number;
  readonly idleBytes: number;
  readonly joinMs: number;
  readonly metaMs: number;
  /** Means over the deaths, and the longest. */
  readonly firstSuspectMs: number;
  readonly firstDeadMs: number;
  readonly allDeadMs: number;
  readonly allDeadMaxMs: number;
  /** While the deaths went round: of each member, in a second. */
  readonly deathMessages: number;
  readonly deathBytes: number;
  /** Held dead, and up. */
  readonly falseDeaths: number;
}

/** Who has heard of something, and when the last of them did. */
class Spread {
  readonly #fromMs: number;
  readonly #heard = new Set<NodeId>();
  readonly #wanted: number;
  firstMs = Number.POSITIVE_INFINITY;
  lastMs = Number.POSITIVE_INFINITY;

  constructor(fromMs: number, wanted: number) {
    this.#fromMs = fromMs;
    this.#wanted = wanted;
  }

  hear(observer: NodeId, atMs: number): void {
    this.firstMs = Math.min(this.firstMs, atMs - this.#fromMs);
    this.#heard.add(observer);
    if (this.#heard.size === this.#wanted) this.lastMs = atMs - this.#fromMs;
  }
}

export async function measureCrowd(settings: CrowdSettings): Promise<CrowdMeasure> {
  const { members, deaths, afterMs, random, ...rest } = settings;
  const metaNode = "n2";
  const newcomer = `n${members}`;
  const join = new Spread(JOIN_MS, members - 1);
  const meta = new Spread(META_MS, members - 1);
  const suspected = new Map<NodeId, Spread>();
  const dead = new Map<NodeId, Spread>();
  let falseDeaths = 0;
  const see = (observer: NodeId, event: MembershipEvent): void => {
    const { kind, node, atMs } = event;
    if (kind === "alive" && node === newcomer) join.hear(observer, atMs);
    if (kind === "suspect") suspected.get(node)?.hear(observer, atMs);
    if (kind !== "dead") return;
    if (dead.has(node)) dead.get(node)!.hear(observer, atMs);
    else falseDeaths++;
  };
  const crowd = new Crowd({
    ...{ random, members, later: 1, ...rest },
    onEvent: see,
    onMeta: (observer, node) => {
      if (node === metaNode && crowd.world.nowMs >= META_MS) meta.hear(observer, crowd.world.nowMs);
    },
  });
  crowd.at(ACQUAINT_MS, () => crowd.acquaint());
  crowd.at(IDLE_FROM_MS, () => crowd.traffic());
  let [idle, dying] = [crowd.traffic(), crowd.traffic()];
  crowd.at(IDLE_FROM_MS + IDLE_MS, () => (idle = crowd.traffic()));
  crowd.at(JOIN_MS + 1, () => void crowd.begin(newcomer));
  crowd.at(META_MS, () => crowd.process(metaNode).changeMeta());
  crowd.at(DEATHS_MS, () => crowd.traffic());
  const moments = random.split("deaths");
  for (let i = 0; i < deaths; i++) {
    // Neither the seed nor those that something else is measured of.
    const node = `n${3 + Math.floor((i * (members - 3)) / deaths)}`;
    const atMs = DEATHS_MS + moments.nextDouble() * DEATHS_SPAN_MS;
    crowd.at(atMs, () => {
      suspected.set(node, new Spread(atMs, 1));
      dead.set(node, new Spread(atMs, members - deaths));
      crowd.kill(node);
    });
  }
  const endMs = DEATHS_MS + DEATHS_SPAN_MS + afterMs;
  crowd.at(endMs - 1, () => (dying = crowd.traffic()));
  await crowd.run(endMs);
  const share = (count: number, ms: number): number => count / members / (ms / 1000);
  const lasts = [...dead.values()].map(({ lastMs }) => lastMs);
  return {
    ...{ digest: crowd.world.trace.digest(), events: crowd.world.scheduler.events },
    ...{ virtualMs: endMs, joinMs: join.lastMs, metaMs: meta.lastMs, falseDeaths },
    ...{ idleMessages: share(idle.messages, IDLE_MS), idleBytes: share(idle.bytes, IDLE_MS) },
    firstSuspectMs: meanOf([...suspected.values()].map(({ firstMs }) => firstMs)),
    firstDeadMs: meanOf([...dead.values()].map(({ firstMs }) => firstMs)),
    allDeadMs: meanOf(lasts),
    allDeadMaxMs: Math.max(...lasts),
    deathMessages: share(dying.messages, endMs - DEATHS_MS),
    deathBytes: share(dying.bytes, endMs - DEATHS_MS),
  };
}

export interface ColdMeasure {
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
  /** Until everybody knew everybody, and until 99 of 100 did of each other. */
  readonly allMs: number;
  readonly mostMs: number;
  /** Of each member, all the while. */
  readonly messages: number;
  readonly bytes: number;
}

/** All begin within the first second. */
export async function measureColdStart(
  settings: Omit<CrowdSettings, "deaths" | "afterMs">,
): Promise<ColdMeasure> {
  const { members, random, ...rest } = settings;
  let known = 0;
  let [allMs, mostMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let sent = { messages: 0, bytes: 0 };
  const crowd = new Crowd({
    ...{ random, members, later: members, ...rest },
    onEvent: (_observer, { kind, atMs }) => {
      if (kind !== "alive") return;
      known++;
      if (known === Math.ceil(0.99 * members * (members - 1))) mostMs = atMs;
      if (known !== members * (members - 1)) return;
      allMs = atMs;
      sent = crowd.traffic();
    },
    onMeta: () => {},
  });
  const moments = random.split("begins");
  for (const node of crowd.nodes) {
    crowd.at(moments.nextDouble() * 1000 + 1, () => void crowd.begin(node));
  }
  const endMs = 90_000;
  await crowd.run(endMs);
  return {
    ...{ digest: crowd.world.trace.digest(), events: crowd.world.scheduler.events },
    ...{ virtualMs: endMs, allMs, mostMs },
    ...{ messages: sent.messages / members, bytes: sent.bytes / members },
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
