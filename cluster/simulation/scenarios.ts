// The scenarios, by name; the first is run unless another is asked for.

import { cap } from "./cluster/cap.ts";
import { defaultScenario } from "./cluster/default.ts";
import { linearizable } from "./cluster/linearizable.ts";
import { lostUpdates } from "./cluster/lost-updates.ts";
import { plainQuorum } from "./cluster/plain-quorum.ts";
import { scaleIn, scaleOut } from "./cluster/scale.ts";
import { siblingExplosion } from "./cluster/sibling-explosion.ts";
import { gossip1000 } from "./membership/gossip-1000.ts";
import { membershipScenario } from "./membership/membership.ts";
import { registerScenario } from "./register/register.ts";
import type { Scenario } from "./scenario.ts";
import { lostActorState } from "./siblings/lost-actor-state.ts";

export const SCENARIOS: readonly Scenario[] = [
  defaultScenario,
  registerScenario,
  lostActorState,
  cap,
  lostUpdates,
  linearizable,
  plainQuorum,
  siblingExplosion,
  scaleOut,
  scaleIn,
  membershipScenario,
  gossip1000,
];
