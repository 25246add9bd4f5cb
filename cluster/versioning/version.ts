// One version of a value: what one request wrote, or the memory that it did.
//
// Every version carries the id of its request. A client that got no answer asks another
// coordinator with the same id, so that one request may become two events; the id shows that they
// are one write. Of a version that was overwritten the id alone is kept for a while (`superseded`),
// so that its late twin is known for what it is.

const NOTHING = new Uint8Array(0);

/** Unique for ever: a client draws its number at random, and counts its requests. */
export interface RequestId {
  /** 1 to 2^53 - 1. */
  readonly client: number;
  /** 0 to 2^53 - 1; a retry has the number of what it retries. */
  readonly number: number;
}

export const VersionState = { superseded: 0, value: 1, tombstone: 2 } as const;
export type VersionState = (typeof VersionState)[keyof typeof VersionState];

/** Immutable. The value is a range of `bytes`, which nobody may change as long as this lives. */
export class Version implements RequestId {
  readonly client: number;
  readonly number: number;
  readonly state: VersionState;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Hybrid timestamp (hybrid-clock.ts); both parts are 0 where the policy has no clock. */
  readonly timeMs: number;
  readonly timeCounter: number;

  constructor(
    client: number,
    number: number,
    state: VersionState,
    bytes: Uint8Array = NOTHING,
    start = 0,
    end: number = bytes.length,
    timeMs = 0,
    timeCounter = 0,
  ) {
    this.client = client;
    this.number = number;
    this.state = state;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.timeMs = timeMs;
    this.timeCounter = timeCounter;
  }

  /** The value as a view; empty for a tombstone. */
  value(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** What is remembered once a later write has seen this one. */
  superseded(): Version {
    return new Version(this.client, this.number, VersionState.superseded);
  }
}

export function isLive(version: Version): boolean {
  return version.state !== VersionState.superseded;
}

export function isSameRequest(a: RequestId, b: RequestId): boolean {
  return a.number === b.number && a.client === b.client;
}
