// `ringbench verify`: damage in every kind of file is found, and the folder stays as it was.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineNames, loadEngine, openEngine } from "../../../engines/registry.ts";
import { cli } from "./run-cli.ts";

const MAIN = path.resolve("bench/cli/main.ts");
const REGISTRY = path.resolve("engines/registry.ts");

/** Engines whose folder can be checked: those that have `verify`. */
const CHECKABLE: string[] = [];
for (const name of engineNames()) {
  const { supports } = await loadEngine(name);
  if (supports.verify) CHECKABLE.push(name);
}

let root = "";
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-verify-"));
});
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

const key = (i: number) => new TextEncoder().encode(`key ${i}`);

/** A store with puts, overwrites, deletes and a merge behind it, closed. */
async function makeStore(name: string, dir: string): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const engine = await openEngine(name, { dir, background: "inline" });
    for (let i = 0; i < 300; i++) await engine.put(key(i), new Uint8Array(400).fill(i + round));
    for (let i = 0; i < 300; i += 5) await engine.delete(key(i));
    if (round === 1) await engine.compact();
    await engine.close();
  }
}

/** Names, contents and times of all files: what must not change. */
function fingerprint(dir: string): string[] {
  const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true });
  const files = entries.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  return [dir, ...files].map((file) => {
    const stat = fs.statSync(file, { bigint: true });
    const bytes = stat.isFile() ? fs.readFileSync(file) : "";
    const hash = createHash("sha256").update(bytes).digest("hex");
    return `${file} ${stat.size} ${stat.mode} ${stat.mtimeNs} ${stat.ctimeNs} ${hash}`;
  });
}

interface Document {
  readonly engine: string;
  readonly clean: boolean;
  readonly recordsChecked: number;
  readonly bytesChecked: number;
  readonly liveRecords?: number;
  readonly problems: { file: string; offset: number; message: string; cure: string }[];
  readonly notes: { file: string; message: string }[];
}

/** Runs the verb, and makes sure that the folder is as it was. */
async function verify(dir: string) {
  const before = fingerprint(dir);
  const { exit, out, err } = await cli("verify", dir, "--json");
  expect(fingerprint(dir)).toEqual(before);
  return { exit, err, document: out === "" ? undefined : (JSON.parse(out) as Document) };
}

function copyOf(dir: string, name: string): string {
  const copy = path.join(root, `${path.basename(dir)}-${name}`);
  fs.rmSync(copy, { recursive: true, force: true });
  fs.cpSync(dir, copy, { recursive: true });
  return copy;
}

describe.each(CHECKABLE)("a folder of %s", (name) => {
  let dir = "";
  beforeAll(async () => {
    dir = path.join(root, name);
    await makeStore(name, dir);
  });

  test("that is whole is clean, and all of it was read", async () => {
    const { exit, document } = await verify(dir);
    expect(document).toMatchObject({ engine: name, clean: true, problems: [], liveRecords: 240 });
    expect(document!.notes).toEqual([]);
    expect(exit).toBe(0);
    expect(document!.recordsChecked).toBeGreaterThanOrEqual(240);
    expect(document!.bytesChecked).toBeGreaterThan(240 * 400);
  });

  test("with a bit flipped in any of its files is damaged, and the file is named", async () => {
    const files = fs.readdirSync(dir).filter((file) => file !== "LOCK");
    const kinds = new Map(files.map((file) => [path.extname(file) || file, file]));
    expect([...kinds.keys()]).toEqual(expect.arrayContaining(["ENGINE", "MANIFEST"]));
    for (const file of kinds.values()) {
      const copy = copyOf(dir, "flipped");
      const target = path.join(copy, file);
      const bytes = fs.readFileSync(target);
      // Of the mark the first word: another engine, or format, would be a folder of theirs.
      const at = file === "ENGINE" ? 3 : Math.floor(bytes.length * 0.6);
      bytes[at]! ^= 4;
      fs.writeFileSync(target, bytes);
      const { exit, err, document } = await verify(copy);
      expect(exit, `${name}, ${file}, bit 2 of byte ${at}: ${err}`).toBe(1);
      const found = document!.problems.filter((problem) => problem.file === target);
      expect(found.length, `${file}: ${JSON.stringify(document)}`).toBeGreaterThan(0);
      expect(found[0]!.cure).not.toBe("");
      expect(document!.clean).toBe(false);
    }
  });

  test("that a crash left has a torn tail and an orphan: notes, no damage", async () => {
    const crashed = path.join(root, `${name}-crashed`);
    const engine = await openEngine(name, { dir: crashed, background: "inline" });
    await engine.put(key(1), new Uint8Array(50));
    const log = fs.readdirSync(crashed).find((file) => file.endsWith(".log"))!;
    const copy = copyOf(crashed, "copy");
    await engine.close();
    fs.appendFileSync(path.join(copy, log), "half a record");
    fs.writeFileSync(path.join(copy, "MANIFEST.tmp"), "half a manifest");
    const { exit, document } = await verify(copy);
    expect(document).toMatchObject({ clean: true, problems: [], liveRecords: 1 });
    expect(exit).toBe(0);
    const notes = document!.notes.map(({ file, message }) => `${path.basename(file)}: ${message}`);
    expect(notes).toHaveLength(2);
    expect(notes.sort()[0]).toMatch(/^\d+\.log: the last 13 bytes, from offset \d+, are no whole/);
    expect(notes[1]).toMatch(/^MANIFEST\.tmp: nothing refers to it: the next open removes it/);
  });

  test("of a newer format is refused, and says so", async () => {
    const copy = copyOf(dir, "newer");
    fs.writeFileSync(path.join(copy, "ENGINE"), `ringbench-engine ${name} 99\n`);
    const { exit, err, document } = await verify(copy);
    expect(exit).toBe(70);
    expect(document).toBeUndefined();
    expect(err).toContain(`holds data of engine ${name} (format 99)`);
  });

  test("without a lock file gets none", async () => {
    const copy = copyOf(dir, "unlocked");
    fs.rmSync(path.join(copy, "LOCK"));
    expect((await verify(copy)).exit).toBe(0);
    expect(fs.existsSync(path.join(copy, "LOCK"))).toBe(false);
  });

  test("that somebody has open is locked, and let go of afterwards", async () => {
    const engine = await openEngine(name, { dir, background: "inline" });
    const locked = await cli("verify", dir);
    await engine.close();
    expect(locked).toMatchObject({ exit: 70, out: "" });
    expect(locked.err).toContain("ENGINE_LOCKED");
    expect((await verify(dir)).exit).toBe(0);
    await (await openEngine(name, { dir, background: "inline" })).close();
  });
});

