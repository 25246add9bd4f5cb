// A turn of the event loop. Our engines answer a long read at once, one chunk after the other;
// without a pause now and then, timers and sockets of the process would wait until its end.

/** Settles after the events that are due were handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
