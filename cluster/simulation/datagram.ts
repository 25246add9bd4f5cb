// Datagrams of the scenarios: JSON, so that a trace can be read.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeMessage(message: object): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

/** Of bytes that `encodeMessage` made: the network delivers nothing else. */
export function decodeMessage<Message>(datagram: Uint8Array): Message {
  return JSON.parse(decoder.decode(datagram)) as Message;
}
