// The bytes of what members say. Numbers and names as in versioning/wire.ts; flags are 0 or 1.
//
//   datagram := 1 cluster boot incarnation part part*     1 is the version of this format
//   part     := kind, then
//     ping, ack, nack    number                       pingRequest   number node
//     alive              node incarnation boot bytes  suspect, dead node incarnation node
//     join               name wall detector           welcome       wall count
//     refused            boot reason name wall        exchange      list
//     state              node state incarnation boot bytes
//     beats              flag count (node incarnation heartbeat)*
//     want               count node*
//   bytes    := length byte*
//
// Downside: every member of a list carries the number of its process, seven bytes that only a
// restart needs.

import { messageError } from "../errors.ts";
import { ByteReader, ByteWriter, NODE_BYTES_MAX } from "../versioning/wire.ts";
import { MemberState } from "./member.ts";
import { type Datagram, Detector, ListKind, type Part, PartKind, Refusal } from "./messages.ts";

const FORMAT = 1;
/** What a node says of itself is at most so long. */
export const META_BYTES_MAX = 128;
/** Beyond it nobody could go above. */
const INCARNATION_BOUND = 2 ** 48;
/** More than a head takes. */
export const HEAD_BYTES_MAX = 1 + 5 + 8 + 7;
/** More than any part takes whose length does not depend on a count. */
const PART_BYTES_MAX = 64 + 2 * (NODE_BYTES_MAX + 1) + META_BYTES_MAX;
/** More than one entry of a counted part takes. */
const ENTRY_BYTES_MAX = NODE_BYTES_MAX + 1 + 7 + 8;

const writer = new ByteWriter();

export function encodePart(part: Part): Uint8Array {
  writer.begin(PART_BYTES_MAX + entriesOf(part) * ENTRY_BYTES_MAX);
  writer.number(part.kind);
  switch (part.kind) {
    case PartKind.ping:
    case PartKind.ack:
    case PartKind.nack:
      writer.number(part.number);
      break;
    case PartKind.pingRequest:
      writer.number(part.number);
      writer.node(part.target);
      break;
    case PartKind.alive:
      writer.node(part.node);
      writeProcess(part);
      break;
    case PartKind.suspect:
    case PartKind.dead:
      writer.node(part.node);
      writer.number(part.incarnation);
      writer.node(part.by);
      break;
    case PartKind.state:
      writer.node(part.node);
      writer.number(part.state);
      writeProcess(part);
      break;
    case PartKind.beats:
      writer.number(part.wantsAnswer ? 1 : 0);
      writer.number(part.beats.length);
      for (const { node, incarnation, heartbeat } of part.beats) {
        writer.node(node);
        writer.number(incarnation);
        writer.number(heartbeat);
      }
      break;
    case PartKind.want:
      writer.number(part.nodes.length);
      for (const node of part.nodes) writer.node(node);
      break;
    default:
      encodeRare(part);
  }
  return writer.take();
}

type RareKind = (typeof PartKind)["join" | "welcome" | "refused" | "exchange"];

function encodeRare(part: Extract<Part, { kind: RareKind }>): void {
  switch (part.kind) {
    case PartKind.join:
      writer.node(part.cluster);
      writer.number(part.wallMs);
      writer.number(part.detector);
      break;
    case PartKind.welcome:
      writer.number(part.wallMs);
      writer.number(part.members);
      break;
    case PartKind.refused:
      writer.number(part.boot);
      writer.number(part.reason);
      writer.node(part.cluster);
      writer.number(part.wallMs);
      break;
    case PartKind.exchange:
      writer.number(part.list);
  }
}

/** Parts as `encodePart` makes them; at least one. */
export function encodeDatagram(
  { cluster, boot, incarnation }: Omit<Datagram, "parts">,
  parts: readonly Uint8Array[],
): Uint8Array {
  let length = HEAD_BYTES_MAX;
  for (const part of parts) length += part.length;
  writer.begin(length);
  writer.number(FORMAT);
  writer.number(cluster);
  writer.number(boot);
  writer.number(incarnation);
  for (const part of parts) writer.copy(part, 0, part.length);
  return writer.take();
}

/**
 * The whole datagram; runs of bytes are views into it.
 * @throws ClusterError CLUSTER_MESSAGE for bytes that are none
 */
