// The trees of all partitions of a node, kept right with every change, and made from the key index
// where there is none yet or one has become too small.
//
// Steps of the making of a tree:
//  1. An empty tree is put beside the old one. In the same turn a scan of the partition is opened.
//  2. The scan adds what was there then; every change since then is made to both trees. The order
//     does not matter, since sums know none.
//  3. When there are too many keys for its leaves it begins again with sixteen times as many, which
//     adds a fifteenth to the work. At the end it gets the leaves that fit.
//
// Invariants:
//  I1. The partitions are all positions, each once.
//  I2. A tree is the sum of the index at every moment, from when it is first handed out.

import assert from "node:assert";
import { EngineError } from "../../engines/errors.ts";
import { RING_POSITIONS } from "../ring/position.ts";
import type { Runtime } from "../runtime.ts";
import type { EntryScan } from "./entry-scan.ts";
import { NO_HASH, plus } from "./hash48.ts";
import type { KeyIndex } from "./key-index.ts";
import { LEVEL_MAX, type Partition } from "./partition.ts";
import { SumTree } from "./tree.ts";
import { turnOf } from "./turn.ts";

const STEP_LEVELS = 4;
/** Entries between two turns of others. */
const SLICE_ENTRIES = 2048;
const RETRY_MS = 1000;

interface Plot {
  readonly partition: Partition;
  /** Undefined until it was made. */
  tree: SumTree | undefined;
  /** The next one, while it is made. */
  growing: SumTree | undefined;
  isWaiting: boolean;
}

export interface ForestParts {
  readonly runtime: Runtime;
  readonly index: KeyIndex;
  readonly watch: (work: Promise<unknown>) => void;
}

export class Forest {
  readonly #parts: ForestParts;
  #plots: Plot[] = [];
  #ends = new Uint32Array(0);
  /** Of plots that need a tree, or a larger one; worked off one after the other. */
  readonly #waiting: Plot[] = [];
  #isWorking = false;
  #isStopped = false;
  /** Nothing is made before the index is whole. */
  #isOpen = false;

  constructor(parts: ForestParts, partitions: readonly Partition[]) {
    this.#parts = parts;
    this.setPartitions(partitions);
  }

  get partitions(): Partition[] {
    return this.#plots.map(({ partition }) => partition);
  }

  has(partition: Partition): boolean {
    return this.#plots[this.#plotAt(partition.to)]!.partition.isSame(partition);
  }

  /** Undefined when there is no such partition, or its tree is not made yet. */
  treeOf(partition: Partition): SumTree | undefined {
    return this.has(partition) ? this.#plots[this.#plotAt(partition.to)]!.tree : undefined;
  }

  /** All trees; undefined when one is not made yet. */
  trees(): SumTree[] | undefined {
    const trees: SumTree[] = [];
    for (const { tree } of this.#plots) {
      if (tree === undefined) return undefined;
      trees.push(tree);
    }
    return trees;
  }

  /** Keys in all partitions whose tree is made. */
  get keys(): number {
    return this.#plots.reduce((sum, { tree }) => sum + (tree?.keys ?? 0), 0);
  }

