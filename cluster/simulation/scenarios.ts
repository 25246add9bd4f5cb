// The scenarios, by name; the first is run unless another is asked for.

import { cap } from "./cluster/cap.ts";
import { defaultScenario } from "./cluster/default.ts";
import { linearizable } from "./cluster/linearizable.ts";
import { lostUpdates } from "./cluster/lost-updates.ts";
import { plainQuorum } from "./cluster/plain-quorum.ts";
import { siblingExplosion } from "./cluster/sibling-explosion.ts";
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
];
