// Anti-entropy of one node, over all its keyspaces: one budget of bytes, one schedule.

import type { Topology } from "../replication/topology.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { ByteBudget } from "./byte-budget.ts";
import { KeyspaceRepair, type KeyspaceRepairParts } from "./keyspace-repair.ts";
import { Schedule, type ScheduleStats } from "./schedule.ts";

export interface AntiEntropySettings {
  /** For all that is sent and asked for; 8 MiB a second unless told. */
  readonly bytesPerSecond?: number;
  /** Between two comparisons of a partition with the same replica, in ms; 600,000 unless told. */
  readonly intervalMs?: number;
  /** Between the two looks at a difference, in ms; 2000 unless told. */
  readonly confirmMs?: number;
}

const BYTES_PER_SECOND = 8 * 1024 * 1024;

export class Repairs {
  readonly #runtime: Runtime;
  readonly #settings: AntiEntropySettings;
  readonly #budget: ByteBudget;
  readonly #keyspaces = new Map<string, KeyspaceRepair>();
  #schedule: Schedule | undefined;

  constructor(runtime: Runtime, settings: AntiEntropySettings) {
    this.#runtime = runtime;
    this.#settings = settings;
    const { bytesPerSecond = BYTES_PER_SECOND } = settings;
    this.#budget = new ByteBudget(runtime, { bytesPerSecond });
  }

  /** Throws EngineError. */
  async open(
    parts: Omit<KeyspaceRepairParts, "budget" | "confirmMs" | "runtime">,
  ): Promise<KeyspaceRepair> {
    const { confirmMs } = this.#settings;
    const runtime = this.#runtime;
    const repair = await KeyspaceRepair.open({
      ...parts,
      runtime,
      budget: this.#budget,
      confirmMs,
    });
    this.#keyspaces.set(parts.keyspace.name, repair);
    return repair;
  }

  /** When all keyspaces are served. */
  start(isUp: (node: NodeId) => boolean, watch: (work: Promise<unknown>) => void): void {
    const lanes = [...this.#keyspaces.values()].map((repair) => repair.lane());
    const { intervalMs } = this.#settings;
    this.#schedule = new Schedule(
      { runtime: this.#runtime, lanes, isUp, watch },
      intervalMs === undefined ? {} : { intervalMs },
    );
    this.#schedule.start();
  }

  /** Another ring: partitions are cut anew, and compared with whoever holds them now. */
  adopt(topologyOf: (keyspace: string) => Topology): void {
    for (const [name, repair] of this.#keyspaces) repair.adopt(topologyOf(name));
    this.#schedule?.refresh();
  }

  /** Compares with that node soon: it was away. */
  hurry(node: NodeId): void {
    this.#schedule?.hurry(node);
  }

  /** @throws ClusterError CLUSTER_MESSAGE */
  receive(from: NodeId, keyspace: string, payload: Uint8Array): void {
    this.#keyspaces.get(keyspace)?.receive(from, payload);
  }

  get keyspaces(): readonly KeyspaceRepair[] {
    return [...this.#keyspaces.values()];
  }

  get stats(): ScheduleStats | undefined {
    return this.#schedule?.stats;
  }

  stop(): void {
    this.#schedule?.stop();
    for (const repair of this.#keyspaces.values()) repair.stop();
    this.#budget.stop();
  }

  /** When the data are closed. Rejects with the first error; all are closed. */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#keyspaces.values()].map((it) => it.close()));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
}
