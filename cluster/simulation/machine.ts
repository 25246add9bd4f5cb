// One machine of the simulation: a disk that stays, and the process that runs on it until it dies.
//
// Invariants:
//  I1. What a dead process left behind does nothing: its timers, datagrams, syncs and promises are
//      those of a run that is over.
//  I2. A process that starts finds what its disk holds, and nothing else of the one before.

import assert from "node:assert";
import { MemoryDisk } from "../../engines/io/memory-disk.ts";
import type { NodeId, NodeProbes, RandomStream, Runtime } from "../runtime.ts";
import { drawDelayUs, SYNC_DELAY } from "./delay.ts";
import type { FaultCounts } from "./fault-counts.ts";
import type { SimulatedNetwork } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";
import { hashBytes } from "./trace.ts";

/** 2026-01-01, in microseconds since 1970: what the clocks on the wall show at the start. */
const WALL_START_US = 1_767_225_600_000_000;

/** How far a clock on the wall is off at the start, and how much faster or slower it runs. */
const SKEW_MAX_MS = 500;
const DRIFT_MAX_PPM = 200;

/** What a process is, to the machine that it runs on. */
export interface Process {
  /** It opens its store and takes its handlers; rejects when it cannot. */
  start(): Promise<void>;
}

/**
 * Makes the process of a run. What it does on its own account it must hand to `watch`, which says
 * whether an error is a mistake or the end of the machine.
 */
export type Boot = (runtime: Runtime, watch: (work: Promise<unknown>) => void) => Process;

export interface MachineParts {
  readonly id: NodeId;
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly random: RandomStream;
  readonly probes: NodeProbes;
  readonly counts: FaultCounts;
  readonly boot: Boot;
  /** An error that the process did not expect, while it was alive. */
  readonly onError: (error: unknown) => void;
  /** Something happened here, for the trace. */
  readonly onEvent: (kind: MachineEvent, payload: number) => void;
}

/** What a trace has of a machine; the numbers are part of the digest. */
const MachineEvent = { start: 1, death: 2, datagram: 3, timer: 4, sync: 5 } as const;
type MachineEvent = (typeof MachineEvent)[keyof typeof MachineEvent];

export class Machine {
  readonly id: NodeId;
  readonly disk = new MemoryDisk();
  readonly #parts: MachineParts;
  /** Counts runs; odd while one is going on. */
  #run = 0;
  /** Processes that were started here. */
  starts = 0;
  /** 1 is normal. */
  #diskSlowness = 1;
  #wallOffsetUs: number;
  readonly #wallDriftPpm: number;
  #jumpedUnseen = false;
  #onDatagram: ((from: NodeId, datagram: Uint8Array) => void) | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.id = parts.id;
    const skew = parts.random.split("skew");
    this.#wallOffsetUs = (skew.nextBelow(2 * SKEW_MAX_MS + 1) - SKEW_MAX_MS) * 1000;
    this.#wallDriftPpm = skew.nextBelow(2 * DRIFT_MAX_PPM + 1) - DRIFT_MAX_PPM;
    parts.network.attach(parts.id, (from, datagram) => this.#receive(from, datagram));
  }

  get isRunning(): boolean {
    return this.#run % 2 === 1;
  }

