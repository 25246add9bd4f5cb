import { describe, expect, test } from "vitest";
import {
  beginChange,
  foundingOwnership,
  giveUp,
  membersOf,
  nodesOf,
  type Ownership,
  refined,
  settle,
  switchOver,
  votersOf,
} from "../../../cluster/ownership/ownership.ts";
import type { Contact } from "../../../cluster/replication/consistency.ts";
import { needOf } from "../../../cluster/replication/need.ts";
import { QuorumCount } from "../../../cluster/replication/quorum-count.ts";
import { topologyOf } from "../../../cluster/replication/topology.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import { randomTokens } from "../../../cluster/ring/random-tokens.ts";
import type { Ring } from "../../../cluster/ring/ring.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import { Random } from "../../../workloads/random.ts";
import { keyspaceOf } from "../replication/contacts.ts";
import { racksOf } from "../ring/clusters.ts";

const RULES = { replicas: { a: 3 } };
const KEYSPACE = keyspaceOf(RULES.replicas);

function planned(before: Ring | undefined, nodes: readonly RingNode[], kind: string): Ring {
  const strategy = kind === "fixed" ? fixedPartitions(16) : randomTokens(4);
  return plan(before, nodes, RULES, strategy, new Random(7)).ring;
}

/** A founding one, and the three steps to a ring of other nodes. */
function stepsOf(
  before: readonly RingNode[],
  after: readonly RingNode[],
  kind: string,
  gone: readonly string[] = [],
): Ownership[] {
  const old = planned(undefined, before, kind);
  const ring = planned(old, after, kind);
  const voters = (of: Ring) => of.nodes.slice(0, 3).map(({ id }) => id);
  const stable = foundingOwnership("test", old, voters(old));
  const transfer = beginChange(stable, { ring, voters: voters(ring), gone });
  const switched = switchOver(transfer);
  return [stable, transfer, switched, settle(switched)];
}

const FOUR = racksOf([2, 2]);
const FIVE = racksOf([2, 2, 1]);

describe("a change of the ring", () => {
  const [stable, transfer, switched, settled] = stepsOf(FOUR, FIVE, "fixed") as [
    Ownership,
    Ownership,
    Ownership,
    Ownership,
  ];

  test("I1: every step has the next epoch", () => {
    const epochs = [stable, transfer, switched, settled].map(({ epoch }) => epoch);
    expect(epochs).toEqual([1, 2, 3, 4]);
    expect(giveUp(transfer).epoch).toBe(3);
  });

  test("I2: goes on only from the step before", () => {
    expect(settled.step).toBe("stable");
    expect(settled.ring.nodes).toHaveLength(5);
    expect(giveUp(transfer).ring).toBe(stable.ring);
    expect(() => beginChange(transfer, transfer.change!)).toThrow("I2");
    expect(() => switchOver(stable)).toThrow("I3");
    expect(() => settle(transfer)).toThrow("I3");
    expect(() => giveUp(switched)).toThrow("I3");
  });

  test("members are all of both rings, but for those that are gone", () => {
    const [, leaving] = stepsOf(FIVE, FOUR, "fixed", ["a2-0"]);
    expect(nodesOf(leaving!)).toEqual(["a0-0", "a0-1", "a1-0", "a1-1", "a2-0"]);
    expect(membersOf(leaving!)).toEqual(["a0-0", "a0-1", "a1-0", "a1-1"]);
    expect(membersOf(settled)).toHaveLength(5);
  });

  test("both lists of voters decide while it lasts", () => {
    expect(votersOf(stable)).toEqual({ voters: stable.voters });
    expect(votersOf(switched)).toEqual({ voters: stable.voters, next: settled.voters });
  });
});

describe.each(["fixed", "random"])("rings of %s tokens", (kind) => {
  test("have the same owners and lists when they get the tokens of another", () => {
    const old = planned(undefined, FOUR, kind);
    const other = planned(old, FIVE, "fixed" === kind ? "fixed" : "random");
    const fine = refined(old, other.tokens);
    const lists = new PreferenceLists(old, RULES.replicas);
    const fineLists = new PreferenceLists(fine, RULES.replicas);
    const random = new Random(3);
    for (let i = 0; i < 2000; i++) {
      const position = random.nextBelow(2 ** 32);
      const owner = fine.ownerOf(fine.lookup(position)).id;
      expect(owner).toBe(old.ownerOf(old.lookup(position)).id);
      expect(fineLists.of(position).nodes).toEqual(lists.of(position).nodes);
    }
  });

  const changes: [string, readonly RingNode[], readonly RingNode[]][] = [
    ["a node joins", FOUR, FIVE],
    ["a node leaves", FIVE, FOUR],
    ["one takes the place of another", FIVE.slice(0, 4), FIVE.slice(1)],
    ["two take the places of two", FIVE.slice(0, 4), [...FIVE.slice(2), ...racksOf([1], "b")]],
  ];

  test.each(changes)("I3: %s, and quorums of two steps in a row meet", (_, before, after) => {
    const nodes = after.map((node) => ({ ...node, dc: "a" }));
    const steps = stepsOf(before, nodes, kind);
    let pairs = 0;
    for (let i = 1; i < steps.length; i++) {
      pairs += checkMeeting(steps[i - 1]!, steps[i]!);
      pairs += checkMeeting(steps[i]!, steps[i - 1]!);
    }
    expect(pairs).toBeGreaterThan(100);
  });

  test("I3: two steps apart they may miss each other, so the check above can fail", () => {
    const steps = stepsOf(FIVE.slice(0, 4), FIVE.slice(1), kind);
    expect(() => checkMeeting(steps[1]!, steps[3]!)).toThrow("miss each other");
  });
});

/** Of every position, each least set of readers at the one step and of writers at the other. */
function checkMeeting(reading: Ownership, writing: Ownership): number {
  const readers = topologyOf(reading, KEYSPACE);
  const writers = topologyOf(writing, KEYSPACE);
  let pairs = 0;
  for (const position of new Set([...readers.ring.tokens, ...writers.ring.tokens])) {
    const toRead = readers.contactsOf(readers.ring.lookup(position));
    const toWrite = writers.contactsOf(writers.ring.lookup(position));
    const primaries = toRead.filter(({ role }) => role === "primary");
    const pending = toWrite.filter(({ role }) => role === "pending");
    for (let r = 1; r <= 3; r++) {
      const of = { keyspace: KEYSPACE, localDc: "a" };
      const w = 4 - r;
      const readNeed = needOf(
        { count: r },
        { ...of, topology: readers, operation: "read", pending: [] },
      );
      const writeNeed = needOf(
        { count: w },
        { ...of, topology: writers, operation: "write", pending },
      );
      const writeSets = enough(toWrite, writeNeed);
      for (const read of enough(primaries, readNeed)) {
        for (const write of writeSets) {
          pairs++;
          if (read.some((node) => write.includes(node))) continue;
          throw new Error(`${read} (step ${reading.step}) and ${write} miss each other`);
        }
      }
    }
  }
  return pairs;
}

function enough(contacts: readonly Contact[], need: ReturnType<typeof needOf>): string[][] {
  const sets: string[][] = [];
  for (let mask = 0; mask < 1 << contacts.length; mask++) {
    const count = new QuorumCount(need, contacts);
    const chosen = contacts.filter((_, i) => (mask & (1 << i)) !== 0);
    contacts.forEach((_, i) => {
      if ((mask & (1 << i)) !== 0) count.succeed(i);
    });
    if (count.state === "met") sets.push(chosen.map(({ node }) => node));
  }
  return sets;
}
