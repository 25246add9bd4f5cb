import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProgressView } from "../../../bench/cli/progress.ts";
import { watchLine, watchLines } from "../../../bench/cli/watch-lines.ts";
import type { LiveState } from "../../../bench/watch.ts";
import { type Result, resultSchema } from "../../../reports/result.ts";
import { VirtualTime } from "../virtual-time.ts";
import { cli } from "./run-cli.ts";
import { Terminal } from "./terminal.ts";

const MIB = 1024 * 1024;

function stateOf(given: Partial<LiveState> = {}): LiveState {
  return {
    progress: { finished: 250, total: 1000, elapsedNs: 2e9, opsPerSec: 150 },
    meanOpsPerSec: 125,
    p99Ns: 42_000,
    stats: {
      memoryBytes: { index: 3 * MIB, cache: MIB, tail: 0 },
      diskBytes: 9 * MIB,
      files: 3,
      deadBytes: MIB,
      compactionDebtBytes: 2 * MIB,
      writeAmplification: 1.5,
      readAmplification: 2,
      spaceAmplification: 1.1,
      cacheHits: 190,
      cacheMisses: 110,
      filterChecks: 1000,
      filterFalsePositives: 9,
      stalls: 2,
      stallNs: 3e6,
      levels: [
        { files: 4, bytes: MIB },
        { files: 0, bytes: 0 },
        { files: 9, bytes: 8 * MIB },
      ],
    },
    statsAgeMs: 400,
    previousStats: { cacheHits: 100, cacheMisses: 100 },
    work: [{ kind: "compaction", detail: "4 files\u001b[2J", ms: 1200 }],
    ended: new Map([
      ["flush", 12],
      ["compaction", 3],
    ]),
    ...given,
  };
}

/** With plain spaces, to be read more easily. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll("\u202f", " "));
}

describe("the figures", () => {
  test("on a terminal: a line for each part", () => {
    expect(plain(watchLines(stateOf()))).toEqual([
      "  throughput     150 ops/s now, 125 mean; p99 now 42.0 µs",
      "  memory         4.00 MiB: index 3.00 MiB, cache 1.00 MiB",
      "  disk           9.00 MiB in 3 files, dead 1.00 MiB, debt 2.00 MiB",
      "  amplification  write 1.50, read 2.00, space 1.10",
      "  cache, filters 90.0 % hits now; 0.90 % of filter checks false positives",
      "  stalls         2 (3.00 ms)",
      "  levels         0: 4 of 1.00 MiB, 2: 9 of 8.00 MiB",
      "  background     compaction (4 files [2J) for 1.20 s; in this row: 12 flush, 3 compaction",
    ]);
  });

  test("in one line", () => {
    expect(plain([watchLine(stateOf())])).toEqual([
      "150 ops/s now, 125 mean, p99 now 42.0 µs, memory 4.00 MiB, disk 9.00 MiB, " +
        "write ampl. 1.50, debt 2.00 MiB, 90.0 % hits now, stalls 2 (3.00 ms), " +
        "compaction (4 files [2J) for 1.20 s",
    ]);
  });

  test("figures of the engine that are not of the last second say how old they are", () => {
    const old = stateOf({ statsAgeMs: 8200 });
    expect(plain(watchLines(old))[1]).toBe("  engine         figures 8.20 s old");
    expect(plain([watchLine(old)])[0]).toContain("p99 now 42.0 µs, figures 8.20 s old, memory");
  });

  test("what an engine cannot know is left out", () => {
    const bare = stateOf({ stats: {}, p99Ns: undefined, work: [], ended: new Map() });
    expect(plain(watchLines(bare))).toEqual(["  throughput     150 ops/s now, 125 mean"]);
    expect(plain([watchLine(bare)])).toEqual(["150 ops/s now, 125 mean"]);
  });
});

describe("the view", () => {
  function viewOn(stream: Terminal | { write(text: string): void }, watch = true) {
    const clock = new VirtualTime(0);
    return new ProgressView({ stream, phases: 2, quiet: false, colour: false, watch, clock });
  }

  test("on a terminal a block is drawn over itself, and goes at the end of the row", () => {
    const terminal = new Terminal();
    const view = viewOn(terminal);
    view.begin("lsm fillrandom", true);
    expect(terminal.screen).toEqual(["[1/2] lsm fillrandom ..."]);
    view.update(stateOf().progress);
    expect(terminal.screen).toHaveLength(1);
    view.onState(stateOf());
    expect(terminal.screen).toHaveLength(9);
    expect(terminal.screen[0]).toContain("[1/2] lsm fillrandom [######....");
    expect(terminal.isAtLineStart).toBe(true);
    view.update(stateOf().progress);
    view.onState(stateOf({ stats: { stalls: 0 } }));
    expect(plain(terminal.screen).slice(1)).toEqual([
      "  throughput     150 ops/s now, 125 mean; p99 now 42.0 µs",
      "  stalls         0",
      expect.stringContaining("  background     compaction"),
    ]);
    view.end(undefined);
    expect(terminal.screen).toEqual([]);
  });

  test("a warning stands above the block, which stays", () => {
    const terminal = new Terminal();
    const view = viewOn(terminal);
    view.begin("lsm fillrandom", true);
    view.onState(stateOf());
    const block = terminal.screen;
    view.warn("interrupted: finishing what is under way");
    expect(terminal.screen).toEqual([
      "ringbench: interrupted: finishing what is under way",
      ...block,
    ]);
    view.onState(stateOf());
    expect(terminal.screen.slice(1)).toEqual(block);
    expect(terminal.isAtLineStart, "a second Ctrl-C may end the process here").toBe(true);
  });

  test("nothing wraps, nothing scrolls, and no mode of the terminal is changed", () => {
    const terminal = new Terminal(30, 6);
    const view = viewOn(terminal);
    view.begin("a name that is far longer than the terminal is wide", true);
    for (let i = 0; i < 5; i++) view.onState(stateOf());
    expect(terminal.screen).toHaveLength(5);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what this is about.
    const escapes = new Set(terminal.text.match(/\x1b\[[^A-Za-z]*[A-Za-z]/g));
    expect([...escapes].filter((each) => !/^.\[\d*[AJK]$/.test(each))).toEqual([]);
  });

  test("without a terminal: a line for each state, and no escapes", () => {
    let text = "";
    const view = viewOn({
      write: (part) => {
        text += part;
      },
    });
    view.begin("lsm fillrandom", true);
    view.update(stateOf().progress);
    view.onState(stateOf());
    view.onState(stateOf());
    const lines = plain(text.trimEnd().split("\n"));
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^\[1\/2\] lsm fillrandom: 25 %, 150 ops\/s now, .*debt 2.00 MiB/);
    expect(text).not.toContain("\u001b");
  });

  test("without --watch states change nothing", () => {
    const terminal = new Terminal();
    const view = viewOn(terminal, false);
    view.begin("lsm fillrandom", true);
    view.onState(stateOf());
    expect(terminal.screen).toEqual(["[1/2] lsm fillrandom ..."]);
  });
});

/** An engine of the user's own: it answers as `null` does, and tells of a flush every 500 puts. */
function tellingModule(root: string): string {
  const engine = JSON.stringify(path.join(root, "engines/null/module.ts"));
  return `import { nullModule } from ${engine};
export const engine = {
  ...nullModule,
  name: "telling",
  async open(options) {
    const inner = await nullModule.open(options);
    let puts = 0;
    return new Proxy(inner, {
      get(target, name) {
        if (name === "stats") return () => ({ writes: puts, diskBytes: 100 * puts });
        const value = target[name];
        if (typeof value !== "function") return value;
        if (name !== "put") return value.bind(target);
        return (key, bytes) => {
          if (++puts % 500 === 0) {
            options.onEvent({ kind: "flush", phase: "begin", id: puts, detail: "memory" });
            options.onEvent({ kind: "flush", phase: "end", id: puts, bytes: 4096 });
          }
          return target.put(key, bytes);
        };
      },
    });
  },
};
`;
}