  /** Starts a process; it may die before it is ready. */
  start(): void {
    assert(!this.isRunning, "I2: one process at a time");
    this.#run++;
    this.starts++;
    this.#parts.onEvent(MachineEvent.start, this.starts);
    const run = this.#run;
    const watch = (work: Promise<unknown>): void => {
      work.catch((error) => this.#failed(run, error));
    };
    watch(this.#parts.boot(this.#runtime(), watch).start());
  }

  /** Syncs take so many times longer than before, from now on; may be negative. */
  addDiskSlowness(times: number): void {
    this.#diskSlowness += times;
  }

  /** Only so many bytes more fit on the disk from now on. */
  limitDisk(freeBytes: number): void {
    let usedBytes = 0;
    for (const bytes of this.disk.files().values()) usedBytes += bytes.length;
    this.disk.capacityBytes = usedBytes + freeBytes;
  }

  /** From nobody. */
  receiveNoise(datagram: Uint8Array): void {
    if (this.#receive("nobody", datagram)) this.#parts.counts.add("noise");
  }

  /** Whatever befell it is over: it starts when it is down. */
  recover(): void {
    if (this.isRunning) this.#diedInWrite();
    this.disk.crashAt(Number.POSITIVE_INFINITY);
    if (!this.isRunning) this.start();
  }

  /** The process dies; what it wrote is still there. */
  kill(): void {
    if (!this.isRunning) return;
    this.#parts.counts.add("kill");
    this.#end();
    this.disk.kill();
  }

  /**
   * The process dies, and with it some of what it had not synced. Where that is nothing, it was no
   * more than a kill, and counts as one.
   */
  losePower(): void {
    if (!this.isRunning) return;
    this.#end();
    const before = this.disk.files();
    this.disk.losePower(this.#parts.random.split(`power ${this.starts}`));
    this.#parts.counts.add(areSame(before, this.disk.files()) ? "kill" : "power-loss");
  }

  /** The process dies, and the disk is empty from now on. Of an empty disk nothing is lost. */
  loseDisk(): void {
    if (this.disk.files().size > 0) this.#parts.counts.add("disk-loss");
    else if (this.isRunning) this.#parts.counts.add("kill");
    if (this.isRunning) this.#end();
    this.disk.wipe();
  }

  /** The process dies within its n-th change of the disk from now on. */
  killInWrite(n: number, writtenShare: number): void {
    if (this.isRunning) this.disk.crashAt(n, writtenShare);
  }

  /** The clock on the wall is wrong by so much more from now on. */
  jumpClock(byUs: number): void {
    this.#wallOffsetUs += byUs;
    this.#jumpedUnseen = true;
  }

  /**
   * An error of a process that is dead says nothing, one of a process that the disk has just
   * stopped is its death, any other is a mistake of the process.
   */
  #failed(run: number, error: unknown): void {
    if (run === this.#run && !this.#diedInWrite()) this.#parts.onError(error);
  }

  /** Whether the disk stopped the process, which then is dead whatever it made of the error. */
  #diedInWrite(): boolean {
    if (!this.disk.hasCrashed) return false;
    this.#parts.counts.add("kill-in-write");
    this.#end();
    this.disk.kill();
    return true;
  }

  #end(): void {
    this.#parts.onEvent(MachineEvent.death, this.starts);
    this.#run++;
    this.#onDatagram = undefined;
  }

  #receive(from: NodeId, datagram: Uint8Array): boolean {
    if (this.isRunning) this.#diedInWrite();
    if (this.#onDatagram === undefined) return false;
    this.#parts.onEvent(MachineEvent.datagram, hashBytes(datagram));
    this.#guarded(() => this.#onDatagram?.(from, datagram));
    return true;
  }

  #guarded(callback: () => void): void {
    const run = this.#run;
    try {
      callback();
    } catch (error) {
      this.#failed(run, error);
    }
  }

  #runtime(): Runtime {
    const { id, scheduler, network, random, probes, counts } = this.#parts;
    const run = this.#run;
    const own = random.split(this.starts);
    const latency = own.split("disk");
    return {
      nodeId: id,
      clock: {
        nowMs: () => scheduler.nowUs / 1000,
        wallMs: () => {
          if (this.#jumpedUnseen) counts.add("clock-jump");
          this.#jumpedUnseen = false;
          const passedUs = scheduler.nowUs * (1 + this.#wallDriftPpm / 1e6);
          return (WALL_START_US + Math.floor(passedUs) + this.#wallOffsetUs) / 1000;
        },
      },
      timers: {
        after: (delayMs, callback) => {
          const handle = scheduler.schedule(delayMs * 1000, () => {
            if (run !== this.#run || this.#diedInWrite()) return;
            this.#parts.onEvent(MachineEvent.timer, 0);
            this.#guarded(callback);
          });
          return () => scheduler.cancel(handle);
        },
      },
      random: own.split("node"),
      files: this.disk.mount({
        onFull: () => counts.add("full-disk"),
        settle: (_kind, bytes, done) => {
          const delayUs = drawDelayUs(latency, SYNC_DELAY) * this.#diskSlowness;
          if (this.#diskSlowness > 1) counts.add("slow-disk");
          scheduler.schedule(delayUs, () => {
            if (run !== this.#run) return;
            this.#parts.onEvent(MachineEvent.sync, bytes);
            done();
          });
        },
      }),
      network: {
        send: (to, datagram) => {
          // Between its last change of the disk and the end of the event it is dead already.
          if (run === this.#run && !this.disk.hasCrashed) network.send(id, to, datagram);
        },
        onDatagram: (handler) => {
          if (run === this.#run) this.#onDatagram = handler;
        },
      },
      probes,
    };
  }
}

type Files = ReadonlyMap<string, Uint8Array>;

function areSame(before: Files, after: Files): boolean {
  if (before.size !== after.size) return false;
  for (const [name, bytes] of before) {
    const now = after.get(name);
    if (now === undefined || Buffer.compare(bytes, now) !== 0) return false;
  }
  return true;
}
