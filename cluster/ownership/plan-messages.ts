// What nodes tell each other of who owns what. Numbers and names as in versioning/wire.ts;
// `cluster` is a name, `text` a length and the text of ownership-text.ts.
//
//   ask     := 1 cluster epoch         what is newer than this epoch? 0: I have nothing
//   tell    := 2 cluster text
//   poll    := 3 cluster epoch         do you know this epoch, and may it be left for the next?
//   polled  := 4 cluster epoch flag    what I know, and whether it may be left
//   foreign := 5 cluster               you asked another cluster: this one

import { messageError } from "../errors.ts";
import { ByteReader, ByteWriter, NODE_BYTES_MAX } from "../versioning/wire.ts";

const PlanKind = { ask: 1, tell: 2, poll: 3, polled: 4, foreign: 5 } as const;

export type PlanMessage =
  | { readonly kind: "ask" | "poll"; readonly cluster: string; readonly epoch: number }
  | { readonly kind: "tell"; readonly cluster: string; readonly text: string }
  | {
      readonly kind: "polled";
      readonly cluster: string;
      readonly epoch: number;
      readonly isReady: boolean;
    }
  | { readonly kind: "foreign"; readonly cluster: string };

const writer = new ByteWriter();
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function encodePlanMessage(message: PlanMessage): Uint8Array {
  const text = message.kind === "tell" ? encoder.encode(message.text) : undefined;
  writer.begin(NODE_BYTES_MAX + 32 + (text?.length ?? 0));
  writer.number(PlanKind[message.kind]);
  writer.node(message.cluster);
  switch (message.kind) {
    case "ask":
    case "poll":
      writer.number(message.epoch);
      break;
    case "tell":
      writer.number(text!.length);
      writer.copy(text!, 0, text!.length);
      break;
    case "polled":
      writer.number(message.epoch);
      writer.number(message.isReady ? 1 : 0);
      break;
    case "foreign":
      break;
  }
  return writer.take();
}

/** @throws ClusterError CLUSTER_MESSAGE */
export function decodePlanMessage(bytes: Uint8Array): PlanMessage {
  const reader = new ByteReader(bytes, 0, messageError);
  const message = read(reader);
  if (reader.at !== bytes.length) reader.fail("it goes on behind its end");
  return message;
}

function read(reader: ByteReader): PlanMessage {
  const kind = reader.number();
  const cluster = reader.node();
  switch (kind) {
    case PlanKind.ask:
      return { kind: "ask", cluster, epoch: reader.number() };
    case PlanKind.poll:
      return { kind: "poll", cluster, epoch: reader.number() };
    case PlanKind.tell:
      return { kind: "tell", cluster, text: readText(reader) };
    case PlanKind.polled: {
      const epoch = reader.number();
      const flag = reader.number();
      if (flag > 1) reader.fail(`${flag} where 0 or 1 must be`);
      return { kind: "polled", cluster, epoch, isReady: flag === 1 };
    }
    case PlanKind.foreign:
      return { kind: "foreign", cluster };
    default:
      return reader.fail(`a kind of message about the ring that does not exist: ${kind}`);
  }
}

function readText(reader: ByteReader): string {
  const length = reader.number();
  const start = reader.skip(length);
  try {
    return decoder.decode(reader.bytes.subarray(start, start + length));
  } catch {
    return reader.fail("a text that is not UTF-8");
  }
}
