// Goal: whatever is done to a MemoryDisk, it reads as it should, and a loss of power leaves one of
// the states that it may. Method: random operations beside a model that works out, from whole
// copies, what these states are.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { File, FileSystem } from "../../../engines/io/filesystem.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { DiskModel } from "./disk-model.ts";

describe("a disk beside a model of it", () => {
  const NAMES = ["/d/a", "/d/b", "/d/c"];
  const name = fc.constantFrom(...NAMES);
  const position = fc.oneof(fc.nat(12_000), fc.constantFrom(0, 511, 512, 4095, 4096, 4097));
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("write"), name, position, fc.nat(6000)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("append"), name, fc.nat(2), fc.nat(6000)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("truncate"), name, position, fc.nat(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("beginSync"), name, fc.nat(0), fc.nat(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("endSync"), name, fc.nat(9), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("syncDir"), name, fc.nat(0), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("rename"), name, fc.nat(2), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("remove"), name, fc.nat(0), fc.nat(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("kill"), name, fc.nat(0), fc.nat(0)) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("losePower"), name, fc.nat(999), fc.nat(3)) },
  );

  it("reads what was written, and is left in a state that is allowed", () => {
    const runs = process.env.RINGBENCH_NIGHTLY === "1" ? 20_000 : 1500;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const pair = new Pair();
        for (const [i, [kind, name, a, b]] of steps.entries()) {
          pair.run(kind, name, NAMES[a]!, a, b, i + 1);
          pair.compare(`step ${i}, ${kind} ${name} ${a} ${b}`);
        }
        pair.run("losePower", "", "", 1, 1, 0);
      }),
      { numRuns: runs, seed: 20_261 },
    );
  });
});

/** A disk and its model, on which the same is done. */
class Pair {
  readonly #disk = new MemoryDisk();
  readonly #model = new DiskModel();
  /** Syncs that did not end, on the disk and in the model. */
  #begun: { readonly disk: () => void; readonly model: () => void }[] = [];
  #fileSystem = this.#mount();

  constructor() {
    this.#fileSystem.makeDirSync("/d");
    this.#fileSystem.syncDirSync("/");
  }

  run(kind: string, name: string, other: string, a: number, b: number, letter: number): void {
    const isThere = this.#model.names().includes(name);
    if (kind === "kill") this.#kill();
    else if (kind === "losePower") this.#losePower(a, b === 0);
    else if (kind === "endSync") this.#endSync(a);
    else if (kind === "rename" && isThere && other !== name) {
      this.#fileSystem.renameSync(name, other);
      this.#model.rename(name, other);
    } else if (kind === "remove" && isThere) {
      this.#fileSystem.removeSync(name);
      this.#model.remove(name);
    } else if (kind === "syncDir") {
      this.#fileSystem.syncDirSync("/d");
      this.#model.syncNames();
    } else if (kind !== "rename" && kind !== "remove") {
      if (!isThere) this.#model.create(name);
      this.#change(kind, name, this.#fileSystem.openSync(name, "write"), a, b, letter);
    }
  }

  compare(what: string): void {
    const files = this.#files();
    expect([...files.keys()].sort(), what).toEqual(this.#model.names());
    for (const [name, content] of files) {
      expect(Buffer.compare(content, this.#model.content(name)), `${what}: ${name}`).toBe(0);
    }
  }

  #change(kind: string, name: string, file: File, a: number, b: number, letter: number): void {
    if (kind === "beginSync") {
      const model = this.#model.beginSync(name);
      // The disk hands its end to `settle`, which puts it behind the model's.
      this.#begun.push({ disk: () => {}, model });
      file.sync();
    } else if (kind === "truncate") {
      file.truncateSync(a);
      this.#model.truncate(name, a);
    } else {
      // At the end, or a byte or two before it.
      const at = kind === "append" ? Math.max(0, file.sizeSync() - a) : a;
      const content = new Uint8Array(b).fill(letter);
      file.writeSync(content, 0, b, at);
      if (b > 0) this.#model.write(name, content, at);
    }
  }

  #endSync(which: number): void {
    const [ended] = this.#begun.splice(which % Math.max(1, this.#begun.length), 1);
    ended?.disk();
    ended?.model();
  }

  #kill(): void {
    this.#disk.kill();
    this.#fileSystem = this.#mount();
  }

  #losePower(seed: number, isHarsh: boolean): void {
    this.#disk.losePower(isHarsh ? undefined : new Random(seed));
    this.#fileSystem = this.#mount();
    const left = this.#files();
    const problem = this.#model.judge(left, isHarsh);
    if (problem !== undefined) throw new Error(problem);
    this.#model.adopt(left);
  }

  /** Read as a process does: `files` of the disk would have it copy before the next write. */
  #files(): Map<string, Uint8Array> {
    const names = this.#fileSystem.listSync("/d").map((name) => `/d/${name}`);
    return new Map(names.map((name) => [name, this.#fileSystem.readFileSync(name)]));
  }

  #mount(): FileSystem {
    this.#begun = [];
    return this.#disk.mount({
      settle: (_kind, _bytes, done) => {
        const last = this.#begun.at(-1)!;
        this.#begun[this.#begun.length - 1] = { disk: done, model: last.model };
      },
    });
  }
}
