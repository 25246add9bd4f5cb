// Scenario: members alone, of five to fifteen machines, under faults of every kind, and then
// through a script (plan.ts) in which each promise of membership is due once.

import type { MembershipEvent } from "../../membership/events.ts";
import { settingsOf } from "../../membership/settings.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Counts } from "../measures.ts";
import type { Figures, Outcome, Plan, Scenario } from "../scenario.ts";
import { STORE_DURABILITY } from "../store.ts";
import { outcomeOf, World } from "../world.ts";
import { DetectionTimes } from "./detection-times.ts";
import { StallJudge } from "./judge-stalls.ts";
import { StrangerJudge } from "./judge-strangers.ts";
import { ViewJudge } from "./judge-views.ts";
import { MemberProcess } from "./member-process.ts";
import { MEMBERSHIP_BUGS } from "./membership-bugs.ts";
import {
  DEATHS_WITHIN_MS,
  drawMemberPlan,
  type MemberAction,
  type MemberPlan,
  planBounds,
} from "./plan.ts";
import { Truth } from "./truth.ts";

const LOOK_EVERY_MS = 1000;
/** Of a stranger whose clock is wrong. */
const AHEAD_MS = 600_000;

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const { shape, nodes, faults, chaosMs } = plan as MemberPlan;
  const times = new DetectionTimes();
  const world: World = new World({
    ...{ random, faults, planted, nodes: nodes.map(({ id }) => id) },
    boot: (runtime) => {
      const process = createProcess(runtime);
      truth.booted(runtime.nodeId, process);
      return process;
    },
  });
  const truth = new Truth(plan as MemberPlan, world);
  const judges = {
    views: new ViewJudge(plan as MemberPlan, truth),
    stalls: new StallJudge(plan as MemberPlan, truth),
    strangers: new StrangerJudge(plan as MemberPlan, truth),
  };
  const see = (observer: NodeId, event: MembershipEvent): void => {
    judges.stalls.see(observer, event);
    judges.strangers.see(observer, event);
    times.see(observer, event);
    world.probes.mark(`membership ${event.kind}`);
  };
  const createProcess = (runtime: ConstructorParameters<typeof MemberProcess>[0]) => {
    const node = runtime.nodeId;
    const stranger = node === shape.stranger?.node ? shape.stranger.reason : undefined;
    return new MemberProcess(runtime, {
      cluster: stranger === "cluster" ? "there" : "here",
      ...{ seeds: shape.seeds, profile: shape.profile, detector: shape.detector },
      aheadMs: stranger === "clock" ? AHEAD_MS : 0,
      onEvent: (event) => see(node, event),
      onStart: () => judges.views.started(node),
    });
  };
  const look = (): void => {
    truth.look();
    judges.views.look();
    judges.strangers.look();
    world.scheduler.schedule(LOOK_EVERY_MS * 1000, look, "plain");
  };
  world.scheduler.schedule(LOOK_EVERY_MS * 1000, look, "plain");
  const act = (action: MemberAction): void => {
    if (action.kind === "pause") judges.stalls.paused();
    actOn(truth.process(action.node), action);
  };
  for (const action of shape.actions) {
    world.scheduler.schedule(action.atMs * 1000, () => act(action));
  }
  for (const { node, atMs } of shape.deaths) {
    world.scheduler.schedule(atMs * 1000, () => times.died(node, atMs), "plain");
    // All of them have died by then.
    const observed = (): void => {
      times.observedBy(shape.members.filter((it) => world.machines.get(it)!.isRunning).length);
    };
    world.scheduler.schedule((atMs + DEATHS_WITHIN_MS) * 1000, observed, "plain");
  }
  await world.run(chaosMs, shape.endMs - chaosMs);
  const { views, stalls, strangers } = judges;
  const verdicts = [...views.verdicts(), stalls.verdict(), strangers.verdict()];
  const outcome = outcomeOf(world, [], [...verdicts, judgeProcesses(world)]);
  // What the script asks of members: there are no clients.
  const operations = shape.actions.length + shape.deaths.length;
  return { ...outcome, operations, measures: { counts: countsOf(plan as MemberPlan, times) } };
}

function actOn(process: MemberProcess | undefined, { kind, forMs }: MemberAction): void {
  if (kind === "pause") process?.pauseAfterSend(forMs);
  else if (kind === "meta") process?.changeMeta();
  else process?.leave();
}

/** By detector. */
function countsOf(plan: MemberPlan, times: DetectionTimes): Counts {
  const { detector, profile } = plan.shape;
  const { detectMs } = planBounds(plan);
  const { probeIntervalMs } = settingsOf(profile);
  const shares = times.allDeadMs.reduce((sum, ms) => sum + ms / detectMs, 0);
  return { [detector]: { ...times.counts(), intervalsMs: probeIntervalMs, boundShares: shares } };
}

/** Means over deaths, and of the share of its bound that detection took. */
function figures(counts: Counts): Figures {
  return Object.fromEntries(
    Object.entries(counts as Record<string, Record<string, number>>).map(([detector, it]) => {
      const found = Math.max(1, it.found!);
      return [
        detector,
        {
          ...{ deaths: it.deaths!, foundByAll: it.found! },
          firstSuspectMs: it.suspectedMs! / found,
          firstDeadMs: it.firstDeadMs! / found,
          allDeadMs: it.allDeadMs! / found,
          shareOfBound: it.boundShares! / found,
        },
      ];
    }),
  );
}

export const membershipScenario: Scenario = {
  name: "membership",
  description: "who is up: five to fifteen members find out about deaths, and agree again",
  bugs: MEMBERSHIP_BUGS,
  envelope: { durability: STORE_DURABILITY, membershipChanges: 0 },
  marks: [
    "membership reunited",
    "membership dropped a probe after a stall",
    "membership gave a suspect more time after a stall",
    "membership reached no verdict after a stall",
    "membership refused",
  ],
  draw: drawMemberPlan,
  run,
  figures,
};
