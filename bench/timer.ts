// The one home of timers: ways to be called later, from the soonest to the latest.
//
// The schedulers take a Timer from outside, so that their tests run in virtual time.

/** Ways to be called later. A callback runs once. */
export interface Timer {
  /** In this turn of the event loop, after the microtasks that are queued now. */
  microtask(callback: () => void): void;
  /** In the next turn of the event loop, after input and output were served. */
  nextTurn(callback: () => void): void;
  /** Not before `delayNs` have passed; late by up to a millisecond. Returns how to cancel it. */
  after(delayNs: number, callback: () => void): () => void;
}

// `queueMicrotask` wraps its callback in an AsyncResource, which costs five times as much as
// a continuation of a promise that has been kept already.
const kept = Promise.resolve();

export const systemTimer: Timer = {
  microtask(callback: () => void): void {
    void kept.then(callback);
  },
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  },
  after(delayNs: number, callback: () => void): () => void {
    const handle = setTimeout(callback, Math.max(1, Math.floor(delayNs / 1e6)));
    return () => clearTimeout(handle);
  },
};
