// A simulated world: machines, their network, the faults that befall them, and what came of it.
//
// Steps of `run`:
//  1. Every machine starts; clients and faults were put on the schedule by the caller.
//  2. Chaos, until `chaosMs`. All faults are over by then.
//  3. Healing: machines that are down start, rare paths are rare again, and the world runs on until
//     `quietMs` more.
//
// Invariants:
//  I1. Nothing under the world uses a real timer, file or connection: each would be an event that
//      no replay repeats. A run in which one was asked for fails.

import type { HistoryEvent } from "../checking/history.ts";
import type { Verdict } from "../checking/verdict.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import type { Fault } from "./fault.ts";
import { FaultCounts } from "./fault-counts.ts";
import { whileForbidden } from "./guard.ts";
import { errorText } from "./judge-processes.ts";
import { type Boot, Machine } from "./machine.ts";
import { measuresOf } from "./measures.ts";
import { scheduleFaults } from "./nemesis.ts";
import { SimulatedNetwork } from "./network.ts";
import { Probes } from "./probes.ts";
import { tellingRejections } from "./rejections.ts";
import { RunBeat } from "./run-watch.ts";
import type { Outcome } from "./scenario.ts";
import { Scheduler } from "./scheduler.ts";
import { hashBytes, Trace } from "./trace.ts";

/** Kinds of events in the trace that are not those of a machine (1 to 15). */
const FAULT_BEGINS = 16;
const FAULT_ENDS = 17;
const CLIENT = 18;

export interface WorldParts {
  readonly random: RandomStream;
  readonly nodes: readonly NodeId[];
  readonly faults: readonly Fault[];
  readonly boot: Boot;
  /** A mistake that the nodes make on purpose. */
  readonly planted?: string | undefined;
}

/** An error of a process that nothing excuses. */
export interface ProcessError {
  /** "somebody", a client perhaps, when it was a promise that nobody waited for. */
  readonly node: NodeId;
  readonly atMs: number;
  readonly message: string;
}

export class World {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly counts = new FaultCounts();
  readonly probes: Probes;
  readonly trace = new Trace();
  readonly machines = new Map<NodeId, Machine>();
  readonly errors: ProcessError[] = [];
  readonly #encoder = new TextEncoder();

  constructor({ random, nodes, faults, boot, planted }: WorldParts) {
    this.scheduler = new Scheduler(random.split("ties"));
    this.network = new SimulatedNetwork(this.scheduler, random.split("network"), this.counts);
    this.probes = new Probes(random.split("probes"), planted);
    for (const [index, id] of nodes.entries()) {
      const machine = new Machine({
        id,
        scheduler: this.scheduler,
        network: this.network,
        random: random.split("machines").split(id),
        probes: this.probes,
        counts: this.counts,
        boot,
        onError: (error) => this.#onError(id, error),
        onEvent: (kind, payload) => this.trace.add(this.scheduler.nowUs, index, kind, payload),
      });
      this.machines.set(id, machine);
    }
    scheduleFaults(
      {
        scheduler: this.scheduler,
        network: this.network,
        machines: this.machines,
        onFault: (fault, phase) => {
          const kind = phase === "begin" ? FAULT_BEGINS : FAULT_ENDS;
          this.#note(kind, JSON.stringify(fault));
        },
      },
      faults,
    );
  }

  /** Processes that were started. */
  get starts(): number {
    let starts = 0;
    for (const machine of this.machines.values()) starts += machine.starts;
    return starts;
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  /** A client did something: it goes into the trace. */
  noteClient(text: string): void {
    this.#note(CLIENT, text);
  }

  /**
   * Chaos for so long, then as long again as is given for everything to settle, or until `isDone`
   * says so. Throws RunInterrupted when whoever watches the run wants it to end.
   */
  async run(chaosMs: number, quietMs: number, isDone?: () => boolean): Promise<void> {
    const beat = new RunBeat();
    const isOver = (): boolean => {
      beat.tick(this.nowMs);
      return isDone?.() ?? false;
    };
    const goesOn = (): boolean => {
      beat.tick(this.nowMs);
      return false;
    };
    const live = async (): Promise<void> => {
      this.scheduler.schedule(chaosMs * 1000, () => this.probes.calm(), "plain");
      for (const machine of this.machines.values()) {
        // As events, so that what they leave to settle settles before the next.
        this.scheduler.schedule(0, () => machine.start());
        this.scheduler.schedule(chaosMs * 1000, () => machine.recover());
      }
      await this.scheduler.run(chaosMs * 1000, goesOn);
      await this.scheduler.run((chaosMs + quietMs) * 1000, isOver);
    };
    const tell = (error: unknown): void => this.#onError("somebody", error);
    await whileForbidden(() => tellingRejections(tell, live));
  }

  #note(kind: number, text: string): void {
    this.trace.add(this.scheduler.nowUs, 0, kind, hashBytes(this.#encoder.encode(text)));
  }

  #onError(node: NodeId, error: unknown): void {
    this.errors.push({ node, atMs: this.nowMs, message: errorText(error) });
  }
}

/** What a run of a world came to. */
export function outcomeOf(
  world: World,
  history: readonly HistoryEvent[],
  verdicts: readonly Verdict[],
): Outcome {
  return {
    digest: world.trace.digest(),
    virtualMs: world.nowMs,
    events: world.scheduler.events,
    operations: history.filter(({ type }) => type === "invoke").length,
    faultsByKind: world.counts.byKind(),
    marks: world.probes.marks(),
    verdicts,
    measures: measuresOf(verdicts),
    history,
  };
}
