// The votes of one disk: the acceptor of CASPaxos (Rystsov, "CASPaxos: Replicated State Machines
// without logs", 2018, section 2.2), for all keys of a keyspace.
//
// Steps of a vote:
//  1. Who asks must know the same plan, and this disk must be one that may vote (standing.ts).
//  2. The record of the key is read. Where it may have been lost, recovery.ts sees to it.
//  3. A promise or a state that is not below what was promised is written.
//  4. The answer leaves when the record that it tells of is durable.
//
// Invariants:
//  I1. What is promised for a key never goes back, nor what is accepted.
//  I2. An answer tells of nothing that a loss of power could take back.
//  I3. Between the read of a record and its write nobody else writes it.

import assert from "node:assert";
import { EngineError } from "../../engines/errors.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { compareBallots } from "./ballot.ts";
import type { Electorate } from "./electorate.ts";
import { keyText } from "./key-text.ts";
import { Answer, type Ask, MessageKind, Outcome } from "./messages.ts";
import type { RecordTable } from "./record-table.ts";
import type { Standing } from "./standing.ts";
import { NO_VOTES, VoteRecord } from "./vote-record.ts";

const REFUSE_LATE_MS = 20;

export interface AcceptorParts {
  readonly runtime: Runtime;
  readonly records: RecordTable;
  readonly standing: Standing;
  readonly electorateOf: (key: Uint8Array) => Electorate;
  readonly answer: (to: NodeId, answer: Answer) => void;
  /** A record may have been lost: get it from the others. */
  readonly recover: (text: string, key: Uint8Array) => void;
  readonly watch: (work: Promise<unknown>) => void;
}

/** An ask on its way to an answer. */
interface Case {
  readonly from: NodeId;
  readonly ask: Ask;
  readonly electorate: Electorate;
  /** Of the key. */
  readonly text: string;
}

export class Acceptor {
  readonly #parts: AcceptorParts;
  /** By the text of a key whose record is being read: when the last of its readers is done. */
  readonly #reading = new Map<string, Promise<unknown>>();

  constructor(parts: AcceptorParts) {
    this.#parts = parts;
  }

  receive(from: NodeId, ask: Ask): void {
    const { runtime, standing, electorateOf } = this.#parts;
    const electorate = electorateOf(ask.key);
    if (electorate.plan !== ask.plan || electorate.indexOf(runtime.nodeId) < 0) {
      runtime.probes.mark("consensus plans differ");
      this.#abstain(from, ask);
      return;
    }
    if (!standing.isKnownTo(electorate.members)) {
      runtime.probes.mark("consensus disk is not known yet");
      this.#abstain(from, ask);
      return;
    }
    const text = keyText(ask.key);
    const asked: Case = { from, ask, electorate, text };
    if (this.#reading.has(text)) {
      this.#inTurn(text, ask.key, (record) => this.#vote(asked, record));
      return;
    }
    const record = this.#read(text, ask.key);
    if (record instanceof Promise) this.#inTurn(text, ask.key, (it) => this.#vote(asked, it));
    else this.#vote(asked, record);
  }

  /** The newest record of a key, where there is one and it can be had at once. */
  recordNow(text: string, key: Uint8Array): VoteRecord | undefined {
    if (this.#reading.has(text)) return undefined;
    const record = this.#read(text, key);
    return record instanceof Promise || record === UNREADABLE ? undefined : record;
  }

  /** Whether there is a record of the key that a loss of power leaves there. */
  async keeps(text: string, key: Uint8Array): Promise<boolean> {
    const record = await this.#read(text, key);
    return record !== undefined && (await this.#parts.records.settled(text)) !== false;
  }

  /** Takes a record that others gave together, if there is still none. */
  install(text: string, key: Uint8Array, record: VoteRecord): void {
    this.#inTurn(text, key, (held) => {
      if (held === undefined) this.#parts.records.write(text, key, record);
    });
  }

