// WARS: a write goes to all N replicas and is acknowledged when W have answered; t later a read
// goes to all N and takes the first R answers. It is consistent when at least one of these replicas
// had the write before the read came. Source: Bailis et al., VLDB 2012, section 4.1; the sign is
// that of the authors' programs (acknowledged + t + R >= W; the text of the CACM version has <=).
//
//  1. Draw W, A, R, S for each replica; order the replicas by W + A and by R + S.
//  2. A replica that is among the first W by the one and the first R by the other makes the read
//     consistent at any t, and the sample never counts.
//  3. Otherwise all R that are read were late with their acknowledgement. Of how late their writes
//     are nothing else is known: W was longer than `acknowledged - A`, for each independently. So
//     the sample counts not as 0 or 1, but with the probability, given all else that was drawn,
//     that all R writes come after their reads (conditional Monte Carlo):
//
//        product of P(W > acknowledged + t + R) / P(W > acknowledged - A)
//
// Counting whole samples has the same mean, and needs 60 to 700 times as many of them to know as
// well what happens once in a thousand reads of the published models.

import assert from "node:assert";
import type { Random } from "../../workloads/random.ts";
import type { LatencyModel } from "./latency-model.ts";
import type { Leg } from "./leg.ts";

export interface WarsOptions {
  readonly model: LatencyModel;
  /** N, 1 to 255. */
  readonly replicas: number;
  /** At least 1; each takes 25 bytes a replica. */
  readonly samples: number;
  readonly random: Random;
  /** Called now and then with how many were drawn. */
  readonly onDrawn: (drawn: number) => void;
}

/** Samples between two calls of `onDrawn`. */
const BEAT = 1 << 14;

/** Samples of writes and of reads that serve every R and W. */
export class WarsSamples {
  readonly #replicas: number;
  readonly #samples: number;
  readonly #leg: Leg;
  /** For each sample the times from write to acknowledgement, ascending. */
  readonly #ackedMs: Float64Array;
  /** The other three: for each sample its replicas in the order in which they answered the read. */
  readonly #ackRank: Uint8Array;
  /** How much longer than the time of acknowledgement and t a write takes that misses the read. */
  readonly #readMs: Float64Array;
  /** How much less than (half) the time of acknowledgement a late write can have taken. */
  readonly #backMs: Float64Array;
  /** 1, or 1/2 where out and back are the halves of a round trip. */
  readonly #outShare: number;

  constructor({ model, replicas, samples, random, onDrawn }: WarsOptions) {
    assert(replicas >= 1 && replicas <= 255 && samples >= 1, "within the range");
    this.#replicas = replicas;
    this.#samples = samples;
    this.#leg = model.write.out;
    this.#outShare = model.write.back === undefined ? 0.5 : 1;
    this.#ackedMs = new Float64Array(samples * replicas);
    this.#ackRank = new Uint8Array(samples * replicas);
    this.#readMs = new Float64Array(samples * replicas);
    this.#backMs = new Float64Array(samples * replicas);
    this.#draw(model, random, onDrawn);
  }

  #draw(model: LatencyModel, random: Random, onDrawn: (drawn: number) => void): void {
    const { write, read, remoteMs } = model;
    const replicas = this.#replicas;
    const writeMs = new Float64Array(replicas);
    const outMs = new Float64Array(replicas);
    const lessMs = new Float64Array(replicas);
    const readMs = new Float64Array(replicas);
    const ranks = new Uint8Array(replicas);
    const byWrite = new Uint8Array(replicas);
    const byRead = new Uint8Array(replicas);
    for (let sample = 0, at = 0; sample < this.#samples; sample++) {
      const writeHome = remoteMs === 0 ? 0 : random.nextBelow(replicas);
      const readHome = remoteMs === 0 ? 0 : random.nextBelow(replicas);
      for (let i = 0; i < replicas; i++) {
        const writeFarMs = i === writeHome ? 0 : remoteMs;
        const readFarMs = i === readHome ? 0 : remoteMs;
        const w = write.out.drawMs(random) + writeFarMs;
        const a = write.back === undefined ? w : write.back.drawMs(random) + writeFarMs;
        const r = read.out.drawMs(random) + readFarMs;
        const s = read.back === undefined ? r : read.back.drawMs(random) + readFarMs;
        writeMs[i] = w + a;
        readMs[i] = r + s;
        // The leg's own law knows nothing of the distance: it is taken off on both sides.
        outMs[i] = r - writeFarMs;
        lessMs[i] = writeFarMs + (write.back === undefined ? 0 : a);
      }
      sortReplicas(byWrite, writeMs);
      sortReplicas(byRead, readMs);
      for (let rank = 0; rank < replicas; rank++) {
        ranks[byWrite[rank]!] = rank;
        this.#ackedMs[at + rank] = writeMs[byWrite[rank]!]!;
      }
      for (let i = 0; i < replicas; i++, at++) {
        const replica = byRead[i]!;
        this.#ackRank[at] = ranks[replica]!;
        this.#readMs[at] = outMs[replica]!;
        this.#backMs[at] = lessMs[replica]!;
      }
      if ((sample + 1) % BEAT === 0) onDrawn(sample + 1);
    }
    onDrawn(this.#samples);
  }

