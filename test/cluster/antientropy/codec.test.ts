import { describe, expect, test } from "vitest";
import { encode } from "../../../cluster/antientropy/codec.ts";
import { decode } from "../../../cluster/antientropy/decode.ts";
import { Kind, type Message, Missing, Refusal } from "../../../cluster/antientropy/messages.ts";
import { Partition } from "../../../cluster/antientropy/partition.ts";
import { Random } from "../../../workloads/random.ts";

const key = new Uint8Array([1, 2, 3]);
const none = new Uint8Array(0);
const head = {
  ...{ number: 2 ** 40, plan: { epoch: 5, rule: 2 ** 32 - 1 } },
  partition: new Partition(2 ** 32 - 9, 100),
};
const number = 7;
const most = 2 ** 48 - 1;

const MESSAGES: readonly Message[] = [
  { kind: Kind.sums, ...head, level: 0, nodes: [0] },
  { kind: Kind.sums, ...head, level: 20, nodes: [0, 1, 17, 2 ** 20 - 1] },
  { kind: Kind.list, ...head, spans: [{ start: 0, end: 4 }] },
  {
    kind: Kind.list,
    ...head,
    spans: [
      { start: 3, end: 4 },
      { start: 9, end: 108 },
    ],
  },
  { kind: Kind.look, ...head, offsets: [0, 1, 107] },
  { kind: Kind.fetch, ...head, keys: [key, none] },
  { kind: Kind.push, ...head, keys: [key, none], sets: [none, key] },
  { kind: Kind.page, ...head, start: 107 },
  { kind: Kind.sumsAnswer, number, level: 16, keys: 2 ** 40, sums: [0, 1, most] },
  { kind: Kind.listAnswer, number, end: 2 ** 32, offsets: [4, 4, 9], hashes: [1, 2, most] },
  { kind: Kind.listAnswer, number, end: 0, offsets: [], hashes: [] },
  { kind: Kind.lookAnswer, number, end: 9, keys: [key, none], hashes: [1, most] },
  { kind: Kind.fetchAnswer, number, found: [key, none, Missing.absent, Missing.unreadable] },
  { kind: Kind.pushAnswer, number, failed: 3 },
  { kind: Kind.pageAnswer, number, end: 9, keys: [key, none], found: [Missing.absent, key] },
  { kind: Kind.refused, number, reason: Refusal.notReady },
  { kind: Kind.busy, number, waitMs: 250 },
];

describe("messages of anti-entropy", () => {
  test.each(MESSAGES.map((it) => [it.kind, it] as const))("of kind %i come back", (_, it) => {
    expect(decode(encode(it))).toEqual(it);
  });

  test("that are none are refused, and whatever is taken has one form", () => {
    const random = new Random(1);
    let refused = 0;
    for (const message of MESSAGES) {
      const sound = encode(message);
      for (let i = 0; i < 400; i++) {
        const bytes = sound.slice(0, 1 + random.nextBelow(sound.length + 1));
        bytes[random.nextBelow(bytes.length)] = random.nextBelow(256);
        try {
          expect(encode(decode(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "CLUSTER_MESSAGE" });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(2000);
  });

  test.each<[string, number[]]>([
    ["nothing", []],
    ["an unknown request", [7, 1, 1, 1, 0, 9]],
    ["an unknown answer", [34, 1]],
    ["a node that the level does not have", [1, 7, 5, 9, 9, 100, 1, 1, 2]],
    ["nodes that do not rise", [1, 7, 5, 9, 9, 100, 4, 2, 3, 0]],
    ["an empty span", [2, 7, 5, 9, 9, 100, 1, 0, 0]],
    ["two spans that are one", [2, 7, 5, 9, 9, 100, 2, 0, 4, 0, 4]],
    ["a span behind the end", [2, 7, 5, 9, 9, 100, 1, 0, 92]],
    ["an offset behind the end", [18, 7, 4, 1, 4, 0, 0, 0, 0, 0, 1]],
    ["a hash of nothing", [18, 7, 4, 1, 3, 0, 0, 0, 0, 0, 0]],
    ["a reason that is none", [32, 7, 4]],
    ["something behind it", [33, 7, 4, 0]],
  ])("with %s are refused", (_, bytes) => {
    const error = expect.objectContaining({ code: "CLUSTER_MESSAGE" });
    expect(() => decode(Uint8Array.from(bytes))).toThrow(error);
  });
});
