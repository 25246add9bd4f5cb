// Writers of one turn of the microtask queue share one commit and one promise.
//
// Steps: the first write of a turn queues the commit behind the writers that are runnable
// already; those add their writes and are handed the same promise; the commit runs, and one
// continuation each wakes all of them.

export class Turn {
  readonly #commit: () => void;
  #promise: Promise<void> | undefined;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** `commit` writes what was gathered, and throws when it could not. */
  constructor(commit: () => void) {
    this.#commit = commit;
  }

  /** Call it after a write was gathered. The promise of the commit that will take it. */
  join(): Promise<void> {
    if (this.#promise === undefined) {
      this.#promise = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      queueMicrotask(this.#run);
    }
    return this.#promise;
  }

  /** Commits now what was gathered, if anything was: before a scan, a snapshot, a close. */
  settle(): void {
    if (this.#promise !== undefined) this.#run();
  }

  readonly #run = (): void => {
    // Settled early: the microtask that was queued finds nothing to do.
    if (this.#promise === undefined) return;
    this.#promise = undefined;
    const resolve = this.#resolve;
    const reject = this.#reject;
    try {
      this.#commit();
    } catch (error) {
      reject(error);
      return;
    }
    resolve();
  };
}
