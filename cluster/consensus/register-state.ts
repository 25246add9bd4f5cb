// What a register holds: its value, and what became of the latest requests. This is the state that
// CASPaxos replaces as a whole; the requests are in it so that a retry through another coordinator
// finds what the first try did. A compare-and-set that was refused is one of them: else a first try
// that is late would swap when its client has long been told, by the retry, that it did not.
//
//   state   := value count forgotten newestMs request*
//   value   := 0 absent, else length + 1 and the bytes
//   request := client number mark        newest first, that one decided at newestMs, on the wall
//   client  := 0 and its number the first time, then which of those clients it is, from 1
//   mark    := twice the ms by which it is older than the request before it in this list, and one
//              more when it was refused
//
// For example `03 68 69 02 00 05 00 07 0c 00 01 0b 03` in hexadecimal: the value "hi", written by
// request 12 of client 7, 5 ms into 1970, and 1 ms after request 11 of it had been refused; no
// other was ever decided.
//
// How many are kept: the newest 32 always, beyond them those of the last 30 s, 1024 at most. What
// is forgotten was decided before all that is kept, and is counted, so that the state tells which
// requests it cannot have forgotten; what it can have, request.ts refuses to do.
//
// Times are of the coordinators' clocks on the wall. They choose what is forgotten, and date what
// is kept, for which request.ts allows clocks to differ by a margin. A clock that is behind by more
// only has retries refused that are new. One that is ahead by more may let a retry of a key with
// many writes be done again: such clocks must be kept together.
//
// Downside: each write of a key that is written often carries 5 to 13 kB of requests, by how many
// clients they are of.

import { messageError } from "../errors.ts";
import { isSameRequest, type RequestId } from "../versioning/version.ts";
import { ByteReader, ByteWriter, type ErrorMaker } from "../versioning/wire.ts";

const REQUESTS_ALWAYS = 32;
const REQUESTS_MAX = 1024;
const REMEMBERED_MS = 30_000;
const REQUEST_BYTES_MAX = 1 + 3 * 8;

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
  readonly #forgotten: number;

  constructor(value: Uint8Array | undefined, done: readonly Done[] = [], forgotten = 0) {
    this.value = value;
    this.#done = done;
    this.#forgotten = forgotten;
  }

  /** How many requests were decided until this state. */
  get decided(): number {
    return this.#forgotten + this.#done.length;
  }

  /** What became of the request; undefined when nothing did, or it was too long ago. */
  outcomeOf(id: RequestId): "written" | "refused" | undefined {
    for (const done of this.#done) {
      if (isSameRequest(done, id)) return done.isRefused ? "refused" : "written";
    }
    return undefined;
  }

  /** Whether it may have forgotten a request that was decided then or later, on the wall. */
  mayHaveForgotten(sinceWallMs: number): boolean {
    return this.#forgotten > 0 && this.#done.at(-1)!.atMs >= sinceWallMs;
  }

  /** Whether it knows every request but the first `decided`. */
  knowsAllAfter(decided: number): boolean {
    return this.#forgotten <= decided;
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
    return new RegisterState(value, done, this.decided + 1 - done.length);
  }

  encode(): Uint8Array {
    const { value } = this;
    writer.begin(32 + (value?.length ?? 0) + REQUEST_BYTES_MAX * this.#done.length);
    if (value === undefined) writer.number(0);
    else {
      writer.number(value.length + 1);
      writer.copy(value, 0, value.length);
    }
    writer.number(this.#done.length);
    writer.number(this.#forgotten);
    const newestMs = this.#done[0]?.atMs ?? 0;
    writer.number(newestMs);
    let lastMs = newestMs;
    const ranks = new Map<number, number>();
    for (const { client, number, isRefused, atMs } of this.#done) {
      const rank = ranks.get(client);
      writer.number(rank ?? 0);
      if (rank === undefined) {
        writer.number(client);
        ranks.set(client, ranks.size + 1);
      }
      writer.number(number);
      writer.number(2 * (lastMs - atMs) + (isRefused ? 1 : 0));
      lastMs = atMs;
    }
    return writer.take();
  }

  /** The value is a view into `bytes`. Throws for anything that `encode` does not make. */
  static decode(bytes: Uint8Array, error: ErrorMaker = messageError): RegisterState {
    const done: Done[] = [];
    const { value, forgotten } = readState(bytes, error, done);
    return new RegisterState(value, done, forgotten);
  }

  /** Throws as `decode` does. */
  static check(bytes: Uint8Array, error: ErrorMaker): void {
    readState(bytes, error, undefined);
  }
}

/** The requests go into `done`. */
function readState(
  bytes: Uint8Array,
  error: ErrorMaker,
  done: Done[] | undefined,
): { readonly value: Uint8Array | undefined; readonly forgotten: number } {
  const reader = new ByteReader(bytes, 0, error);
  const length = reader.number();
  const start = reader.skip(Math.max(0, length - 1));
  const value = length === 0 ? undefined : bytes.subarray(start, reader.at);
  const count = reader.number();
  if (count > REQUESTS_MAX) reader.fail("more requests than are remembered");
  const forgotten = reader.number();
  if (forgotten > 0 && count < REQUESTS_ALWAYS) reader.fail("more was forgotten than may be");
  const newestMs = reader.number();
  if (count === 0 && newestMs > 0) reader.fail("the time of no request");
  let lastMs = newestMs;
  const clients = new ClientList();
  for (let i = 0; i < count; i++) {
    const client = clients.read(reader);
    const number = reader.number();
    const mark = reader.number();
    const atMs = lastMs - Math.floor(mark / 2);
    if (atMs < 0) reader.fail("a request from before all clocks");
    if (i === 0 && atMs !== newestMs) reader.fail("the newest request is older than it is");
    lastMs = atMs;
    done?.push({ client, number, isRefused: mark % 2 === 1, atMs });
  }
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return { value, forgotten };
}

/** Those of the requests so far. */
class ClientList {
  readonly #clients: number[] = [];
  readonly #known = new Set<number>();

  read(reader: ByteReader): number {
    const rank = reader.number();
    if (rank > this.#clients.length) reader.fail("a client that is not in the list");
    if (rank > 0) return this.#clients[rank - 1]!;
    const client = reader.number();
    if (this.#known.has(client)) reader.fail("a client that is twice in the list");
    this.#known.add(client);
    this.#clients.push(client);
    return client;
  }
}

const writer = new ByteWriter();

/** Of a key that nobody wrote. */
export const EMPTY_STATE = new RegisterState(undefined);
