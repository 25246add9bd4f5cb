// What an acceptor remembers of a key, as one record of the engine under that key.
//
//   record := format promised accepted [state]     format: 1; ballots as in ballot.ts
//                                                  state: RegisterState, when something is accepted
//
// Invariants:
//  I1. Nothing is accepted above what is promised.

import assert from "node:assert";
import { corruption } from "../../engines/errors.ts";
import { ByteReader, ByteWriter, type ErrorMaker } from "../versioning/wire.ts";
import {
  BALLOT_BYTES_MAX,
  type Ballot,
  compareBallots,
  NO_BALLOT,
  readBallot,
  writeBallot,
} from "./ballot.ts";
import { RegisterState } from "./register-state.ts";

const FORMAT = 1;

/** Immutable. */
export class VoteRecord {
  readonly promised: Ballot;
  readonly accepted: Ballot;
  /** The bytes of what was accepted; undefined when nothing was. */
  readonly state: Uint8Array | undefined;

  constructor(promised: Ballot, accepted: Ballot, state: Uint8Array | undefined) {
    assert(compareBallots(accepted, promised) <= 0, "I1: the promise covers what is accepted");
    assert((accepted.counter === 0) === (state === undefined), "a state has a ballot");
    this.promised = promised;
    this.accepted = accepted;
    this.state = state;
  }

  encode(): Uint8Array {
    const { promised, accepted, state } = this;
    writer.begin(1 + 2 * BALLOT_BYTES_MAX + (state?.length ?? 0));
    writer.number(FORMAT);
    writeBallot(writer, promised);
    writeBallot(writer, accepted);
    if (state !== undefined) writer.copy(state, 0, state.length);
    return writer.take();
  }

  /** The state is a view into `bytes`. Throws ENGINE_CORRUPTION for what `encode` does not make. */
  static decode(bytes: Uint8Array): VoteRecord {
    const reader = new ByteReader(bytes, 0, recordError);
    if (reader.number() !== FORMAT) reader.fail("a record of votes in a format that is not known");
    const promised = readBallot(reader);
    const accepted = readBallot(reader);
    if (compareBallots(accepted, promised) > 0) reader.fail("more is accepted than promised");
    const state = accepted.counter === 0 ? undefined : bytes.subarray(reader.at);
    if (state === undefined && reader.at !== bytes.length) reader.fail("a state without a ballot");
    if (state !== undefined) RegisterState.check(state, recordError);
    return new VoteRecord(promised, accepted, state);
  }
}

const writer = new ByteWriter();

const recordError: ErrorMaker = (position, what) => corruption("a record of votes", position, what);

/** Of a key on which this disk never voted. */
export const NO_VOTES = new VoteRecord(NO_BALLOT, NO_BALLOT, undefined);
