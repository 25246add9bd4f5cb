// A turn of the event loop, for long work that is synchronous: without one now and then, timers and
// sockets of the process wait until its end, and what native code handed out is not freed.

/** Settles after the events that are due were handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
