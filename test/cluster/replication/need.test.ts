// What requests come to on keyspaces, by the arithmetic of Cassandra's levels and Riak's numbers.

import { describe, expect, test } from "vitest";
import { ClusterError } from "../../../cluster/errors.ts";
import {
  type Consistency,
  type Contact,
  LEVELS,
  type Level,
} from "../../../cluster/replication/consistency.ts";
import { needOf } from "../../../cluster/replication/need.ts";
import { Topology } from "../../../cluster/replication/topology.ts";
import { racksOf, ringOf } from "../ring/clusters.ts";
import { keyspaceOf, need, pending } from "./contacts.ts";

const nodes = [...racksOf([3], "a"), ...racksOf([3], "b"), ...racksOf([1], "c")];
const ids = nodes.map(({ id }) => id);
const ring = ringOf(nodes, [...ids, ids[0]!]);
const alone = new Topology(ring, keyspaceOf({ a: 1 }));
const two = new Topology(ring, keyspaceOf({ a: 2, b: 0 }));
const three = new Topology(ring, keyspaceOf({ a: 3 }));
/** Two data centres. */
const wide = new Topology(ring, keyspaceOf({ a: 3, b: 2 }));

interface Asked {
  readonly localDc?: string;
  readonly operation?: "read" | "write";
  readonly pending?: readonly Contact[];
}

function ask(topology: Topology, consistency: Consistency, asked: Asked = {}) {
  return needOf(consistency, {
    ...{ topology, keyspace: topology.keyspace, localDc: "a", operation: "write", pending: [] },
    ...asked,
  });
}

describe("levels without pending nodes", () => {
  const a = (count: number) => need(0, 0, [{ dc: "a", nodes: count }]);
  const each = need(0, 0, [
    { dc: "a", nodes: 2 },
    { dc: "b", nodes: 2 },
  ]);

  test.each([
    [alone, "ONE", need(1)],
    [alone, "QUORUM", need(1)],
    [alone, "ALL", need(1)],
    [two, "TWO", need(2)],
    [two, "QUORUM", need(2)],
    [two, "EACH_QUORUM", a(2)],
    [three, "ANY", need(0)],
    [three, "ONE", need(1)],
    [three, "TWO", need(2)],
    [three, "THREE", need(3)],
    [three, "QUORUM", need(2)],
    [three, "LOCAL_ONE", a(1)],
    [three, "LOCAL_QUORUM", a(2)],
    [three, "EACH_QUORUM", a(2)],
    [three, "ALL", need(3)],
    [wide, "QUORUM", need(3)],
    [wide, "LOCAL_QUORUM", a(2)],
    [wide, "EACH_QUORUM", each],
    [wide, "ALL", need(5)],
  ] as const)("%o %s", (topology, level, expected) => {
    expect(ask(topology, { level })).toEqual(expected);
    if (level === "ANY") return;
    expect(ask(topology, { level }, { operation: "read" })).toEqual(expected);
  });

  test("local ones are of the coordinator's data centre", () => {
    const inB = ask(wide, { level: "LOCAL_QUORUM" }, { localDc: "b" });
    expect(inB).toEqual(need(0, 0, [{ dc: "b", nodes: 2 }]));
    expect(ask(wide, { level: "LOCAL_QUORUM" })).toEqual(a(2));
  });

  test("nothing asked is QUORUM", () => {
    expect(ask(wide, {})).toEqual(need(3));
    expect(ask(wide, { primaries: 2 })).toEqual(need(3, 2));
  });
});

test("numbers are taken as they are, and both must be met", () => {
  expect(ask(three, { count: 1 })).toEqual(need(1));
  expect(ask(three, { count: 3, primaries: 0 })).toEqual(need(3));
  expect(ask(three, { count: 1, primaries: 3 })).toEqual(need(1, 3));
  expect(ask(three, { level: "LOCAL_ONE", primaries: 2 })).toEqual(
    need(0, 2, [{ dc: "a", nodes: 1 }]),
  );
});

