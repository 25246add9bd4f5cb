// Puts that are written in batches (db_bench's fillbatch).
//
// Steps of each client, which goes on as soon as its last batch was answered:
//  1. fill a batch from the operations of the workload;
//  2. write it;
//  3. record every put in it. A put is acknowledged with its batch, so its latency is the batch's.
//
// A batch that fails ends the run: it is nothing or all, so there is no count of what failed.

import { WriteBatch } from "../engines/batch.ts";
import type { Workload, WorkloadClient } from "../workloads/workload.ts";
import { newOperation } from "./operation.ts";
import { Outcome } from "./outcome.ts";
import { Pass, type PassOptions } from "./pass.ts";
import type { RunOutcome } from "./run.ts";
import { shareOut } from "./share-out.ts";

export interface BatchPassOptions extends PassOptions {
  /** Its clients ask for inserts and updates of whole records, and nothing else. */
  readonly workload: Workload;
  /** Logical clients, each with one batch under way. */
  readonly clients: number;
  /** Puts of a batch, at least 1; the last one of a client may have fewer. */
  readonly batchSize: number;
}

export async function runBatchPass(options: BatchPassOptions): Promise<RunOutcome> {
  const { workload, expected, batchSize } = options;
  const clients = Math.max(1, Math.min(options.clients, Math.ceil(expected / batchSize)));
  const quotas = shareOut(expected, clients);
  const each = quotas.map((quota, i) => ({ quota, client: workload.runClient(i, clients) }));
  const pass = new Pass(options);
  const writers = each.map(({ quota, client }) => writeBatches(pass, options, client, quota));
  // Nobody may still write when this has failed: the store is closed then.
  const ended = await Promise.allSettled(writers);
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  const note = `${batchSize} puts to a batch; the latency of a put is its batch's`;
  return pass.outcome(clients, [note]);
}

async function writeBatches(
  pass: Pass,
  options: BatchPassOptions,
  client: WorkloadClient,
  quota: number,
): Promise<void> {
  const { clock, engine, batchSize } = options;
  const { recorder } = pass;
  const operation = newOperation();
  const batch = new WriteBatch();
  for (let left = quota; left > 0 && !pass.over; left -= batch.count) {
    batch.clear();
    const size = Math.min(left, batchSize);
    for (let i = 0; i < size; i++) {
      client.next(operation);
      batch.put(operation.key, operation.value);
    }
    const sentNs = clock.now();
    const acknowledged = engine.batch(batch);
    if (acknowledged !== undefined) await acknowledged;
    const doneNs = clock.now();
    for (let i = 0; i < size; i++) {
      recorder.record(operation.kind, Outcome.ok, sentNs, sentNs, doneNs);
    }
    const turn = pass.beat(doneNs);
    if (turn !== undefined) await turn;
  }
}
