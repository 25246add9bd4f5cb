// A store on a MemoryDisk over several lives of its process, each of which ends in some way, and
// what has to be there in the next one.
//
// A store has had a row of states, one after each write. What is found after an end must be one of
// them, and not before what was promised: what was acknowledged at a level that outlives that end.

import { expect } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import type { Random } from "../../../workloads/random.ts";
import { bytes, contents, open, smallFiles } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

const KEYS = 12;
const VALUE_BYTES_MAX = 3000;
const WRITES_MAX = 70;
/** Longer than any work of these stores takes. */
const TURNS_MAX = 200_000;

type State = ReadonlyMap<string, string>;
type End = "kill" | "power loss";

export interface LivesOptions {
  readonly module: EngineModule;
  readonly durability: Durability;
  readonly random: Random;
  /** Begins every message. */
  readonly what: string;
  /** Breaks what the engine relies on. */
  readonly sabotage?: (fileSystem: FileSystem, disk: MemoryDisk) => FileSystem;
}

/** What happened, so that a test can see that something did. */
export interface Tally {
  lives: number;
  crashes: number;
  /** Ends at which writes were lost that were not promised. */
  losses: number;
  /** Ends in which the store came back unlike promised, and said so: beyond what it promises. */
  refusals: number;
}

export class StoreLives {
  readonly #options: LivesOptions;
  readonly #random: Random;
  readonly #disk = new MemoryDisk();
  #states: State[] = [new Map()];
  /** The last state that has to be there after a kill, and after a loss of power. */
  #promised: Record<End, number> = { kill: 0, "power loss": 0 };
  /** The worst end since the store was last found as promised. */
  #worstEnd: End = "kill";
  /** Syncs and reads that are under way. */
  #begun: (() => void)[] = [];
  #isOver = false;
  /** Syncs failed in this life. */
  #isFailing = false;
  readonly tally: Tally = { lives: 0, crashes: 0, losses: 0, refusals: 0 };

  constructor(options: LivesOptions) {
    this.#options = options;
    this.#random = options.random;
  }

