import { describe, expect, test } from "vitest";
import { EdnKeyword, EdnMap, readEdn } from "../../../cluster/checking/edn.ts";
import { errorOf, judge, judgeTuples, log } from "./judge-text.ts";

const edn = (...events: string[]) => events.map((event) => `{${event}}`).join("\n");
const jsonl = (...events: object[]) => events.map((event) => JSON.stringify(event)).join("\n");

describe("edn", () => {
  test("values", () => {
    const text =
      '(1 -2.5 3N 12345678901234567890) [nil true false] "a\\n\\u0041\\"" :a/b #{1} #x 5';
    const [list, vector, string, keyword, set, tagged] = readEdn(text);
    expect(list).toEqual([1, -2.5, 3, "12345678901234567890"]);
    expect(vector).toEqual([null, true, false]);
    expect(string).toBe('a\nA"');
    expect(keyword).toEqual(new EdnKeyword("a/b"));
    expect([set, tagged]).toEqual([[1], 5]);
  });

  test("maps know their line; comments, commas and discarded forms are skipped", () => {
    const [map] = readEdn("; {:no 1}\n\n{:a 1, :b #_ [2 {}] {:c nil}, 5 6} ; end");
    expect(map).toBeInstanceOf(EdnMap);
    const { line, entries } = map as EdnMap;
    expect(line).toBe(3);
    const [, after] = readEdn('"two\nlines" {:a 1}');
    expect((after as EdnMap).line).toBe(2);
    expect([...entries.keys()]).toEqual(["a", "b"]);
    expect((entries.get("b") as EdnMap).entries.get("c")).toBeNull();
  });

  test.each([
    ["[1 2", 1, "ends too early"],
    ['{:a\n "b', 2, "ends too early"],
    ["[1}", 1, "has no place here"],
    ["\n]", 2, "has no place here"],
    ["{:a}", 1, "has no value"],
    ["[1 %%]", 1, "is no value"],
    ['"\\q"', 1, "unknown escape"],
    ["#_", 1, "missing"],
    ["[".repeat(100_000), 1, "nested deeper"],
  ])("refuses %.20j", (text, line, message) => {
    const error = errorOf(text, "edn");
    expect(error).toMatchObject({ code: "HISTORY_SYNTAX", line });
    expect(error.message).toContain(message);
  });

  const write = ":process 0 :type :invoke :f :write :value 1";
  const written = ":process 0 :type :ok :f :write :value 1";
  const read = ":process 1 :type :invoke :f :read :value nil";
  const nothing = ":process 1 :type :ok :f :read :value nil";

  test("a vector, a list and a bare sequence are the same", () => {
    const events = edn(write, written, read, nothing);
    for (const text of [events, `[${events}]`, `(${events})`, `; a history\n[${events}]`]) {
      expect(judge(text, "edn")).toBe(false);
    }
    expect(judge("[]", "edn")).toBe(true);
  });

  test("extra keys and the nemesis are ignored", () => {
    const nemesis = ':process :nemesis, :type :info, :f :start, :value "cut"';
    const events = edn(nemesis, `${write} :time 5 :error [:x]`, nemesis, written, read, nothing);
    expect(judge(events, "edn")).toBe(false);
  });

  test("a failed operation never happened; an unfinished one stays open", () => {
    const failed = ":process 0 :type :fail :f :write :value 1";
    const seen = ":process 1 :type :ok :f :read :value 1";
    expect(judge(edn(write, failed, read, nothing), "edn")).toBe(true);
    expect(judge(edn(write, failed, read, seen), "edn")).toBe(false);
    expect(judge(edn(write, read, seen), "edn")).toBe(true);
    expect(judge(edn(write, read, nothing, read, seen), "edn")).toBe(true);
    const cas = ":process 0 :type :invoke :f :cas :value [nil 2]";
    const casFailed = ":process 0 :type :fail :f :cas :value [nil 2]";
    expect(judge(edn(cas, casFailed), "edn")).toBe(true);
  });

  test("numbers and texts are different values", () => {
    const text = ':process 1 :type :ok :f :read :value "1"';
    expect(judge(edn(write, written, read, text), "edn")).toBe(false);
  });

  test("a text that is appended to, by key", () => {
    const append = (key: string, type: string) =>
      `:process 0 :type ${type} :f :append :key "${key}" :value "a"`;
    const get = (type: string, value: string) =>
      `:process 1 :type ${type} :f :get :key "k" :value ${value}`;
    const both = [append("k", ":invoke"), append("k", ":ok")];
    const end = (value: string) => edn(...both, ...both, get(":invoke", "nil"), get(":ok", value));
    expect(judge(end('"aa"'), "edn", "kv-append")).toBe(true);
    expect(judge(end('"a"'), "edn", "kv-append")).toBe(false);
    const other = [append("m", ":invoke"), append("m", ":ok")];
    const one = edn(...both, ...other, get(":invoke", "nil"), get(":ok", '"a"'));
    expect(judge(one, "edn", "kv-append")).toBe(true);
    expect(judge(edn(get(":invoke", "nil"), get(":ok", "nil")), "edn", "kv-append")).toBe(true);
  });

  test("a mutex starts free", () => {
    const of = (process: number, type: string, f: string) =>
      `:process ${process} :type ${type} :f ${f} :value nil`;
    const take = (p: number) => [of(p, ":invoke", ":acquire"), of(p, ":ok", ":acquire")];
    const free = (p: number) => [of(p, ":invoke", ":release"), of(p, ":ok", ":release")];
    expect(judge(edn(...take(0), ...free(0), ...take(1)), "edn", "mutex")).toBe(true);
    expect(judge(edn(...take(0), ...take(1)), "edn", "mutex")).toBe(false);
    expect(judge(edn(...free(0)), "edn", "mutex")).toBe(false);
    const unknown = [of(0, ":invoke", ":release"), of(0, ":info", ":release")];
    expect(judge(edn(...take(0), ...unknown, ...take(1)), "edn", "mutex")).toBe(true);
  });

  test("what no judge looks at may be anything that Clojure prints", () => {
    const others =
      String.raw`[##NaN \a \newline \( 1/2 0x1b2c sym/bol -> #'a/b #"\d\"" #<Foo bar@1f>] ` +
      '#object[java.lang.Object 0x1b "x"] {:via [{:type clojure.lang.ExceptionInfo}]}';
    const failed =
      `:process 0 :type :info :f :write :value [:no ${others}] ` + `:exception {:a [${others}]}`;
    expect(judge(edn(write, failed, read, nothing), "edn")).toBe(true);
    const seen = ":process 1 :type :ok :f :read :value 1";
    expect(judge(`#jepsen.history.Op{${write}} ${edn(failed, read, seen)}`, "edn")).toBe(true);
    const symbol = errorOf(edn(":process 0 :type :invoke :f :write :value ##NaN"), "edn");
    expect(symbol).toMatchObject({ code: "HISTORY_VALUE", line: 1 });
  });

  test("pairs of key and value are objects of their own, when one says so", () => {
    const at = (type: string, f: string, value: string) =>
      `:process 0 :type ${type} :f ${f} :value ${value}`;
    const wrote = (key: string) => [
      at(":invoke", ":write", `[${key} 1]`),
      at(":ok", ":write", `[${key} 1]`),
    ];
    const reads = (key: string, value: string) => [
      at(":invoke", ":read", `[${key} nil]`),
      at(":ok", ":read", `[${key} ${value}]`),
    ];
    const good = judgeTuples(edn(...wrote("3"), ...reads("4", "nil"), ...reads("3", "1")), "edn");
    expect(good.linearizable).toBe(true);
    const bad = judgeTuples(
      edn(...wrote("3"), ...reads('"3"', "nil"), ...reads("3", "nil")),
      "edn",
    );
    expect(bad).toMatchObject({ linearizable: false, violations: [{ key: "3" }] });
    const cas = [at(":invoke", ":cas", "[3 [1 2]]"), at(":info", ":cas", ":lost")];
    const after = judgeTuples(edn(...wrote("3"), ...cas, ...reads("3", "2")), "edn");
    expect(after.linearizable).toBe(true);
    expect(() => judgeTuples(edn(at(":invoke", ":write", "1")), "edn")).toThrow("[key value]");
  });

  test.each([
    [edn(":process 0 :type :invoke :f :frob"), "HISTORY_OPERATION", 1],
    [edn(write, ":process 0 :type :done :f :write :value 1"), "HISTORY_OPERATION", 2],
    [edn(written), "HISTORY_COMPLETION", 1],
    [edn(write, written, written), "HISTORY_COMPLETION", 3],
    [edn(write, ":process 0 :type :ok :f :read :value 1"), "HISTORY_COMPLETION", 2],
    [edn(write, write), "HISTORY_BUSY", 2],
    [edn(":process 0 :type :invoke :f :write"), "HISTORY_VALUE", 1],
    [edn(read, ":process 1 :type :ok :f :read"), "HISTORY_VALUE", 2],
    [edn(":process 0 :type :invoke :f :cas :value 1"), "HISTORY_VALUE", 1],
    [edn(":process 0 :type :invoke :f :write :value [1 2]"), "HISTORY_VALUE", 1],
    [edn(":process 0 :type :invoke :f :write :value [1 2 3]"), "HISTORY_VALUE", 1],
    [edn(":process 0 :type :invoke :f :write :value {:a 1}"), "HISTORY_VALUE", 1],
    [edn(":type :invoke :f :write :value 1"), "HISTORY_VALUE", 1],
    [edn(":process 0 :type :invoke :f :append :value 1"), "HISTORY_MODEL", 1],
    [edn(":process 0 :type :invoke :f :acquire"), "HISTORY_MODEL", 1],
    ["[1]", "HISTORY_SYNTAX", 1],
    ["", "HISTORY_EMPTY", 1],
    ["; nothing", "HISTORY_EMPTY", 1],
  ])("refuses %.80j", (text, code, line) => {
    expect(errorOf(text, "edn")).toMatchObject({ code, line });
  });
});

