// What a loss of power may leave of a MemoryDisk, worked out the slow way: from whole copies of
// every state that a sync began with, and from every set of names that may be left.

const SECTOR_BYTES = 512;

interface ModelFile {
  /** The device's state, then that at the begin of each sync that has not ended. */
  readonly begun: Uint8Array[];
  now: Uint8Array;
}

type Names = Map<string, ModelFile>;

interface Change {
  readonly from?: string;
  readonly to?: string;
  readonly file: ModelFile;
}

const NOTHING = new Uint8Array(0);

export class DiskModel {
  #live: Names = new Map();
  #durable: Names = new Map();
  #pending: Change[] = [];
  #freed: Uint8Array = NOTHING;

  names(): string[] {
    return [...this.#live.keys()].sort();
  }

  content(name: string): Uint8Array {
    return this.#live.get(name)!.now;
  }

  create(name: string): void {
    this.#change({ to: name, file: { begun: [NOTHING], now: NOTHING } });
  }

  rename(from: string, to: string): void {
    this.#change({ from, to, file: this.#live.get(from)! });
  }

  remove(name: string): void {
    this.#change({ from: name, file: this.#live.get(name)! });
  }

  write(name: string, bytes: Uint8Array, position: number): void {
    const file = this.#live.get(name)!;
    const now = new Uint8Array(Math.max(file.now.length, position + bytes.length));
    now.set(file.now);
    now.set(bytes, position);
    file.now = now;
  }

  truncate(name: string, sizeBytes: number): void {
    const file = this.#live.get(name)!;
    const now = new Uint8Array(sizeBytes);
    now.set(file.now.subarray(0, sizeBytes));
    file.now = now;
  }

  /** Returns what the sync does when it ends. */
  beginSync(name: string): () => void {
    const file = this.#live.get(name)!;
    const state = file.now.slice();
    file.begun.push(state);
    return () => {
      const at = file.begun.indexOf(state);
      if (at > 0) file.begun.splice(0, at);
    };
  }

  syncNames(): void {
    this.#pending = [];
    this.#durable = new Map(this.#live);
  }

  /** What is wrong with that a loss of power left these files; undefined: nothing. */
  judge(left: ReadonlyMap<string, Uint8Array>, isHarsh: boolean): string | undefined {
    const problems: string[] = [];
    for (const names of isHarsh ? [this.#durable] : this.#possibleNames()) {
      const problem = this.#judgeNames(names, left, isHarsh);
      if (problem === undefined) return undefined;
      problems.push(problem);
    }
    return problems.join("; or ");
  }

  /** These files are on the device, and there is nothing else. */
  adopt(left: ReadonlyMap<string, Uint8Array>): void {
    this.#durable = new Map();
    for (const [name, bytes] of left) this.#durable.set(name, { begun: [bytes], now: bytes });
    this.#live = new Map(this.#durable);
    this.#pending = [];
  }

  #change(change: Change): void {
    const freed = change.to === undefined ? change.file : this.#live.get(change.to);
    if (freed !== undefined && freed.now.length > 0) this.#freed = freed.now;
    apply(this.#live, change);
    this.#pending.push(change);
  }

  /** Of each choice of changes: those that rest on none that is lost. */
  #possibleNames(): Names[] {
    const possible: Names[] = [];
    for (let choice = 0; choice < 2 ** this.#pending.length; choice++) {
      const names = new Map(this.#durable);
      const lost = new Set<string | undefined>();
      for (const [i, change] of this.#pending.entries()) {
        const touched = [change.from, change.to].filter((name) => name !== undefined);
        const isKept = ((choice >> i) & 1) === 1 && !touched.some((name) => lost.has(name));
        if (isKept) apply(names, change);
        else for (const name of touched) lost.add(name);
      }
      possible.push(names);
    }
    return possible;
  }

  #judgeNames(
    names: Names,
    left: ReadonlyMap<string, Uint8Array>,
    isHarsh: boolean,
  ): string | undefined {
    const expected = [...names.keys()].sort().join(" ");
    const found = [...left.keys()].sort().join(" ");
    if (expected !== found) return `the names are ${found}, not ${expected}`;
    for (const [name, file] of names) {
      const bytes = left.get(name)!;
      const isRight = isHarsh ? isEqual(bytes, file.begun[0]!) : this.#isPossible(file, bytes);
      if (!isRight) return `${name} has ${bytes.length} bytes that were not to be expected`;
    }
    return undefined;
  }

  #isPossible({ begun, now }: ModelFile, bytes: Uint8Array): boolean {
    const states = [...begun, now];
    const [durable] = states;
    // Either a size that it had, or the end of a sector that was kept of what it has now.
    const isSize = states.some((state) => state.length === bytes.length);
    const isSectorEnd = bytes.length % SECTOR_BYTES === 0 && bytes.length > durable!.length;
    if (!isSize && !(isSectorEnd && bytes.length <= now.length)) return false;
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      const end = Math.min(at + SECTOR_BYTES, bytes.length);
      const allowed = at >= durable!.length ? [...states, this.#freed] : states;
      if (!allowed.some((state) => isEqual(bytes.subarray(at, end), padded(state, at, end)))) {
        return false;
      }
    }
    return true;
  }
}

function apply(names: Names, { from, to, file }: Change): void {
  if (from !== undefined) names.delete(from);
  if (to !== undefined) names.set(to, file);
}

function padded(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const part = new Uint8Array(end - start);
  part.set(bytes.subarray(start, end));
  return part;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
