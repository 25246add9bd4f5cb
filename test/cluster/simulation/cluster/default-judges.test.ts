import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../../cluster/checking/history.ts";
import { createKeyspace } from "../../../../cluster/keyspace.ts";
import type { Consistency } from "../../../../cluster/replication/consistency.ts";
import { positionOf } from "../../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../../cluster/ring/preference-list.ts";
import { drawClusterFaults } from "../../../../cluster/simulation/cluster/draw-faults.ts";
import { drawShape } from "../../../../cluster/simulation/cluster/draw-shape.ts";
import { HintLedger, judgeHints } from "../../../../cluster/simulation/cluster/hint-ledger.ts";
import { judgeAnswers } from "../../../../cluster/simulation/cluster/judge-answers.ts";
import { judgeConvergence } from "../../../../cluster/simulation/cluster/judge-convergence.ts";
import { judgeNewest } from "../../../../cluster/simulation/cluster/judge-newest.ts";
import { alwaysMeet, copiesOf } from "../../../../cluster/simulation/cluster/quorums.ts";
import type { Answer } from "../../../../cluster/simulation/cluster/session.ts";
import { type ClusterShape, ringOf } from "../../../../cluster/simulation/cluster/shape.ts";
import { encodeContext } from "../../../../cluster/versioning/context.ts";
import { createPolicy } from "../../../../cluster/versioning/policies.ts";
import { Random } from "../../../../workloads/random.ts";

describe("what levels come to", () => {
  const one = { dc1: 3 };
  const two = { dc1: 3, dc2: 2 };

  test.each<[Consistency, Consistency, Record<string, number>, boolean]>([
    [{ count: 2 }, { count: 2 }, one, true],
    [{ count: 1 }, { count: 2 }, one, false],
    [{ count: 1, primaries: 2 }, { count: 2 }, one, true],
    [{ level: "ONE" }, { level: "ALL" }, one, true],
    [{ level: "ONE" }, { level: "ANY" }, one, false],
    [{ level: "ALL" }, { level: "ANY" }, one, false],
    [{ level: "QUORUM" }, { level: "QUORUM" }, two, true],
    [{ level: "LOCAL_QUORUM" }, { level: "LOCAL_QUORUM" }, two, false],
    [{ level: "LOCAL_QUORUM" }, { level: "EACH_QUORUM" }, two, true],
    [{ level: "LOCAL_ONE" }, { level: "EACH_QUORUM" }, two, false],
    [{ level: "EACH_QUORUM" }, { count: 2 }, two, true],
    [{}, {}, one, true],
  ])("read %j and write %j on %j: %s", (read, write, replicas, meet) => {
    expect(alwaysMeet(read, write, replicas)).toBe(meet);
    expect(alwaysMeet(write, read, replicas)).toBe(meet);
  });

  test.each<[Consistency, number]>([
    [{ level: "ANY" }, 0],
    [{ level: "LOCAL_QUORUM" }, 2],
    [{ level: "LOCAL_ONE" }, 1],
    [{ level: "EACH_QUORUM" }, 4],
    [{ level: "QUORUM" }, 3],
    [{ level: "ALL" }, 5],
    [{ count: 1, primaries: 4 }, 4],
  ])("a write at %j has %i copies at least", (write, copies) => {
    expect(copiesOf(write, two)).toBe(copies);
  });
});

test("fewer holders lose their disks than there are copies", () => {
  let losses = 0;
  for (let seed = 0; seed < 10; seed++) {
    const random = new Random(seed);
    const nodes = ["n1", "n2", "n3", "n4"].map((id) => ({ id, engine: "memory" }));
    const shape: ClusterShape = { ...drawShape(random, nodes), ...shapeOf("strict", { count: 2 }) };
    const holders = [["n1", "n2", "n3"]];
    const faults = drawClusterFaults(random, shape, holders, 60_000);
    const lost = faults.flatMap((fault) => (fault.kind === "disk-loss" ? [fault.node] : []));
    losses += lost.length;
    expect(new Set(lost.filter((node) => node !== "n4")).size, `seed ${seed}`).toBeLessThan(2);
  }
  expect(losses).toBeGreaterThan(10);
});

