// Who owns what as text: one JSON document, the same for the same value on every machine.

import type { Ring } from "../ring/ring.ts";
import { RingError } from "../ring/ring-error.ts";
import { decodeRing, encodeRing } from "../ring/ring-text.ts";
import type { NodeId } from "../runtime.ts";
import { NODE_NAME } from "../versioning/wire.ts";
import type { Ownership, OwnershipStep, RingChange } from "./ownership.ts";

const FORMAT = 1;
const STEPS: readonly OwnershipStep[] = ["stable", "transfer", "switch"];

export function encodeOwnership(ownership: Ownership): string {
  const { cluster, epoch, firstEpoch, step, ring, voters, change } = ownership;
  return JSON.stringify({
    ...{ format: FORMAT, cluster, epoch, firstEpoch, step, ring: encodeRing(ring), voters },
    change:
      change === undefined
        ? null
        : { ring: encodeRing(change.ring), voters: change.voters, gone: change.gone },
  });
}

/** @throws RingError `RING_TEXT` when any part is missing, out of range or out of order */
export function decodeOwnership(text: string): Ownership {
  const parts = objectOf(parsed(text), "it");
  if (parts.format !== FORMAT) {
    throw wrong(`its format is ${parts.format}: open it with the version that wrote it`);
  }
  const { cluster } = parts;
  const [firstEpoch, epoch] = [epochOf(parts.firstEpoch), epochOf(parts.epoch)];
  const step = parts.step as OwnershipStep;
  if (typeof cluster !== "string" || !NODE_NAME.test(cluster))
    throw wrong("its cluster has no name");
  if (firstEpoch > epoch) throw wrong("it is older than the first");
  if (!STEPS.includes(step)) throw wrong("its step is unknown");
  const { ring, voters } = ringAndVoters(parts);
  const change = parts.change === null ? undefined : changeOf(objectOf(parts.change, "its change"));
  if ((change === undefined) !== (step === "stable"))
    throw wrong(`it is ${step} with no such ring`);
  return { cluster, epoch, firstEpoch, step, ring, voters, change };
}

type Parts = Readonly<Record<string, unknown>>;

function changeOf(parts: Parts): RingChange {
  return { ...ringAndVoters(parts), gone: namesOf(parts.gone, "nodes that are gone") };
}

function ringAndVoters(parts: Parts): { readonly ring: Ring; readonly voters: NodeId[] } {
  if (typeof parts.ring !== "string") throw wrong("it has no ring");
  const ring = decodeRing(parts.ring);
  const voters = namesOf(parts.voters, "voters");
  if (voters.length === 0) throw wrong("it has no voters");
  const known = new Set(ring.nodes.map(({ id }) => id));
  for (const voter of voters) if (!known.has(voter)) throw wrong(`its voter ${voter} is no node`);
  return { ring, voters };
}

function epochOf(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw wrong("its epoch is none");
  return value as number;
}

function namesOf(value: unknown, what: string): NodeId[] {
  const isName = (name: unknown) => typeof name === "string" && NODE_NAME.test(name);
  if (!Array.isArray(value) || !value.every(isName)) throw wrong(`its ${what} are no names`);
  if (new Set(value).size !== value.length) throw wrong(`one of its ${what} comes twice`);
  return value as NodeId[];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
}

function objectOf(value: unknown, what: string): Parts {
  if (typeof value !== "object" || value === null) throw wrong(`${what} is no JSON object`);
  return value as Parts;
}

function wrong(what: string): RingError {
  const cure = "fetch it again from the nodes that hold it";
  return new RingError("RING_TEXT", `this text does not say who owns what: ${what}; ${cure}`);
}
