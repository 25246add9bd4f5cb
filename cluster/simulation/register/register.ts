// Scenario: a register for each key, replicated by majorities, on real engines. It is the smallest
// product that keeps the largest promise, linearizability, and so shows that the world, its faults
// and its judges work.

import type { RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import { drawFaults } from "../nemesis.ts";
import { runProcesses } from "../run-processes.ts";
import type { Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { registerProtocol } from "./messages.ts";
import { judgeRegister } from "./register-judge.ts";
import { RegisterNode } from "./register-node.ts";

/** After the faults, so long until everybody looks at what is left, and then until the end. */
const CALM_MS = 3000;
const QUIET_MS = 8000;

/** No disk is lost: a majority of what was acknowledged would be no majority any more. */
const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "blackout"] as const),
];

function draw(random: RandomStream, virtualMs: number): Plan {
  const shape = random.split("shape");
  const nodes = drawNodes(shape, 3 + shape.nextBelow(7));
  const faults = drawFaults(random.split("faults"), {
    nodes: nodes.map(({ id }) => id),
    chaosMs: virtualMs,
    kinds: KINDS,
    deadMax: nodes.length,
    everyMs: 300 + shape.nextBelow(2000),
  });
  const sessions = 3 + shape.nextBelow(4);
  const keys = 1 + shape.nextBelow(5);
  const asked = random.split("operations");
  const pauseMaxMs = 50 + shape.nextBelow(200);
  const operations: Operation[] = [];
  for (let session = 0; session < sessions; session++) {
    for (let atMs = 0; atMs < virtualMs; ) {
      const f = asked.nextBelow(2) === 0 ? "get" : "put";
      operations.push({ session, atMs, f, key: `k${asked.nextBelow(keys)}` });
      atMs += 1 + asked.nextBelow(pauseMaxMs);
    }
  }
  operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
  return { nodes, chaosMs: virtualMs, faults, operations };
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const { world, history, liveness } = await runProcesses(plan, random, {
    boot: (runtime, parts) => new RegisterNode(runtime, { ...parts, planted }),
    protocolOf: () => registerProtocol,
    ...{ calmMs: CALM_MS, quietMs: QUIET_MS },
  });
  return outcomeOf(world, history, [...judgeRegister(history, world), liveness]);
}

export const registerScenario: Scenario = {
  name: "register",
  description: "a linearizable register for each key, by majorities, on 3 to 9 mixed engines",
  bugs: [
    { name: "ack-before-sync", description: "a replica acknowledges before its disk has it" },
    { name: "no-write-back", description: "a read does not store what it saw at a majority" },
    { name: "small-quorum", description: "half of the replicas count as a majority" },
    { name: "silent-read", description: "a read that was done is not answered" },
    { name: "blind-store", description: "a replica takes an older value over a newer one" },
  ],
  envelope: { durability: STORE_DURABILITY, diskLosses: 0, membershipChanges: 0 },
  draw,
  run,
};
