// The values of YCSB's dataintegrity=true: each follows from key and field alone.
//
//  1. Start with key, ":" and field name.
//  2. While shorter than the length asked for, append ":", then in decimal the hash of all so far,
//     that ":" included, as Java's String.hashCode gives it: h = 31 h + character, modulo 2^32,
//     signed.
//  3. Cut to the length.
//
// Such a value shows corruption and loss. It says nothing of versions: an update writes the same
// bytes again, so that neither a stale read nor a lost update can be seen.

const COLON = 58;
const MINUS = 45;
const ZERO = 48;

/** Writes one value to `target` from `offset` for `length` bytes. */
export function writeIntegrityValue(
  target: Uint8Array,
  offset: number,
  length: number,
  key: Uint8Array,
  fieldName: Uint8Array,
): void {
  const end = offset + length;
  let at = offset;
  // A write beyond the end is dropped, but the hash still takes it in.
  let hash = 0;
  for (let i = 0; i < key.length; i++) {
    const byte = key[i]!;
    if (at < end) target[at++] = byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (at < end) target[at++] = COLON;
  hash = (Math.imul(hash, 31) + COLON) | 0;
  for (let i = 0; i < fieldName.length; i++) {
    const byte = fieldName[i]!;
    if (at < end) target[at++] = byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  while (at < end) {
    target[at++] = COLON;
    hash = (Math.imul(hash, 31) + COLON) | 0;
    let rest = Math.abs(hash);
    let next = hash;
    if (hash < 0) {
      if (at < end) target[at++] = MINUS;
      next = (Math.imul(next, 31) + MINUS) | 0;
    }
    let unit = 1;
    while (unit * 10 <= rest) unit *= 10;
    for (; unit >= 1; unit = Math.floor(unit / 10)) {
      const digit = Math.floor(rest / unit);
      rest -= digit * unit;
      if (at < end) target[at++] = ZERO + digit;
      next = (Math.imul(next, 31) + ZERO + digit) | 0;
    }
    hash = next;
  }
}
