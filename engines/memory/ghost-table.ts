// The hashes of values that were evicted not long ago, without their values: the ghost queue of
// S3-FIFO. A value that comes back while its ghost is there has shown that it is used again.
//
// It is approximate: each hash has one cell, which the next with the same low bits takes. So a
// ghost lasts, on average, for as many evictions as there are cells; nothing is moved or searched.

const CELLS_MIN = 1024;

export class GhostTable {
  #cells = new Uint32Array(CELLS_MIN);

  get memoryBytes(): number {
    return this.#cells.byteLength;
  }

  /** Of so many values in the main queue, as many ghosts are kept; growing forgets all. */
  resize(values: number): void {
    if (values <= this.#cells.length) return;
    this.#cells = new Uint32Array(2 ** Math.ceil(Math.log2(values)));
  }

  add(hash: number): void {
    this.#cells[hash & (this.#cells.length - 1)] = hash;
  }

  /** Whether the hash was there; it no longer is. */
  take(hash: number): boolean {
    const at = hash & (this.#cells.length - 1);
    if (this.#cells[at] !== hash || hash === 0) return false;
    this.#cells[at] = 0;
    return true;
  }
}
