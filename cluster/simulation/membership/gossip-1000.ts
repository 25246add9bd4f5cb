// Scenario: a thousand members, and a hundred, on a network that is well: what membership costs
// each of them, and how long it takes until everybody knows of a join, a change and a death, held
// against the formulas.
//
//   rumour        push gossip with fan-out f each interval reaches n members within about
//                 log(n) / log(f + 1) + ln(n) / f intervals (Pittel, "On spreading a rumor", 1987)
//   first probe   each interval every member probes one other, at a moment of its own: a dead one
//                 is probed after one interval on average, and the probe takes one more. SWIM
//                 counts e / (e - 1) whole intervals until some member has chosen it.
//   death         after that, a suspicion of the least time, when enough others confirm it, and
//                 the time for a last word
//   exchange      whole lists each way, once in an interval that grows with log n
//
// Where chance decides, claims allow for twice of what the formula says.

import type { Verdict } from "../../checking/verdict.ts";
import { settingsOf } from "../../membership/settings.ts";
import { retransmitLimit, suspicionTimeoutMs } from "../../membership/timing.ts";
import type { RandomStream } from "../../runtime.ts";
import { judgeClaims } from "../cluster/claim.ts";
import type { Counts } from "../measures.ts";
import type { Figures, Outcome, Plan, Scenario } from "../scenario.ts";
import { STORE_DURABILITY } from "../store.ts";
import { Trace } from "../trace.ts";
import {
  type ColdMeasure,
  type CrowdMeasure,
  measureColdStart,
  measureCrowd,
} from "./crowd-run.ts";

const SETTINGS = settingsOf("lan");
/** Mean intervals until threshold 8. */
const PHI_INTERVALS = 8 * Math.LN10;
const THOUSAND_DEATHS = 20;
const HUNDRED_DEATHS = 10;
const PHI_AFTER_MS = 60_000;
const SWIM_AFTER_MS = 30_000;

function draw(): Plan {
  // Nobody is hindered: a seed decides of moments alone, and the crowds make their own worlds.
  return { nodes: [{ id: "n1", engine: "none" }], chaosMs: 0, faults: [], operations: [] };
}

async function run(
  _plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const crowd = (members: number, deaths: number, detector: "swim" | "phi") => {
    const afterMs = detector === "phi" ? PHI_AFTER_MS : SWIM_AFTER_MS;
    const own = random.split(detector).split(members);
    return measureCrowd({ random: own, members, deaths, afterMs, detector, planted });
  };
  const thousand = await crowd(1000, THOUSAND_DEATHS, "swim");
  const hundred = await crowd(100, HUNDRED_DEATHS, "swim");
  const phi = await crowd(100, HUNDRED_DEATHS, "phi");
  const cold = await measureColdStart({
    ...{ random: random.split("cold"), members: 100, detector: "swim", planted },
  });
  const trace = new Trace();
  for (const { digest } of [thousand, hundred, phi, cold]) trace.addDigest(digest);
  const counts = {
    members1000: countsOf(thousand, predictSwim(1000)),
    members100: { ...countsOf(hundred, predictSwim(100)), cold: coldCounts(cold) },
    members100phi: countsOf(phi, predictPhi(100)),
  };
  const all = [thousand, hundred, phi, cold];
  return {
    digest: trace.digest(),
    virtualMs: all.reduce((sum, { virtualMs }) => sum + virtualMs, 0),
    events: all.reduce((sum, { events }) => sum + events, 0),
    // A join, a change, and so many deaths.
    operations: THOUSAND_DEATHS + 2 * HUNDRED_DEATHS + 3 * 2,
    ...{ faultsByKind: {}, marks: {}, history: [], measures: { counts } },
    verdicts: [judge(thousand, 1000), judge(hundred, 100), judgePhi(phi), judgeCold(cold)],
  };
}

/** Milliseconds until a rumour has reached all. */
function rumourMs(members: number): number {
  const { gossipNodes, gossipIntervalMs } = SETTINGS;
  const intervals = Math.log(members) / Math.log(gossipNodes + 1) + Math.log(members) / gossipNodes;
  return intervals * gossipIntervalMs;
}

/** Two intervals, the least suspicion and the time for a last word, on average. */
function deadMs(members: number): number {
  const { suspicionMult, probeIntervalMs, probeTimeoutMs } = SETTINGS;
  const suspicionMs = suspicionTimeoutMs(suspicionMult, members, probeIntervalMs);
  return 2 * probeIntervalMs + suspicionMs + probeTimeoutMs;
}

