// The hash of versions says the same as the policies: equal where a merge would change nothing.

import { describe, expect, test } from "vitest";
import { isRecordDeleted, recordHashOf } from "../../../cluster/antientropy/version-hash.ts";
import type { DvvSet } from "../../../cluster/versioning/dvv-set.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { ConflictPolicy, PolicyName } from "../../../cluster/versioning/policy.ts";
import { Random } from "../../../workloads/random.ts";
import { bytes } from "./small-network.ts";

const POLICIES: readonly PolicyName[] = ["dvv", "vector-clock", "lww"];
const KEY = bytes("k7");
const HASH_BOUND = 2 ** 48;

/** Of the record of a replica that has not written the key itself. */
function setHashOf(key: Uint8Array, set: Uint8Array): number {
  return recordHashOf(key, new Uint8Array([0, ...set]));
}

/** What some replicas have of one key after some writes and merges. */
function randomSets(policy: ConflictPolicy, random: Random): DvvSet[] {
  const empty: DvvSet = { entries: [], anonymous: [] };
  const replicas: DvvSet[] = Array.from({ length: 3 }, () => empty);
  const writes = 1 + random.nextBelow(8);
  for (let number = 1; number <= writes; number++) {
    const at = random.nextBelow(3);
    const result = policy.update(replicas[at]!, {
      request: { client: 1 + random.nextBelow(2 ** 40), number },
      actor: { node: `n${at}`, epoch: 1 + random.nextBelow(2) * 2 ** 33 },
      nowWallMs: 1000 + number,
      ...(random.nextBelow(5) === 0 ? {} : { value: bytes("v".repeat(random.nextBelow(40))) }),
      ...(random.nextBelow(4) === 0
        ? {}
        : { context: policy.read(replicas[random.nextBelow(3)]!).context }),
    });
    if (result.outcome !== "refused") replicas[at] = result.set;
    const other = random.nextBelow(3);
    if (random.nextBelow(2) === 0) {
      replicas[other] = policy.merge(replicas[at]!, replicas[other]!);
    }
  }
  return replicas;
}

describe.each(POLICIES)("%s", (name) => {
  test("equal sets have one hash, and others have not", () => {
    const policy = createPolicy(name);
    let [equal, different] = [0, 0];
    for (let seed = 1; seed <= 1500; seed++) {
      const sets = randomSets(policy, new Random(seed));
      sets.push(policy.merge(sets[0]!, sets[1]!), policy.merge(sets[1]!, sets[0]!));
      const hashes = sets.map((set) => setHashOf(KEY, policy.encode(set)));
      for (let i = 0; i < sets.length; i++) {
        expect(hashes[i]).toBeGreaterThan(0);
        expect(hashes[i]).toBeLessThan(HASH_BOUND);
        for (let k = 0; k < i; k++) {
          const isEqual = policy.isEqual(sets[i]!, sets[k]!);
          expect(hashes[i] === hashes[k], `seed ${seed}, sets ${k} and ${i}`).toBe(isEqual);
          if (isEqual) equal++;
          else different++;
        }
      }
    }
    expect(Math.min(equal, different)).toBeGreaterThan(1000);
  });

  test("what is remembered of overwritten requests does not count", () => {
    const policy = createPolicy(name);
    const forgetful = createPolicy(name, { requestMemory: 0 });
    let shorter = 0;
    for (let seed = 1; seed <= 300; seed++) {
      for (const set of randomSets(policy, new Random(seed))) {
        const whole = policy.encode(set);
        const trimmed = forgetful.encode(forgetful.merge(set, set));
        expect(setHashOf(KEY, trimmed), `seed ${seed}`).toBe(setHashOf(KEY, whole));
        if (trimmed.length < whole.length) shorter++;
      }
    }
    expect(shorter).toBeGreaterThan(100);
  });

  test("what is merged changes the hash just when the replica stores it", () => {
    const policy = createPolicy(name);
    for (let seed = 1; seed <= 500; seed++) {
      const [a, b] = randomSets(policy, new Random(seed));
      const merged = policy.merge(a!, b!);
      const before = setHashOf(KEY, policy.encode(a!));
      const after = setHashOf(KEY, policy.encode(merged));
      expect(before === after, `seed ${seed}`).toBe(policy.isEqual(merged, a!));
    }
  });

  test("only the bytes of a value do not count", () => {
    const write = (value?: string, change: object = {}): number => {
      const policy = createPolicy(name);
      const written = policy.update(undefined, {
        ...{ request: { client: 5, number: 6 }, actor: { node: "n1", epoch: 7 }, nowWallMs: 8 },
        ...(value === undefined ? {} : { value: bytes(value) }),
        ...change,
      });
      if (written.outcome === "refused") throw new Error("refused");
      return setHashOf(KEY, policy.encode(written.set));
    };
    const hash = write("abc");
    expect(write("xyz")).toBe(hash);
    const others = [
      write("abcd"),
      write(),
      write("abc", { request: { client: 4, number: 6 } }),
      write("abc", { request: { client: 5, number: 7 } }),
      write("abc", { actor: { node: "n2", epoch: 7 } }),
      write("abc", { actor: { node: "n1", epoch: 8 } }),
      ...(name === "lww" ? [write("abc", { nowWallMs: 9 })] : []),
    ];
    expect(new Set([...others, hash]).size).toBe(others.length + 1);
  });

  test("bytes that are cut short or longer are no set", () => {
    const policy = createPolicy(name);
    const set = policy.encode(randomSets(policy, new Random(4))[0]!);
    const error = expect.objectContaining({ code: "VERSION_STATE" });
    for (let end = 0; end < set.length; end++) {
      expect(() => setHashOf(KEY, set.subarray(0, end))).toThrow(error);
    }
    expect(() => setHashOf(KEY, new Uint8Array([...set, 0]))).toThrow(error);
  });
});

describe("the hash of a record", () => {
  const policy = createPolicy("dvv");
  const written = policy.update(undefined, {
    ...{ request: { client: 5, number: 6 }, actor: { node: "n1", epoch: 7 }, nowWallMs: 8 },
    value: bytes("abc"),
  });
  const set = policy.encode((written as { set: DvvSet }).set);

  test("is that of its set, whatever the replica's own epoch", () => {
    for (const own of [[0], [9], [0x80, 0x01]]) {
      expect(recordHashOf(KEY, new Uint8Array([...own, ...set]))).toBe(setHashOf(KEY, set));
    }
  });

  test("depends on the key, and is what it was when indexes were written", () => {
    expect(setHashOf(bytes("k8"), set)).not.toBe(setHashOf(KEY, set));
    expect(setHashOf(KEY, set).toString(16)).toBe("76da77efb891");
    expect(setHashOf(bytes(""), set).toString(16)).toBe("6414b540552a");
  });

  test("a tombstone is told from a value", () => {
    const deleted = policy.update((written as { set: DvvSet }).set, {
      ...{ request: { client: 5, number: 7 }, actor: { node: "n1", epoch: 7 }, nowWallMs: 8 },
      context: policy.read((written as { set: DvvSet }).set).context,
    });
    const tombstone = policy.encode((deleted as { set: DvvSet }).set);
    expect(isRecordDeleted(new Uint8Array([0, ...tombstone]))).toBe(true);
    expect(isRecordDeleted(new Uint8Array([0, ...set]))).toBe(false);
  });
});