  #vote(asked: Case, held: VoteRecord | undefined): void {
    const { standing, recover, runtime } = this.#parts;
    const { from, ask, electorate, text } = asked;
    if (held === UNREADABLE) {
      this.#abstain(from, ask);
      return;
    }
    if (held === undefined && !standing.trustsAbsence(electorate)) {
      runtime.probes.mark("consensus record may be lost");
      recover(text, ask.key);
      this.#abstain(from, ask);
      return;
    }
    const record = held ?? NO_VOTES;
    switch (ask.kind) {
      case MessageKind.peek:
        this.#confirm(asked, record);
        return;
      case MessageKind.prepare:
        this.#promise(asked, record);
        return;
      case MessageKind.accept:
        this.#accept(asked, record);
        return;
    }
  }

  #promise(asked: Case, record: VoteRecord): void {
    const { records, runtime } = this.#parts;
    const { ask, text } = asked;
    const order = compareBallots(ask.ballot, record.promised);
    if (order < 0) {
      this.#refuse(asked, record);
      return;
    }
    // Asked again: the promise is there already.
    if (order === 0) {
      this.#confirm(asked, record);
      return;
    }
    const promised = new VoteRecord(ask.ballot, record.accepted, record.state);
    if (!runtime.probes.isPlanted("consensus-no-promise")) records.write(text, ask.key, promised);
    this.#confirm(asked, promised);
  }

  #accept(asked: Case, record: VoteRecord): void {
    const { ballot, key, state } = asked.ask;
    if (compareBallots(ballot, record.promised) < 0) {
      this.#refuse(asked, record);
      return;
    }
    const order = compareBallots(record.accepted, ballot);
    assert(order <= 0, "I1: what is accepted does not go back");
    if (order === 0) {
      this.#confirm(asked, record);
      return;
    }
    const accepted = new VoteRecord(ballot, ballot, state);
    this.#parts.records.write(asked.text, key, accepted);
    this.#confirm(asked, accepted);
  }

  /** I2: tells of the record, once it is durable. */
  #confirm(asked: Case, record: VoteRecord): void {
    const { records, watch } = this.#parts;
    const settled = records.settled(asked.text);
    if (settled === undefined) this.#tell(asked, record, records.isSound);
    else watch(settled.then((isDurable) => this.#tell(asked, record, isDurable)));
  }

  #tell({ from, ask, electorate }: Case, record: VoteRecord, isDurable: boolean): void {
    if (!isDurable) {
      this.#abstain(from, ask);
      return;
    }
    const { standing, answer } = this.#parts;
    const { promised, accepted, state } = record;
    const roll = electorate.roll(standing);
    const shown = ask.wantsState ? state : undefined;
    answer(from, new Answer(ask.number, Outcome.done, roll, promised, accepted, shown));
  }

  #refuse({ from, ask }: Case, { promised }: VoteRecord): void {
    const { runtime, answer } = this.#parts;
    runtime.probes.mark("consensus refused a ballot");
    const refused = new Answer(ask.number, Outcome.refused, 0, promised);
    if (!runtime.probes.buggify("consensus refuses late")) {
      answer(from, refused);
      return;
    }
    runtime.timers.after(REFUSE_LATE_MS, () => answer(from, refused));
  }

  #abstain(from: NodeId, ask: Ask): void {
    this.#parts.answer(from, new Answer(ask.number, Outcome.noVote));
  }

  /** I3: one after the other, for engines that read elsewhere. */
  #inTurn(text: string, key: Uint8Array, use: (record: VoteRecord | undefined) => void): void {
    const before = this.#reading.get(text) ?? Promise.resolve();
    const done = before
      .then(() => this.#read(text, key))
      .then(use)
      .finally(() => {
        if (this.#reading.get(text) === done) this.#reading.delete(text);
      });
    this.#reading.set(text, done);
    this.#parts.watch(done);
  }

  #read(text: string, key: Uint8Array): VoteRecord | undefined | Promise<VoteRecord | undefined> {
    try {
      const record = this.#parts.records.read(text, key);
      return record instanceof Promise ? record.catch((error) => this.#unreadable(error)) : record;
    } catch (error) {
      return this.#unreadable(error);
    }
  }

  /** What cannot be read is not voted on: others hold it too. */
  #unreadable(error: unknown): VoteRecord {
    if (!(error instanceof EngineError)) throw error;
    this.#parts.runtime.probes.mark("consensus record cannot be read");
    return UNREADABLE;
  }
}

/** Stands for a record that cannot be read; told by its identity. */
const UNREADABLE = new VoteRecord(NO_VOTES.promised, NO_VOTES.accepted, undefined);
