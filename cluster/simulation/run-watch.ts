// Who looks at a run from outside while it goes on: is told how far it is, and may end it.
//
// It goes with the asynchronous context, as guard.ts does, and not through the hands of every
// scenario: what it sees and says changes nothing in a run, except that there may be none left.

import { AsyncLocalStorage } from "node:async_hooks";

export interface RunWatch {
  /** Told now and then how far the virtual time of a world is, in milliseconds. */
  onTime(virtualMs: number): void;
  /** Asked now and then: true ends the run there. */
  isInterrupted(): boolean;
}

/** A run was ended before it was over: there is nothing to judge. */
export class RunInterrupted extends Error {
  constructor() {
    super("the run was interrupted");
    this.name = "RunInterrupted";
  }
}

const watched = new AsyncLocalStorage<RunWatch>();

export function whileWatched<T>(watch: RunWatch, work: () => Promise<T>): Promise<T> {
  return watched.run(watch, work);
}

/** Events between two looks. */
const BEAT = 1024;

/** A look at the watch of this context, if there is one; throws RunInterrupted when it says so. */
export class RunBeat {
  readonly #watch = watched.getStore();
  #events = 0;

  /** After each event. */
  tick(virtualMs: number): void {
    if (++this.#events % BEAT !== 0 || this.#watch === undefined) return;
    this.#watch.onTime(virtualMs);
    if (this.#watch.isInterrupted()) throw new RunInterrupted();
  }
}
