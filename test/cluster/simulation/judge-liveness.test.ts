import { describe, expect, test } from "vitest";
import type { EventType, HistoryEvent } from "../../../cluster/checking/history.ts";
import { judgeLiveness } from "../../../cluster/simulation/judge-liveness.ts";

function event(index: number, atMs: number, process: number, type: EventType): HistoryEvent {
  const session = `s${process}`;
  return { index, time: atMs * 1e6, process, session, type, f: "get", key: "k", node: "n1" };
}

describe("liveness", () => {
  test("what was asked before the calm may be unanswered, what comes after must not", () => {
    const history = [
      event(0, 10, 1, "invoke"),
      event(1, 50, 1, "info"),
      event(2, 110, 1, "invoke"),
      event(3, 120, 1, "ok"),
    ];
    expect(judgeLiveness(history, 100)).toMatchObject({ operations: 1, violations: [] });
    expect(judgeLiveness(history, 5).violations).toHaveLength(1);
  });

  test("a time-out, silence, and a session that is never seen again are violations", () => {
    const timedOut = [event(0, 110, 1, "invoke"), event(1, 150, 1, "info")];
    expect(judgeLiveness(timedOut, 100).violations[0]!.message).toContain("got no answer");
    expect(judgeLiveness([event(0, 110, 1, "invoke")], 100).violations).toHaveLength(1);
    const gone = [event(0, 10, 1, "invoke"), event(1, 20, 1, "ok")];
    expect(judgeLiveness(gone, 100).violations[0]!.message).toContain("waits for ever");
  });
});
