import { expect, test } from "vitest";
import { statsDelta } from "../../bench/stats-delta.ts";

test("counters are differences, ratios are of those, states are those of the end", () => {
  const before = {
    keys: 5,
    userBytesWritten: 1000,
    userBytesRead: 100,
    bytesWritten: { log: 1200, merge: 300 },
    bytesRead: { get: 400, scan: 50, merge: 900 },
    writeAmplification: 1.5,
    readAmplification: 4.5,
    cacheHits: 10,
    cacheMisses: 20,
    filterChecks: 7,
    filterFalsePositives: 1,
    stalls: 2,
    stallNs: 5000,
    syncs: 3,
    diskBytes: 9000,
    memoryBytes: { index: 1 },
  };
  const after = {
    ...before,
    keys: 6,
    userBytesWritten: 1500,
    userBytesRead: 300,
    bytesWritten: { log: 1800, merge: 700, hint: 0 },
    bytesRead: { get: 900, scan: 150, merge: 9900 },
    cacheHits: 15,
    cacheMisses: 120,
    stalls: 2,
    stallNs: 5000,
    syncs: 4,
    diskBytes: 9500,
    spaceAmplification: 1.3,
    memoryBytes: { index: 2 },
  };
  expect(statsDelta(before, after)).toEqual({
    keys: 6,
    userBytesWritten: 500,
    userBytesRead: 200,
    bytesWritten: { log: 600, merge: 400, hint: 0 },
    bytesRead: { get: 500, scan: 100, merge: 9000 },
    writeAmplification: 2,
    // A merge reads for the engine's own sake.
    readAmplification: 3,
    cacheHits: 5,
    cacheMisses: 100,
    filterChecks: 0,
    filterFalsePositives: 0,
    stalls: 0,
    stallNs: 0,
    syncs: 1,
    diskBytes: 9500,
    spaceAmplification: 1.3,
    memoryBytes: { index: 2 },
  });
});

test("what is not known stays absent, and nothing is divided by nothing", () => {
  expect(statsDelta({}, {})).toEqual({});
  const idle = { userBytesWritten: 10, userBytesRead: 10, bytesWritten: { log: 20 } };
  expect(statsDelta(idle, { ...idle, writeAmplification: 2 })).toEqual({
    userBytesWritten: 0,
    userBytesRead: 0,
    bytesWritten: { log: 0 },
  });
  // Bytes that were read, but by nobody knows what purpose.
  const read = statsDelta({}, { userBytesRead: 10, bytesRead: { recovery: 50 } });
  expect(read.readAmplification).toBeUndefined();
});

test("an engine that was opened for the row counts from nothing", () => {
  const stats = { userBytesWritten: 100, bytesWritten: { log: 130 } };
  expect(statsDelta({}, stats)).toEqual({ ...stats, writeAmplification: 1.3 });
});
