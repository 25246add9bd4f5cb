import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  checkLinearizability,
  judgeLinearizability,
} from "../../../cluster/checking/linearizability.ts";
import type { ModelName } from "../../../cluster/checking/models.ts";
import { operationsOf } from "../../../cluster/checking/operation.ts";
import { type HistoryFormat, parseHistory } from "../../../cluster/checking/parse-history.ts";
import type {
  OperationName,
  RecordedEvent,
  RecordedHistory,
} from "../../../cluster/checking/recorded-event.ts";
import { Random } from "../../../workloads/random.ts";
import { bruteForce } from "./brute-force.ts";
import { historyOf } from "./build.ts";
import { type Fault, generateLinearizable, plantFault } from "./generate.ts";

const NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
const vectors = process.env.RINGBENCH_VECTORS;

function verdictOf(text: string, model: ModelName = "cas-register") {
  return checkLinearizability(historyOf(text), { model }).linearizable;
}

describe("small histories", () => {
  test.each([
    ["a read of nothing before any write", "a?get:x a!", true],
    ["a read after a write", "a?put:x=1 a! a?get:x a!=1", true],
    ["a stale read", "a?put:x=1 a! a?put:x=2 a! a?get:x a!=1", false],
    ["a read beside a write sees it", "a?put:x=1 b?get:x b!=1 a!", true],
    ["a read beside a write does not", "a?put:x=1 b?get:x b! a!", true],
    ["two reads beside a write, new then old", "a?put:x=1 b?get:x b!=1 b?get:x b! a!", false],
    // The two register examples of Porcupine, and how they differ: when the last read begins.
    ["overlapping reads", "a?put:x=1 b?get:x c?get:x c! b!=1 a!", true],
    ["reads in turn", "a?put:x=1 b?get:x b!=1 c?get:x c! a!", false],
    ["an unknown write is seen", "a?put:x=1 a~ b?get:x b!=1", true],
    ["an unknown write is not seen", "a?put:x=1 a~ b?get:x b!", true],
    ["an unknown write is seen late", "a?put:x=1 a~ b?get:x b! b?get:x b!=1", true],
    ["an unknown write is seen, then undone", "a?put:x=1 a~ b?get:x b!=1 b?get:x b!", false],
    ["an unfinished write counts as unknown", "a?put:x=1 b?get:x b!=1 b?get:x b!=1", true],
    ["a failed write never happens", "a?put:x=1 a- b?get:x b!=1", false],
    ["a delete is a write of nothing", "a?put:x=1 a! a?delete:x a! a?get:x a!", true],
    ["a delete that is not seen", "a?put:x=1 a! a?delete:x a! a?get:x a!=1", false],
    ["a cas that matches", "a?put:x=1 a! a?cas:x=1,2 a! a?get:x a!=2", true],
    ["a cas that cannot have matched", "a?put:x=1 a! a?cas:x=3,2 a!", false],
    ["two cas on one value", "a?put:x=1 a! a?cas:x=1,2 b?cas:x=1,3 a! b!", false],
    ["an unknown cas explains a read", "a?put:x=1 a! a?cas:x=1,2 a~ b?get:x b!=2", true],
    ["a chain of unknown cas", "a?cas:x=1,2 a~ b?put:x=1 b~ c?get:x c!=2", true],
    ["another key is another object", "a?put:x=1 a! a?get:y a!", true],
  ])("%s", (_, text, expected) => {
    expect(verdictOf(text)).toBe(expected);
  });

  test("nothing at all", () => {
    const empty = checkLinearizability([], { model: "register" });
    expect(empty).toMatchObject({ linearizable: true, operations: 0, violations: [] });
  });

  test("a violation names the key, the events and the operations around", () => {
    const events = historyOf("a?put:y=9 a! a?put:x=1 a! a?put:x=2 a! b?get:x c?get:x c! b!=1");
    const { linearizable, violations } = checkLinearizability(events, { model: "register" });
    expect(linearizable).toBe(false);
    expect(violations).toHaveLength(1);
    expect(violations[0]!.key).toBe("x");
    expect(violations[0]!.events).toEqual(expect.arrayContaining([8, 9]));
    expect(violations[0]!.message).toContain('no order of the operations of key "x" explains');
    expect(violations[0]!.message).toContain("process 2 read nil");
    expect(violations[0]!.message).toContain('leaves the value "2"');
  });

  test("several values at once are of no register", () => {
    const events = historyOf("a?put:x=1 a! a?get:x a!=1,2");
    expect(() => checkLinearizability(events, { model: "register" })).toThrow(
      expect.objectContaining({ code: "HISTORY_MODEL", line: 4 }),
    );
  });
});

