// What a reader gets of a set that has one living version, straight from the set's bytes: the same
// as to decode the set, read it and encode the context (codec.ts, context.ts), without an object
// for each entry and slot. Most sets are of this kind.
//
// Steps:
//  1. Go over the entries, and write those of the context beside it: the same, with every slot
//     superseded.
//  2. Give up at a second living version, a tombstone, a timestamp or anything that is not plain:
//     the general way then decides, and finds the error if there is one.

import { PolicyTag } from "./codec.ts";
import { beginContext, takeContext } from "./context.ts";
import { stateError } from "./errors.ts";
import type { PolicyName } from "./policy.ts";
import { VersionState } from "./version.ts";
import { ByteReader, ByteWriter } from "./wire.ts";

export interface QuickReading {
  /** A view into the set. */
  readonly value: Uint8Array;
  /** As `encodeContext` makes it. */
  readonly context: Uint8Array;
}

/** Under `lww` every version has a timestamp. */
const TAGS: Readonly<Record<PolicyName, PolicyTag | undefined>> = {
  dvv: PolicyTag.dvv,
  "vector-clock": PolicyTag.vectorClock,
  lww: undefined,
};

const reader = new ByteReader(new Uint8Array(0), 0, stateError);
const writer = new ByteWriter();

/** Undefined when the set is not of this kind, or of another policy. Throws VERSION_STATE. */
export function readQuickly(set: Uint8Array, policy: PolicyName): QuickReading | undefined {
  if (set[0] !== TAGS[policy]) return undefined;
  reader.bytes = set;
  reader.at = 1;
  // A slot of the context is no longer than that of the set.
  beginContext(writer, set.length, 0, 0);
  const count = reader.number();
  writer.number(count);
  let value: Uint8Array | undefined;
  let [node, epoch] = ["", -1];
  for (let i = 0; i < count; i++) {
    const start = reader.at;
    const before = node;
    const epochBefore = epoch;
    node = reader.node();
    epoch = reader.number();
    if (node < before || (node === before && epoch <= epochBefore)) return undefined;
    const counter = reader.number();
    const slots = reader.number();
    if (counter === 0 || slots > counter) return undefined;
    writer.copy(set, start, reader.at);
    for (let k = 0; k < slots; k++) {
      const state = reader.number();
      const id = reader.at;
      if (reader.number() === 0) return undefined;
      reader.number();
      writer.number(VersionState.superseded);
      writer.copy(set, id, reader.at);
      if (state === VersionState.superseded) continue;
      if (state !== VersionState.value || value !== undefined) return undefined;
      const length = reader.number();
      const at = reader.skip(length);
      value = set.subarray(at, at + length);
    }
  }
  if (value === undefined || reader.at !== set.length) return undefined;
  return { value, context: takeContext(writer) };
}
