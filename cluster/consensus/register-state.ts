// What a register holds: its value, and what became of the latest requests. This is the state that
// CASPaxos replaces as a whole; the requests are in it so that a retry through another coordinator
// finds what the first try did. A compare-and-set that was refused is one of them: else a first try
// that is late would swap when its client has long been told, by the retry, that it did not.
//
//   state   := value count newestMs request*     value: 0 absent, else length + 1 and the bytes
//   request := client number mark                newest first; mark: twice the ms by which it is
//                                                older than the newest, decided at newestMs, on the
//                                                wall; and one more when it was refused
//
// For example `03 68 69 01 05 07 0c 00` in hexadecimal: the value "hi", written by request 12 of
// client 7, 5 ms into 1970.
//
// How many are kept: the newest 32 always, beyond them those of the last 10 s, 512 at most. A retry
// is taken for a new request, and so done again, only when it comes after 512 other writes of the
// key, or after 32 and more than 10 s after the first try: a client must not retry for that long.
// Times are of the coordinators' clocks on the wall, which only choose what is forgotten: where
// they are seconds apart, fewer than 512 may be kept, but never fewer than 32.
//
// Downside: each write of a key that is written often carries up to 7 kB of requests.

import { messageError } from "../errors.ts";
import { isSameRequest, type RequestId } from "../versioning/version.ts";
import { ByteReader, ByteWriter, type ErrorMaker } from "../versioning/wire.ts";

const REQUESTS_ALWAYS = 32;
const REQUESTS_MAX = 512;
const REMEMBERED_MS = 10_000;
const REQUEST_BYTES_MAX = 3 * 8;

/** A request whose write is in the value, or was overwritten since; or that was refused. */
interface Done extends RequestId {
  readonly isRefused: boolean;
  /** Wall clock of the one who coordinated it; never above that of a later one. */
  readonly atMs: number;
}

/** Immutable. */
export class RegisterState {
  readonly value: Uint8Array | undefined;
  /** Newest first. */
  readonly #done: readonly Done[];

  constructor(value: Uint8Array | undefined, done: readonly Done[] = []) {
    this.value = value;
    this.#done = done;
  }

  /** What became of the request; undefined when nothing did, or it was too long ago. */
  outcomeOf(id: RequestId): "written" | "refused" | undefined {
    for (const done of this.#done) {
      if (isSameRequest(done, id)) return done.isRefused ? "refused" : "written";
    }
    return undefined;
  }

  /** The state after that request wrote `value`; undefined removes. */
  written(value: Uint8Array | undefined, id: RequestId, nowWallMs: number): RegisterState {
    return this.#after(value, id, nowWallMs, false);
  }

  /** The state after that request found another value than it expected. */
  refused(id: RequestId, nowWallMs: number): RegisterState {
    return this.#after(this.value, id, nowWallMs, true);
  }

  #after(
    value: Uint8Array | undefined,
    { client, number }: RequestId,
    nowWallMs: number,
    isRefused: boolean,
  ): RegisterState {
    const newest = this.#done[0];
    const atMs = Math.max(Math.floor(nowWallMs), newest?.atMs ?? 0, 0);
    const done: Done[] = [{ client, number, isRefused, atMs }];
    for (const old of this.#done) {
      if (done.length >= REQUESTS_MAX) break;
      if (done.length >= REQUESTS_ALWAYS && atMs - old.atMs > REMEMBERED_MS) break;
      done.push(old);
    }
    return new RegisterState(value, done);
  }

  encode(): Uint8Array {
    const { value } = this;
    writer.begin(24 + (value?.length ?? 0) + REQUEST_BYTES_MAX * this.#done.length);
    if (value === undefined) writer.number(0);
    else {
      writer.number(value.length + 1);
      writer.copy(value, 0, value.length);
    }
    writer.number(this.#done.length);
    const newestMs = this.#done[0]?.atMs ?? 0;
    writer.number(newestMs);
    for (const { client, number, isRefused, atMs } of this.#done) {
      writer.number(client);
      writer.number(number);
      writer.number(2 * (newestMs - atMs) + (isRefused ? 1 : 0));
    }
    return writer.take();
  }

  /** The value is a view into `bytes`. Throws for anything that `encode` does not make. */
  static decode(bytes: Uint8Array, error: ErrorMaker = messageError): RegisterState {
    const done: Done[] = [];
    const value = readState(bytes, error, done);
    return new RegisterState(value, done);
  }

  /** Throws as `decode` does. */
  static check(bytes: Uint8Array, error: ErrorMaker): void {
    readState(bytes, error, undefined);
  }
}

/** The value; the requests go into `done`. */
function readState(
  bytes: Uint8Array,
  error: ErrorMaker,
  done: Done[] | undefined,
): Uint8Array | undefined {
  const reader = new ByteReader(bytes, 0, error);
  const length = reader.number();
  const start = reader.skip(Math.max(0, length - 1));
  const value = length === 0 ? undefined : bytes.subarray(start, reader.at);
  const count = reader.number();
  if (count > REQUESTS_MAX) reader.fail("more requests than are remembered");
  const newestMs = reader.number();
  if (count === 0 && newestMs > 0) reader.fail("the time of no request");
  let lastMs = newestMs;
  for (let i = 0; i < count; i++) {
    const client = reader.number();
    const number = reader.number();
    const mark = reader.number();
    const atMs = newestMs - Math.floor(mark / 2);
    if (atMs < 0) reader.fail("a request from before all clocks");
    if (i === 0 ? atMs !== newestMs : atMs > lastMs) reader.fail("requests out of order");
    lastMs = atMs;
    done?.push({ client, number, isRefused: mark % 2 === 1, atMs });
  }
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return value;
}

const writer = new ByteWriter();

/** Of a key that nobody wrote. */
export const EMPTY_STATE = new RegisterState(undefined);