describe("jsonl", () => {
  const at = (index: number, rest: object) => ({
    index,
    time: index,
    process: 0,
    key: "x",
    ...rest,
  });
  const write = at(0, { type: "invoke", f: "put", value: "1" });
  const written = at(1, { type: "ok", f: "put", value: "1" });
  const read = at(2, { type: "invoke", f: "get" });

  /** `time:value`, as digits. */
  const wide = (text: string) => {
    const [time, value] = text.split(":");
    const f = value!.startsWith("[") ? "cas" : "put";
    return `{"time":${time},"process":0,"type":"invoke","f":"${f}","key":"x","value":${value}}`;
  };

  test("values, siblings of one, and nothing", () => {
    const end = (rest: object) =>
      jsonl(write, written, read, at(3, { type: "ok", f: "get", ...rest }));
    expect(judge(end({ value: "1" }), "jsonl")).toBe(true);
    expect(judge(end({ siblings: ["1"], ctxOut: "c" }), "jsonl")).toBe(true);
    expect(judge(`\ufeff${end({ value: "1" })}\n\n`, "jsonl")).toBe(true);
    expect(judge(end({ value: null }), "jsonl")).toBe(false);
    expect(judge(end({ siblings: [] }), "jsonl")).toBe(false);
    expect(errorOf(end({ siblings: ["1", "2"] }), "jsonl")).toMatchObject({
      code: "HISTORY_MODEL",
    });
    expect(errorOf(end({}), "jsonl")).toMatchObject({ code: "HISTORY_VALUE", line: 4 });
  });

  test.each([
    [jsonl(at(0, { type: "invoke", f: "frob" })), "HISTORY_OPERATION", 1],
    [jsonl(at(0, { type: "end", f: "get" })), "HISTORY_OPERATION", 1],
    [jsonl(written), "HISTORY_COMPLETION", 1],
    [jsonl(write, written, written), "HISTORY_COMPLETION", 3],
    [jsonl(write, { ...written, key: "y" }), "HISTORY_COMPLETION", 2],
    [jsonl(write, { ...written, value: "2" }), "HISTORY_COMPLETION", 2],
    [jsonl(write, read), "HISTORY_BUSY", 2],
    [jsonl(write, at(1, { type: "info", f: "put" }), read), "HISTORY_BUSY", 3],
    [jsonl(at(5, { type: "invoke", f: "get" }), written), "HISTORY_ORDER", 2],
    [jsonl(at(0, { type: "invoke", f: "put" })), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "put", value: ["a", "b"] })), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "put", value: {} })), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "get", process: "a" })), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "get", key: 3 })), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "get", siblings: 3 })), "HISTORY_VALUE", 1],
    // Two numbers that JSON.parse makes one: no verdict could be right.
    [`${jsonl(write, written)}\n${wide("2:9007199254740993")}`, "HISTORY_VALUE", 3],
    [wide("0:[1,9007199254740993]"), "HISTORY_VALUE", 1],
    [jsonl(at(0, { type: "invoke", f: "get", process: 2 ** 53 })), "HISTORY_VALUE", 1],
    [`${jsonl(write, written)}\n{"index":2,"ti`, "HISTORY_SYNTAX", 3],
    ["[]", "HISTORY_SYNTAX", 1],
    ["\n\n", "HISTORY_EMPTY", 1],
  ])("refuses %.80j", (text, code, line) => {
    expect(errorOf(text, "jsonl")).toMatchObject({ code, line });
  });
});

test("every message tells the line and what to do", () => {
  const errors = [
    errorOf(edn(":process 0 :type :invoke :f :frob"), "edn"),
    errorOf(log("0 :ok :write 1"), "jepsen-log"),
    errorOf(log("0 :invoke :acquire nil"), "jepsen-log"),
  ];
  expect(errors.map(({ message }) => message)).toEqual([
    'line 1: unknown operation "frob"; there are read, get, write, put, delete, cas, append, ' +
      "acquire, release: correct it, or take the event out",
    "line 1: process 0 ends a write (ok) that it never began: add the invocation",
    "line 1: acquire is no operation of a cas-register, which has read, write, cas: " +
      "choose another --model (mutex)",
  ]);
});