  /** One life: opens, finds what was promised, writes, and dies. */
  async live(): Promise<void> {
    this.tally.lives++;
    const engine = await this.#check();
    if (engine !== undefined) {
      await this.#write(engine);
      if (!this.#isOver && this.#random.nextBelow(4) === 0) await this.#close(engine);
    }
    this.#end();
  }

  /** The last life: nothing goes wrong in it. */
  async finish(): Promise<void> {
    const engine = await this.#open(this.#mount());
    this.#expectPromised(await this.#drive(contents(engine), "contents"));
    await this.#drive(engine.close(), "close");
    this.#disk.kill();
  }

  /** The open engine, with what has to be there; undefined when the process died over it. */
  async #check(): Promise<Engine | undefined> {
    if (this.#random.nextBelow(3) === 0) this.#planCrash();
    let engine: Engine | undefined;
    try {
      engine = await this.#open(this.#mount());
      const found = await this.#drive(contents(engine), "contents");
      this.#expectPromised(found);
      const { problems } = await this.#drive(engine.verify(), "verify");
      expect(problems, this.#options.what).toEqual([]);
    } catch (error) {
      if (!this.#disk.hasCrashed) this.#expectRefusal(error);
      this.#isOver = true;
      return undefined;
    }
    // Some lives end here, so that what was recovered is recovered again.
    if (this.#random.nextBelow(4) === 0) this.#isOver = true;
    else if (!this.#isOver && this.#random.nextBelow(2) === 0) this.#planCrash();
    return engine;
  }

  #planCrash(): void {
    this.#disk.crashAt(1 + this.#random.nextBelow(120), this.#random.nextDouble());
  }

  #mount(): FileSystem {
    this.#begun = [];
    this.#isOver = false;
    const begun = this.#begun;
    const fileSystem = this.#disk.mount({ settle: (_kind, _bytes, done) => begun.push(done) });
    return this.#options.sabotage?.(fileSystem, this.#disk) ?? fileSystem;
  }

  #open(fileSystem: FileSystem): Promise<Engine> {
    const { module, durability } = this.#options;
    const settings = smallFiles(module);
    return this.#drive(open(module, STORE_DIR, { durability, fileSystem, settings }), "open");
  }

  async #write(engine: Engine): Promise<void> {
    const bursts = this.#random.nextBelow(30);
    for (let burst = 0; burst < bursts && !this.#isOver; burst++) {
      const count = 1 + this.#random.nextBelow(WRITES_MAX / 10);
      for (let i = 0; i < count && !this.#isOver; i++) this.#writeOne(engine);
      // Writers that wait, and those that do not; syncs that end, and those that run on.
      for (let turns = this.#random.nextBelow(40); turns > 0; turns--) await this.#turn();
      if (this.#isOver || this.#disk.hasCrashed) break;
      if (this.#random.nextBelow(12) === 0) await this.#flush(engine);
      else if (this.#random.nextBelow(25) === 0) {
        await this.#attempt(engine.compact(), "compact");
      } else if (this.#random.nextBelow(60) === 0) this.#failSyncs();
    }
  }

  #failSyncs(): void {
    this.#disk.syncMode = "failing";
    this.#isFailing = true;
  }

  #writeOne(engine: Engine): void {
    const random = this.#random;
    const next = new Map(this.#states.at(-1));
    const key = `key${random.nextBelow(KEYS)}`;
    const value = `${this.#states.length}:${"x".repeat(random.nextBelow(VALUE_BYTES_MAX))}`;
    const kind = random.nextBelow(8);
    const other = `key${random.nextBelow(KEYS)}`;
    if (kind === 0) next.delete(key);
    else next.set(key, value);
    if (kind === 1) next.delete(other);
    this.#states.push(next);
    const index = this.#states.length - 1;
    try {
      const done =
        kind === 0
          ? engine.delete(bytes(key))
          : kind > 1
            ? engine.put(bytes(key), bytes(value))
            : engine.batch(new WriteBatch().put(bytes(key), bytes(value)).delete(bytes(other)));
      if (done === undefined) this.#acknowledge(index);
      else
        done.then(
          this.#whileAlive(() => this.#acknowledge(index)),
          this.#whileAlive(this.#stop),
        );
    } catch (error) {
      this.#stop(error);
    }
  }

  #acknowledge(index: number): void {
    const { durability } = this.#options;
    if (durability !== "memory") this.#promise("kill", index);
    if (durability === "group" || durability === "sync") this.#promise("power loss", index);
  }

  #promise(end: End, index: number): void {
    this.#promised[end] = Math.max(this.#promised[end], index);
  }

  async #flush(engine: Engine): Promise<void> {
    const index = this.#states.length - 1;
    if (!(await this.#attempt(Promise.resolve(engine.flush()), "flush"))) return;
    this.#promise("kill", index);
    this.#promise("power loss", index);
  }

  async #close(engine: Engine): Promise<void> {
    const index = this.#states.length - 1;
    // Of writes that were refused meanwhile it promises nothing.
    const isClosed = await this.#attempt(engine.close(), "close");
    if (isClosed && !this.#isOver && !this.#disk.hasCrashed) this.#acknowledge(index);
  }

  /** Whether it was done; a failure must be the machine's. */
  async #attempt(work: Promise<unknown>, what: string): Promise<boolean> {
    try {
      await this.#drive(work, what);
      return true;
    } catch (error) {
      this.#stop(error);
      return false;
    }
  }

  /** A write failed: the engine takes no more, and nobody knows what became of it. */
  readonly #stop = (error: unknown): void => {
    this.#isOver = true;
    const isDue = error instanceof EngineError || this.#disk.hasCrashed;
    if (!isDue) throw new Error(`${this.#options.what}: ${error}`, { cause: error });
  };

  /** What a dead process hears is of no interest. */
  #whileAlive<T>(run: (value: T) => void): (value: T) => void {
    const begun = this.#begun;
    return (value) => {
      if (begun === this.#begun) run(value);
    };
  }

  #end(): void {
    if (this.#disk.hasCrashed) this.tally.crashes++;
    this.#begun = [];
    this.#disk.syncMode = "honest";
    // What a failed sync left in the kernel alone, no process after this one can tell from what is
    // on the device: the machine has to be started anew.
    const end = (this.#isFailing ? 2 : 0) + this.#random.nextBelow(this.#isFailing ? 2 : 4);
    this.#isFailing = false;
    if (end >= 2) this.#worstEnd = "power loss";
    if (end < 2) this.#disk.kill();
    else this.#disk.losePower(end === 2 ? undefined : this.#random);
  }

  #expectPromised(found: State): void {
    const { what } = this.#options;
    const index = this.#states.findLastIndex((state) => isSame(state, found));
    const life = `${what}, life ${this.tally.lives}, after a ${this.#worstEnd}`;
    expect(index, `${life}: not a state that the store had`).toBeGreaterThanOrEqual(0);
    const promised = this.#promised[this.#worstEnd];
    expect(index, `${life}: what was promised is gone`).toBeGreaterThanOrEqual(promised);
    if (index < this.#states.length - 1) this.tally.losses++;
    this.#states.length = index + 1;
    this.#worstEnd = "kill";
    // What the kernel has now, it has after a kill.
    this.#promised = { kill: index, "power loss": Math.min(index, this.#promised["power loss"]) };
  }

  /** Beyond what the level promises, the store may say that it is damaged. */
  #expectRefusal(error: unknown): void {
    const { durability, what } = this.#options;
    const isBeyond = durability === "memory" || durability === "os";
    const isRefusal = error instanceof EngineError && error.code === "ENGINE_CORRUPTION";
    if (!isRefusal || !isBeyond || this.#worstEnd !== "power loss") {
      throw new Error(`${what}, life ${this.tally.lives}: ${error}`, { cause: error });
    }
    this.tally.refusals++;
    this.#disk.wipe();
    this.#states = [new Map()];
    this.#promised = { kill: 0, "power loss": 0 };
    this.#worstEnd = "kill";
  }

  /** Its value, while what it waits for ends in any order. */
  async #drive<T>(work: T | Promise<T>, what: string): Promise<T> {
    if (!(work instanceof Promise)) return work;
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    work.then(note, note);
    for (let turn = 0; turn < TURNS_MAX && !isSettled; turn++) await this.#turn();
    if (!isSettled) throw new Error(`${this.#options.what}: ${what} waits for ever`);
    return work;
  }

  async #turn(): Promise<void> {
    if (this.#begun.length > 0 && this.#random.nextBelow(3) === 0) {
      const [done] = this.#begun.splice(this.#random.nextBelow(this.#begun.length), 1);
      done?.();
    }
    await undefined;
  }
}

function isSame(a: State, b: State): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
