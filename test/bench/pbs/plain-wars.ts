// WARS as it is defined, one whole read after one whole write: slow, and plain enough to believe.

import type { LatencyModel } from "../../../bench/pbs/latency-model.ts";
import type { Random } from "../../../workloads/random.ts";

export interface PlainSample {
  /** Time from the write to the W-th acknowledgement, for each W. */
  readonly ackedMs: readonly number[];
  /** Time from the read to the R-th answer, for each R. */
  readonly answeredMs: readonly number[];
  /** Whether a read that starts `tMs` after the acknowledgement sees the write. */
  sees(r: number, w: number, tMs: number): boolean;
}

const ascending = (a: number, b: number) => a - b;

export function plainSample(model: LatencyModel, n: number, random: Random): PlainSample {
  const { write, read, remoteMs } = model;
  const writeHome = random.nextBelow(n);
  const readHome = random.nextBelow(n);
  const replicas = Array.from({ length: n }, (_, i) => {
    const w = write.out.drawMs(random);
    const a = write.back?.drawMs(random) ?? w;
    const r = read.out.drawMs(random);
    const s = read.back?.drawMs(random) ?? r;
    const writeFarMs = i === writeHome ? 0 : remoteMs;
    const readFarMs = i === readHome ? 0 : remoteMs;
    return {
      arrivedMs: w + writeFarMs,
      ackMs: w + a + 2 * writeFarMs,
      readMs: r + readFarMs,
      answerMs: r + s + 2 * readFarMs,
    };
  });
  const ackedMs = replicas.map(({ ackMs }) => ackMs).sort(ascending);
  const byAnswer = replicas.toSorted((a, b) => a.answerMs - b.answerMs);
  return {
    ackedMs,
    answeredMs: byAnswer.map(({ answerMs }) => answerMs),
    sees: (r, w, tMs) => {
      for (let i = 0; i < r; i++) {
        const { readMs, arrivedMs } = byAnswer[i]!;
        if (ackedMs[w - 1]! + tMs + readMs >= arrivedMs) return true;
      }
      return false;
    },
  };
}
