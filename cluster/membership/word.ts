// What this node can say of a member, as parts of a message.

import { encodePart } from "./codec.ts";
import { type Member, MemberState } from "./member.ts";
import { type AccusationPart, type AlivePart, PartKind } from "./messages.ts";

/** That it is there, in the member's own words. */
export function aliveOf({ node, incarnation, boot, meta }: Omit<AlivePart, "kind">): Uint8Array {
  return encodePart({ kind: PartKind.alive, node, incarnation, boot, meta });
}

/** In the name of another than the first accuser it counts as a suspicion of its own. */
export function accusationOf(member: Member, by = member.accuser): Uint8Array {
  const { node, incarnation, state } = member;
  const kind: AccusationPart["kind"] =
    state === MemberState.suspect ? PartKind.suspect : PartKind.dead;
  return encodePart({ kind, node, incarnation, by });
}

/** What is held of it, whatever that is. */
export function wordOf(member: Member): Uint8Array {
  return member.state === MemberState.alive ? aliveOf(member) : accusationOf(member);
}

/** As a line of a list. */
export function stateOf({ node, state, incarnation, boot, meta }: Member): Uint8Array {
  return encodePart({ kind: PartKind.state, node, state, incarnation, boot, meta });
}
