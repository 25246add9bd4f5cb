// The package as a stranger gets it: packed, installed into an empty folder, and run there by the
// Node that runs this test. Optional dependencies are left out, so it is also proved that the
// native engines may be absent.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PACKAGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
  exports: Record<string, string | Record<string, string>>;
};

let room: string;
let installed: string;

/** Our Node first on the PATH, and nothing of the npm that may have started this test. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(lifecycle|package|command|execpath|node)|npm_config_local_prefix)/i.test(name) &&
      !/^(VITEST|NODE_OPTIONS|NODE_PATH|INIT_CWD|RINGBENCH_|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  return { ...Object.fromEntries(inherited), PATH: path, NO_COLOR: "1" };
}

/** Runs a command to its end and gives what it printed; a failure shows both streams. */
function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: environment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error ?? status}\n${stdout}\n${stderr}`);
}

function ringbench(...args: string[]): string {
  return run(room, join(room, "node_modules", ".bin", "ringbench"), ...args);
}

beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), "ringbench-pack-"));
  installed = join(room, "node_modules", "ringbench");
  run(ROOT, "npm", "pack", "--silent", "--pack-destination", room);
  const tarball = join(room, `ringbench-${PACKAGE.version}.tgz`);
  writeFileSync(join(room, "package.json"), '{ "private": true, "type": "module" }\n');
  const quick = ["--no-audit", "--no-fund", "--prefer-offline", "--omit=optional"];
  run(room, "npm", "install", "--prefix", room, ...quick, tarball);
}, 300_000);

afterAll(() => {
  rmSync(room, { recursive: true, force: true });
});

describe("the tarball", () => {
  /** Files of the installed package, without those that npm puts in by itself. */
  function files(): string[] {
    return readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
  }

  test("holds the code of the package, its licence, and nothing else", () => {
    const rest = files().filter(
      (path) => !/^dist\/(engines|cluster|workloads|bench|reports)\//.test(path),
    );
    expect(rest.sort()).toEqual(
      ["LICENSE", "README.md", "dist/package.json", "package.json"].filter((path) =>
        existsSync(join(ROOT, path)),
      ),
    );
    const sources = files().filter((path) => /(?<!\.d)\.ts$|\.test\.|\bmicro\//.test(path));
    expect(sources).toEqual([]);
  });

  test("holds no path of this machine", () => {
    const machine = [ROOT, `${homedir()}/`];
    for (const path of files()) {
      const text = readFileSync(join(installed, path), "utf8");
      for (const found of machine) expect(text, path).not.toContain(found);
    }
  });

  test("holds every file that package.json exports", () => {
    const targets = Object.values(PACKAGE.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const target of targets) expect(existsSync(join(installed, target)), target).toBe(true);
  });

  test("left the optional native engines out", () => {
    for (const name of ["classic-level", "lmdb", "@nxtedition/rocksdb"]) {
      expect(existsSync(join(room, "node_modules", name)), name).toBe(false);
    }
  });
});

describe("as a library", () => {
  test("its modules load, and its declarations are found and mean something", () => {
    const program = `
      import { EngineError, type Engine } from "ringbench";
      import * as conformance from "ringbench/conformance";
      const name = (engine: Engine): string => engine.name;
      console.log(name({ name: "x" } as Engine), typeof EngineError, typeof conformance);
    `;
    writeFileSync(join(room, "use.ts"), program);
    expect(run(room, process.execPath, "use.ts")).toBe("x function object\n");

    const compiler = [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "--noEmit"];
    const options = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node"];
    const roots = ["--typeRoots", join(ROOT, "node_modules", "@types"), "--skipLibCheck"];
    const check = () => run(room, process.execPath, ...compiler, ...options, ...roots, "use.ts");
    check();
    writeFileSync(join(room, "use.ts"), program.replace("engine.name", "engine.nickname"));
    expect(check).toThrow("nickname");
  });
});

describe("the lsm engine", () => {
  test("says in one line what it misses when optional packages were left out", () => {
    const program = `
      import { loadEngine } from "ringbench";
      await loadEngine("lsm").catch(({ code, message }) => console.log(code, message));
    `;
    writeFileSync(join(room, "absent.ts"), program);
    const said = run(room, process.execPath, "absent.ts");
    expect(said).toMatch(
      /^ENGINE_UNAVAILABLE engine lsm does not load: .*--omit=optional\?\); .*\n$/,
    );
    // From here on it is there: the native part of lz4-napi, for this machine.
    const bindings = join("node_modules", "@antoniomuso");
    cpSync(join(ROOT, bindings), join(room, bindings), { recursive: true });
  });

  test("flushes and compacts on a worker thread out of the package", () => {
    const program = `
      import { openEngine, type EngineEvent } from "ringbench";
      const ended: string[] = [];
      const onEvent = ({ kind, phase }: EngineEvent) => void (phase === "end" && ended.push(kind));
      let workers = 0;
      process.on("worker", () => void workers++);
      const settings = { memtableBytes: 65_536, tableBytes: 65_536, levelBaseBytes: 65_536 };
      const engine = await openEngine("lsm", { dir: "lsm-data", settings, onEvent });
      const key = (i: number) => new TextEncoder().encode(String(i));
      for (let i = 0; i < 5_000; i++) await engine.put(key(i), new Uint8Array(100).fill(i));
      await engine.compact();
      const wrong = Array.from({ length: 5_000 }, async (_, i) => (await engine.get(key(i)))?.[99]);
      const found = (await Promise.all(wrong)).filter((byte, i) => byte === (i & 255)).length;
      await engine.close();
      console.log(workers, found, ended.includes("flush"), ended.includes("compaction"));
    `;
    writeFileSync(join(room, "lsm.ts"), program);
    expect(run(room, process.execPath, "lsm.ts")).toBe("1 5000 true true\n");
  });
});

describe("an engine of the user's own", () => {
  test("conforms, run by its file name; and a folder is verified", () => {
    cpSync(join(ROOT, "docs", "examples", "tiny-engine.ts"), join(room, "tiny-engine.ts"));
    const filter = ["--filter", "basics", "--no-bench", "--json"];
    const { passed, failed } = JSON.parse(ringbench("conform", "./tiny-engine.ts", ...filter));
    expect({ failed }).toEqual({ failed: 0 });
    expect(passed).toBeGreaterThan(5);
    expect(ringbench("verify", "lsm-data")).toMatch(/^clean$/m);
  });
});

describe("the Level adapter", () => {
  test("opens, writes and reads out of the package", () => {
    const program = `
      import { RingbenchLevel } from "ringbench/level";
      const db = new RingbenchLevel<string, string>("level-data", { engine: "lsm" });
      await db.put("a", "1");
      console.log(await db.get("a"), await db.keys().all());
      await db.close();
    `;
    writeFileSync(join(room, "level.ts"), program);
    expect(run(room, process.execPath, "level.ts")).toBe("1 [ 'a' ]\n");
  });
});

describe("the conformance suite", () => {
  test("runs a case that starts another process out of the package", () => {
    const program = `
      import { loadEngine, nodeFileSystem } from "ringbench";
      import { conformanceCases, runConformanceCase } from "ringbench/conformance";
      const options = { fileSystem: nodeFileSystem, tempDir: "conformance", specifier: "hashlog" };
      const engine = await loadEngine(options.specifier);
      const cases = conformanceCases().filter(
        ({ name, needs }) => name.startsWith("locking: ") && needs.includes("processes"),
      );
      for (const one of cases) {
        console.log((await runConformanceCase(one, engine, options)).outcome);
      }
    `;
    writeFileSync(join(room, "conform.ts"), program);
    mkdirSync(join(room, "conformance"));
    expect(run(room, process.execPath, "conform.ts")).toMatch(/^(passed\n)+$/);
  });
});

describe("as a command", () => {
  test("--version prints the version of the package", () => {
    expect(ringbench("--version").trim()).toBe(PACKAGE.version);
  });

  test("compares two engines", () => {
    const benchmarks = ["fillrandom", "readrandom"];
    const engines = ["hashlog", "memory"];
    const output = ringbench(
      ...["engines", "--engines", engines.join(","), "--suite", "db_bench"],
      ...["--benchmarks", benchmarks.join(","), "--records", "2000", "--json"],
    );
    const { rows } = JSON.parse(output) as { rows: Record<string, unknown>[] };
    expect(rows.map((row) => `${row.engine} ${row.benchmark}`).sort()).toEqual(
      engines.flatMap((engine) => benchmarks.map((benchmark) => `${engine} ${benchmark}`)),
    );
    for (const row of rows) {
      expect(row).toMatchObject({ operations: 2000, records: 2000, errors: 0 });
      expect(row.opsPerSec).toBeGreaterThan(0);
    }
  });

  test("reports an absent native engine in one line, without a row", () => {
    const args = ["engines", "--engines", "lmdb", "--records", "10", "--json"];
    const command = join(room, "node_modules", ".bin", "ringbench");
    const all = ["--suite", "db_bench", "--benchmarks", "fillrandom"];
    const { status, stdout, stderr } = spawnSync(command, [...args, ...all], {
      cwd: room,
      env: environment(),
      encoding: "utf8",
    });
    expect(stderr).toContain("lmdb");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { rows: unknown[] }).rows).toEqual([]);
  });
});
