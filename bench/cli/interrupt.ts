// Ctrl-C: the first time what is under way is finished and the result is partial; the second time
// the process ends at once. SIGTERM is the same.
//
// One wish to stop may arrive as several signals: `timeout` signals its child and then the whole
// group, a terminal signals the group, and npm passes on what it gets. What follows the first
// signal within SAME_WISH_NS is therefore the same wish, and not a second one.

import type { EventEmitter } from "node:events";
import type { Clock } from "../../engines/io/clock.ts";
import { Exit } from "./usage.ts";

const SAME_WISH_NS = 1e9;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export interface InterruptOptions {
  /** Prints a line for the user. */
  readonly warn: (line: string) => void;
  readonly clock: Clock;
  /** Where signals come from; the process when absent. */
  readonly source?: Pick<EventEmitter, "on" | "off">;
  /** Ends the process; absent: really. */
  readonly exit?: (code: Exit) => void;
}

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #options: InterruptOptions;
  readonly #source: Pick<EventEmitter, "on" | "off">;
  #firstNs = 0;
  readonly #onSignal = () => this.#interrupt();

  constructor(options: InterruptOptions) {
    this.#options = options;
    this.#source = options.source ?? process;
    for (const signal of SIGNALS) this.#source.on(signal, this.#onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals do again what they do by default. */
  close(): void {
    for (const signal of SIGNALS) this.#source.off(signal, this.#onSignal);
  }

  #interrupt(): void {
    const nowNs = this.#options.clock.now();
    if (!this.#controller.signal.aborted) {
      this.#firstNs = nowNs;
      const how = "once more, a second from now or later, ends at once";
      this.#options.warn(`interrupted: finishing what is under way; ${how}`);
      this.#controller.abort();
    } else if (nowNs - this.#firstNs >= SAME_WISH_NS) {
      // The handlers of "exit" remove the data folders.
      (this.#options.exit ?? process.exit)(Exit.interrupted);
    }
  }
}