export function decode(bytes: Uint8Array): Datagram {
  const reader = new ByteReader(bytes, 0, messageError);
  if (reader.number() !== FORMAT) reader.fail("another format of membership");
  const cluster = reader.number();
  if (cluster >= 2 ** 32) reader.fail("a hash of a cluster beyond 32 bits");
  const boot = reader.number();
  const incarnation = readIncarnation(reader);
  const parts: Part[] = [];
  do parts.push(readPart(reader));
  while (reader.at < bytes.length);
  return { cluster, boot, incarnation, parts };
}

function readPart(reader: ByteReader): Part {
  const kind = reader.number();
  switch (kind) {
    case PartKind.ping:
    case PartKind.ack:
    case PartKind.nack:
      return { kind, number: reader.number() };
    case PartKind.pingRequest:
      return { kind, number: reader.number(), target: reader.node() };
    case PartKind.alive: {
      const node = reader.node();
      return { kind, node, ...readProcess(reader) };
    }
    case PartKind.suspect:
    case PartKind.dead:
      return { kind, node: reader.node(), incarnation: readIncarnation(reader), by: reader.node() };
    case PartKind.state: {
      const node = reader.node();
      const state = readOne(reader, MemberState, "a state of a member that there is not");
      return { kind, node, state, ...readProcess(reader) };
    }
    case PartKind.beats: {
      const flag = reader.number();
      if (flag > 1) reader.fail("a flag that is neither 0 nor 1");
      const beats = readMany(reader, readBeat);
      return { kind, wantsAnswer: flag === 1, beats };
    }
    case PartKind.want:
      return { kind, nodes: readMany(reader, (it) => it.node()) };
    default:
      return readRare(reader, kind);
  }
}

function readRare(reader: ByteReader, kind: number): Part {
  switch (kind) {
    case PartKind.join: {
      const [cluster, wallMs] = [reader.node(), reader.number()];
      return { kind, cluster, wallMs, detector: readOne(reader, Detector, "no detector") };
    }
    case PartKind.welcome:
      return { kind, wallMs: reader.number(), members: reader.number() };
    case PartKind.refused: {
      const boot = reader.number();
      const reason = readOne(reader, Refusal, "no reason to refuse");
      return { kind, boot, reason, cluster: reader.node(), wallMs: reader.number() };
    }
    case PartKind.exchange:
      return { kind, list: readOne(reader, ListKind, "a kind of list that there is not") };
    default:
      return reader.fail("a part of a kind that there is not");
  }
}

interface ProcessFields {
  readonly incarnation: number;
  readonly boot: number;
  readonly meta: Uint8Array;
}

function writeProcess({ incarnation, boot, meta }: ProcessFields): void {
  writer.number(incarnation);
  writer.number(boot);
  writer.number(meta.length);
  writer.copy(meta, 0, meta.length);
}

function readProcess(reader: ByteReader): ProcessFields {
  const incarnation = readIncarnation(reader);
  const boot = reader.number();
  const length = reader.number();
  if (length > META_BYTES_MAX) reader.fail("a node that says too much of itself");
  const start = reader.skip(length);
  return { incarnation, boot, meta: reader.bytes.subarray(start, reader.at) };
}

function readBeat(reader: ByteReader) {
  const node = reader.node();
  return { node, incarnation: readIncarnation(reader), heartbeat: reader.number() };
}

function readIncarnation(reader: ByteReader): number {
  const incarnation = reader.number();
  if (incarnation >= INCARNATION_BOUND) reader.fail("an incarnation beyond 2^48");
  return incarnation;
}

function readMany<Item>(reader: ByteReader, read: (reader: ByteReader) => Item): Item[] {
  const items: Item[] = [];
  for (let left = reader.number(); left > 0; left--) items.push(read(reader));
  return items;
}

/** One of the numbers of a table. */
function readOne<Value extends number>(
  reader: ByteReader,
  table: Readonly<Record<string, Value>>,
  otherwise: string,
): Value {
  const value = reader.number();
  if (!Object.values<number>(table).includes(value)) reader.fail(otherwise);
  return value as Value;
}

function entriesOf(part: Part): number {
  if (part.kind === PartKind.beats) return part.beats.length;
  return part.kind === PartKind.want ? part.nodes.length : 0;
}
