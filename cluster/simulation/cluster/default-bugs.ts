// Mistakes that the nodes of the cluster can make on purpose: who judges well sees each of them.

import type { PlantedBug } from "../scenario.ts";

export const BUGS: readonly PlantedBug[] = [
  { name: "ack-after-one", description: "a write is acknowledged when one replica has it" },
  { name: "ack-before-durable", description: "a replica answers before its disk has the write" },
  { name: "always-not-done", description: "a write that failed is always said to be not done" },
  { name: "context-ignored", description: "a write takes the place of nothing that it has seen" },
  { name: "digest-as-data", description: "equal digests are an answer, without the versions" },
  { name: "each-quorum-by-sum", description: "EACH_QUORUM counts nodes of any data centre" },
  { name: "failure-is-done", description: "a replica that could not store a write says it has" },
  { name: "fresh-request-id", description: "a second replica makes a write under another id" },
  { name: "hint-removed-early", description: "a hint is taken away before its target has it" },
  { name: "hints-count", description: "the hints for who is silent count as if it had answered" },
  { name: "hints-forgotten", description: "a node that starts does not look for its hints" },
  { name: "merge-overwrites", description: "a repair replaces what is stored, newer or not" },
  { name: "mint-twice", description: "a message that comes twice is two writes" },
  { name: "no-epochs", description: "a replica that lost its data counts on as the same actor" },
  { name: "no-hints", description: "who stands in for a primary keeps no hint for it" },
  { name: "pending-not-added", description: "a node that will be a replica counts as one" },
  { name: "read-first-answer", description: "a read gives what one replica said" },
  { name: "read-one-less", description: "a read waits for one replica less than it should" },
  { name: "repair-not-blocking", description: "a read does without the repair that it owes" },
  { name: "scan-beyond-parts", description: "a page goes on where a node's part has ended" },
  { name: "scan-first-set", description: "a scan gives of a key what one replica has" },
  { name: "scan-part-short", description: "a node is asked for one vnode less than it should be" },
  { name: "scan-repeats-a-key", description: "a page begins with the last key of the one before" },
  { name: "scan-skips-a-key", description: "a page begins behind the first key that it owes" },
  { name: "stand-ins-in-strict", description: "others stand in under strict quorums, and count" },
  { name: "tombstones-dropped", description: "a replica does not take a delete of another's" },
  { name: "wall-clock", description: "last write wins by the clock on the wall alone" },
];
