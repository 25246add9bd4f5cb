// Promises that nobody waits for. One that is rejected ends a process of Node; within a run it is a
// mistake of the code under simulation, and is told of instead.
//
// As with guard.ts it is the asynchronous context that says whose promise it was: whatever else
// lives in this process, as a test runner, hears of its own as ever.

import { AsyncLocalStorage } from "node:async_hooks";
import process from "node:process";
import { realTurn } from "./guard.ts";

const EVENT = "unhandledRejection";

const watched = new AsyncLocalStorage<(error: unknown) => void>();

/** Runs the work, and tells of each rejection in it that nobody handles, with its reason. */
export async function tellingRejections(
  tell: (error: unknown) => void,
  work: () => Promise<void>,
): Promise<void> {
  const others = process.listeners(EVENT);
  const onRejection = (error: unknown, promise: Promise<unknown>): void => {
    const own = watched.getStore();
    if (own !== undefined) {
      own(error);
      return;
    }
    // Without a listener it would have ended the process.
    if (others.length === 0) throw error;
    for (const other of others) other.call(process, error, promise);
  };
  process.removeAllListeners(EVENT);
  process.on(EVENT, onRejection);
  try {
    await watched.run(tell, work);
    // They are told of when no microtask is left.
    await realTurn();
  } finally {
    process.removeListener(EVENT, onRejection);
    for (const other of others) process.on(EVENT, other);
  }
}