/** So many writers at once, and a read of what cannot be: every order must be tried. */
function hardHistory(writers: number): string {
  const names = Array.from({ length: writers }, (_, i) => String.fromCharCode(97 + i));
  const begin = names.map((name, i) => `${name}?put:x=${i}`);
  const ends = names.map((name) => `${name}!`);
  return `${begin.join(" ")} z?get:x z!=99 ${ends.join(" ")}`;
}

describe("the bound", () => {
  test("too many configurations are no verdict", () => {
    const events = historyOf(hardHistory(10));
    const options = { model: "register" as const, statesMax: 500 };
    const result = checkLinearizability(events, options);
    expect(result).toMatchObject({ linearizable: "unknown", undecided: ["x"], violations: [] });
    expect(checkLinearizability(events, { model: "register" }).linearizable).toBe(false);
  });

  test("a violation on an easy key is found although another key is hard", () => {
    const bad = "a?put:y=1 a! a?put:y=2 a! a?get:y a!=1";
    const events = historyOf(`${hardHistory(12)} ${bad}`);
    const result = checkLinearizability(events, { model: "register", statesMax: 3000 });
    expect(result).toMatchObject({ linearizable: false });
    expect(result.violations[0]!.key).toBe("y");
  });
});

test("many operations of unknown outcome, seen or not, stay cheap", () => {
  const events: string[] = [];
  const names = "abcdefghijklmnopqrstuvw".split("");
  for (const [i, name] of names.entries()) events.push(`${name}?put:x=${i % 3} ${name}~`);
  for (let i = 0; i < 60; i++) events.push(`z?get:x z!=${i % 3}`);
  // 23 writes can explain 23 changes; 60 are too many.
  const { linearizable, states } = checkLinearizability(historyOf(events.join(" ")), {
    model: "register",
  });
  expect(linearizable).toBe(false);
  expect(states).toBeLessThan(10_000);
});

test("a long history with hundreds of operations of unknown outcome is decided", () => {
  const sizes = { operations: 6000, processes: 10, keys: 1, withCas: true };
  const events = generateLinearizable(new Random(1), sizes);
  expect(events.filter(({ type }) => type === "info").length).toBeGreaterThan(200);
  const options = { model: "cas-register" as const, statesMax: 300_000 };
  expect(checkLinearizability(events, options).linearizable).toBe(true);
});

const COUNT = NIGHTLY ? 10_000 : 2000;

describe(`${COUNT} generated histories`, () => {
  const optionsOf = (seed: number) => ({
    operations: 20 + (seed % 60),
    processes: 2 + (seed % 7),
    keys: 1 + (seed % 3),
    withCas: seed % 2 === 0,
  });

  test("that are linearizable by construction", () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const events = generateLinearizable(new Random(seed), optionsOf(seed));
      const result = checkLinearizability(events, { model: "cas-register" });
      expect(result.linearizable, `seed ${seed}`).toBe(true);
    }
  });

  const faults: readonly Fault[] = ["stale read", "read of the future", "dropped write"];
  test.each(faults)("with a %s", (fault) => {
    let planted = 0;
    for (let seed = 1; planted < COUNT; seed++) {
      const random = new Random(seed);
      const good = generateLinearizable(random, optionsOf(seed));
      const events = plantFault(good, fault, random);
      if (events === undefined) continue;
      planted++;
      const result = checkLinearizability(events, { model: "cas-register" });
      expect(result.linearizable, `${fault}, seed ${seed}`).toBe(false);
    }
  });
});

const OPERATIONS: Readonly<Record<ModelName, readonly OperationName[]>> = {
  register: ["read", "write"],
  "cas-register": ["read", "write", "cas"],
  "kv-append": ["read", "write", "append"],
  mutex: ["acquire", "release"],
};

