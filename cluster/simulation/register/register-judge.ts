// The judges of the register: what clients saw is linearizable and regular, and no process failed
// by itself.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLinearizability } from "../../checking/linearizability.ts";
import { checkRegular } from "../../checking/regular.ts";
import type { Verdict } from "../../checking/verdict.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { World } from "../world.ts";

/** Configurations that the search may see for one key: far more than a run of a minute needs. */
const STATES_MAX = 4_000_000;

export function judgeRegister(history: readonly HistoryEvent[], world: World): Verdict[] {
  const asRegister = checkLinearizability(history, { model: "register", statesMax: STATES_MAX });
  // The register claims it: a history that could not be judged is no success.
  const undecided = asRegister.undecided.map((key) => ({
    message: `key ${key}: not decided within ${STATES_MAX} configurations`,
    key,
    events: [],
  }));
  const linearizability = {
    ...asRegister,
    violations: [...asRegister.violations, ...undecided],
  };
  // Weaker and quick to judge: it tells whether a violation is one of order, or of lost writes.
  const regular = checkRegular(history, { values: "one" });
  return [linearizability, regular, judgeProcesses(world)];
}
