// A process that can be stopped for a while, as by a long job on its event loop. What was due
// meanwhile happens at the end, as in Node: first all timers, then what came over the network.

import type { NodeId, NodeTimers, Runtime } from "../../runtime.ts";

export class Pausable {
  readonly #runtime: Runtime;
  readonly timers: NodeTimers;
  readonly #dueTimers: (() => void)[] = [];
  readonly #dueDatagrams: (() => void)[] = [];
  #isPaused = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.timers = {
      after: (delayMs, callback) => {
        let isCancelled = false;
        const run = (): void => {
          if (!isCancelled) callback();
        };
        const cancel = runtime.timers.after(delayMs, () => this.#now(this.#dueTimers, run));
        return () => {
          isCancelled = true;
          cancel();
        };
      },
    };
  }

  receive(handler: (from: NodeId, datagram: Uint8Array) => void): void {
    this.#runtime.network.onDatagram((from, datagram) => {
      this.#now(this.#dueDatagrams, () => handler(from, datagram));
    });
  }

  /** From now on; not while it is paused. `onEnd` comes before what is due happens. */
  pause(forMs: number, onEnd: () => void): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#runtime.timers.after(forMs, () => {
      this.#isPaused = false;
      onEnd();
      for (const run of this.#dueTimers.splice(0)) run();
      for (const run of this.#dueDatagrams.splice(0)) run();
    });
  }

  #now(due: (() => void)[], run: () => void): void {
    if (this.#isPaused) due.push(run);
    else run();
  }
}
