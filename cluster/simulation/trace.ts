// What happened, as one number: two runs are the same when their digests are.
//
// Steps of `add`: time, node, kind and payload go one after the other into two 32-bit lanes,
// each by a multiplication with an odd constant of its own and a rotation.

export class Trace {
  #high = 0x6a09e667;
  #low = 0x3c6ef372;
  /** Events that went in. */
  length = 0;

  /** `node` and `kind` are small numbers that the caller keeps; `payload` is a hash, or 0. */
  add(timeUs: number, node: number, kind: number, payload: number): void {
    this.#mix(timeUs | 0);
    this.#mix(Math.floor(timeUs / 2 ** 32) | 0);
    this.#mix((node << 8) ^ kind);
    this.#mix(payload | 0);
    this.length++;
  }

  /** Takes the digest of another run in, as one event. */
  addDigest(digest: string): void {
    this.#mix(Number.parseInt(digest.slice(0, 8), 16) | 0);
    this.#mix(Number.parseInt(digest.slice(8), 16) | 0);
    this.length++;
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x85ebca6b);
    this.#high ^= this.#high >>> 13;
    this.#low = Math.imul(((this.#low << 5) | (this.#low >>> 27)) ^ word, 0xc2b2ae35);
    this.#low ^= this.#high >>> 16;
  }
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}
