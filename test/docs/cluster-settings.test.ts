// docs/settings.md against the cluster: every table has the settings that the code takes, and no
// other, with its defaults and ranges.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ClientOptions, limitsOf, READ_MODE } from "../../cluster/client/options.ts";
import type { ClusterError } from "../../cluster/errors.ts";
import { createKeyspace, type KeyspaceSettings } from "../../cluster/keyspace.ts";
import { LEVELS } from "../../cluster/replication/consistency.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (...names: string[]): string => fs.readFileSync(path.join(ROOT, ...names), "utf8");
const page = read("docs", "settings.md");

/** The cells of the rows of a section, without the marks of code. */
function rowsOf(title: string): string[][] {
  const section = page.split(/^# /m).find((text) => text.startsWith(`${title}\n`));
  expect(section, title).toBeDefined();
  const lines = section!.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => {
    const cells = line.split(" | ").map((cell) => cell.replaceAll("`", ""));
    return [cells[0]!.slice(2), ...cells.slice(1)];
  });
}

/** The names of the fields of an interface. */
function fieldsOf(file: readonly string[], name: string): string[] {
  const found = new RegExp(`interface ${name}\\b[^{]*\\{(.*?)\\n\\}`, "s").exec(read(...file));
  expect(found, name).not.toBeNull();
  return [...found![1]!.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field!);
}

const KEYSPACE = rowsOf("Settings of a keyspace");
const CLIENT = rowsOf("Settings of a client");
const REQUEST = rowsOf("Settings of a request");
const NODE = rowsOf("Settings of a node");
const OPTIONS = ["cluster", "client", "options.ts"];

describe("each table has the settings of the code", () => {
  const named = (prefix: string, names: readonly string[]) => names.map((it) => `${prefix}.${it}`);
  const ofMode = fieldsOf(["cluster", "transport", "message.ts"], "ReadMode");
  const ofLevel = fieldsOf(["cluster", "replication", "consistency.ts"], "Consistency");
  const ofRequest = ["RequestOptions", "ReadOptions", "WriteOptions"].flatMap((name) =>
    fieldsOf(OPTIONS, name),
  );
  const expanded = ofRequest.flatMap((name) => {
    if (name === "mode") return named(name, ofMode);
    return name === "consistency" ? named(name, ofLevel) : [name];
  });

  test.each([
    ["keyspace", KEYSPACE, fieldsOf(["cluster", "keyspace.ts"], "KeyspaceSettings")],
    ["client", CLIENT, fieldsOf(OPTIONS, "ClientOptions")],
    ["request", REQUEST, expanded],
    ["node", NODE, fieldsOf(["cluster", "node.ts"], "NodeParts")],
  ])("%s", (_name, rows, fields) => {
    expect(fields.length).toBeGreaterThan(5);
    expect(rows.map(([name]) => name!).sort()).toEqual([...fields].sort());
  });

  test("the flags of a cluster in this process", () => {
    const rows = rowsOf("Settings of a cluster in this process");
    const listed = rows.flatMap(([flags]) => flags!.split(", "));
    const source = read("bench", "cli", "cluster-flags.ts");
    const flags = [...source.matchAll(/\.option\("(--[\w-]+)/g)].map(([, flag]) => flag!);
    expect(listed.sort()).toEqual(flags.sort());
  });
});

const number = (text: string): number => Number(text.replaceAll(",", ""));
const code = (act: () => unknown): string => {
  try {
    act();
    return "taken";
  } catch (error) {
    return (error as ClusterError).code;
  }
};
const BASE = { name: "data", replicas: { dc1: 3 } } as const;
const keyspaceOf = (more: object): KeyspaceSettings => ({ ...BASE, ...more });

describe("defaults and ranges", () => {
  test("of a keyspace", () => {
    const keyspace: Record<string, unknown> = { ...createKeyspace(BASE) };
    for (const [name = "", unless = "", range = ""] of KEYSPACE) {
      if (unless.startsWith("none")) continue;
      const given = keyspace[name];
      expect(typeof given === "number" ? number(unless) : unless, name).toBe(given);
      const [least, most] = range.split(" to ").map(number);
      const values = typeof given === "number" ? [least, most] : range.split(", ");
      const wrong = typeof given === "number" ? [least! - 1, most! + 1, 1.5] : ["other"];
      for (const value of values)
        expect(code(() => createKeyspace(keyspaceOf({ [name]: value })))).toBe("taken");
      for (const value of wrong) {
        const refused = code(() => createKeyspace(keyspaceOf({ [name]: value })));
        expect(refused, `${name} ${value}`).toBe("CLUSTER_SETTINGS");
      }
    }
    for (const replicas of [{ a: 17 }, { a: 9, b: 8 }, { a: 0 }, {}]) {
      expect(code(() => createKeyspace(keyspaceOf({ replicas })))).toBe("CLUSTER_SETTINGS");
    }
    expect(code(() => createKeyspace(keyspaceOf({ replicas: { a: 16, b: 0 } })))).toBe("taken");
  });

  test("of a client", () => {
    const base = { ring: undefined as never, keyspaces: [] } satisfies ClientOptions;
    const limits = limitsOf(base);
    const seen: string[] = [];
    for (const [name = "", unless = "", range = ""] of CLIENT) {
      if (!(name in limits)) continue;
      seen.push(name);
      expect(number(unless), name).toBe(limits[name as keyof typeof limits]);
      const [from, most] = range.replace("above ", "").split(" to ").map(number);
      const isOpen = range.startsWith("above ");
      const of = (value: number) => code(() => limitsOf({ ...base, [name]: value }));
      expect(of(isOpen ? 0.001 : from!), name).toBe("taken");
      expect(of(most!), name).toBe("taken");
      expect(of(isOpen ? 0 : from! - 1), name).toBe("CLUSTER_SETTINGS");
      expect(of(most! + 1), name).toBe("CLUSTER_SETTINGS");
    }
    expect(seen.sort()).toEqual(Object.keys(limits).sort());
  });

  test("of a request", () => {
    const row = (name: string): string[] => REQUEST.find(([it]) => it === name)!;
    for (const [name, value] of Object.entries(READ_MODE)) {
      expect(row(`mode.${name}`)[2]).toBe(String(value));
    }
    const levels = row("consistency.level")[3]!.replace(" (writes)", "");
    expect(levels.split(", ")).toEqual([...LEVELS]);
  });

  test("of a node", () => {
    const [, unless] = NODE.find(([name]) => name === "requestsMax")!;
    expect(read("cluster", "node.ts")).toContain(`const REQUESTS_MAX = ${number(unless!)};`);
  });
});
