// The bytes of messages: what is accepted is exactly what is written, and nothing else does harm.

import fs from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClusterError } from "../../../cluster/errors.ts";
import { decode, encode } from "../../../cluster/transport/codec.ts";
import { Kind, type Message } from "../../../cluster/transport/message.ts";
import { Random } from "../../../workloads/random.ts";
import { messagesByKind } from "./arbitrary-message.ts";

const NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
const RUNS = NIGHTLY ? 5000 : 100;
/** Samples of a kind of which every bit is flipped. */
const SAMPLES = NIGHTLY ? 40 : 4;
const SEED = 5;

const kinds = Object.entries(messagesByKind);

/** With plain arrays for bytes, wherever they lie in memory. */
function comparable(message: Message): unknown {
  return JSON.parse(
    JSON.stringify(message, (_, value: unknown) =>
      value instanceof Uint8Array ? { bytes: [...value] } : value,
    ),
  );
}

/** The message, or undefined when it is refused with the error of the codec; other errors pass. */
function attempt(bytes: Uint8Array): Message | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== "CLUSTER_MESSAGE") throw error;
    const { position, message } = error;
    expect(position).toBeLessThanOrEqual(bytes.length);
    expect(message).toContain(`at byte ${position}`);
    return undefined;
  }
}

function expectCanonical(bytes: Uint8Array): void {
  const message = attempt(bytes);
  if (message !== undefined) expect(Buffer.from(encode(message))).toEqual(Buffer.from(bytes));
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** Bytes of their own: those of `encode` have neighbours. */
function samplesOf(kind: fc.Arbitrary<Message>, count: number): Uint8Array[] {
  return fc.sample(kind, { numRuns: count, seed: SEED }).map((message) => encode(message).slice());
}

test("there is a sample of every kind", () => {
  expect(kinds.map(([name]) => name).sort()).toEqual(Object.keys(Kind).sort());
});

describe.each(kinds)("%s", (_, kind) => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(kind, (message) => {
        const decoded = decode(encode(message));
        expect(comparable(decoded)).toEqual(comparable(message));
        expect(Object.keys(decoded).sort()).toEqual(Object.keys(message).sort());
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test("is refused when it is cut anywhere, or goes on", () => {
    for (const bytes of samplesOf(kind, SAMPLES)) {
      for (let end = 0; end < bytes.length; end++) {
        expect(attempt(bytes.subarray(0, end)), `cut at ${end}`).toBeUndefined();
      }
      expect(attempt(Uint8Array.of(...bytes, 0))).toBeUndefined();
    }
  });

  test("with any bit flipped it is another message or none", () => {
    for (const bytes of samplesOf(kind, SAMPLES)) {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expectCanonical(flipped);
      }
    }
  });
});

test("bytes that nobody wrote are refused, or written the same way", () => {
  const random = new Random(SEED);
  const all = Object.values(Kind);
  for (let run = 0; run < 20 * RUNS; run++) {
    const bytes = Uint8Array.from({ length: 1 + random.nextBelow(60) }, () =>
      random.nextBelow(random.nextBelow(2) === 0 ? 4 : 256),
    );
    bytes[0] = all[random.nextBelow(all.length)]!;
    expectCanonical(bytes);
  }
});

/** Messages are written one behind the other in a piece of memory: so much of it is left. */
function leaveBytes(count: number): void {
  const filler = (length: number) =>
    encode({ kind: Kind.consensus, keyspace: "u", payload: new Uint8Array(length) });
  filler(20_000); // Has a piece to itself, and the next one begins another.
  const first = filler(1);
  const second = filler(first.buffer.byteLength - first.length - count - 5);
  expect(second.buffer).toBe(first.buffer);
  expect(second.byteOffset + second.length).toBe(second.buffer.byteLength - count);
}

test("bounds of bytes hold, so that no message writes beyond its piece", () => {
  const max = Number.MAX_SAFE_INTEGER;
  const name = "n".repeat(64);
  const names = new Array<string>(33).fill(name);
  const value = new Uint8Array(1);
  const text = `\ufeff${"\uffff".repeat(400)}`;
  const failure = { code: "CLUSTER_CLOSED", text } as const;
  const error = { ...failure, fate: "unknown" } as const;
  const head = { attempt: max, error, answeredBy: { primaries: names, fallbacks: names } };
  const entry = { key: value, values: new Array<Uint8Array>(500).fill(value), context: value };
  const replicaAsked = { number: max, epoch: max, keyspace: name };
  const plain = { kind: Kind.answer, context: value, isSwapped: true } as const;
  const messages: Message[] = [
    { ...plain, ...head, values: [] },
    { ...plain, ...head, values: [], answeredBy: { primaries: [], fallbacks: [] } },
    { ...plain, ...head, values: entry.values },
    { ...head, kind: Kind.manyAnswer, entries: [{ ...entry, error: failure }, entry], next: value },
    {
      ...{ kind: Kind.scanPartAnswer, number: max, status: 0, hasMore: true },
      ...{ keys: entry.values, sets: entry.values },
    },
    {
      ...{ ...replicaAsked, kind: Kind.scanPart, from: value, to: value, limit: max },
      vnodes: new Array<number>(500).fill(max),
    },
  ];
  for (const message of messages) {
    leaveBytes(5000);
    const expected = encode(message);
    expect(comparable(decode(expected))).toEqual(comparable(message));
    leaveBytes(expected.length - 1);
    expect(Buffer.compare(encode(message), expected), `kind ${message.kind}`).toBe(0);
  }
});

test("the example in the description is what it says", () => {
  const file = new URL("../../../cluster/transport/codec.ts", import.meta.url);
  const source = fs.readFileSync(fileURLToPath(file), "utf8");
  const example = /For example `([0-9a-f ]+)` in hexadecimal/.exec(source)![1]!;
  const message: Message = {
    ...{ kind: Kind.merge, number: 300, epoch: 3, keyspace: "u" },
    ...{ key: Uint8Array.of(0x68, 0x69), set: Uint8Array.of(1, 0, 255), standsInFor: undefined },
  };
  const bytes = bytesOf(example);
  expect(comparable(decode(bytes))).toEqual(comparable(message));
  expect([...encode(message)]).toEqual([...bytes]);
});

test("what is wrong is named, with its place", () => {
  const refused = (hex: string): string => {
    try {
      decode(bytesOf(hex));
    } catch (error) {
      if (error instanceof ClusterError) return `${error.code} ${error.position} ${error.message}`;
    }
    return "";
  };
  expect(refused("")).toMatch(/^CLUSTER_MESSAGE 0 .*; see that all nodes/);
  expect(refused("07")).toMatch(/ 0 .*a kind of message that does not exist: 7/);
  expect(refused("25 01 07")).toMatch(/ 3 .*a status that does not exist: 7/);
  expect(refused("25 01 00 00")).toMatch(/ 3 .*goes on behind its end/);
  expect(refused("20 01 01 01 75 01 6b 02")).toMatch(/ 8 .*2 where 0 or 1 must be/);
  expect(refused("10 01 0f")).toMatch(/an error that does not exist: 15/);
  expect(refused("10 01 01 01 ff 00")).toMatch(/a text that is not UTF-8/);
  expect(refused("27 01 00 01 01 61 00 00")).toMatch(/keys without versions, or the reverse/);
  expect(refused("04 01 01 01 75 01 7f")).toMatch(/a list that is longer than the message/);
  expect(refused("01 01 01 01 75 01 01 6b 0a 00 00 00")).toMatch(/a level .* not exist: 10/);
  expect(refused("01 01 01 01 75 01 01 6b 01 00 00 0c")).toMatch(/a mode .* not exist: 12/);
  expect(refused("05 01 01 01 75 01 00 00 00 01 00 00")).toMatch(/a scan for no keys/);
  expect(refused("03 01 01 01 75 01 01 6b 00 00 00 01")).toMatch(/client 0, who is nobody/);
});
