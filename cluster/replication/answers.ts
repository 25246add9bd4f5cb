// What clients are told: values and context of versions, who took part, or what went wrong.

import type { ClusterError } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import {
  type AnsweredBy,
  type AnswerMessage,
  type ClientMessage,
  Kind,
} from "../transport/message.ts";
import { encodeContext } from "../versioning/context.ts";
import type { ConflictPolicy } from "../versioning/policy.ts";
import { readQuickly } from "../versioning/quick-reading.ts";
import { VersionState } from "../versioning/version.ts";
import type { ReadRequest } from "./read-request.ts";
import type { Site } from "./site.ts";
import type { WriteRequest } from "./write-request.ts";

const NOBODY: AnsweredBy = { primaries: [], fallbacks: [] };
const NO_VALUES: readonly Uint8Array[] = [];

export interface Found {
  /** One for each sibling; none when there is nothing, or it was deleted. */
  readonly values: readonly Uint8Array[];
  /** Absent when nothing was ever written. */
  readonly context: Uint8Array | undefined;
}

const NOTHING: Found = { values: NO_VALUES, context: undefined };

/** What a client sees of a set. */
export function foundIn(policy: ConflictPolicy, set: Uint8Array | undefined): Found {
  if (set === undefined) return NOTHING;
  const quick = readQuickly(set, policy.name);
  if (quick !== undefined) return { values: [quick.value], context: quick.context };
  const { siblings, context } = policy.read(policy.decode(set));
  const values: Uint8Array[] = [];
  for (let i = 0; i < siblings.length; i++) {
    if (siblings[i]!.state === VersionState.value) values.push(siblings[i]!.value());
  }
  return { values, context: encodeContext(context) };
}

export class Answers {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  read(request: ReadRequest, set: Uint8Array | undefined): void {
    const { from, attempt } = request.parts;
    this.#send(from, attempt, request.answeredBy(), foundIn(request.host.policy, set));
  }

  written(request: WriteRequest, set: Uint8Array): void {
    const { from, attempt, wantsValues } = request.parts;
    const found = wantsValues ? foundIn(request.host.policy, set) : NOTHING;
    this.#send(from, attempt, request.answeredBy(), found);
  }

  fail(to: NodeId, message: ClientMessage, error: ClusterError): void {
    if (message.kind === Kind.getMany || message.kind === Kind.scan) {
      const { attempt } = message;
      const kind = Kind.manyAnswer;
      const entries: never[] = [];
      const told = toldOf(error);
      const answeredBy = NOBODY;
      this.#site.send(to, { kind, attempt, error: told, answeredBy, entries, next: undefined });
      return;
    }
    this.failAttempt(to, message.attempt, error);
  }

  failAttempt(
    to: NodeId,
    attempt: number,
    error: ClusterError,
    answeredBy: AnsweredBy = NOBODY,
  ): void {
    this.#send(to, attempt, answeredBy, NOTHING, toldOf(error));
  }

  #send(
    to: NodeId,
    attempt: number,
    answeredBy: AnsweredBy,
    { values, context }: Found,
    error?: AnswerMessage["error"],
  ): void {
    const kind = Kind.answer;
    const isSwapped = error === undefined;
    this.#site.send(to, { kind, attempt, error, answeredBy, values, context, isSwapped });
  }
}

function toldOf({ code, message, fate }: ClusterError): NonNullable<AnswerMessage["error"]> {
  return { code, text: message, fate };
}