  /** What can go wrong with this R and W: both 1 to N. */
  misses(r: number, w: number): Misses {
    const replicas = this.#replicas;
    assert(r >= 1 && r <= replicas && w >= 1 && w <= replicas, "1 <= R, W <= N");
    let count = 0;
    for (let at = 0; at < this.#ackRank.length; at += replicas) {
      if (this.#allLate(at, r, w)) count++;
    }
    const writeOverMs = new Float64Array(count * r);
    const scale = new Float64Array(count * r);
    let next = 0;
    for (let at = 0; at < this.#ackRank.length; at += replicas) {
      if (!this.#allLate(at, r, w)) continue;
      const ackedMs = this.#ackedMs[at + w - 1]!;
      for (let i = at; i < at + r; i++, next++) {
        // A write that comes with the read is seen, so that ties set apart stay ties.
        writeOverMs[next] = ackedMs + this.#readMs[i]! + this.#leg.slackMs;
        const late = this.#leg.survival(ackedMs * this.#outShare - this.#backMs[i]!);
        // Rounding may put a draw from the very end of a table behind its end.
        scale[next] = late > 0 ? 1 / late : 0;
      }
    }
    return new Misses(this.#leg, this.#samples, r, writeOverMs, scale);
  }

  /** Whether none of the first R to answer the read is among the first W of the write; step 2. */
  #allLate(at: number, r: number, w: number): boolean {
    for (let i = at; i < at + r; i++) {
      if (this.#ackRank[i]! < w) return false;
    }
    return true;
  }
}

/** The samples that count for one R and W; step 3. */
class Misses {
  readonly #leg: Leg;
  readonly #samples: number;
  readonly #r: number;
  /** R for each sample: a write misses its read at t when its leg is longer than this + t. */
  readonly #writeOverMs: Float64Array;
  /** One over the probability that the leg was as long as is known. */
  readonly #scale: Float64Array;

  constructor(
    leg: Leg,
    samples: number,
    r: number,
    writeOverMs: Float64Array,
    scale: Float64Array,
  ) {
    this.#leg = leg;
    this.#samples = samples;
    this.#r = r;
    this.#writeOverMs = writeOverMs;
    this.#scale = scale;
  }

  /** P(a read that starts `tMs` after the acknowledgement misses the write), `tMs` at least 0. */
  probability(tMs: number): number {
    const r = this.#r;
    const writeOverMs = this.#writeOverMs;
    const scale = this.#scale;
    let sum = 0;
    for (let at = 0; at < scale.length; at += r) {
      let miss = 1;
      for (let i = at; i < at + r; i++) {
        miss *= this.#leg.survival(writeOverMs[i]! + tMs) * scale[i]!;
      }
      sum += miss;
    }
    return sum / this.#samples;
  }
}

/** Puts the replicas into the order of their times, by insertion: they are few. */
function sortReplicas(order: Uint8Array, timesMs: Float64Array): void {
  for (let i = 0; i < order.length; i++) {
    const timeMs = timesMs[i]!;
    let at = i;
    while (at > 0 && timesMs[order[at - 1]!]! > timeMs) {
      order[at] = order[at - 1]!;
      at--;
    }
    order[at] = i;
  }
}
