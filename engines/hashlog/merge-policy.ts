// When to merge what, and how fast: arithmetic on what is known of the segments.
//
// Dead bytes are all on disk that is not the newest record of a key: superseded records,
// tombstones, headers, hints, and what a merge has written and not yet put in place. They may be
// `allowedDeadBytes`. A merge begins at a share of that, early enough to end in time, and is paid
// for by writers: for each byte written, so many bytes of merge as are left to do over bytes that
// may still be written. So the work follows from the writes alone, whatever their speed.

import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import type { Segment } from "./segment.ts";

/** A segment is at most this share of what is live, so that a merge needs little room aside. */
const SEGMENT_SHARE = 1 / 16;
/** ...but not smaller than this, unless the setting says so: each costs a few syncs. */
const SEGMENT_BYTES_MIN = 1024 * 1024;
/** In stores too small for segments of that share, the allowance is so many segments. */
const ALLOWED_SEGMENTS_MIN = 6;
/** A merge begins at this share of the allowance. */
const START_SHARE = 0.65;
/** Of a segment that is worth merging, at least this share comes back. */
const GAIN_SHARE_MIN = 1 / 16;
/** Bytes of merge for a byte written: at least, and at most. */
const RATE_MIN = 1.5;
const RATE_MAX = 16;

export function segmentLimitBytes(liveBytes: number, settingBytes: number): number {
  const smallest = Math.min(SEGMENT_BYTES_MIN, settingBytes);
  return Math.min(settingBytes, Math.max(smallest, Math.floor(liveBytes * SEGMENT_SHARE)));
}

/** `percent` is the highest space amplification, as in 150 for 1.5. */
export function allowedDeadBytes(liveBytes: number, limitBytes: number, percent: number): number {
  return Math.max((liveBytes * (percent - 100)) / 100, ALLOWED_SEGMENTS_MIN * limitBytes);
}

export function isMergeDue(deadBytes: number, allowedBytes: number): boolean {
  return deadBytes >= allowedBytes * START_SHARE;
}

/**
 * Bytes of merge to do for each byte written, so that it is done when half the slack is used up:
 * the other half is for the device, which takes as long as it takes to sync.
 */
export function mergeRate(workBytes: number, slackBytes: number): number {
  if (slackBytes <= 0) return RATE_MAX;
  return Math.min(RATE_MAX, Math.max(RATE_MIN, (2 * workBytes) / slackBytes));
}

/**
 * The lowest sequence that a superseded record in one of the segments may have; Infinity when
 * there is none. A tombstone with a higher one must stay: else the key would come back (bitcask
 * issue 82).
 */
export function oldestDeadSequence(segments: readonly Segment[]): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { deadPutBytes, minSequence } of segments) {
    if (deadPutBytes > 0 && minSequence < oldest) oldest = minSequence;
  }
  return oldest;
}

/**
 * Which of the sealed segments to merge: those that give back most for what is copied, until their
 * copies fill one segment of `limitBytes`. When tombstones hold more than `tombstoneBytesMax`, all
 * that may hold something dead: only without the records that they bury can they go. None: nothing
 * is worth it. `active` is not among `sealed`, but may hold dead records as well.
 */
export function chooseVictims(
  sealed: readonly Segment[],
  active: Segment,
  limitBytes: number,
  tombstoneBytesMax: number,
): Segment[] {
  const usable = sealed.filter((segment) => !segment.damaged);
  const tombstoneBytes = usable.reduce((sum, segment) => sum + segment.tombstoneBytes, 0);
  if (tombstoneBytes > tombstoneBytesMax) {
    return usable.filter(({ deadPutBytes, tombstoneBytes: own }) => deadPutBytes + own > 0);
  }
  const oldest = oldestDeadSequence([active, ...usable]);
  const owners = usable.filter((each) => each.deadPutBytes > 0 && each.minSequence === oldest);
  const second = oldestDeadSequence([active, ...usable.filter((each) => !owners.includes(each))]);
  const candidates = usable
    .map((segment) => {
      const isOwner = owners.length === 1 && owners[0] === segment;
      return { segment, costBytes: costBytes(segment, isOwner ? second : oldest) };
    })
    .filter(({ segment, costBytes: cost }) => {
      const gainBytes = segment.sizeBytes - LOG_HEADER_BYTES - cost;
      return gainBytes >= segment.sizeBytes * GAIN_SHARE_MIN;
    })
    .sort(
      (left, right) =>
        left.costBytes / left.segment.sizeBytes - right.costBytes / right.segment.sizeBytes,
    );
  const victims: Segment[] = [];
  let outputBytes = 0;
  for (const { segment, costBytes: cost } of candidates) {
    outputBytes += cost;
    if (victims.length > 0 && outputBytes > limitBytes) break;
    victims.push(segment);
  }
  return victims;
}

/** Bytes that a merge of the segment would copy, as far as can be told without reading it. */
function costBytes(segment: Segment, oldestDeadElsewhere: number): number {
  const { liveBytes, tombstoneBytes, minSequence } = segment;
  return oldestDeadElsewhere < minSequence ? liveBytes + tombstoneBytes : liveBytes;
}
