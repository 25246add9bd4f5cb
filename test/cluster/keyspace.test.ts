// Every refusal of a keyspace, by name and with its cure; and what it has when nothing was told.

import { describe, expect, test } from "vitest";
import { ClusterError } from "../../cluster/errors.ts";
import { createKeyspace, type KeyspaceSettings } from "../../cluster/keyspace.ts";

const plain: KeyspaceSettings = { name: "users", replicas: { a: 3 } };
/** The longest that are taken: the engines' key less two names, and 8 MiB. */
const LONGEST = createKeyspace(plain);

test("what was left out", () => {
  expect(LONGEST).toEqual({
    ...{ name: "users", replicas: { a: 3 }, conflicts: "dvv", quorum: "strict" },
    ...{ durability: "group", siblingsMax: 100, requestMemory: 3 },
    ...{ keyBytesMax: LONGEST.keyBytesMax, valueBytesMax: 8 * 1024 * 1024 },
  });
  expect(LONGEST.keyBytesMax).toBeGreaterThan(32_000);
});

test("what was given is kept, up to the last of every range", () => {
  const { keyBytesMax, valueBytesMax } = LONGEST;
  const full: KeyspaceSettings = {
    ...{ name: `A.b-_${"9".repeat(59)}`, replicas: { a: 2, b: 0 }, conflicts: "lww" },
    ...{ quorum: "sloppy", durability: "memory", siblingsMax: 10_000, requestMemory: 1000 },
    ...{ keyBytesMax, valueBytesMax },
  };
  expect(createKeyspace(full)).toEqual(full);
  const least = { siblingsMax: 1, requestMemory: 0, keyBytesMax: 1, valueBytesMax: 0 };
  expect(createKeyspace({ ...plain, ...least })).toMatchObject(least);
  for (const durability of ["group", "sync"] as const) {
    expect(createKeyspace({ ...plain, conflicts: "linearizable", durability }).quorum).toBe(
      "strict",
    );
  }
});

describe("refused", () => {
  const { keyBytesMax, valueBytesMax } = LONGEST;
  const linearizable = { conflicts: "linearizable" };

  test.each<[Record<string, unknown>, string]>([
    [{ name: "" }, 'keyspace "": its name may have letters, digits and "._-", 1 to 64'],
    [{ name: "a b" }, 'keyspace "a b": its name may have'],
    [{ name: "n".repeat(65) }, "its name may have"],
    [{ conflicts: "none" }, 'conflicts is "none": give one of dvv, vector-clock, lww, linear'],
    [{ quorum: "loose" }, 'quorum is "loose": give one of strict, sloppy'],
    [{ durability: "paper" }, 'durability is "paper": give one of memory, os, group, sync'],
    [{ siblingsMax: 0 }, "siblingsMax is 0: give an integer from 1 to 10000"],
    [{ siblingsMax: 10_001 }, "siblingsMax is 10001: give"],
    [{ requestMemory: -1 }, "requestMemory is -1: give an integer from 0 to 1000"],
    [{ requestMemory: 1001 }, "requestMemory is 1001: give"],
    [{ keyBytesMax: 0 }, `keyBytesMax is 0: give an integer from 1 to ${keyBytesMax}`],
    [{ keyBytesMax: keyBytesMax + 1 }, `keyBytesMax is ${keyBytesMax + 1}: give`],
    [{ valueBytesMax: -1 }, `valueBytesMax is -1: give an integer from 0 to ${valueBytesMax}`],
    [{ valueBytesMax: valueBytesMax + 1 }, `valueBytesMax is ${valueBytesMax + 1}: give`],
    [{ valueBytesMax: 1.5 }, "valueBytesMax is 1.5: give"],
    [{ replicas: {} }, "it has no replicas: give at least one data centre one"],
    [{ replicas: { a: 0, b: 0 } }, "it has no replicas"],
    [{ replicas: { a: Number.NaN } }, "replicas in data centre a is NaN: give an integer from 0"],
    [{ replicas: { a: 1.5 } }, "replicas in data centre a is 1.5: give"],
    [{ replicas: { a: 2, b: -1 } }, "replicas in data centre b is -1: give"],
    [{ replicas: { a: 9, b: 9 } }, "18 replicas in all: give at most 16"],
    [{ replica: { a: 3 } }, 'there is no setting "replica": correct its name'],
    [{ ...linearizable, quorum: "sloppy" }, "a linearizable keyspace has strict quorums: a stand"],
    [{ ...linearizable, durability: "os" }, "a vote must outlive a loss of power: durability gr"],
    [{ ...linearizable, durability: "memory" }, "durability group, not memory"],
  ])("%o", (wrong, message) => {
    const make = () => createKeyspace({ ...plain, ...wrong } as KeyspaceSettings);
    expect(make).toThrow(ClusterError);
    expect(make).toThrow(expect.objectContaining({ code: "CLUSTER_SETTINGS" }));
    expect(make).toThrow(message);
  });
});
