// The log of the model engine: one record a write, each with its length in front.

export type Operation = readonly [key: Uint8Array, value: Uint8Array | undefined];

const DELETED = 0xffff_ffff;

/** One record of the log: its length, then each operation as lengths, key and value. */
export function encodeRecord(operations: readonly Operation[]): Uint8Array {
  let length = 4;
  for (const [key, value] of operations) length += 8 + key.length + (value?.length ?? 0);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(0, length - 4);
  let at = 4;
  for (const [key, value] of operations) {
    view.setUint32(at, key.length);
    view.setUint32(at + 4, value === undefined ? DELETED : value.length);
    out.set(key, at + 8);
    at += 8 + key.length;
    if (value !== undefined) {
      out.set(value, at);
      at += value.length;
    }
  }
  return out;
}

/** Visits the operations of whole records in order; returns where the last of them ends. */
export function decodeRecords(
  bytes: Uint8Array,
  visit: (key: Uint8Array, value: Uint8Array | undefined) => void,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (start + 4 <= bytes.length) {
    const end = start + 4 + view.getUint32(start);
    if (end > bytes.length) break;
    for (let at = start + 4; at < end; ) {
      const keyEnd = at + 8 + view.getUint32(at);
      const valueLength = view.getUint32(at + 4);
      const key = bytes.slice(at + 8, keyEnd);
      at = keyEnd + (valueLength === DELETED ? 0 : valueLength);
      visit(key, valueLength === DELETED ? undefined : bytes.slice(keyEnd, at));
    }
    start = end;
  }
  return start;
}
