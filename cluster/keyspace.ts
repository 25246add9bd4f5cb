// What is fixed for a set of keys for as long as it lives. Another N is another keyspace; R, W and
// the level are given with each request (replication/consistency.ts).

import type { Durability } from "../engines/engine.ts";
import { DURABILITIES, KEY_BYTES_MAX } from "../engines/engine.ts";
import { ClusterError } from "./errors.ts";
import type { ReplicationRule } from "./ring/ring-node.ts";
import type { PolicyName } from "./versioning/policy.ts";
import { NODE_BYTES_MAX, NODE_NAME } from "./versioning/wire.ts";

/** How writes that did not see each other end; `linearizable` lets no two be so. */
export type ConflictMode = PolicyName | "linearizable";

const CONFLICT_MODES: readonly ConflictMode[] = ["dvv", "vector-clock", "lww", "linearizable"];

export interface KeyspaceSettings {
  /** Letters, digits and "._-", 1 to 64. */
  readonly name: string;
  /** N by data centre. */
  readonly replicas: ReplicationRule;
  readonly conflicts?: ConflictMode;
  /**
   * `sloppy`: for a primary that is down the next node stands in, and counts. `strict`, the
   * default: only primaries count, so that R + W > N means something.
   */
  readonly quorum?: "strict" | "sloppy";
  /** What a replica gives before it answers; `group` unless told. */
  readonly durability?: Durability;
  /** Up to which a write without a context may add a sibling; 100 unless told. */
  readonly siblingsMax?: number;
  /**
   * Of how many of a replica's last writes of a key the request stays known after they were
   * overwritten; 3 unless told, up to 1000, some ten bytes each. A retry that made a second event
   * elsewhere is known for what it is as long as that; after it, it comes back as a sibling.
   */
  readonly requestMemory?: number;
  /** The longest key and value that are taken, in bytes, inclusive. */
  readonly keyBytesMax?: number;
  readonly valueBytesMax?: number;
}

export type Keyspace = Required<KeyspaceSettings>;

/** A request can ask twice as many: stand-ins, nodes that will be replicas. */
const REPLICAS_MAX = 16;
const SETTINGS: ReadonlySet<string> = new Set([
  ...["name", "replicas", "conflicts", "quorum", "durability", "siblingsMax", "requestMemory"],
  ...["keyBytesMax", "valueBytesMax"],
]);

/** A hint's name is a key with the names of a node and a keyspace before it. */
const KEY_LENGTH_MAX = KEY_BYTES_MAX - 2 * (NODE_BYTES_MAX + 1);
/** Versions and their frame around a value must fit into what every engine takes. */
const VALUE_BYTES_MAX = 8 * 1024 * 1024;

/** With everything that was left out. @throws ClusterError CLUSTER_SETTINGS */
export function createKeyspace(settings: KeyspaceSettings): Keyspace {
  const keyspace: Keyspace = {
    conflicts: "dvv",
    quorum: "strict",
    durability: "group",
    siblingsMax: 100,
    requestMemory: 3,
    keyBytesMax: KEY_LENGTH_MAX,
    valueBytesMax: VALUE_BYTES_MAX,
    ...settings,
  };
  const { name, conflicts, quorum, durability } = keyspace;
  if (!NODE_NAME.test(name)) {
    throw wrong(name, 'its name may have letters, digits and "._-", 1 to 64 of them');
  }
  oneOf(name, "conflicts", conflicts, CONFLICT_MODES);
  oneOf(name, "quorum", quorum, ["strict", "sloppy"]);
  oneOf(name, "durability", durability, DURABILITIES);
  inRange(name, "siblingsMax", keyspace.siblingsMax, 1, 10_000);
  inRange(name, "requestMemory", keyspace.requestMemory, 0, 1000);
  inRange(name, "keyBytesMax", keyspace.keyBytesMax, 1, KEY_LENGTH_MAX);
  inRange(name, "valueBytesMax", keyspace.valueBytesMax, 0, VALUE_BYTES_MAX);
  for (const setting of Object.keys(settings)) {
    if (SETTINGS.has(setting)) continue;
    throw wrong(name, `there is no setting ${JSON.stringify(setting)}: correct its name`);
  }
  let n = 0;
  for (const [dc, replicas] of Object.entries(keyspace.replicas)) {
    inRange(name, `the number of replicas in data centre ${dc}`, replicas, 0, REPLICAS_MAX);
    n += replicas;
  }
  if (n < 1) throw wrong(name, "it has no replicas: give at least one data centre one");
  if (n > REPLICAS_MAX) throw wrong(name, `${n} replicas in all: give at most ${REPLICAS_MAX}`);
  if (conflicts !== "linearizable") return keyspace;
  if (quorum === "sloppy") {
    throw wrong(name, "a linearizable keyspace has strict quorums: a stand-in has no vote");
  }
  if (durability === "memory" || durability === "os") {
    throw wrong(name, `a vote must outlive a loss of power: durability group, not ${durability}`);
  }
  return keyspace;
}

function oneOf(name: string, what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw wrong(name, `${what} is ${JSON.stringify(value)}: give one of ${known.join(", ")}`);
}

function inRange(name: string, what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw wrong(name, `${what} is ${value}: give an integer from ${min} to ${max}`);
}

function wrong(name: string, what: string): ClusterError {
  return new ClusterError("CLUSTER_SETTINGS", `keyspace ${JSON.stringify(name)}: ${what}`);
}
