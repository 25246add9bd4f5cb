// The layout of a hint file: keys and places of the records of a segment, so that opening reads no
// values.
//
//   hint   := head, block*, foot
//   head   := magic: u32 "RBHT", format: u32 = 2, fileId: u32
//   block  := payloadBytes: u32, checksum: u32, payload       the payload is entry*
//   entry  := kind: u8, and unless it is a sync mark: keyLength, valueLength, step, key
//   foot   := payloadBytes: u32 = 0, coveredBytes: u32, count: u32, fingerprint: u32,
//             minSequence: u64, maxSequence: u64, checksum: u32
//
// Entries are in the order of the segment and leave out nothing, so that offsets follow from the
// lengths. keyLength, valueLength and step are LEB128 numbers; step is the sequence less that of
// the entry before it, zigzag-coded. Other numbers are little-endian. A block's checksum is XXH32
// of its payload, the foot's of what is before it in the foot; both are seeded like those of
// records, with the file id and the offset in the hint.
//
// The fingerprint is that of the segment's last bytes (fingerprint.ts).
// minSequence and maxSequence bound what the store had given out to records of the segment.

export const HINT_MAGIC = 0x54484252; // "RBHT" in little-endian
export const HINT_FORMAT = 2;
export const HINT_HEAD_BYTES = 12;
export const HINT_BLOCK_HEAD_BYTES = 8;
export const HINT_FOOT_BYTES = 36;
/** Words of the foot that its checksum covers. */
export const HINT_FOOT_WORDS = HINT_FOOT_BYTES / 4 - 1;