/** Any history of up to six operations and few values, right or wrong. */
function randomHistory(random: Random, model: ModelName): RecordedHistory {
  const count = 1 + random.nextBelow(6);
  const events: RecordedEvent[] = [];
  const open: RecordedEvent[] = [];
  const value = () => (model === "kv-append" ? "ab"[random.nextBelow(2)]! : random.nextBelow(2));
  for (let begun = 0; begun < count || open.length > 0; ) {
    const line = events.length + 1;
    if (begun < count && (open.length === 0 || random.nextBelow(2) === 0)) {
      const f = OPERATIONS[model][random.nextBelow(OPERATIONS[model].length)]!;
      const given = f === "cas" ? ([value(), value()] as const) : f === "read" ? null : value();
      const event = { line, process: begun++, type: "invoke", f, key: "", value: given } as const;
      events.push(event);
      open.push(event);
      continue;
    }
    const [event] = open.splice(random.nextBelow(open.length), 1);
    const chance = random.nextBelow(8);
    if (chance === 0) continue;
    const type = chance === 1 ? "info" : chance === 2 ? "fail" : "ok";
    const texts = ["", "a", "b", "ab", "ba", "aab"];
    const read =
      model === "kv-append" ? texts[random.nextBelow(6)]! : [null, 0, 1][random.nextBelow(3)]!;
    events.push({ ...event!, line, type, value: event!.f === "read" ? read : event!.value });
  }
  return {
    events,
    failedCasRan: random.nextBelow(2) === 0,
    processesReturn: true,
    answersRepeat: false,
  };
}

describe("agrees with trying every order", () => {
  const count = NIGHTLY ? 20_000 : 2500;
  test.each(Object.keys(OPERATIONS) as ModelName[])(
    `on ${count} small histories of a %s`,
    (model) => {
      const verdicts = { true: 0, false: 0 };
      for (let seed = 1; seed <= count; seed++) {
        const history = randomHistory(new Random(seed), model);
        const wanted = bruteForce(operationsOf(history), model);
        const { linearizable } = judgeLinearizability(history, { model });
        expect(linearizable, `seed ${seed}: ${JSON.stringify(history)}`).toBe(wanted);
        verdicts[`${wanted}`]++;
      }
      // Both must be common, or the agreement means little.
      expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(count / 10);
    },
  );

  test("on every history of three operations that are answered", () => {
    const kinds: [OperationName, RecordedEvent["value"]][] = [
      ["read", null],
      ["read", 0],
      ["read", 1],
      ["write", 0],
      ["write", 1],
      ["cas", [0, 1]],
    ];
    let judged = 0;
    for (const order of interleavings([0, 0, 1, 1, 2, 2])) {
      for (let choice = 0; choice < kinds.length ** 3; choice++) {
        const begun = new Set<number>();
        const events = order.map((process, i): RecordedEvent => {
          const [f, value] = kinds[Math.floor(choice / kinds.length ** process) % kinds.length]!;
          const type = begun.has(process) ? "ok" : "invoke";
          begun.add(process);
          return { line: i + 1, process, type, f, key: "", value };
        });
        const history = {
          events,
          failedCasRan: false,
          processesReturn: false,
          answersRepeat: false,
        };
        const wanted = bruteForce(operationsOf(history), "cas-register");
        const { linearizable } = judgeLinearizability(history, { model: "cas-register" });
        if (linearizable !== wanted) expect(linearizable, JSON.stringify(events)).toBe(wanted);
        judged++;
      }
    }
    expect(judged).toBe(90 * 216);
  });
});

/** The orders of a multiset. */
function* interleavings(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const item of new Set(items)) {
    const at = items.indexOf(item);
    for (const rest of interleavings(items.filter((_, i) => i !== at))) yield [item, ...rest];
  }
}

describe.skipIf(!vectors)("published histories (skipped without RINGBENCH_VECTORS)", () => {
  test("are judged as their labels say", () => {
    const dir = path.join(vectors!, "histories");
    const lines = fs.readFileSync(path.join(dir, "labels.tsv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("file\tmodel\tformat\tlinearizable");
    for (const line of lines.slice(1)) {
      const [file, model, format, label] = line.split("\t");
      const text = fs.readFileSync(path.join(dir, file!), "utf8");
      const history = parseHistory(text, format as HistoryFormat);
      const { linearizable } = judgeLinearizability(history, { model: model as ModelName });
      expect(String(linearizable), file).toBe(label);
    }
    expect(lines.length).toBeGreaterThan(50);
  });
});
