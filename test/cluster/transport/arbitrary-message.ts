// Messages of every kind for the tests of the codec: short and long fields, numbers up to the last.

import fc from "fast-check";
import { CLUSTER_ERROR_CODES } from "../../../cluster/errors.ts";
import { type Consistency, LEVELS } from "../../../cluster/replication/consistency.ts";
import {
  type AnswerMessage,
  Kind,
  type ManyEntry,
  type Message,
  type ReadMode,
  Status,
} from "../../../cluster/transport/message.ts";

const number = fc.oneof(fc.nat(200), fc.maxSafeNat());
const bytes = fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 300 }));
const maybeBytes = fc.option(bytes, { nil: undefined });
const list = fc.array(bytes, { maxLength: 4 });
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const names = fc.array(name, { maxLength: 4 });
const id = fc.record({ client: number.map((value) => Math.max(1, value)), number });
const code = fc.constantFrom(...CLUSTER_ERROR_CODES);
const text = fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.toWellFormed());
const status = fc.constantFrom(...Object.values(Status));

const count = number.map((value) => Math.min(value, Number.MAX_SAFE_INTEGER - 1));
const consistency: fc.Arbitrary<Consistency> = fc.record(
  { level: fc.constantFrom(...LEVELS), count, primaries: count },
  { requiredKeys: [] },
);

const mode: fc.Arbitrary<ReadMode> = fc.record({
  fanOut: fc.constantFrom("all", "r"),
  digests: fc.boolean(),
  repair: fc.constantFrom("background", "blocking", "off"),
  hedge: fc.boolean(),
});

const asked = { attempt: number, epoch: number, keyspace: name, timeoutMs: number };
const times = { ageMs: number, aloneMs: number };
const replicaAsked = { number, epoch: number, keyspace: name };

const error: fc.Arbitrary<AnswerMessage["error"]> = fc.option(
  fc.record({ code, text, fate: fc.constantFrom("not-done", "unknown") }),
  { nil: undefined },
);
const head = {
  attempt: number,
  error,
  answeredBy: fc.record({ primaries: names, fallbacks: names }),
};

const entry: fc.Arbitrary<ManyEntry> = fc.record(
  { key: bytes, values: list, context: maybeBytes, error: fc.record({ code, text }) },
  { requiredKeys: ["key", "values", "context"] },
);

type KindName = keyof typeof Kind;

const scanPartRows = fc.array(fc.tuple(bytes, bytes), { maxLength: 4 });

/** One for each kind, so that a new kind without one does not compile. */
export const messagesByKind: Readonly<Record<KindName, fc.Arbitrary<Message>>> = {
  get: fc.record({ kind: fc.constant(Kind.get), ...asked, key: bytes, consistency, mode }),
  put: fc.record({
    ...{ kind: fc.constant(Kind.put), ...asked, key: bytes, value: maybeBytes },
    ...{ context: maybeBytes, id, ...times, consistency, wantsValues: fc.boolean() },
  }),
  compareAndSet: fc.record({
    ...{ kind: fc.constant(Kind.compareAndSet), ...asked, key: bytes },
    ...{ expected: maybeBytes, value: maybeBytes, id, ...times },
  }),
  getMany: fc.record({ kind: fc.constant(Kind.getMany), ...asked, keys: list, consistency, mode }),
  scan: fc.record({
    ...{ kind: fc.constant(Kind.scan), ...asked, from: bytes, to: maybeBytes },
    ...{ limit: number.map((value) => Math.max(1, value)), consistency },
  }),
  answer: fc.record({
    ...{ kind: fc.constant(Kind.answer), ...head, values: list, context: maybeBytes },
    isSwapped: fc.boolean(),
  }),
  manyAnswer: fc.record({
    ...{ kind: fc.constant(Kind.manyAnswer), ...head },
    ...{ entries: fc.array(entry, { maxLength: 4 }), next: maybeBytes },
  }),
  read: fc.record({
    ...{ kind: fc.constant(Kind.read), ...replicaAsked, key: bytes },
    ...{ isDigest: fc.boolean(), isDurable: fc.boolean() },
  }),
  readAnswer: fc.record({
    ...{ kind: fc.constant(Kind.readAnswer), number, status, isDigest: fc.boolean() },
    ...{ digest: number, set: maybeBytes },
  }),
  mint: fc.record({
    ...{ kind: fc.constant(Kind.mint), ...replicaAsked, key: bytes, value: maybeBytes },
    ...{ context: maybeBytes, id, standsInFor: fc.option(name, { nil: undefined }) },
  }),
  mintAnswer: fc.record({ number, status, bytes }).map(({ bytes: set, ...rest }) => ({
    ...{ kind: Kind.mintAnswer, ...rest },
    set: rest.status === Status.ok ? set : undefined,
  })),
  merge: fc.record({
    ...{ kind: fc.constant(Kind.merge), ...replicaAsked, key: bytes, set: bytes },
    standsInFor: fc.option(name, { nil: undefined }),
  }),
  mergeAnswer: fc.record({ kind: fc.constant(Kind.mergeAnswer), number, status }),
  scanPart: fc.record({
    ...{ kind: fc.constant(Kind.scanPart), ...replicaAsked, from: bytes, to: maybeBytes },
    ...{ limit: number.filter((it) => it > 0), vnodes: fc.array(number, { maxLength: 6 }) },
  }),
  scanPartAnswer: fc
    .record({ number, status, rows: scanPartRows, hasMore: fc.boolean() })
    .map(({ rows, ...rest }) => ({
      ...{ kind: Kind.scanPartAnswer, ...rest, hasMore: rest.hasMore && rows.length > 0 },
      ...{ keys: rows.map(([key]) => key), sets: rows.map(([, set]) => set) },
    })),
  consensus: fc.record({ kind: fc.constant(Kind.consensus), keyspace: name, payload: bytes }),
  plan: fc.record({ kind: fc.constant(Kind.plan), keyspace: name, payload: bytes }),
  entropy: fc.record({ kind: fc.constant(Kind.entropy), keyspace: name, payload: bytes }),
};
