// Sequences by id while a store is opened: of two records of a key the one with the higher wins,
// whatever order the files are read in. Thrown away once the store is open.

import { IdTable } from "../index/id-table.ts";

export class SequenceTable {
  readonly #places = new IdTable();
  #sequences = new Float64Array(1024);
  #count = 0;

  /** Notes the sequence and returns true when it is the highest of the id so far. */
  isNewest(id: number, sequence: number): boolean {
    const place = this.#places.get(id);
    if (place >= 0) {
      if (this.#sequences[place]! >= sequence) return false;
      this.#sequences[place] = sequence;
      return true;
    }
    if (this.#count === this.#sequences.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#sequences);
      this.#sequences = larger;
    }
    this.#places.set(id, this.#count);
    this.#sequences[this.#count++] = sequence;
    return true;
  }
}
