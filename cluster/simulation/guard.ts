// Catches what escapes virtual time. While a simulation runs, real timers, files, connections and
// processes throw: each would happen at another moment in every run. Clocks and chance cannot be
// taken away from the process; test/tidy.test.ts bans them from the sources.
//
// Steps of `whileForbidden`:
//  1. Timers, all of node:fs, and what opens a connection or a process are replaced: they throw,
//     also for those who imported them by name before.
//  2. After the work all are put back, and the first that was called is thrown, even if the code
//     that called it caught the error.

import childProcess from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import timers from "node:timers";
import timersPromises from "node:timers/promises";

/** A stray call: whoever sees it has found a mistake in the code under simulation. */
export class StrayCallError extends Error {
  readonly code = "SIMULATION_STRAY_CALL";

  constructor(what: string) {
    super(`${what} was called in a simulation; take it from the Runtime (cluster/runtime.ts)`);
    this.name = "StrayCallError";
  }
}

type Functions = Record<string, unknown>;

function functionsOf(owner: object): Functions {
  return owner as Functions;
}

/** Every function that a module exports; its classes stay. */
function allOf(owner: object): Forbidden {
  const functions = functionsOf(owner);
  const isFunction = (name: string): boolean => typeof functions[name] === "function";
  const names = Object.keys(functions).filter((name) => isFunction(name) && /^[a-z]/.test(name));
  return { owner: functions, names };
}

interface Forbidden {
  readonly owner: Functions;
  readonly names: readonly string[];
}

const FORBIDDEN: readonly Forbidden[] = [
  { owner: functionsOf(globalThis), names: ["setTimeout", "setInterval", "fetch"] },
  { owner: functionsOf(timers), names: ["setTimeout", "setInterval"] },
  allOf(fs),
  allOf(fs.promises),
  allOf(timersPromises),
  allOf(childProcess),
  allOf(dns),
  { owner: functionsOf(dgram), names: ["createSocket"] },
  { owner: functionsOf(AbortSignal), names: ["timeout"] },
  { owner: functionsOf(net), names: ["connect", "createConnection", "createServer"] },
];

/** Runs the work with everything real out of reach. Throws StrayCallError. */
export async function whileForbidden(work: () => Promise<void>): Promise<void> {
  let stray: StrayCallError | undefined;
  const kept: (() => void)[] = [];
  for (const { owner, names } of FORBIDDEN) {
    for (const name of names) {
      const original = owner[name];
      kept.push(() => {
        owner[name] = original;
      });
      owner[name] = () => {
        const error = new StrayCallError(name);
        stray ??= error;
        throw error;
      };
    }
  }
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const restore of kept) restore();
    syncBuiltinESMExports();
  }
  if (stray !== undefined) throw stray;
}
