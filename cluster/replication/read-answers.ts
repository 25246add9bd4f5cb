// What the replicas of one read have said, and what that comes to. By contact of the request.

import type { NodeId } from "../runtime.ts";
import type { ConflictPolicy } from "../versioning/policy.ts";
import type { Contact } from "./consistency.ts";
import { digestOf } from "./digest.ts";
import type { QuorumCount } from "./quorum-count.ts";

/** Neither versions nor a digest. */
const UNKNOWN = -1;

export class ReadAnswers {
  readonly #policy: ConflictPolicy;
  /** Contacts that are asked: their places are the indexes everywhere. */
  asked: readonly Contact[];
  readonly #digests: number[] = [];
  readonly #sets: (Uint8Array | undefined)[] = [];
  /** Bits of those whose versions are here, not only their digest. */
  #whole = 0;
  /** All versions that were sent whole and merged so far; undefined: nothing is stored anywhere. */
  result: Uint8Array | undefined;
  resultDigest = 0;

  constructor(policy: ConflictPolicy, asked: readonly Contact[]) {
    this.#policy = policy;
    this.asked = asked;
    for (let i = 0; i < asked.length; i++) this.#digests.push(UNKNOWN);
  }

  /** Below 0: it is not asked. */
  indexOf(node: NodeId): number {
    for (let i = 0; i < this.asked.length; i++) if (this.asked[i]!.node === node) return i;
    return -1;
  }

  /** Who is not asked yet, of this data centre if there is one. */
  nextOf(contacts: readonly Contact[], centre: string): Contact | undefined {
    const left = contacts.filter(({ node }) => this.indexOf(node) < 0);
    return left.find(({ dc }) => dc === centre) ?? left[0];
  }

  /** The data centre of the first that has not answered. */
  lateCentre(count: QuorumCount): string {
    return this.asked.find((_, i) => !count.hasSucceeded(i))!.dc;
  }

  /** One contact more. */
  add(contact: Contact): void {
    this.asked = [...this.asked, contact];
    this.#digests.push(UNKNOWN);
  }

  setDigest(index: number, digest: number): void {
    this.#digests[index] = digest;
  }

  setWhole(index: number, set: Uint8Array | undefined): void {
    this.#sets[index] = set;
    this.#whole |= 1 << index;
    this.#digests[index] = digestOf(set);
  }

  isWhole(index: number): boolean {
    return (this.#whole & (1 << index)) !== 0;
  }

  /** It has said what it holds, and that is not the result. */
  differs(index: number): boolean {
    const digest = this.#digests[index]!;
    return digest !== UNKNOWN && digest !== this.resultDigest;
  }

  /** Contacts whose versions are here. */
  whole(): number[] {
    const indexes = [...this.asked.keys()];
    return indexes.filter((i) => this.isWhole(i));
  }

  /** Contacts whose versions are here, and are not the result. */
  lacking(): number[] {
    return this.whole().filter((i) => this.differs(i));
  }

  /**
   * Contacts that lack some of the result for certain: their versions are here, or are what the
   * result with the digest `before` was. With another digest alone it may be the result that lacks.
   */
  behind(before: number): number[] {
    const indexes = [...this.asked.keys()];
    return indexes.filter((i) => {
      return this.differs(i) && (this.isWhole(i) || this.#digests[i] === before);
    });
  }

  /** It was brought what it lacks, as far as can be told. */
  setRepaired(index: number): void {
    this.#digests[index] = this.resultDigest;
  }

  /**
   * Whether all that succeeded hold the same. When one of them has sent it whole, that is the
   * result from now on.
   */
  agree(count: QuorumCount): "whole" | "digests" | "no" {
    let whole = -1;
    let digest = UNKNOWN;
    for (let i = 0; i < this.#digests.length; i++) {
      if (!count.hasSucceeded(i)) continue;
      if (digest !== UNKNOWN && digest !== this.#digests[i]) return "no";
      digest = this.#digests[i]!;
      if (this.isWhole(i)) whole = i;
    }
    if (whole < 0) return "digests";
    this.result = this.#sets[whole];
    this.resultDigest = digest;
    return "whole";
  }

  /** Merges what the contact sent whole into the result. */
  take(index: number): void {
    const set = this.#sets[index];
    if (set === undefined || this.#digests[index] === this.resultDigest) return;
    const policy = this.#policy;
    if (this.result === undefined) this.result = set;
    else this.result = policy.encode(policy.merge(policy.decode(this.result), policy.decode(set)));
    this.resultDigest = digestOf(this.result);
  }
}