describe("from the command line", () => {
  let dir: string;
  let engine: string;

  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-watch-"));
    engine = path.join(dir, "telling.ts");
    fs.writeFileSync(engine, tellingModule(process.cwd()));
  });

  afterAll(() => {
    fs.rmSync(dir, { recursive: true, force: true });
  });

  function expectTold(result: Result, puts: number): void {
    resultSchema.parse(result);
    const [row] = result.rows;
    expect(row!.events).toHaveLength(puts / 500);
    expect(row!.events![0]).toMatchObject({ kind: "flush", detail: "memory", bytes: 4096 });
    expect(row!.samples!.at(-1)!.stats).toEqual({ writes: puts, diskBytes: 100 * puts });
  }

  test("engines: the events of a row are in the result, the page and the CSV", async () => {
    const out = path.join(dir, "out");
    const size = ["--benchmarks", "fillrandom", "--records", "5000", "--durability", "memory"];
    const ran = await cli(
      "engines",
      "--engines",
      engine,
      ...size,
      "--json",
      "--out",
      out,
      "--watch",
    );
    expect(ran.err).not.toContain("failed");
    expect(ran.exit).toBe(0);
    expectTold(JSON.parse(ran.out) as Result, 5000);
    const csv = fs.readFileSync(path.join(out, "events.csv"), "utf8").split("\n");
    expect(csv[0]).toContain("kind,startMs,endMs,busyMs,count,bytes,detail");
    expect(csv).toHaveLength(1 + 10 + 1);
    const page = fs.readFileSync(path.join(out, "report.html"), "utf8");
    expect(page.includes("What the engines did by themselves")).toBe(true);
  });

  test("ycsb: -s and --watch together", async () => {
    const workload = ["--preset", "workloada", "-p", "recordcount=3000"];
    const open = ["--engine", engine, "--dir", path.join(dir, "ycsb"), "--durability", "memory"];
    const ran = await cli("ycsb", "load", ...open, ...workload, "-s", "--watch", "--json");
    expect(ran.exit).toBe(0);
    expectTold(JSON.parse(ran.out) as Result, 3000);
    expect(ran.err).toMatch(/^telling load: .+ ops\/s, p99 /m);
  });

  test("--watch shows the figures every second", async () => {
    const limit = ["--operations", "1e9", "--records", "1000", "--max-time", "1.3"];
    const what = ["--benchmarks", "fillrandom", "--durability", "memory", ...limit];
    const ran = await cli("engines", "--engines", engine, ...what, "--watch");
    const states = plain(ran.err.split("\n")).filter((line) => line.includes("ops/s now"));
    expect(states.length).toBeGreaterThanOrEqual(1);
    expect(states[0]).toMatch(/^\[1\/1\] telling fillrandom: \d+ %, .* mean, p99 now .*disk /);
  });
});