test("several damaged files are all named, though the store does not open", async () => {
  const dir = path.join(root, "several");
  const settings = { segmentSizeBytes: 64 * 1024 };
  const engine = await openEngine("hashlog", { dir, settings, background: "inline" });
  for (let i = 0; i < 600; i++) await engine.put(key(i), new Uint8Array(400).fill(i));
  await engine.close();
  for (const name of fs.readdirSync(dir)) {
    if (name.endsWith(".hint")) fs.rmSync(path.join(dir, name));
  }
  const logs = fs.readdirSync(dir).filter((name) => name.endsWith(".log"));
  const damaged = [logs[0]!, logs[2]!].map((name) => path.join(dir, name));
  for (const file of damaged) {
    const bytes = fs.readFileSync(file);
    bytes[1000]! ^= 1;
    fs.writeFileSync(file, bytes);
  }
  const { exit, document } = await verify(dir);
  expect(exit).toBe(1);
  expect(document!.problems.map(({ file }) => file)).toEqual(damaged);
  for (const { offset } of document!.problems) expect(offset).toBeLessThanOrEqual(1000);
});

describe("what is no data folder", () => {
  test.each([
    ["a missing folder", "nowhere", 70, "there is no folder"],
    ["an empty folder", "empty", 70, "is empty"],
    ["a file", "file", 70, "is no folder"],
    ["a folder of something else", "photos", 70, "is not a data folder of ringbench"],
    ["a folder of an engine of somebody's own", "theirs", 70, "none of ringbench's own"],
  ])("%s", async (_, name, code, message) => {
    const dir = path.join(root, name);
    if (name === "file") fs.writeFileSync(dir, "x");
    else if (name !== "nowhere") fs.mkdirSync(dir);
    if (name === "photos") fs.writeFileSync(path.join(dir, "holiday.jpg"), "x");
    if (name === "theirs") fs.writeFileSync(path.join(dir, "ENGINE"), "ringbench-engine mine 1\n");
    const { exit, err, out } = await cli("verify", dir);
    expect(err).toContain(message);
    expect(exit).toBe(code);
    expect(out).toBe("");
    expect(fs.existsSync(dir)).toBe(name !== "nowhere");
    if (name === "empty") expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("a native store has no check of its own, and is told so", async () => {
    const dir = path.join(root, "sqlite");
    const engine = await openEngine("sqlite", { dir });
    await engine.put(key(1), key(2));
    await engine.close();
    const { exit, err } = await verify(dir);
    expect(exit).toBe(64);
    expect(err).toContain("has no check that leaves the folder as it is");
  });

  test("no folder at all is wrong usage", async () => {
    const { exit, err } = await cli("verify");
    expect(exit).toBe(64);
    expect(err).toContain("verify needs <dir>");
  });
});

test("a person reads what was checked, and another process is refused", async () => {
  const dir = path.join(root, "spoken");
  const program = `
    import { openEngine } from ${JSON.stringify(REGISTRY)};
    const engine = await openEngine("memory", { dir: ${JSON.stringify(dir)} });
    await engine.put(new Uint8Array(3), new Uint8Array(100));
    console.log("open");
    process.stdin.on("end", () => engine.close()).resume();
  `;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program]);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const locked = await cli("verify", dir);
  expect(locked.exit).toBe(70);
  expect(locked.err).toContain("ENGINE_LOCKED");
  holder.stdin.end();
  await new Promise((resolve) => holder.once("close", resolve));
  const child = spawn(process.execPath, [MAIN, "verify", dir]);
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
  expect(out).toMatch(
    /: memory, format \d+\n1 files, 1 records, 1 of them live, .* checked\nclean/,
  );
}, 60_000);
