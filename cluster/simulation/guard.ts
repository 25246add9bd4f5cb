// Catches what escapes virtual time. While a simulation runs, real clocks and timers, chance,
// files, connections, threads and processes throw when code of the simulation asks for them: each
// would give another answer, or happen at another moment, in every run.
//
// Steps of `whileForbidden`:
//  1. What is forbidden is replaced, also for those who imported it by name before.
//  2. The work runs in an asynchronous context of its own. A replacement throws inside of it, and
//     does what it always did outside: whatever else lives in this process is left in peace.
//  3. After the work all are put back, and the first that was called is thrown, even if the code
//     that called it caught the error.
//
// What was taken before and kept (`const { now } = Date`) is out of reach here; test/tidy.test.ts
// bans the names themselves from the sources.

import { AsyncLocalStorage } from "node:async_hooks";
import childProcess from "node:child_process";
import crypto from "node:crypto";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import sqlite from "node:sqlite";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import threads from "node:worker_threads";
import zlib from "node:zlib";

/** A stray call: whoever sees it has found a mistake in the code under simulation. */
export class StrayCallError extends Error {
  readonly code = "SIMULATION_STRAY_CALL";

  constructor(what: string) {
    super(`${what} was called in a simulation; take it from the Runtime (cluster/runtime.ts)`);
    this.name = "StrayCallError";
  }
}

/** The work that is going on, and what it did first that it must not. */
interface Guarded {
  stray: StrayCallError | undefined;
}

interface Forbidden {
  readonly owner: object;
  readonly names: readonly string[];
  /** What the error calls the owner: "Date." for Date.now. */
  readonly prefix?: string;
  /** A call with so many arguments gives the same whenever it is made. */
  readonly isPure?: (count: number) => boolean;
}

const guarded = new AsyncLocalStorage<Guarded>();
const laterForReal = globalThis.setImmediate;

/**
 * A turn of the real event loop: settles when the queue of microtasks is empty. The one real thing
 * that virtual time itself needs, and that is not in the reach of what runs under it.
 */
export function realTurn(): Promise<void> {
  return new Promise((resolve) => {
    laterForReal(resolve);
  });
}

/** Every function that a module exports and that `isMeant`; its classes stay. */
function allOf(owner: object, isMeant: (name: string) => boolean = () => true): Forbidden {
  const isFunction = (name: string): boolean => typeof Reflect.get(owner, name) === "function";
  const names = Object.keys(owner).filter((name) => /^[a-z]/.test(name) && isFunction(name));
  return { owner, names: names.filter(isMeant) };
}

/** Of node:crypto: what draws, and what other threads do. */
const CHANCE_OR_THREAD =
  /^random|^generate|^getRandom|^(pbkdf2|scrypt|hkdf|argon2|checkPrime)(?!.*Sync)/;

const FORBIDDEN: readonly Forbidden[] = [
  { owner: globalThis, names: ["setTimeout", "setInterval", "setImmediate", "fetch"] },
  { owner: globalThis, names: ["MessageChannel", "WeakRef", "FinalizationRegistry"] },
  { owner: globalThis, names: ["Date"], isPure: (count) => count > 0 },
  { owner: Date, names: ["now"], prefix: "Date." },
  { owner: Math, names: ["random"], prefix: "Math." },
  { owner: Object.getPrototypeOf(performance), names: ["now"], prefix: "performance." },
  { owner: process.hrtime, names: ["bigint"], prefix: "process.hrtime." },
  { owner: process, names: ["hrtime"], prefix: "process." },
  { owner: Object.getPrototypeOf(globalThis.crypto), names: ["getRandomValues", "randomUUID"] },
  allOf(crypto, (name) => CHANCE_OR_THREAD.test(name)),
  { owner: timers, names: ["setTimeout", "setInterval", "setImmediate"] },
  allOf(timersPromises),
  { owner: Object.getPrototypeOf(timersPromises.scheduler), names: ["wait", "yield"] },
  allOf(fs),
  allOf(fs.promises),
  allOf(zlib, (name) => name !== "crc32" && !name.endsWith("Sync")),
  allOf(childProcess),
  allOf(dns),
  { owner: threads, names: ["Worker", "MessageChannel"] },
  // Its class keeps its name for those who imported it; what it does is out of reach all the same.
  { owner: sqlite.DatabaseSync.prototype, names: ["open", "exec", "prepare"], prefix: "sqlite." },
  { owner: dgram, names: ["createSocket"] },
  { owner: AbortSignal, names: ["timeout"] },
  { owner: net, names: ["connect", "createConnection", "createServer"] },
];

/** Runs the work with everything real out of reach. Throws StrayCallError. */
export async function whileForbidden(work: () => Promise<void>): Promise<void> {
  const run: Guarded = { stray: undefined };
  const kept: (() => void)[] = [];
  for (const { owner, names, prefix = "", isPure = () => false } of FORBIDDEN) {
    for (const name of names) {
      const original = Reflect.getOwnPropertyDescriptor(owner, name);
      if (original === undefined) continue; // Of a later Node.
      kept.push(() => Reflect.defineProperty(owner, name, original));
      // Some are getters that load what they return.
      const value = refusing(Reflect.get(owner, name), `${prefix}${name}`, isPure);
      const enumerable = original.enumerable === true;
      Reflect.defineProperty(owner, name, { value, enumerable, configurable: true });
    }
  }
  syncBuiltinESMExports();
  try {
    await guarded.run(run, work);
  } finally {
    for (const restore of kept) restore();
    syncBuiltinESMExports();
  }
  if (run.stray !== undefined) throw run.stray;
}

/** The same function, but that it throws for code under simulation. */
function refusing(
  original: (...given: unknown[]) => unknown,
  name: string,
  isPure: (count: number) => boolean,
): unknown {
  const admit = (count: number): void => {
    const run = guarded.getStore();
    if (run === undefined || isPure(count)) return;
    const error = new StrayCallError(name);
    run.stray ??= error;
    throw error;
  };
  return new Proxy(original, {
    apply(target, self, given) {
      admit(given.length);
      return Reflect.apply(target, self, given);
    },
    construct(target, given, newTarget) {
      admit(given.length);
      return Reflect.construct(target, given, newTarget);
    },
  });
}
