// Mistakes that members can make on purpose: who judges well sees each of them.

import type { PlantedBug } from "../scenario.ts";

export const MEMBERSHIP_BUGS: readonly PlantedBug[] = [
  { name: "dead-forgotten", description: "nobody looks whether the dead are back" },
  { name: "dead-wins", description: "a death counts, however old it is" },
  { name: "foreign-taken", description: "what another cluster says is heard" },
  { name: "incarnation-anew", description: "a process that starts again begins at 1" },
  { name: "left-as-dead", description: "who has left is held for dead" },
  { name: "meta-unraised", description: "a node says something new under its old incarnation" },
  { name: "no-refutation", description: "who is accused does not speak up" },
  { name: "push-pull-kills", description: "whom another holds dead is dead at once" },
  { name: "stale-ignored", description: "who says old news of itself gets no answer" },
  { name: "stall-uncounted", description: "a process does not notice that it was held up" },
  { name: "suspicion-stays", description: "a suspect has all the time in the world" },
];
