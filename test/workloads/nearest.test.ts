import { expect, test } from "vitest";
import { nearest, quoted, unknownName } from "../../workloads/nearest.ts";

test.each([
  ["lvldb", "leveldb"],
  ["LMDB", "lmdb"],
  ["hash", "hashlog"],
  ["", "lmdb"],
])("%j is nearest to %s", (name, expected) => {
  expect(nearest(name, ["lmdb", "leveldb", "hashlog"])).toBe(expected);
});

test("the message is one line, whatever the name", () => {
  expect(unknownName("engine", "lvldb", ["lmdb", "leveldb"])).toBe(
    'unknown engine "lvldb"; the nearest is "leveldb"',
  );
  expect(unknownName("engine", "a\nb", [])).toBe('unknown engine "a\\nb"; there is none');
  expect(quoted("x".repeat(500)).length).toBeLessThan(70);
});
