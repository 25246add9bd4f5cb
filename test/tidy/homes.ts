// Where the outside world comes in: every use of the clock, of chance, of timers, files, network,
// processes and threads has a home, and a home has a reason. Keep it short: code that takes these
// things from outside can be run in virtual time and on a simulated disk.

import type { Ban, Home } from "./name-rules.ts";

const TESTS: Home = {
  path: "test/",
  reason: "tests work on real folders and real processes; what they test does not",
};
const CHILD: Home = {
  path: "engines/conformance/process.ts",
  reason: "kill -9 needs a process to kill, and a deadline should it hang",
};
const DB_BENCH: Home = {
  path: "bench/native/db-bench-process.ts",
  reason: "runs the native db_bench beside the engines",
};
const COMMIT: Home = {
  path: "bench/package-info.ts",
  reason: "finds package.json, and asks git which commit was measured",
};
const GUARD: Home = {
  path: "cluster/simulation/guard.ts",
  reason: "puts what is real out of reach while virtual time runs",
};
const GUARD_TEST: Home = {
  path: "test/cluster/simulation/guard.test.ts",
  reason: "reaches for it, to be refused",
};
const GUARD_TESTS: readonly Home[] = [
  GUARD_TEST,
  { path: "test/cluster/simulation/world.test.ts", reason: "reaches for it, to be refused" },
];
const SCRIPTS: Home = { path: "scripts/", reason: "the build and the CI run on the real machine" };

export const BANS: readonly Ban[] = [
  {
    what: "a clock",
    names: [
      ...["Date.now", "Date()", "new Date()", "process.hrtime"],
      ...["performance.now", "performance.timeOrigin"],
    ],
    modules: ["perf_hooks"],
    members: ["process.hrtime"],
    instead: "take the clock from outside (engines/io/clock.ts has the real one)",
    homes: [{ path: "engines/io/clock.ts", reason: "the one real clock" }, GUARD, GUARD_TEST],
  },
  {
    what: "chance",
    names: ["Math.random", "crypto.randomUUID", "crypto.getRandomValues", "crypto.randomBytes"],
    modules: [],
    members: [
      "crypto.randomUUID",
      "crypto.randomBytes",
      "crypto.randomInt",
      "crypto.randomFillSync",
      "crypto.webcrypto",
      "crypto.getRandomValues",
    ],
    instead: "take a seeded generator from outside (workloads/random.ts), so that runs repeat",
    homes: [GUARD_TEST],
  },
  {
    what: "a timer",
    names: ["setTimeout", "setInterval", "setImmediate"],
    modules: ["timers", "timers/promises"],
    members: ["util.setTimeout"],
    instead: "take timers from outside (bench/timer.ts has the real ones); tests wait for events",
    homes: [
      { path: "bench/timer.ts", reason: "the one real timer" },
      {
        path: "engines/io/turn.ts",
        reason: "lets others have a turn during long reads and jobs, which are synchronous",
      },
      CHILD,
      GUARD,
      ...GUARD_TESTS,
      {
        path: "test/bench/virtual-time.ts",
        reason: "a turn of the event loop lets microtasks end",
      },
    ],
  },
  {
    what: "the disk",
    names: [],
    modules: ["fs", "fs/promises"],
    members: [],
    instead: "take a FileSystem (engines/io/filesystem.ts), so that it can be simulated",
    homes: [
      TESTS,
      SCRIPTS,
      { path: "engines/io/node-filesystem.ts", reason: "the real FileSystem" },
      {
        path: "engines/conformance/child.ts",
        reason: "tells its parent, synchronously, how far it got",
      },
      { path: "bench/environment.ts", reason: "describes the machine" },
      { path: "bench/data-dir.ts", reason: "makes the folders that engines are run in" },
      { path: "bench/cli/", reason: "reads the files that a command line names" },
      COMMIT,
      GUARD,
      { path: "reports/write.ts", reason: "puts reports on the disk" },
      { path: "reports/html/chart-library.ts", reason: "reads chart.js out of its package" },
    ],
  },
  {
    what: "the network",
    names: ["fetch", "WebSocket"],
    modules: ["net", "http", "https", "http2", "dgram", "tls", "dns", "dns/promises"],
    members: [],
    instead: "take a transport from outside",
    homes: [GUARD],
  },
  {
    what: "a child process",
    names: [],
    modules: ["child_process", "cluster"],
    members: [],
    instead: "do it in this process, or in the harness (engines/conformance/, bench/)",
    homes: [TESTS, SCRIPTS, CHILD, COMMIT, DB_BENCH, GUARD],
  },
  {
    what: "a thread",
    names: [],
    modules: ["worker_threads"],
    members: [],
    instead: "take background work from outside",
    homes: [
      { path: "engines/lsm/worker.ts", reason: "flush and compaction off the thread that serves" },
      { path: "engines/lsm/worker-thread.ts", reason: "the other end of it" },
      { path: "bench/cli/sim-run.ts", reason: "hears Ctrl-C while a judge is at work" },
      { path: "bench/cli/sim-thread.ts", reason: "the other end of it" },
      { path: "bench/cli/history-run.ts", reason: "hears Ctrl-C while a search goes on" },
      { path: "bench/cli/history-thread.ts", reason: "the other end of it" },
      GUARD,
      GUARD_TEST,
    ],
  },
  {
    what: "SQLite",
    names: [],
    modules: ["sqlite"],
    members: [],
    instead: "go through the engine in engines/native/",
    homes: [
      { path: "engines/native/sqlite.ts", reason: "the adapter" },
      { path: "engines/io/node-filesystem.ts", reason: "its file lock is the lock of a folder" },
      GUARD,
      GUARD_TEST,
    ],
  },
  {
    what: "a way to load modules that cannot be seen",
    names: ["import()", "require", "process.getBuiltinModule"],
    modules: [],
    members: ["module.createRequire", "process.getBuiltinModule"],
    instead: "import it by a literal path, so that these rules can follow",
    homes: [
      { path: "engines/registry.ts", reason: "loads engines of the user's own" },
      {
        path: "engines/native/package.ts",
        reason: "loads optional packages, or says they are absent",
      },
      { path: "reports/html/chart-library.ts", reason: "resolves the file of chart.js" },
    ],
  },
];

/** Files whose tool demands a default export. */
export const DEFAULT_EXPORT_HOMES = ["vitest.config.ts"];

/** Files that exist to be used by tests, ours or those of an engine's author. */
export const FOR_TESTS: readonly Home[] = [
  { path: "docs/examples/", reason: "examples for the authors of engines, run by tests" },
];
