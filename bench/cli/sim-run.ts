// Runs the simulation on a thread of its own, and tells the user how far it is.
//
//  I1. Whatever the simulation is doing, this thread is free: signals are heard at once.
//  I2. However the thread ends, nobody waits for ever.

import { Worker } from "node:worker_threads";
import type { SimulationResult } from "../../cluster/simulation/simulate.ts";
import type { CliContext } from "./context.ts";
import type { Failure } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
import { type SimNote, SimShared, type SimTask } from "./sim-messages.ts";
import { Exit } from "./usage.ts";

const MS_PER_MINUTE = 60_000;
const PROGRESS_EVERY_NS = 5e9;

export type SimEnd =
  | { readonly kind: "done"; readonly result: SimulationResult }
  | { readonly kind: "failed"; readonly failure: Failure };

/** The first signal ends the run after what is under way, the second ends the process. */
export async function runSimulation(context: CliContext, task: SimTask): Promise<SimEnd> {
  const shared = new SimShared();
  const interrupt = new Interrupt(context);
  interrupt.signal.addEventListener("abort", () => shared.interrupt());
  const progress = new SimProgress(context, task, shared);
  try {
    return await new Promise<SimEnd>((resolve) => {
      let end: SimEnd | undefined;
      const workerData = { task, buffer: shared.buffer };
      const worker = new Worker(new URL("./sim-thread.ts", import.meta.url), { workerData });
      worker.on("message", (note: SimNote) => {
        if (note.kind === "done" || note.kind === "failed") end = note;
        else progress.tell(note);
      });
      worker.on("error", (error) => {
        end = { kind: "failed", failure: failureOfThread(error) };
      });
      worker.on("exit", () => resolve(end ?? { kind: "failed", failure: ENDED }));
    });
  } finally {
    progress.close();
    interrupt.close();
  }
}

const ENDED: Failure = { exit: Exit.failed, line: "failed: the thread of the simulation ended" };

function failureOfThread(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const line =
    code === "ERR_WORKER_OUT_OF_MEMORY"
      ? "failed: the run did not fit in memory; take fewer --minutes, and more --seeds instead"
      : `failed: ${message}`;
  return { exit: Exit.failed, line };
}

/** Lines on standard error: what seeds showed, and now and then how far one is. */
class SimProgress {
  readonly #context: CliContext;
  readonly #task: SimTask;
  readonly #shared: SimShared;
  #shownMs = 0;
  #cancel: () => void;

  constructor(context: CliContext, task: SimTask, shared: SimShared) {
    this.#context = context;
    this.#task = task;
    this.#shared = shared;
    this.#cancel = this.#later();
  }

  tell(note: Exclude<SimNote, SimEnd>): void {
    if (note.kind === "attempt") this.#line(note.line);
    else if (note.kind === "seed") this.#line(`${note.done} of ${this.#task.seeds} seeds`);
    else {
      for (const checker of note.checkers) {
        this.#context.warn(`seed ${note.seed}: ${checker} is violated`);
      }
    }
  }

  close(): void {
    this.#cancel();
  }

  #later(): () => void {
    return this.#context.timer.after(PROGRESS_EVERY_NS, () => {
      this.#show();
      this.#cancel = this.#later();
    });
  }

  #show(): void {
    const { seed, virtualMs } = this.#shared.reached;
    const { firstSeed, seeds, minutes } = this.#task;
    if (virtualMs === 0) return;
    // Time stands still while judges are at work.
    const doing = virtualMs === this.#shownMs ? ", judging what clients saw" : "";
    this.#shownMs = virtualMs;
    const reached = (virtualMs / MS_PER_MINUTE).toFixed(2);
    const at =
      virtualMs <= minutes * MS_PER_MINUTE
        ? `at ${reached} of ${minutes} virtual minutes`
        : `past its ${minutes} virtual minutes, while all are to be answered`;
    const place = seeds === 1 ? "" : ` (${seed - firstSeed + 1} of ${seeds})`;
    this.#line(`seed ${seed}${place}: ${at}${doing}`);
  }

  #line(text: string): void {
    this.#context.stderr.write(`${text}\n`);
  }
}
