// Ctrl-C: the first time what is under way is finished and the result is partial; the second time
// the process ends at once. SIGTERM is the same.

import { Exit } from "./usage.ts";

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #write: (line: string) => void;
  readonly #onSignal = () => this.#interrupt();

  /** @param write prints a line for the user. */
  constructor(write: (line: string) => void) {
    this.#write = write;
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
  }

  #interrupt(): void {
    // The handlers of "exit" remove the data folders.
    if (this.#controller.signal.aborted) process.exit(Exit.interrupted);
    this.#write("interrupted: finishing what is under way; once more ends at once");
    this.#controller.abort();
  }
}
