import { describe, expect, test } from "vitest";
import { Ballot, NO_BALLOT } from "../../../cluster/consensus/ballot.ts";
import { decode, encodeAnswer, encodeAsk, encodeOther } from "../../../cluster/consensus/codec.ts";
import {
  Answer,
  Ask,
  type Message,
  MessageKind,
  Outcome,
} from "../../../cluster/consensus/messages.ts";
import { EMPTY_STATE } from "../../../cluster/consensus/register-state.ts";
import { Random } from "../../../workloads/random.ts";

const key = new Uint8Array([1, 2, 3]);
const ballot = new Ballot(9, "n1", 2 ** 48, 0);
const state = EMPTY_STATE.written(key, { client: 1, number: 2 }, 77).encode();

const MESSAGES: readonly Message[] = [
  new Ask(MessageKind.peek, 2 ** 40, 2 ** 52 - 1, key, false),
  new Ask(MessageKind.peek, 1, 2, new Uint8Array(0), true),
  new Ask(MessageKind.prepare, 1, 2, key, true, ballot),
  new Ask(MessageKind.accept, 1, 2, key, true, ballot.nextStep(), state),
  { kind: MessageKind.answer, answer: new Answer(1, Outcome.done, 5, ballot, ballot, state) },
  { kind: MessageKind.answer, answer: new Answer(1, Outcome.refused, 0, ballot) },
  { kind: MessageKind.answer, answer: new Answer(1, Outcome.noVote, 0, NO_BALLOT) },
  { kind: MessageKind.hello, disk: 4 },
  { kind: MessageKind.challenge, disk: 4, nonce: 0 },
  { kind: MessageKind.join, disk: 2 ** 48, nonce: 5 },
  { kind: MessageKind.welcome, disk: 4, own: 6, isSuccessor: true },
  { kind: MessageKind.list, number: 3, after: undefined },
  { kind: MessageKind.list, number: 3, after: key },
  { kind: MessageKind.listed, number: 3, keys: [], next: undefined, isWhole: true },
  { kind: MessageKind.listed, number: 3, keys: [key, key], next: key, isWhole: false },
];

function encode(message: Message): Uint8Array {
  if (message.kind === MessageKind.answer) return encodeAnswer(message.answer);
  if (message instanceof Ask) return encodeAsk(message);
  return encodeOther(message);
}

describe("messages between registers", () => {
  test.each(MESSAGES.map((message) => [message.kind, message]))("of kind %i come back", (_, it) => {
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

  test.each([
    ["nothing", new Uint8Array(0)],
    ["an unknown kind", new Uint8Array([11])],
    ["a prepare with a step", encodeAsk(new Ask(2, 1, 1, key, true, ballot.nextStep()))],
    ["an accept without one", encodeAsk(new Ask(3, 1, 1, key, true, ballot, state))],
    ["a state that is none", encodeAsk(new Ask(3, 1, 1, key, true, ballot.nextStep(), key))],
    ["something behind it", new Uint8Array([...encodeAsk(new Ask(1, 1, 1, key, true)), 0])],
  ])("with %s are refused", (_, bytes) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "CLUSTER_MESSAGE" }));
  });
});
