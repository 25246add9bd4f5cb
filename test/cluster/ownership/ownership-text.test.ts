import { expect, test } from "vitest";
import {
  beginChange,
  foundingOwnership,
  switchOver,
} from "../../../cluster/ownership/ownership.ts";
import { decodeOwnership, encodeOwnership } from "../../../cluster/ownership/ownership-text.ts";
import { RingError } from "../../../cluster/ring/ring-error.ts";
import { racksOf, ringOf } from "../ring/clusters.ts";

const nodes = racksOf([1, 1, 1]);
const ring = ringOf(nodes, ["a0-0", "a1-0", "a2-0", "a0-0"]);
const coming = ringOf(nodes.slice(0, 2), ["a0-0", "a1-0", "a1-0", "a0-0"], 2);
const founding = foundingOwnership("test", ring, ["a0-0", "a1-0", "a2-0"]);
const changing = beginChange(founding, { ring: coming, voters: ["a1-0"], gone: ["a2-0"] });

test.each([founding, changing, switchOver(changing)])("comes back as it was: $step", (it) => {
  const text = encodeOwnership(it);
  const back = decodeOwnership(text);
  expect(back).toEqual(it);
  expect(encodeOwnership(back)).toBe(text);
});

test.each([
  ["no JSON", () => "{"],
  ["null", () => "null"],
  ["another format", () => changed({ format: 2 })],
  ["no cluster", () => changed({ cluster: "" })],
  ["a cluster with a slash", () => changed({ cluster: "a/b" })],
  ["epoch 0", () => changed({ epoch: 0 })],
  ["no first epoch", () => changed({ firstEpoch: undefined })],
  ["an epoch before the first", () => changed({ firstEpoch: 9 })],
  ["an unknown step", () => changed({ step: "soon" })],
  ["a stable one with a change", () => changed({ step: "stable" })],
  ["a transfer without one", () => changed({ change: null })],
  ["no ring", () => changed({ ring: 3 })],
  ["a ring that is none", () => changed({ ring: "{}" })],
  ["no voters", () => changed({ voters: [] })],
  ["a voter twice", () => changed({ voters: ["a0-0", "a0-0"] })],
  ["a voter who is no node", () => changed({ voters: ["a9-9"] })],
  ["a change that is none", () => changed({ change: "x" })],
  ["gone that is no list", () => changed({ change: { ring: "", voters: [], gone: 1 } })],
])("refuses %s", (_, text) => {
  expect(() => decodeOwnership(text())).toThrow(RingError);
});

function changed(parts: object): string {
  return JSON.stringify({ ...JSON.parse(encodeOwnership(changing)), ...parts });
}
