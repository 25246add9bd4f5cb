import { describe, expect, test } from "vitest";
import { errorOf, judge, judgeTuples, log } from "./judge-text.ts";

describe("jepsen-log", () => {
  const start = ["0\t:invoke\t:write\t1", "0\t:ok\t:write\t1"];

  test("a failed cas saw another value", () => {
    const cas = (value: string) => ["1 :invoke :cas [1 2]", `1 :fail :cas ${value}`];
    expect(judge(log(...start, ...cas("[1 2]")), "jepsen-log")).toBe(false);
    expect(judge(log("1 :invoke :cas [1 2]", "1 :fail :cas [1 2]"), "jepsen-log")).toBe(true);
    // One that timed out saw nothing.
    const after = ["2 :invoke :read nil", "2 :ok :read 2"];
    expect(judge(log(...start, ...cas(":timed-out"), ...after), "jepsen-log")).toBe(true);
  });

  test("timeouts, unfinished operations, other loggers and the nemesis", () => {
    const read = ["2 :invoke :read nil", "2 :ok :read 3", "2 :invoke :read nil"];
    const late = ["1 :invoke :write 3", "1 :info :write :timed-out"];
    const other = "WARN  jepsen.core - starting\n";
    const text = other + log(":nemesis :info :start nil", ...start, ...late, ...read);
    expect(judge(text, "jepsen-log")).toBe(true);
    expect(judge(text.replace("1 :info :write :timed-out", "1 :ok :write 4"), "jepsen-log")).toBe(
      true,
    );
    expect(judge(text.replace(":ok :read 3", ":ok :read 7"), "jepsen-log")).toBe(false);
    expect(judge(text.replaceAll("\n", "\r\n"), "jepsen-log")).toBe(true);
    const timedOut = ["3 :invoke :read nil", "3 :fail :read :timed-out"];
    expect(judge(text + log(...timedOut), "jepsen-log")).toBe(true);
  });

  test("lines of newer versions, stacks of other loggers, errors after values", () => {
    const dated = (line: string) =>
      `2024-01-02 10:11:12,123{GMT}\tINFO\t[jepsen worker 0] jepsen.util: ${line}\n`;
    const stack = dated("x").replace(
      "jepsen.util: x",
      "jepsen.core: oops\n\tat a.b(C.java:1)\nwhy",
    );
    const late = ["0\t:invoke\t:write\t3", '0\t:info\t:write\t3\t[:gone "it"]'];
    const read = (value: string) => ["1\t:invoke\t:read\tnil", `1\t:ok\t:read\t${value}`];
    const history = (value: string) => stack + [...late, ...read(value)].map(dated).join("");
    expect(judge(history("3"), "jepsen-log")).toBe(true);
    expect(judge(history("4"), "jepsen-log")).toBe(false);
    expect(judge(log("5 :invoke :write 1") + history("3"), "jepsen-log", "register")).toBe(true);
    expect(errorOf(`${stack}2024-01-02 10:1`, "jepsen-log")).toMatchObject({ line: 4 });
    expect(errorOf(`${history("3")}why`, "jepsen-log")).toMatchObject({ code: "HISTORY_SYNTAX" });
    const tuples = ["0 :invoke :cas [7 [nil 2]]", "0 :ok :cas [7 [nil 2]]"];
    expect(judgeTuples(log(...tuples), "jepsen-log").linearizable).toBe(true);
  });

  test.each([
    [log("0 :invoke :frob nil"), "HISTORY_OPERATION", 1],
    [log("0 :begin :read nil"), "HISTORY_OPERATION", 1],
    [log(...start, "0 :ok :write 1"), "HISTORY_COMPLETION", 3],
    [log("0 :ok :write 1"), "HISTORY_COMPLETION", 1],
    [log("0 :invoke :write 1", "0 :invoke :write 2"), "HISTORY_BUSY", 2],
    [log("0 :invoke :write"), "HISTORY_VALUE", 1],
    [log("0 :invoke :cas [1"), "HISTORY_SYNTAX", 1],
    [log("0 :invoke :write 1 2"), "HISTORY_SYNTAX", 1],
    [log("0 :invo"), "HISTORY_SYNTAX", 1],
    [`${log(...start)}INFO  jepsen.ut`, "HISTORY_SYNTAX", 3],
    [`${log(...start)}what is this`, "HISTORY_SYNTAX", 3],
    [log("0 :invoke :acquire nil"), "HISTORY_MODEL", 1],
    ["INFO  jepsen.core - hello\n", "HISTORY_EMPTY", 1],
  ])("refuses %.80j", (text, code, line) => {
    expect(errorOf(text, "jepsen-log")).toMatchObject({ code, line });
  });
});