describe("pending nodes", () => {
  const coming = [pending("x", "a"), pending("y", "b"), pending("z", "a")];

  test("raise writes in their scope, never primaries, and ANY stays", () => {
    const raised = (consistency: Consistency) => ask(wide, consistency, { pending: coming });
    expect(raised({ level: "ONE" })).toEqual(need(4));
    expect(raised({ level: "QUORUM" })).toEqual(need(6));
    expect(raised({ level: "ALL" })).toEqual(need(8));
    expect(raised({ count: 2, primaries: 2 })).toEqual(need(5, 2));
    expect(raised({ level: "ANY" })).toEqual(need(0));
    expect(raised({ level: "LOCAL_ONE" })).toEqual(need(0, 0, [{ dc: "a", nodes: 3 }]));
    expect(raised({ level: "LOCAL_QUORUM" })).toEqual(need(0, 0, [{ dc: "a", nodes: 4 }]));
    expect(raised({ level: "EACH_QUORUM" })).toEqual(
      need(0, 0, [
        { dc: "a", nodes: 4 },
        { dc: "b", nodes: 3 },
      ]),
    );
  });

  test("never raise reads, nor what is asked without them", () => {
    for (const level of LEVELS.filter((one) => one !== "ANY")) {
      const plain = ask(wide, { level }, { operation: "read" });
      expect(ask(wide, { level }, { operation: "read", pending: coming })).toEqual(plain);
      expect(ask(wide, { level })).toEqual(plain);
    }
  });
});

test("plain levels and counts are the same object each time", () => {
  for (const consistency of [{}, { level: "QUORUM" }, { level: "EACH_QUORUM" }, { count: 2 }]) {
    const first = ask(wide, consistency as Consistency);
    expect(ask(wide, consistency as Consistency, { operation: "read" })).toBe(first);
  }
});

describe("what cannot be met is refused with a cure", () => {
  const read = { operation: "read" } as const;
  test.each<[Topology, Consistency, Asked, string]>([
    [three, { count: 4 }, {}, 'W 4 is over N 3 of keyspace "users": give an integer from 1 to 3'],
    [three, { count: 4 }, read, "R 4 is over N 3"],
    [three, { count: 0 }, {}, "W 0 is no count of the 3 replicas"],
    [three, { count: -1 }, read, "R -1 is no count"],
    [three, { count: 1.5 }, {}, "W 1.5 is no count"],
    [three, { count: Number.NaN }, {}, "W NaN is no count"],
    [three, { primaries: 4 }, {}, "PW 4 is over N 3 of keyspace"],
    [three, { primaries: -1 }, read, "PR -1 is no count of the 3 replicas"],
    [three, { count: 1, primaries: 1.5 }, {}, "give an integer from 0 to 3"],
    [two, { level: "THREE" }, {}, "level THREE asks for 3 replicas, and N is 2 in keyspace"],
    [alone, { level: "TWO" }, read, "level TWO asks for 2 replicas, and N is 1"],
    [wide, { level: "LOCAL_ONE" }, { localDc: "c" }, 'level LOCAL_ONE in data centre "c", where'],
    [two, { level: "LOCAL_QUORUM" }, { localDc: "b" }, "has no replicas: ask a node of a, or"],
    [three, { level: "ANY" }, read, "level ANY is for writes alone: a read needs ONE at least"],
    [three, { level: "SOME" as Level }, {}, 'there is no level "SOME": give one of ANY, ONE'],
    [three, { level: "ONE", count: 2 }, {}, "level ONE and W 2 together: give one of them"],
  ])("%o %o %o", (topology, consistency, asked, message) => {
    // Twice: what is remembered must not be what was refused.
    for (let i = 0; i < 2; i++) {
      try {
        ask(topology, consistency, asked);
        expect.unreachable("it was taken");
      } catch (error) {
        expect(error).toBeInstanceOf(ClusterError);
        expect((error as ClusterError).code).toBe("CLUSTER_SETTINGS");
        expect((error as ClusterError).message).toContain(message);
      }
    }
  });

  test("a keyspace that is not that of the topology is a mistake of the program", () => {
    const of = { localDc: "a", operation: "read", pending: [] } as const;
    expect(() => needOf({}, { ...of, topology: two, keyspace: three.keyspace })).toThrow(
      "the keyspace's own topology",
    );
  });
});
