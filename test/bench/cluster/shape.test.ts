import { describe, expect, test } from "vitest";
import {
  type ClusterShape,
  checkShape,
  shapeLabel,
  shapeNote,
} from "../../../bench/cluster/shape.ts";
import { sumStats } from "../../../bench/cluster/sum-stats.ts";
import { ClusterError } from "../../../cluster/errors.ts";
import { SHAPE } from "./clusters.ts";

describe("a shape", () => {
  const quorum = { level: "QUORUM" } as const;
  test.each<[Partial<ClusterShape>, string]>([
    [{}, "memory x3 n3 r2 w2"],
    [{ nodes: 5, read: { count: 1 }, write: { count: 3 } }, "memory x5 n3 r1 w3"],
    [{ read: quorum, write: quorum }, "memory x3 n3 QUORUM"],
    [{ read: { level: "ONE" }, write: { level: "ALL" } }, "memory x3 n3 rONE wALL"],
    [{ conflicts: "lww", fanOut: "r" }, "memory x3 n3 r2 w2 lww fan-out r"],
    [{ repair: "blocking" }, "memory x3 n3 r2 w2 repair blocking"],
    [{ conflicts: "linearizable" }, "memory x3 n3 linearizable"],
  ])("%j is called %s", (parts, label) => {
    expect(shapeLabel("memory", { ...SHAPE, ...parts })).toBe(label);
  });

  test("has all of it in its note", () => {
    expect(shapeNote("lsm", SHAPE)).toBe(
      "a cluster of 3 nodes in this process, each on lsm: N 3, R 2, W 2, reads sent to all, " +
        "repair background, conflicts dvv; " +
        "each replica answers a write at the durability of the row",
    );
  });

  test.each<[Partial<ClusterShape>, RegExp]>([
    [{ read: { count: 4 } }, /R 4 is over N 3/],
    [{ write: { count: 0 } }, /W 0/],
    [{ read: { level: "ANY" } }, /ANY/],
    [{ n: 2, nodes: 2, write: { level: "THREE" } }, /THREE/],
    [{ conflicts: "linearizable" }, /durability/],
  ])("%j is refused by name", (parts, message) => {
    const check = () => checkShape({ ...SHAPE, ...parts }, "os");
    expect(check).toThrow(ClusterError);
    expect(check).toThrow(message);
  });

  test("what can be is taken", () => {
    checkShape(SHAPE, "memory");
    checkShape({ ...SHAPE, write: { level: "ANY" } }, "os");
    checkShape({ ...SHAPE, conflicts: "linearizable" }, "group");
  });
});

test("figures of several engines are summed; those that no engine has are absent", () => {
  const sum = sumStats([
    { userBytesWritten: 1, diskBytes: 1, bytesWritten: { log: 10 }, writeAmplification: 10 },
    { diskBytes: 2, bytesWritten: { log: 5, table: 7 }, stalls: 3 },
  ]);
  expect(sum).toEqual({ diskBytes: 3, bytesWritten: { log: 15, table: 7 }, stalls: 3 });
  expect(sumStats([])).toEqual({});
});