function shapeOf(
  quorum: "strict" | "sloppy",
  write: Consistency,
): Pick<ClusterShape, "keyspace" | "ask" | "timeoutMs"> {
  const mode = { fanOut: "all", digests: true, repair: "off", hedge: false } as const;
  return {
    keyspace: createKeyspace({ name: "data", replicas: { dc1: 3 }, quorum, conflicts: "lww" }),
    ask: { read: { count: 2 }, write, mode },
    timeoutMs: 1000,
  };
}

describe("answers", () => {
  const nodes = ["n1", "n2", "n3", "n4"].map((id) => ({ id, engine: "memory" }));
  const drawn = drawShape(new Random(1), nodes);
  const ringNodes = nodes.map(({ id }) => ({ id, capacity: 1, rack: id, dc: "dc1" }));

  function judge(
    quorum: "strict" | "sloppy",
    pick: (primaries: string[], other: string) => Answer["answeredBy"],
    siblings: readonly string[] = ["a:1"],
    write: Consistency = { count: 2 },
  ): string[] {
    const { ring: _, ...others } = drawn;
    const shape: ClusterShape = { ...others, ...shapeOf(quorum, write), ringNodes };
    const ring = ringOf(shape, new Random(1));
    const key = "k";
    const history: HistoryEvent[] = (["invoke", "ok"] as const).map((type, index) => {
      return { index, time: index, process: 0, type, f: "put", key, value: "a:1", siblings };
    });
    const lists = new PreferenceLists(ring, shape.keyspace.replicas);
    const primaries = [...lists.of(positionOf(Buffer.from(key))).nodes];
    const other = nodes.find(({ id }) => !primaries.includes(id))!.id;
    const answer: Answer = {
      operation: { session: 0, atMs: 0, f: "put", key },
      ...{ call: 0, end: 1, attempts: 1, ask: shape.ask },
      answeredBy: pick(primaries, other),
    };
    return judgeAnswers({ answers: [answer], history, ring }, shape, false).violations.map(
      ({ message }) => message,
    );
  }

  test("two primaries are enough for two, and one is not", () => {
    const both = (primaries: string[]) => ({ primaries: primaries.slice(1), fallbacks: [] });
    expect(judge("strict", both)).toEqual([]);
    const one = judge("strict", ([first]) => ({ primaries: [first!], fallbacks: [] }));
    expect(one[0]).toContain('and asked for {"count":2}');
    const twice = judge("strict", ([first]) => ({ primaries: [first!, first!], fallbacks: [] }));
    expect(twice[0]).toContain("twice");
  });

  test("a stand-in counts where quorums are sloppy, and nowhere else", () => {
    const mixed = ([first]: string[], other: string) => ({
      primaries: [first!],
      fallbacks: [other],
    });
    expect(judge("sloppy", mixed)).toEqual([]);
    expect(judge("strict", mixed)[0]).toContain("under strict quorums");
    expect(judge("strict", mixed, ["a:1"], { level: "ANY" })).toEqual([]);
    const few = judge("sloppy", mixed, ["a:1"], { count: 2, primaries: 2 });
    expect(few[0]).toContain('"primaries":2');
  });

  test("a write is among what it left, alone where the last write wins", () => {
    const both = (primaries: string[]) => ({ primaries, fallbacks: [] });
    expect(judge("strict", both, ["b:1"])[0]).toContain("is not among what it left");
    expect(judge("strict", both, ["a:1", "b:1"])[0]).toContain("more than one version");
  });
});

describe("where the last write wins", () => {
  const context = (timeMs: number): string =>
    Buffer.from(encodeContext({ entries: [], timeMs, timeCounter: 0 })).toString("base64");
  let index = 0;
  const event = (type: HistoryEvent["type"], f: "get" | "put", timeMs?: number): HistoryEvent => ({
    ...{ index, time: index++, process: f === "get" ? 1 : 0, type, f, key: "k", value: "v" },
    ...(timeMs === undefined ? {} : { ctxOut: context(timeMs) }),
  });
  const held = (timeMs: number) => ({
    ...{ replica: "n1", siblings: [], hash: 1, timeMs, timeCounter: 0 },
  });

  test("a read that began after a write gives nothing older", () => {
    const write = [event("invoke", "put"), event("ok", "put", 7)];
    const read = (timeMs: number) => [event("invoke", "get"), event("ok", "get", timeMs)];
    const final = new Map([["k", [held(7)]]]);
    const brokenBy = (history: HistoryEvent[], isRegular: boolean): string[] =>
      judgeNewest({ history, final }, isRegular).flatMap(({ checker, violations }) =>
        violations.map(() => checker),
      );
    expect(brokenBy([...write, ...read(7), ...read(9)], true)).toEqual([]);
    expect(brokenBy([...write, ...read(6)], true)).toEqual(["regular"]);
    expect(brokenBy([...write, ...read(6)], false)).toEqual([]);
    const early = event("invoke", "get");
    expect(brokenBy([early, ...write, event("ok", "get", 6)], true)).toEqual([]);
  });

  test("every replica ends with something as new", () => {
    const history = [event("invoke", "put"), event("ok", "put", 7)];
    const final = new Map([["k", [held(7), held(6)]]]);
    expect(judgeNewest({ history, final }, false)[0]!.violations).toHaveLength(1);
  });
});

