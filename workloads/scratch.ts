// A buffer that is written again and again, with a view for each length that was ever asked for.

/** Longer views are made anew each time: beside copying so much, that costs nothing. */
const CACHED_LENGTH_MAX = 65_536;

export class Scratch {
  /** At least as long as the longest view asked for so far. */
  bytes: Uint8Array;
  private views: (Uint8Array | undefined)[] = [];

  constructor(capacity = 0) {
    this.bytes = new Uint8Array(capacity);
  }

  /**
   * Makes `bytes` at least so long. The content is lost, and earlier views with it, if it grows.
   */
  reserve(length: number): void {
    if (length <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(length, 2 * this.bytes.length));
    this.views = [];
  }

  /** The first `length` bytes of `bytes`, which must have as many. */
  view(length: number): Uint8Array {
    if (length > CACHED_LENGTH_MAX) return this.bytes.subarray(0, length);
    let view = this.views[length];
    if (view === undefined) {
      view = this.bytes.subarray(0, length);
      this.views[length] = view;
    }
    return view;
  }
}
