// What a node takes over when the ring changes: of every partition that it will hold, everything
// that those hold who have it now.
//
// Steps, for each partition in which this node is pending, one after the other:
//  1. Take it from every replica of now but those that are gone for good by the plan: only all of
//     them together hold whatever any W of them acknowledged. One that is down is waited for.
//  2. Pull from each of them until it ends well (antientropy/pull.ts). Only nodes of the same epoch
//     answer, which take no write of an older one any more.
//
// Nothing is remembered of how far it came: who is interrupted compares again, and takes the rest.
//
// Invariants:
//  I1. It is ready for an epoch only when every partition was pulled in that epoch.

import type { KeyspaceRepair } from "../antientropy/keyspace-repair.ts";
import type { Partition } from "../antientropy/partition.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { NodeId, Runtime } from "../runtime.ts";

const RETRY_MS = 300;

export interface TransfersParts {
  readonly runtime: Runtime;
  readonly isUp: (node: NodeId) => boolean;
  /** Undefined when this node does not compare replicas: then it can take nothing over. */
  readonly keyspaces: () => readonly KeyspaceRepair[] | undefined;
  readonly watch: (work: Promise<unknown>) => void;
}

export class Transfers {
  readonly #parts: TransfersParts;
  #epoch = 0;
  #isDone = false;
  #stopWaiting: (() => void) | undefined;

  constructor(parts: TransfersParts) {
    this.#parts = parts;
  }

  /** Begins what this step asks for, and ends what an earlier one did. */
  adopt(ownership: Ownership): void {
    this.stop();
    this.#epoch = ownership.epoch;
    this.#isDone = ownership.step !== "transfer";
    if (!this.#isDone) this.#parts.watch(this.#takeOver(ownership));
  }

  isReady({ epoch }: Ownership): boolean {
    return this.#epoch === epoch && this.#isDone;
  }

  stop(): void {
    this.#epoch = 0;
    this.#stopWaiting?.();
  }

  async #takeOver(ownership: Ownership): Promise<void> {
    const { epoch } = ownership;
    const isOver = (): boolean => this.#epoch !== epoch;
    const keyspaces = this.#parts.keyspaces();
    if (keyspaces === undefined) return;
    for (const keyspace of keyspaces) {
      for (const { partition, sources } of keyspace.coming()) {
        while (!isOver() && !(await this.#take(ownership, keyspace, partition, sources))) {
          await this.#pause();
        }
        if (isOver()) return;
      }
    }
    this.#isDone = true;
    this.#parts.runtime.probes.mark("a node has all that it takes over");
  }

  /** False: not yet. */
  async #take(
    ownership: Ownership,
    keyspace: KeyspaceRepair,
    partition: Partition,
    sources: readonly NodeId[],
  ): Promise<boolean> {
    const { isUp, runtime } = this.#parts;
    const gone = new Set(ownership.change!.gone);
    if (runtime.probes.isPlanted("transfer-from-none")) return true;
    for (const source of sources) {
      if (gone.has(source)) continue;
      if (!isUp(source) || !(await keyspace.pull(source, partition))) return false;
    }
    return true;
  }

  #pause(): Promise<void> {
    const { timers } = this.#parts.runtime;
    return new Promise((resolve) => {
      const cancel = timers.after(RETRY_MS, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }
}
