// One pass of a cursor over a store, from one end to the other (db_bench's readseq and
// readreverse).
//
// Every record counts as an operation. A store hands records out in chunks, so the latency of
// a record is the time of its chunk divided by the records in it; rows carry a note that says so.

import type { Cursor } from "../engines/engine.ts";
import { OperationKind } from "../workloads/workload.ts";
import { readChunk } from "./chunks.ts";
import { Pass, type PassOptions } from "./pass.ts";
import type { RunOutcome } from "./run.ts";

export interface ScanPassOptions extends PassOptions {
  readonly reverse: boolean;
  /** The most records that are read. */
  readonly limit: number;
}

export async function runScanPass(options: ScanPassOptions): Promise<RunOutcome> {
  const { clock, engine, reverse, limit } = options;
  const pass = new Pass(options);
  const reader = new Reader(engine.scan({ reverse, limit }));
  try {
    while (!pass.over) {
      const sentNs = clock.now();
      const next = reader.read();
      const count = typeof next === "number" ? next : await next;
      const doneNs = clock.now();
      if (count === 0) break;
      pass.recorder.recordShared(OperationKind.scan, count, sentNs, doneNs);
      const turn = pass.beat(doneNs);
      if (turn !== undefined) await turn;
    }
  } finally {
    await reader.close();
  }
  const note =
    "each record of the scan is an operation; its latency is an equal share of its chunk's";
  return pass.outcome(1, [note]);
}

class Reader {
  readonly #cursor: Cursor;
  readonly #count = (chunk: Parameters<typeof readChunk>[0] | undefined): number =>
    chunk === undefined ? 0 : readChunk(chunk);

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** Records that were read: 0 at the end. */
  read(): number | Promise<number> {
    const chunk = this.#cursor.next();
    return chunk instanceof Promise ? chunk.then(this.#count) : this.#count(chunk);
  }

  async close(): Promise<void> {
    await this.#cursor.close();
  }
}
