import { describe, expect, test } from "vitest";
import { ClusterError } from "../../../cluster/errors.ts";
import { Topology } from "../../../cluster/replication/topology.ts";
import { fallbacksOf } from "../../../cluster/ring/active-list.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import { racksOf, ringOf } from "../ring/clusters.ts";
import { keyspaceOf } from "./contacts.ts";

const nodes = [...racksOf([2, 2], "a"), ...racksOf([1, 1], "b")];
const owners = ["a0-0", "b0-0", "a1-0", "a0-1", "b1-0", "a1-1", "a0-0", "a0-1"];
const ring = ringOf(nodes, owners);
const keyspace = keyspaceOf({ a: 3, b: 1 });
const keys = Array.from({ length: 200 }, (_, i) => new TextEncoder().encode(`key ${i}`));

describe("a topology", () => {
  const topology = new Topology(ring, keyspace);
  const lists = new PreferenceLists(ring, keyspace.replicas);

  test("puts keys where the ring does", () => {
    for (const key of keys) expect(topology.vnodeOf(key)).toBe(ring.lookup(positionOf(key)));
    expect(new Set(keys.map((key) => topology.vnodeOf(key))).size).toBe(owners.length);
  });

  test("has the primaries of the preference list, with their data centres", () => {
    for (let vnode = 0; vnode < owners.length; vnode++) {
      const contacts = topology.contactsOf(vnode);
      expect(contacts.map(({ node }) => node)).toEqual(lists.at(vnode).nodes);
      for (const { node, dc, role } of contacts) expect([dc, role]).toEqual([node[0], "primary"]);
      expect(topology.fallbacks(vnode)).toEqual(fallbacksOf(ring, vnode, lists.at(vnode)));
    }
    for (const key of keys) {
      expect(topology.primariesOf(key)).toBe(topology.contactsOf(topology.vnodeOf(key)));
    }
  });

  test("I1: always answers with the same objects", () => {
    for (let vnode = 0; vnode < owners.length; vnode++) {
      expect(topology.contactsOf(vnode)).toBe(topology.contactsOf(vnode));
      expect(topology.fallbacks(vnode)).toBe(topology.fallbacks(vnode));
    }
  });

  test("counts its replicas and knows where nodes are", () => {
    expect(topology.n).toBe(4);
    expect(topology.dcOf("b1-0")).toBe("b");
    expect(topology.dcOf("nobody")).toBeUndefined();
  });
});

test("pending nodes come after the primaries, once, and only to writes", () => {
  const asked: number[] = [];
  const topology = new Topology(ring, keyspace, (vnode) => {
    asked.push(vnode);
    return vnode === 0 ? ["b1-0", "a0-0", "b1-0", "a1-1"] : [];
  });
  const contacts = topology.contactsOf(0);
  const primaries = contacts.filter(({ role }) => role === "primary").map(({ node }) => node);
  expect(primaries).toEqual(new PreferenceLists(ring, keyspace.replicas).at(0).nodes);
  const coming = ["b1-0", "a1-1"].filter((node) => !primaries.includes(node));
  expect(contacts.slice(primaries.length)).toEqual(
    coming.map((node) => ({ node, dc: node[0], role: "pending" })),
  );
  expect(coming.length).toBeGreaterThan(0);
  const key = keys.find((one) => topology.vnodeOf(one) === 0)!;
  expect(topology.primariesOf(key)).toEqual(contacts.slice(0, primaries.length));
  expect(topology.primariesOf(key)).toBe(topology.primariesOf(key));
  expect(topology.contactsOf(0)).toBe(contacts);
  expect(asked).toEqual([0]);
});

test("a pending node that is not on the ring is a mistake of the program", () => {
  const topology = new Topology(ring, keyspace, () => ["stranger"]);
  expect(() => topology.contactsOf(0)).toThrow("I2: the pending node stranger is a known one");
});

test("replicas where no node is are refused by name", () => {
  const make = () => new Topology(ring, keyspaceOf({ a: 2, c: 1 }));
  expect(make).toThrow(ClusterError);
  expect(make).toThrow(
    'keyspace "users" wants 1 replicas in data centre "c", which has no node: name one of a, b',
  );
  expect(new Topology(ring, keyspaceOf({ a: 2, c: 0 })).n).toBe(2);
});

test("fewer nodes than replicas shorten the list and not N", () => {
  const topology = new Topology(ring, keyspaceOf({ b: 5 }));
  expect(topology.n).toBe(5);
  expect(topology.contactsOf(0)).toHaveLength(2);
});
