import fc from "fast-check";
import { expect, test } from "vitest";
import { writeIntegrityValue } from "../../workloads/integrity.ts";
import { KeyWriter } from "../../workloads/key.ts";

function integrityValue(key: string, field: string, length: number): string {
  const target = new Uint8Array(length + 2);
  const bytes = (text: string) => Buffer.from(text, "latin1");
  writeIntegrityValue(target, 1, length, bytes(key), bytes(field));
  expect([target[0], target.at(-1)]).toEqual([0, 0]);
  return Buffer.from(target.subarray(1, -1)).toString("latin1");
}

/**
 * The definition: append ":", then Java's hash of all so far, until it is long enough; then cut.
 */
function byDefinition(key: string, field: string, length: number): string {
  let value = `${key}:${field}`;
  while (value.length < length) {
    value += ":";
    let hash = 0;
    for (const character of value) hash = (Math.imul(31, hash) + character.charCodeAt(0)) | 0;
    value += `${hash}`;
  }
  return value.slice(0, length);
}

test("YCSB's values of keys 0 and 1", () => {
  const key = (number: number) =>
    Buffer.from(new KeyWriter({ hashed: true, zeroPadding: 1 }).write(number)).toString("latin1");
  expect(integrityValue(key(0), "field0", 100)).toBe(
    "user6284781860667377211:field0:-56807877:2032869390:-165488160:1762371712:-169193395:" +
      "-1039977118:-10",
  );
  expect(integrityValue(key(1), "field9", 100)).toBe(
    "user8517097267634966620:field9:-557952544:-154748015:-999445747:39902524:407413116:" +
      "601987099:1564411",
  );
  expect(integrityValue("user5", "field3", 20)).toBe("user5:field3:9172561");
});

test("every length agrees with the definition, and nothing is written outside", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(20), fc.nat(300), (number, field, length) => {
      const [key, name] = [`user${number}`, `field${field}`];
      expect(integrityValue(key, name, length)).toBe(byDefinition(key, name, length));
    }),
    { seed: 1, numRuns: 500 },
  );
});