function judge(it: CrowdMeasure, members: number): Verdict {
  const { probeIntervalMs } = SETTINGS;
  const rumour = rumourMs(members);
  const dead = deadMs(members);
  return judgeClaims(`gossip-${members}`, 7, [
    within("a join is known to all", it.joinMs, 2 * rumour),
    within("a change is known to all", it.metaMs, 2 * rumour),
    within("the first suspects a death", it.firstSuspectMs, 2 * 2 * probeIntervalMs),
    within("on average a death is known to all", it.allDeadMs, dead + 2 * rumour),
    within("each death is known to all", it.allDeadMaxMs, 2 * dead),
    { holds: it.falseDeaths === 0, message: `${it.falseDeaths} times one was held dead wrongly` },
    {
      holds: it.idleMessages < 3,
      message: `${it.idleMessages} messages of a member each second, with nothing to tell`,
    },
  ]);
}

/** Through gossip, heartbeats come about once in an interval. */
function judgePhi(it: CrowdMeasure): Verdict {
  const { probeIntervalMs } = SETTINGS;
  return judgeClaims("gossip-phi", 3, [
    within("a join is known to all", it.joinMs, 2 * rumourMs(100)),
    within("each death is known to all", it.allDeadMaxMs, 2 * PHI_INTERVALS * probeIntervalMs),
    { holds: it.falseDeaths === 0, message: `${it.falseDeaths} times one was held dead wrongly` },
  ]);
}

/** Gossip does most; whom it left out finds the others by exchanges. */
function judgeCold({ mostMs, allMs }: ColdMeasure): Verdict {
  return judgeClaims("gossip-cold", 2, [
    within("after a cold start 99 of 100 know each other", mostMs, 10_000),
    within("after a cold start all know all", allMs, 90_000),
  ]);
}

function within(what: string, ms: number, boundMs: number): { holds: boolean; message: string } {
  const message = `${what} after ${Math.round(ms)} ms, and not within ${Math.round(boundMs)}`;
  return { holds: ms <= boundMs, message };
}

/** What came to an end; by phi nobody is suspect first. Sums, over seeds. */
function countsOf({ digest, events, virtualMs, ...measure }: CrowdMeasure, predicted: Counts) {
  const ended = Object.entries(measure).filter(([, value]) => Number.isFinite(value));
  return { runs: 1, ...Object.fromEntries(ended), predicted };
}

function predictSwim(members: number): Counts {
  const { probeIntervalMs, retransmitMult } = SETTINGS;
  return {
    idleMessages: 2000 / probeIntervalMs,
    rumourMs: rumourMs(members),
    rumourMessagesEach: retransmitLimit(retransmitMult, members),
    swimFirstProbeMs: (Math.E / (Math.E - 1)) * probeIntervalMs,
    firstSuspectMs: 2 * probeIntervalMs,
    deadMs: deadMs(members),
    roundRobinMs: (2 * members - 1) * probeIntervalMs,
  };
}

function predictPhi(members: number): Counts {
  const { probeIntervalMs } = SETTINGS;
  return {
    idleMessages: 2000 / probeIntervalMs,
    rumourMs: rumourMs(members),
    deadMs: PHI_INTERVALS * probeIntervalMs,
  };
}

function coldCounts({ allMs, mostMs, messages, bytes }: ColdMeasure): Counts {
  return { allMs, mostMs, messages, bytes };
}

/** Means over seeds. */
function figures(counts: Counts): Figures {
  const meansOf = (group: Counts, runs: number): Figures =>
    Object.fromEntries(
      Object.entries(group)
        .filter(([name]) => name !== "runs")
        .map(([name, it]) => {
          if (typeof it !== "number") return [name, meansOf(it, runs)];
          return [name, Math.round((100 * it) / runs) / 100];
        }),
    );
  return Object.fromEntries(
    Object.entries(counts as Record<string, Counts>).map(([name, group]) => {
      return [name, meansOf(group, group.runs as number)];
    }),
  );
}

export const gossip1000: Scenario = {
  name: "gossip-1000",
  description: "a thousand members: the cost of membership, and how fast news go round",
  bugs: [
    { name: "order-kept", description: "all probe in one order, and newcomers last" },
    { name: "rumours-once", description: "a rumour is told to one other, and no more" },
    { name: "suspicion-stays", description: "a suspect has all the time in the world" },
  ],
  envelope: { durability: STORE_DURABILITY, membershipChanges: 0 },
  draw,
  run,
  figures,
};
