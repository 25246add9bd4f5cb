import { describe, expect, test } from "vitest";
import { decode, encodeDatagram, encodePart } from "../../../cluster/membership/codec.ts";
import {
  Detector,
  ListKind,
  type Part,
  PartKind,
  Refusal,
} from "../../../cluster/membership/messages.ts";
import { Random } from "../../../workloads/random.ts";

const meta = new Uint8Array([1, 2, 3]);
const boot = 2 ** 52 - 1;
const HEAD = { cluster: 2 ** 32 - 1, boot, incarnation: 65_537 };

const PARTS: readonly Part[] = [
  { kind: PartKind.ping, number: 2 ** 40 },
  { kind: PartKind.pingRequest, number: 7, target: "n2" },
  { kind: PartKind.ack, number: 0 },
  { kind: PartKind.nack, number: 3 },
  { kind: PartKind.alive, node: "n1", incarnation: 2 ** 48 - 1, boot, meta },
  { kind: PartKind.suspect, node: "n1", incarnation: 1, by: "n2" },
  { kind: PartKind.dead, node: "n1", incarnation: 0, by: "n1" },
  { kind: PartKind.join, cluster: "c", wallMs: 1.8e12, detector: Detector.phi },
  { kind: PartKind.welcome, wallMs: 0, members: 1000 },
  { kind: PartKind.refused, boot, reason: Refusal.clock, cluster: "c", wallMs: 5 },
  { kind: PartKind.exchange, list: ListKind.welcome },
  { kind: PartKind.state, node: "n1", state: 3, incarnation: 9, boot, meta: new Uint8Array(128) },
  {
    kind: PartKind.beats,
    wantsAnswer: true,
    beats: [
      { node: "n1", incarnation: 1, heartbeat: 2 ** 40 },
      { node: "n2", incarnation: 2, heartbeat: 0 },
    ],
  },
  { kind: PartKind.beats, wantsAnswer: false, beats: [] },
  { kind: PartKind.want, nodes: ["n1", "n2"] },
];

function encode(parts: readonly Part[]): Uint8Array {
  return encodeDatagram(HEAD, parts.map(encodePart));
}

describe("what members say", () => {
  test.each(PARTS.map((part) => [part.kind, part]))("a part of kind %i comes back", (_, part) => {
    expect(decode(encode([part]))).toEqual({ ...HEAD, parts: [part] });
  });

  test("all parts come back from one datagram", () => {
    expect(decode(encode(PARTS)).parts).toEqual(PARTS);
  });

  test("what is none is refused, and whatever is taken has one form", () => {
    const random = new Random(1);
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = encode([PARTS[i % PARTS.length]!, PARTS[random.nextBelow(PARTS.length)]!]);
      const cut = bytes.slice(0, random.nextBelow(2) === 0 ? bytes.length : bytes.length - 1);
      cut[random.nextBelow(cut.length)] = random.nextBelow(256);
      try {
        const { parts, ...head } = decode(cut);
        expect(encodeDatagram(head, parts.map(encodePart))).toEqual(cut);
      } catch (error) {
        expect(error).toMatchObject({ code: "CLUSTER_MESSAGE" });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1500);
  });

  test.each([
    [[], "it ends in the middle of a number"],
    [[2, 1, 1, 1, 1], "another format of membership"],
    [[1, 1, 1, 1], "it ends in the middle of a number"],
    [[1, 1, 1, 1, 77], "a part of a kind that there is not"],
    [[1, 255, 255, 255, 255, 16, 1, 1, 1], "a hash of a cluster beyond 32 bits"],
    [[1, 1, 1, 1, 11, 9], "a kind of list that there is not"],
    [[1, 1, 1, 1, 13, 2, 0], "a flag that is neither 0 nor 1"],
    [[1, 1, 1, 1, 13, 1, 1, 127], "a name of a node that is too long, or empty"],
    [[1, 1, 1, 1, 14, 1, 1, 42], "a name of a node with characters that it may not have"],
  ])("%j is no datagram", (bytes, what) => {
    expect(() => decode(Uint8Array.from(bytes))).toThrow(what);
  });

  test("beyond its bounds a part is none", () => {
    const alive = { kind: PartKind.alive, node: "n1", incarnation: 1, boot, meta };
    expect(() => decode(encode([{ ...alive, incarnation: 2 ** 48 }]))).toThrow(/2\^48/);
    const long = { ...alive, meta: new Uint8Array(129) };
    expect(() => decode(encode([long]))).toThrow(/says too much of itself/);
  });
});
