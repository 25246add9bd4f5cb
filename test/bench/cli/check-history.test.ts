import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let dir = "";
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-history-"));
});
afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const full = path.join(dir, name);
  fs.writeFileSync(full, text);
  return full;
}

/** A history in edn: process 0 writes 1, then process 1 reads something. */
const readsAfterWrite = (value: string) => `
[{:process 0 :type :invoke :f :write :value 1}
 {:process 0 :type :ok :f :write :value 1}
 {:process 1 :type :invoke :f :read :value nil}
 {:process 1 :type :ok :f :read :value ${value}}]`;
const FLAGS = ["--model", "register", "--format", "edn"];

describe("check-history", () => {
  test("one file: the document, and exit 0 or 1", async () => {
    const good = await cli(
      "check-history",
      file("good.edn", readsAfterWrite("1")),
      ...FLAGS,
      "--json",
    );
    expect(good).toMatchObject({ exit: 0, err: "" });
    const document = JSON.parse(good.out);
    expect(document).toMatchObject({ linearizable: true, operations: 2, violations: [] });
    expect(document.milliseconds).toBeGreaterThanOrEqual(0);
    const bad = await cli(
      "check-history",
      file("bad.edn", readsAfterWrite("nil")),
      ...FLAGS,
      "--json",
    );
    expect(bad.exit).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      linearizable: false,
      violations: [{ key: "", events: [2, 3, 4, 5] }],
    });
    expect(bad.err).toBe("ringbench: the history is not linearizable\n");
  });

  test("several files: results in order, exit 1 when one is bad", async () => {
    const files = [file("a.edn", readsAfterWrite("1")), file("b.edn", readsAfterWrite("2"))];
    const { exit, out } = await cli("check-history", ...files, ...FLAGS, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(out).results).toMatchObject([
      { file: files[0], linearizable: true, operations: 2 },
      { file: files[1], linearizable: false, operations: 2 },
    ]);
  });

  test("a file that is no history does not take the verdicts of others with it", async () => {
    const good = file("good2.edn", readsAfterWrite("1"));
    const files = [good, file("none.edn", "[1]"), path.join(dir, "nowhere"), good];
    const { exit, out, err } = await cli("check-history", ...files, ...FLAGS, "--json");
    expect(exit).toBe(64);
    const { results, refused, partial } = JSON.parse(out);
    expect(results).toHaveLength(2);
    expect(refused.map((it: { file: string }) => it.file)).toEqual(files.slice(1, 3));
    expect(partial).toBeUndefined();
    expect(err.trim().split("\n")).toHaveLength(2);
    const text = await cli("check-history", ...files, ...FLAGS);
    expect(text.exit).toBe(64);
    expect(text.out.match(/good2\.edn: linearizable/g)).toHaveLength(2);
  });

  test("a text that seems to have another format is told so", async () => {
    const flags = ["--model", "register", "--format"];
    const name = file("other.edn", readsAfterWrite("1"));
    expect((await cli("check-history", name, ...flags, "jsonl")).err).toContain("--format edn?");
    const log = file("other.log", "INFO  jepsen.util - 0 :invoke :read nil\n");
    expect((await cli("check-history", log, ...flags, "edn")).err).toContain("jepsen-log?");
    const lines = file("other.jsonl", '{"process": 0}\n');
    expect((await cli("check-history", lines, ...flags, "jepsen-log")).err).toContain("jsonl?");
  });

  test("--independent is for formats without keys", async () => {
    const pair = "{:process 0 :type :invoke :f :write :value [1 2]}";
    const name = file("pair.edn", pair);
    expect((await cli("check-history", name, ...FLAGS)).err).toContain("--independent");
    expect((await cli("check-history", name, ...FLAGS, "--independent")).exit).toBe(0);
    const flags = ["--model", "register", "--format", "jsonl", "--independent"];
    expect((await cli("check-history", name, ...flags)).exit).toBe(64);
  });

  test("a person reads what cannot be placed, and what was before it", async () => {
    const { exit, out } = await cli(
      "check-history",
      file("c.edn", readsAfterWrite("nil")),
      ...FLAGS,
    );
    expect(exit).toBe(1);
    expect(out).toMatch(/c\.edn: NOT linearizable, 2 operations, \d+\.\d ms\n/);
    expect(out).toContain("no order of the operations explains line 4-5: process 1 read nil\n");
    expect(out).toContain("it ends in:\n    line 2-3: process 0 write 1\n");
  });

  test("a bound that is hit is no verdict: exit 2", async () => {
    const name = file("d.edn", readsAfterWrite("1"));
    const { exit, out, err } = await cli(
      "check-history",
      name,
      ...FLAGS,
      "--max-states",
      "1",
      "--json",
    );
    expect(exit).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ linearizable: "unknown", undecided: [""] });
    expect(err).toContain("undecided: try more than 1 states");
  });

  test.each([
    [
      "a line that is wrong",
      "{:process 0 :type :ok :f :read :value 1}",
      FLAGS,
      "bad.in, line 1: process 0 ends a read",
    ],
    ["another model", "{:process 0 :type :invoke :f :cas :value [1 2]}", FLAGS, "HISTORY_MODEL"],
    [
      "a model that there is not",
      "[]",
      ["--model", "regster", "--format", "edn"],
      "it is one of register, ",
    ],
    [
      "a format that there is not",
      "[]",
      ["--model", "mutex", "--format", "json"],
      "it is one of jepsen-log, ",
    ],
    ["no model", "[]", ["--format", "edn"], "needs --model, one of register"],
    ["no format", "[]", ["--model", "mutex"], "needs --format, one of jepsen-log"],
    ["no bound", "[]", [...FLAGS, "--max-states", "0"], "must be at least 1"],
  ])("%s: one line, exit 64", async (_, text, flags, message) => {
    const { exit, out, err } = await cli("check-history", file("bad.in", text), ...flags, "--json");
    expect({ exit, out }).toEqual({ exit: 64, out: "" });
    expect(err).toContain(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  test("no file, and one that is not there", async () => {
    expect(await cli("check-history", ...FLAGS)).toMatchObject({ exit: 64 });
    const { exit, err } = await cli("check-history", path.join(dir, "nowhere"), ...FLAGS);
    expect(exit).toBe(64);
    expect(err).toContain("there is no such file");
  });

  test("--help has an example, --schema describes the document", async () => {
    expect((await cli("check-history", "--help")).out).toContain("$ ringbench check-history");
    const { exit, out } = await cli("check-history", "--schema");
    expect(exit).toBe(0);
    expect(out).toContain('"linearizable"');
  });
});
