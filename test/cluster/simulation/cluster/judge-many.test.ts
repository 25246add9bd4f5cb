import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../../cluster/checking/history.ts";
import { createKeyspace } from "../../../../cluster/keyspace.ts";
import { positionOf } from "../../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../../cluster/ring/preference-list.ts";
import { drawOperations } from "../../../../cluster/simulation/cluster/draw-operations.ts";
import { drawShape } from "../../../../cluster/simulation/cluster/draw-shape.ts";
import { judgeAnswers } from "../../../../cluster/simulation/cluster/judge-answers.ts";
import { judgeMany } from "../../../../cluster/simulation/cluster/judge-many.ts";
import type { ManyPage } from "../../../../cluster/simulation/cluster/read-many.ts";
import type { Answer } from "../../../../cluster/simulation/cluster/session.ts";
import { type ClusterShape, ringOf } from "../../../../cluster/simulation/cluster/shape.ts";
import type { Operation } from "../../../../cluster/simulation/scenario.ts";
import { Random } from "../../../../workloads/random.ts";

const KEYS = ["k0", "k1", "k2", "k3", "k4"];
const VALUE = Buffer.from("v");

function pageOf(keys: readonly string[], next?: string, values = [VALUE]): ManyPage {
  const entries = keys.map((key) => ({ key, values, context: undefined }));
  return { entries, next, answeredBy: { primaries: [], fallbacks: [] }, attempts: 1 };
}

function told(more: Partial<Operation>, pages: readonly ManyPage[]): string | undefined {
  const operation: Operation = { session: 0, atMs: 0, f: "get", key: "k0", ...more };
  const reads = [{ operation, call: 6, pages: [...pages] }];
  const { operations, violations } = judgeMany(reads, KEYS);
  expect(operations).toBe(pages.length);
  return violations[0]?.message;
}

describe("several keys in one answer", () => {
  const alsoKeys = ["k3", "k1"];

  test("are those that were asked for, in their order", () => {
    expect(told({ alsoKeys }, [pageOf(["k0", "k3", "k1"])])).toBeUndefined();
    expect(told({ alsoKeys }, [])).toBeUndefined();
    expect(told({ alsoKeys }, [pageOf(["k0", "k1", "k3"])])).toContain("k0, k1, k3, not k0, k3");
    expect(told({ alsoKeys }, [pageOf(["k0", "k3"])])).toContain("line 7 has the keys k0, k3, not");
  });

  const scan = { pageKeys: 2, pauseMs: 1 };

  test("of a scan ascend over all pages", () => {
    const ends = pageOf(["k3"]);
    expect(told({ scan }, [pageOf(["k0", "k1"], "k2"), ends])).toBeUndefined();
    // A scan that was broken off, and pages that found nothing.
    expect(told({ scan }, [pageOf(["k0"], "k1"), pageOf([], "k3")])).toBeUndefined();
    expect(told({ scan: { ...scan, to: "k4" } }, [ends])).toBeUndefined();
  });

  test.each<[string, Partial<Operation>, ManyPage[]]>([
    ["has 3 keys in a page of 2", { scan }, [pageOf(["k0", "k1", "k2"])]],
    ["has the key k0 after k1", { scan }, [pageOf(["k1", "k0"])]],
    ["has the key k1 after k1", { scan }, [pageOf(["k1", "k1"])]],
    ["has the key k0 in a page from k1 on", { scan, key: "k1" }, [pageOf(["k0"])]],
    ["in a page from k2 on", { scan }, [pageOf(["k0"], "k2"), pageOf(["k1"])]],
    ["has the key k2 in a page up to k2", { scan }, [pageOf(["k1", "k2"], "k2")]],
    ["in a page up to k3", { scan: { ...scan, to: "k3" } }, [pageOf(["k3"])]],
    ["goes on at k1, and began at k1", { scan }, [pageOf(["k0"], "k1"), pageOf([], "k1")]],
    ["has the key k9, which nobody asked for", { scan }, [pageOf(["k9"])]],
    ["has the key k1 without a value", { scan }, [pageOf(["k1"], undefined, [])]],
  ])("of a scan: %s", (message, operation, pages) => {
    expect(told(operation, pages)).toContain(message);
  });
});

test("of those who answered for several keys there are enough for each", () => {
  const nodes = ["n1", "n2", "n3", "n4", "n5", "n6"].map((id) => ({ id, engine: "memory" }));
  const { ring: _, ...drawn } = drawShape(new Random(1), nodes);
  const shape: ClusterShape = {
    ...drawn,
    ringNodes: nodes.map(({ id }) => ({ id, capacity: 1, rack: id, dc: "dc1" })),
    keyspace: createKeyspace({ name: "data", replicas: { dc1: 3 } }),
    ask: { ...drawn.ask, read: { count: 2 } },
  };
  const ring = ringOf(shape, new Random(1));
  const primaries = new PreferenceLists(ring, { dc1: 3 }).of(positionOf(Buffer.from("k0"))).nodes;
  const others = nodes.map(({ id }) => id).filter((id) => !primaries.includes(id));
  const judge = (answered: readonly string[]): number => {
    const history: HistoryEvent[] = (["invoke", "ok"] as const).map((type, index) => {
      return { index, time: index, process: 0, type, f: "get", key: "k0", value: null };
    });
    const answer: Answer = {
      operation: { session: 0, atMs: 0, f: "get", key: "k0", alsoKeys: ["k1"] },
      ...{ call: 0, end: 1, attempts: 1, ask: shape.ask },
      answeredBy: { primaries: answered, fallbacks: [] },
    };
    return judgeAnswers({ answers: [answer], history, ring }, shape, false).violations.length;
  };
  expect(judge([...primaries.slice(1), ...others])).toBe(0);
  // As many as asked for in all, but only one of them holds the key.
  expect(judge([primaries[0]!, ...others])).toBe(1);
});

test("scans have several pages, of all keys or of a range of them", () => {
  const sizes = new Set<number>();
  let [ranges, pages] = [0, 0];
  for (let seed = 1; seed <= 30; seed++) {
    const allowed = { untilMs: 20_000, hasDeletes: false, hasScans: true };
    for (const { key, alsoKeys, scan } of drawOperations(new Random(seed), allowed)) {
      if (scan === undefined) continue;
      const keys = [key, ...alsoKeys!];
      expect(keys, `seed ${seed}`).toEqual([...keys].sort());
      if (scan.to !== undefined) {
        ranges++;
        expect(keys.at(-1)! < scan.to, `seed ${seed}`).toBe(true);
      }
      sizes.add(scan.pageKeys);
      pages += Math.ceil(keys.length / scan.pageKeys);
    }
  }
  expect(ranges).toBeGreaterThan(10);
  expect(sizes.size).toBeGreaterThan(8);
  expect(pages).toBeGreaterThan(200);
});
