// The scenarios, by name.

import { registerScenario } from "./register/register.ts";
import type { Scenario } from "./scenario.ts";
import { lostActorState } from "./siblings/lost-actor-state.ts";

export const SCENARIOS: readonly Scenario[] = [registerScenario, lostActorState];
