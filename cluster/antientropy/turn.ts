// A pause in long work, in which others have their turn.

import type { Runtime } from "../runtime.ts";

export function turnOf({ timers }: Pick<Runtime, "timers">, delayMs = 0): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}
