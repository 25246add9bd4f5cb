// The bytes of a set of versions, as they stand in an engine and travel between replicas.
//
//   set     := policy entries                  policy: one byte, PolicyTag; numbers as in wire.ts
//   entries := count entry*                    in ascending order of actors
//   entry   := node epoch counter count slot*  node: length, ASCII; slots newest first, <= counter
//   slot    := flags client number [timeMs timeCounter] [length value]
//   flags   := 0 superseded | 1 value | 2 tombstone, + 4 with a timestamp (only when alive)
//
// For example `01 01 01 61 02 05 02 01 07 0c 02 68 69 00 07 0b` in hexadecimal: policy dvv, one
// entry, node "a", epoch 2, counter 5, two slots; the first is a value of client 7, request 12, two
// bytes "hi"; the second only remembers client 7, request 11.
//
// Downsides: a remembered request costs some ten bytes, and a node's name stands in every entry.

import { type DvvSet, EMPTY_SET, Entry } from "./dvv-set.ts";
import { stateError } from "./errors.ts";
import { compareActors } from "./vector-clock.ts";
import { isLive, Version, VersionState } from "./version.ts";
import { ByteReader, ByteWriter, NODE_BYTES_MAX } from "./wire.ts";

/** The first byte: another policy's bytes are refused. */
export const PolicyTag = { dvv: 1, vectorClock: 2, lww: 3 } as const;
export type PolicyTag = (typeof PolicyTag)[keyof typeof PolicyTag];

const TIMED = 4;
const STATE_MASK = 3;
/** Upper bounds: a node, three numbers and a few small ones; five numbers and the flags. */
const ENTRY_BYTES_MAX = NODE_BYTES_MAX + 1 + 3 * 8;
const SLOT_BYTES_MAX = 1 + 5 * 8;

const writer = new ByteWriter();

/** The bytes of a set without anonymous values. */
export function encodeSet(set: DvvSet, tag: PolicyTag): Uint8Array {
  writer.begin(9 + entriesBytesMax(set.entries));
  writer.number(tag);
  writeEntries(writer, set.entries);
  return writer.take();
}

/**
 * The set; its values are views into `bytes`, which must not change as long as it lives.
 * Throws VERSION_STATE for anything that `encodeSet` does not make.
 */
export function decodeSet(bytes: Uint8Array, tag: PolicyTag): DvvSet {
  const reader = new ByteReader(bytes, 1, stateError);
  if (bytes[0] !== tag) {
    reader.at = 0;
    reader.fail(`it begins with ${bytes[0]}, not with ${tag}: another policy wrote it, or nobody`);
  }
  const entries = readEntries(reader);
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return { entries, anonymous: EMPTY_SET.anonymous };
}

/** No more bytes than this are written for them. */
export function entriesBytesMax(entries: readonly Entry[]): number {
  let total = 8;
  for (const { slots } of entries) {
    total += ENTRY_BYTES_MAX + slots.length * SLOT_BYTES_MAX;
    for (let i = 0; i < slots.length; i++) total += slots[i]!.end - slots[i]!.start;
  }
  return total;
}

export function writeEntries(out: ByteWriter, entries: readonly Entry[]): void {
  out.number(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { node, epoch, counter, slots } = entries[i]!;
    out.node(node);
    out.number(epoch);
    out.number(counter);
    out.number(slots.length);
    for (let k = 0; k < slots.length; k++) writeSlot(out, slots[k]!);
  }
}

function writeSlot(out: ByteWriter, slot: Version): void {
  const isTimed = isLive(slot) && (slot.timeMs !== 0 || slot.timeCounter !== 0);
  out.number(slot.state | (isTimed ? TIMED : 0));
  out.number(slot.client);
  out.number(slot.number);
  if (isTimed) {
    out.number(slot.timeMs);
    out.number(slot.timeCounter);
  }
  if (slot.state !== VersionState.value) return;
  out.number(slot.end - slot.start);
  out.copy(slot.bytes, slot.start, slot.end);
}

export function readEntries(reader: ByteReader): Entry[] {
  const count = reader.number();
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const node = reader.node();
    const epoch = reader.number();
    const counter = reader.number();
    const slotCount = reader.number();
    if (counter === 0) reader.fail("an actor of whom nothing is known");
    if (slotCount > counter) reader.fail("an actor with more events than it counts");
    const slots: Version[] = [];
    for (let k = 0; k < slotCount; k++) slots.push(readSlot(reader));
    const entry = new Entry({ node, epoch }, counter, slots);
    if (i > 0 && compareActors(entries[i - 1]!, entry) >= 0) reader.fail("actors out of order");
    entries.push(entry);
  }
  return entries;
}

function readSlot(reader: ByteReader): Version {
  const flags = reader.number();
  const state = flags & STATE_MASK;
  if (flags > (STATE_MASK | TIMED) || state > VersionState.tombstone || flags === TIMED) {
    reader.fail(`flags of an event that do not exist: ${flags}`);
  }
  const client = reader.number();
  const number = reader.number();
  if (client === 0) reader.fail("an event of client 0, who is nobody");
  let timeMs = 0;
  let timeCounter = 0;
  if (flags >= TIMED) {
    timeMs = reader.number();
    timeCounter = reader.number();
    if (timeMs === 0 && timeCounter === 0) reader.fail("a timestamp that says nothing");
  }
  const length = state === VersionState.value ? reader.number() : 0;
  const start = reader.skip(length);
  return new Version(
    client,
    number,
    state as VersionState,
    reader.bytes,
    start,
    start + length,
    timeMs,
    timeCounter,
  );
}
