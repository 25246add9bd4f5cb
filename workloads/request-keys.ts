// Which key an operation is about: YCSB's request distributions, as its core workload sets them up.
//
// uniform, hotspot, sequential: over insertStart .. insertStart + insertCount - 1.
// zipfian: scrambled over insertStart .. insertStart + insertCount + twice the inserts expected,
//   both inclusive: one key more than there are, and room for those to come, so that the popular
//   keys stay the same while the range grows. Keys not yet acknowledged are drawn again.
// latest: back from the last acknowledged key.
// exponential: back from the last acknowledged key, drawn again below 0.
//
// With trueZipf, zipfian ranks follow the true Zipf law over the keys there are and will be,
// scattered by a permutation instead of a hash, so that no two ranks fall on one key.

import type { AcknowledgedCounter } from "./acknowledged-counter.ts";
import type { CoreSettings } from "./core-settings.ts";
import { Exponential } from "./exponential.ts";
import type { IntegerGenerator } from "./generator.ts";
import { Hotspot } from "./hotspot.ts";
import { Latest } from "./latest.ts";
import { Permutation } from "./permutation.ts";
import type { Random } from "./random.ts";
import { Scrambled } from "./scrambled.ts";
import { Sequential } from "./sequential.ts";
import { TrueZipf } from "./true-zipf.ts";
import { Uniform } from "./uniform.ts";
import { Zipfian, ZipfianShape } from "./zipfian.ts";

/** YCSB's room for inserts, as a multiple of those expected. */
const INSERT_ROOM = 2;

/** What the clients of a workload share: the place in a sequence, and the growth of a shape. */
export class RequestKeys {
  private readonly settings: CoreSettings;
  private readonly counter: AcknowledgedCounter;
  private readonly sequential: Sequential;
  private readonly latestShape: ZipfianShape | undefined;

  constructor(settings: CoreSettings, counter: AcknowledgedCounter) {
    this.settings = settings;
    this.counter = counter;
    const min = settings.insertStart;
    this.sequential = new Sequential(min, min + settings.insertCount - 1);
    if (settings.requestDistribution === "latest" && !settings.trueZipf) {
      this.latestShape = new ZipfianShape(counter.lastValue, settings.theta);
    }
  }

  /** The key numbers for one client, all acknowledged. */
  generator(random: Random): IntegerGenerator {
    const settings = this.settings;
    const min = settings.insertStart;
    const items = settings.insertCount;
    switch (settings.requestDistribution) {
      case "uniform":
        return new Uniform(random, min, min + items - 1);
      case "sequential":
        return this.sequential;
      case "hotspot":
        return new Hotspot(random, {
          min,
          items,
          dataFraction: settings.hotspotDataFraction,
          operationFraction: settings.hotspotOperationFraction,
        });
      case "exponential": {
        const range = settings.recordCount * settings.exponentialFraction;
        const back = new Exponential(random, settings.exponentialPercentile, range);
        return new BackFromLast(this.counter, back);
      }
      case "latest":
        return new Latest(this.counter, this.latestRanks(random));
      case "zipfian":
        return new AtMostLast(this.counter, this.zipfian(random));
    }
  }

  private latestRanks(random: Random): Zipfian | TrueZipf {
    if (this.latestShape !== undefined) return new Zipfian(random, this.latestShape);
    return new TrueZipf(random, Math.max(1, this.counter.lastValue), this.settings.theta);
  }

  private zipfian(random: Random): IntegerGenerator {
    const { insertStart, insertCount, operationCount, insertProportion } = this.settings;
    const expected = Math.floor(operationCount * insertProportion * INSERT_ROOM);
    if (!this.settings.trueZipf) {
      const items = insertCount + expected + 1;
      return new Scrambled(random, insertStart, items, this.settings.theta);
    }
    const items = insertCount + expected;
    return new Scattered(new TrueZipf(random, items, this.settings.theta), insertStart, items);
  }
}

/** Draws again until the key number is acknowledged. */
class AtMostLast implements IntegerGenerator {
  private readonly counter: AcknowledgedCounter;
  private readonly keys: IntegerGenerator;

  constructor(counter: AcknowledgedCounter, keys: IntegerGenerator) {
    this.counter = counter;
    this.keys = keys;
  }

  next(): number {
    for (;;) {
      const keyNumber = this.keys.next();
      if (keyNumber <= this.counter.lastValue) return keyNumber;
    }
  }
}

/** Counts back from the last acknowledged key, and draws again below 0. */
class BackFromLast implements IntegerGenerator {
  private readonly counter: AcknowledgedCounter;
  private readonly back: IntegerGenerator;

  constructor(counter: AcknowledgedCounter, back: IntegerGenerator) {
    this.counter = counter;
    this.back = back;
  }

  next(): number {
    for (;;) {
      const keyNumber = this.counter.lastValue - this.back.next();
      if (keyNumber >= 0) return keyNumber;
    }
  }
}

/** Ranks put in the places of a permutation. */
class Scattered implements IntegerGenerator {
  private readonly ranks: IntegerGenerator;
  private readonly min: number;
  private readonly places: Permutation;

  constructor(ranks: IntegerGenerator, min: number, items: number) {
    this.ranks = ranks;
    this.min = min;
    this.places = new Permutation(items);
  }

  next(): number {
    return this.min + this.places.at(this.ranks.next());
  }
}
