// Which answers make a quorum, and when the question is put again; and which ballots may be gone on
// from without one.

import { describe, expect, test } from "vitest";
import { Ballot, NO_BALLOT } from "../../../cluster/consensus/ballot.ts";
import { decode } from "../../../cluster/consensus/codec.ts";
import { Electorate } from "../../../cluster/consensus/electorate.ts";
import { Leads } from "../../../cluster/consensus/leads.ts";
import { Answer, Ask, MessageKind, Outcome } from "../../../cluster/consensus/messages.ts";
import { type Poll, Polls } from "../../../cluster/consensus/poll.ts";
import { EMPTY_STATE } from "../../../cluster/consensus/register-state.ts";
import { VoteRecord } from "../../../cluster/consensus/vote-record.ts";
import type { NodeProbes, Runtime } from "../../../cluster/runtime.ts";
import { Random } from "../../../workloads/random.ts";

const probes: NodeProbes = { buggify: () => false, mark: () => {}, isPlanted: () => false };
const at = (counter: number) => new Ballot(counter, "n1", counter, 1);
const state = EMPTY_STATE.encode();

function open(electorate = new Electorate(["n1", "n2", "n3"], [])) {
  const sent: string[] = [];
  const timers: (() => void)[] = [];
  const heard: string[] = [];
  const plan = { now: electorate };
  const runtime = {
    ...{ nodeId: "n1", probes, random: new Random(1) },
    timers: {
      after: (_ms: number, callback: () => void) => {
        timers.push(callback);
        return () => timers.splice(timers.indexOf(callback), 1);
      },
    },
  } as unknown as Runtime;
  const polls = new Polls({
    runtime,
    electorateOf: () => plan.now,
    askHere: () => sent.push("n1"),
    send: (to, payload) => {
      expect(decode(payload)).toBeInstanceOf(Ask);
      sent.push(to);
    },
  });
  const listener = {
    onAnswer: () => heard.push("answer"),
    onRound: () => heard.push("round"),
    onOtherPlan: () => heard.push("plan"),
  };
  const key = new Uint8Array([1]);
  const poll = polls.begin({ kind: MessageKind.peek, electorate, key }, listener);
  poll.start();
  return { poll, polls, sent, timers, heard, plan };
}

function done(poll: Poll, roll: number, accepted = NO_BALLOT, promised = accepted): Answer {
  const shown = accepted.counter === 0 ? undefined : state;
  return new Answer(poll.number, Outcome.done, roll, promised, accepted, shown);
}

describe("a poll", () => {
  test("has a quorum when a majority answered with one roll", () => {
    const { poll } = open();
    poll.take("n1", done(poll, 5));
    poll.take("n2", done(poll, 6));
    expect(poll.quorum()).toBe(0);
    poll.take("n3", done(poll, 6));
    expect(poll.quorum()).toBe(0b110);
    expect(poll.agreeing(5)).toBe(0b001);
  });

  test("counts a member's newest answer, once, and nobody else's", () => {
    const { poll } = open();
    poll.take("n1", done(poll, 5));
    poll.take("n1", done(poll, 5));
    poll.take("n9", done(poll, 5));
    expect(poll.quorum()).toBe(0);
    poll.take("n2", done(poll, 5));
    expect(poll.quorum()).toBe(0b011);
    poll.take("n2", new Answer(poll.number, Outcome.noVote));
    expect(poll.quorum()).toBe(0);
  });

  test("stands at a ballot where just that was accepted and nothing above it promised", () => {
    const { poll } = open();
    poll.take("n1", done(poll, 5, at(3)));
    poll.take("n2", done(poll, 5, at(3), at(4)));
    expect(poll.quorum()).toBe(0b011);
    expect(poll.quorum(at(3))).toBe(0);
    expect(poll.promised(0b011)).toEqual(at(4));
    expect(poll.counter).toBe(4);
    poll.take("n3", done(poll, 5, at(3)));
    expect(poll.quorum(at(3))).toBe(0b101);
    poll.take("n3", done(poll, 6, at(3)));
    expect(poll.quorum(at(3))).toBe(0);
    expect(poll.newest(0b011).accepted).toEqual(at(3));
  });

  test("is lost when so many refused that no majority is left", () => {
    const { poll } = open();
    const refused = new Answer(poll.number, Outcome.refused, 0, at(9));
    poll.take("n1", refused);
    expect(poll.isLost).toBe(false);
    poll.take("n3", refused);
    expect(poll.isLost).toBe(true);
    expect(poll.counter).toBe(9);
  });

  test("asks those again that did not answer, and all when they do not agree", () => {
    const { poll, polls, sent, timers, heard } = open();
    expect(sent.splice(0)).toEqual(["n2", "n3", "n1"]);
    polls.take("n1", done(poll, 5));
    polls.take("n2", new Answer(poll.number, Outcome.noVote));
    polls.take("n3", new Answer(poll.number + 1, Outcome.done));
    timers.shift()!();
    expect(sent.splice(0)).toEqual(["n2", "n3"]);
    polls.take("n2", done(poll, 6));
    polls.take("n3", done(poll, 7));
    timers.shift()!();
    expect(sent.splice(0)).toEqual(["n2", "n3", "n1"]);
    poll.end();
    polls.take("n1", done(poll, 7));
    expect(timers).toEqual([]);
    expect(heard).toEqual(["answer", "answer", "round", "answer", "answer", "round"]);
  });

  test("is told of another plan before it asks again", () => {
    const { sent, timers, heard, plan } = open();
    sent.length = 0;
    plan.now = new Electorate(["n1", "n2", "n4"], []);
    timers.shift()!();
    expect(heard).toEqual(["plan"]);
    expect(sent).toEqual([]);
  });
});

describe("a lead", () => {
  const mine = at(3);
  const stands = new VoteRecord(mine, mine, state);
  test.each([
    ["is gone on from once", 7, stands, mine],
    ["holds under no other plan", 8, stands, undefined],
    ["ends with a higher promise", 7, new VoteRecord(at(4), mine, state), undefined],
    ["ends with a later state", 7, new VoteRecord(at(4), at(4), state), undefined],
    ["needs the state", 7, undefined, undefined],
  ])("%s", (_, plan, record, expected) => {
    const leads = new Leads();
    leads.keep("k", mine, 7);
    expect(leads.take("l", 7, stands)).toBeUndefined();
    expect(leads.take("k", plan, record)).toEqual(expected);
    expect(leads.take("k", 7, stands)).toBeUndefined();
  });

  test("is forgotten when there are many younger ones", () => {
    const leads = new Leads();
    for (let i = 0; i < 4097; i++) leads.keep(`k${i}`, mine, 7);
    expect(leads.take("k0", 7, stands)).toBeUndefined();
    expect(leads.take("k1", 7, stands)).toEqual(mine);
    expect(leads.take("k4096", 7, stands)).toEqual(mine);
  });
});