test("replicas that differ, and keys that nobody could read, have not converged", () => {
  const state = (replica: string, hash: number) => ({
    ...{ replica, siblings: [], hash, timeMs: 0, timeCounter: 0 },
  });
  const final = new Map([
    ["same", [state("n1", 1), state("n2", 1)]],
    ["other", [state("n1", 1), state("n2", 2)]],
  ]);
  const keysOf = (unread: string[]) =>
    judgeConvergence({ final, unread }).violations.map(({ key }) => key);
  expect(keysOf([])).toEqual(["other"]);
  expect(keysOf(["same"])).toEqual(["same", "other"]);
});

describe("the account of hints", () => {
  const hint = { target: "n2", keyspace: "data", key: Buffer.from("k") };
  const messages = (ledger: HintLedger): string[] =>
    judgeHints([ledger]).violations.map(({ message }) => message);

  test("what was kept is found again, or was taken away", () => {
    const ledger = new HintLedger("n1", async () => undefined);
    ledger.begin(false);
    ledger.loaded();
    ledger.kept(hint);
    expect(messages(ledger)).toEqual(["n1 still has a hint of key k for n2"]);
    ledger.begin(false);
    ledger.found(hint);
    ledger.loaded();
    ledger.removed(hint);
    ledger.begin(false);
    ledger.loaded();
    expect(judgeHints([ledger])).toMatchObject({ operations: 1, violations: [] });
    ledger.kept(hint);
    ledger.begin(false);
    ledger.loaded();
    expect(messages(ledger)).toEqual(["n1 forgot the hint of key k for n2"]);
    expect(ledger.pending).toEqual([]);
  });

  test("with a disk go its hints", () => {
    const ledger = new HintLedger("n1", async () => undefined);
    ledger.begin(false);
    ledger.kept(hint);
    ledger.begin(true);
    ledger.loaded();
    expect(judgeHints([ledger])).toMatchObject({ operations: 1, violations: [] });
  });

  test("the target has what was kept for it when the hint goes", async () => {
    const policy = createPolicy("dvv");
    const written = policy.update(undefined, {
      ...{ value: Buffer.from("v"), request: { client: 1, number: 1 }, nowWallMs: 0 },
      actor: { node: "n1", epoch: 1 },
    });
    if (written.outcome === "refused") throw new Error("the first write is taken");
    const set = policy.encode(written.set);
    const held = new Map([["n1", set]]);
    const ledger = new HintLedger("n1", async (node) => held.get(node));
    ledger.begin(false);
    ledger.kept(hint);
    await Promise.resolve(); // It has looked at what the node holds.
    ledger.removed(hint);
    await ledger.checkTargets(policy, { hasDisk: () => false, isSteady: () => true });
    await ledger.checkTargets(policy, { hasDisk: () => true, isSteady: () => false });
    expect(messages(ledger)).toEqual([]);
    await ledger.checkTargets(policy, { hasDisk: () => true, isSteady: () => true });
    expect(messages(ledger)).toEqual(["n1 took its hint of key k for n2 away, which lacks it"]);
    ledger.violations.length = 0;
    held.set("n2", set);
    await ledger.checkTargets(policy, { hasDisk: () => true, isSteady: () => true });
    expect(messages(ledger)).toEqual([]);
    // That the node itself has lost it since is no excuse: it was durable.
    held.clear();
    await ledger.checkTargets(policy, { hasDisk: () => true, isSteady: () => true });
    expect(messages(ledger)).toEqual(["n1 took its hint of key k for n2 away, which lacks it"]);
  });
});
