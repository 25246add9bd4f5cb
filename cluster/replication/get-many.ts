// Several keys in one request: each is a read of its own, and one that fails does not take the
// others with it.

import type { ClusterError } from "../errors.ts";
import { Kind, type ManyAnswerMessage, type ManyEntry } from "../transport/message.ts";
import { foundIn } from "./answers.ts";
import type { ReadListener } from "./read-parts.ts";
import type { ReadRequest } from "./read-request.ts";

export class GetMany implements ReadListener {
  readonly #entries: (ManyEntry | undefined)[];
  readonly #onDone: (many: GetMany) => void;
  readonly #primaries = new Set<string>();
  readonly #fallbacks = new Set<string>();
  #waiting: number;

  constructor(keys: readonly Uint8Array[], onDone: (many: GetMany) => void) {
    this.#entries = keys.map(() => undefined);
    this.#waiting = keys.length;
    this.#onDone = onDone;
  }

  /** The attempt of each read is the place of its key. */
  readDone(request: ReadRequest, set: Uint8Array | undefined): void {
    const { key, attempt } = request.parts;
    const { primaries, fallbacks } = request.answeredBy();
    for (const node of primaries) this.#primaries.add(node);
    for (const node of fallbacks) this.#fallbacks.add(node);
    this.#settle(attempt, { key, ...foundIn(request.host.policy, set) });
  }

  readFailed({ parts: { key, attempt } }: ReadRequest, { code, message }: ClusterError): void {
    const error = { code, text: message };
    this.#settle(attempt, { key, values: [], context: undefined, error });
  }

  answer(attempt: number): ManyAnswerMessage {
    return {
      kind: Kind.manyAnswer,
      attempt,
      error: undefined,
      answeredBy: { primaries: [...this.#primaries], fallbacks: [...this.#fallbacks] },
      entries: this.#entries as ManyEntry[],
      next: undefined,
    };
  }

  #settle(index: number, entry: ManyEntry): void {
    this.#entries[index] = entry;
    if (--this.#waiting === 0) this.#onDone(this);
  }
}