  /** Of the plan from now on; trees of the same partitions stay. */
  setPartitions(partitions: readonly Partition[]): void {
    const old = new Map(this.#plots.map((plot) => [plot.partition.to, plot]));
    for (const plot of this.#plots) plot.growing = undefined;
    this.#waiting.length = 0;
    this.#plots = [...partitions]
      .sort((a, b) => a.to - b.to)
      .map((partition) => {
        const kept = old.get(partition.to);
        const tree = kept?.partition.isSame(partition) === true ? kept.tree : undefined;
        return { partition, tree, growing: undefined, isWaiting: false };
      });
    let positions = 0;
    this.#plots.forEach(({ partition }, i) => {
      const before = this.#plots.at(i - 1)!.partition;
      assert(partition.after === before.to, `I1: nothing between ${before} and ${partition}`);
      positions += partition.size;
    });
    assert(positions === RING_POSITIONS, "I1: every position is in one partition");
    this.#ends = Uint32Array.from(this.#plots, ({ partition }) => partition.to);
    for (const plot of this.#plots) if (plot.tree === undefined) this.#wait(plot);
  }

  /** The index is whole from now on; with the trees that a clean stop left. */
  open(saved: readonly SumTree[] = []): void {
    for (const tree of saved) {
      const plot = this.#plots[this.#plotAt(tree.partition.to)]!;
      if (plot.partition.isSame(tree.partition)) plot.tree = tree;
    }
    this.#isOpen = true;
    this.#work();
  }

  /** The index is not whole any more. */
  close(): void {
    this.#isOpen = false;
    for (const plot of this.#plots) {
      plot.tree = undefined;
      plot.growing = undefined;
      this.#wait(plot);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** The index has another hash of a key since this turn; NO_HASH stands for none. */
  change(position: number, before: number, after: number): void {
    const plot = this.#plots[this.#plotAt(position)]!;
    const { tree, growing } = plot;
    if (growing !== undefined && !this.#isPlanted("entropy-growth-forgets")) {
      growing.change(position, before, after);
    }
    if (tree === undefined) return;
    const isKept = after !== NO_HASH && this.#isPlanted("entropy-adds-only");
    tree.change(position, before, isKept ? plus(before, after) : after);
    if (tree.isFull) this.#wait(plot);
    else if (tree.isSparse) plot.tree = tree.fitted();
  }

  #isPlanted(bug: string): boolean {
    return this.#parts.runtime.probes.isPlanted(bug);
  }

  /** As Ring.lookup: the first end that is not before the position, or the first of all. */
  #plotAt(position: number): number {
    const ends = this.#ends;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === ends.length ? 0 : low;
  }

  #wait(plot: Plot): void {
    if (plot.isWaiting) return;
    plot.isWaiting = true;
    this.#waiting.push(plot);
    this.#work();
  }

  #work(): void {
    if (this.#isWorking || !this.#isOpen || this.#waiting.length === 0) return;
    this.#isWorking = true;
    this.#parts.watch(
      this.#makeAll().finally(() => {
        this.#isWorking = false;
      }),
    );
  }

  async #makeAll(): Promise<void> {
    const { runtime } = this.#parts;
    while (!this.#isStopped && this.#isOpen) {
      const plot = this.#waiting[0];
      if (plot === undefined) return;
      try {
        await this.#make(plot);
      } catch (error) {
        plot.growing = undefined;
        if (!(error instanceof EngineError)) throw error;
        runtime.probes.mark("a tree could not be made");
        await turnOf(runtime, RETRY_MS);
      }
    }
  }

  async #make(plot: Plot): Promise<void> {
    const { index } = this.#parts;
    let level = SumTree.levelFor(plot.tree?.keys ?? 0);
    for (;;) {
      for (let late = index.settled(); late !== undefined; late = index.settled()) await late;
      const tree = new SumTree(plot.partition, level);
      plot.growing = tree;
      const isFit = await this.#fill(plot, tree, index.scan(plot.partition, [plot.partition.all]));
      // Another plan has come, or the index is no longer whole.
      if (plot.growing !== tree) return;
      if (isFit) {
        plot.tree = tree.fitted();
        break;
      }
      level = Math.min(LEVEL_MAX, level + STEP_LEVELS);
    }
    plot.growing = undefined;
    plot.isWaiting = false;
    assert(this.#waiting.shift() === plot, "plots are worked off in order");
  }

  /** False when the tree has too few leaves. */
  async #fill(plot: Plot, tree: SumTree, scan: EntryScan): Promise<boolean> {
    let entries = 0;
    try {
      for (;;) {
        const page = await scan.next();
        if (page === undefined || plot.growing !== tree) return true;
        for (let i = 0; i < page.count; i++) tree.change(page.position(i), NO_HASH, page.hash(i));
        if (tree.isFull) return false;
        entries += page.count;
        if (entries < SLICE_ENTRIES) continue;
        entries = 0;
        await turnOf(this.#parts.runtime);
        if (this.#isStopped) plot.growing = undefined;
      }
    } finally {
      await scan.close();
    }
  }
}
