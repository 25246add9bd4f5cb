// What a node does for the coordinators of others: reads, makes and merges versions in its own
// store, and answers when that is durable.
//
// Invariants:
//  I1. Nothing is done for who has another ring: its idea of who holds the key may be wrong.
//  I2. What cannot be read is refused with a status, and never touches the store.
//  I3. An event that is refused is not made by a copy of its message either (recent-copies.ts says
//      how long that holds). A merge needs no such care, also when it was refused: its versions
//      are of events that were made already, so that nobody calls their write not done, and what
//      is known of them takes them in without a change. A copy of one that stands in may leave a
//      hint again, which brings the primary nothing that is new.

import type { NodeId } from "../runtime.ts";
import {
  Kind,
  type MergeMessage,
  type MintMessage,
  type ReadMessage,
  type ScanPartMessage,
  Status,
} from "../transport/message.ts";
import { type Context, decodeContext } from "../versioning/context.ts";
import { digestOf } from "./digest.ts";
import type { LoadLimit } from "./load-limit.ts";
import { readHere, UNREADABLE } from "./local-reads.ts";
import { mergeHere, mintHere } from "./local-writes.ts";
import { RecentCopies } from "./recent-copies.ts";
import { NO_PART, type PartFound, scanHere } from "./scan-part.ts";
import type { Host, Site } from "./site.ts";

/**
 * Of a coordinator's requests, before an event that it asks for comes too late. When a replica is
 * silent the next one is asked under the number of the request, after a third of its time or two:
 * at 5 s, such a message counts as lost from a coordinator with 40,000 to 80,000 requests a second.
 */
const WINDOW_TURNS = 2 ** 17;
/** That a coordinator restarts so near below where it was has a chance of 1 in 16,384. */
const FAR_TURNS = 2 ** 22;

export class ReplicaService {
  readonly #site: Site;
  readonly #hosts: ReadonlyMap<string, Host>;
  /** Writes that wait for their durability. */
  readonly #limit: LoadLimit;
  readonly #copies = new RecentCopies<NodeId>(WINDOW_TURNS, FAR_TURNS);

  constructor(site: Site, hosts: ReadonlyMap<string, Host>, limit: LoadLimit) {
    this.#site = site;
    this.#hosts = hosts;
    this.#limit = limit;
  }

  read(from: NodeId, message: ReadMessage): void {
    const host = this.#hostOf(message);
    if (typeof host === "number") {
      this.#answerRead(from, message, host, undefined);
      return;
    }
    const { key, isDurable } = message;
    const found = this.#failsRead() ? UNREADABLE : readHere(host, key, isDurable);
    if (!(found instanceof Promise)) this.#answerFound(from, message, found);
    else found.then((set) => this.#answerFound(from, message, set));
  }

  #answerFound(from: NodeId, message: ReadMessage, set: Uint8Array | undefined): void {
    if (set === UNREADABLE) this.#answerRead(from, message, Status.failed, undefined);
    else this.#answerRead(from, message, Status.ok, set);
  }

  mint(from: NodeId, message: MintMessage): void {
    const { probes, random } = this.#site.runtime;
    const isTwice = probes.isPlanted("mint-twice");
    if (this.#copies.isCopy(from, message.number) && !isTwice) return;
    const { number, key, value, standsInFor } = message;
    const id = isTwice ? { ...message.id, number: random.nextBelow(2 ** 40) } : message.id;
    const answer = (status: Status, set?: Uint8Array): void => {
      this.#site.send(from, { kind: Kind.mintAnswer, number, status, set });
    };
    const host = this.#admit(message);
    if (typeof host === "number") {
      answer(host);
      return;
    }
    let context: Context | undefined;
    try {
      context = message.context === undefined ? undefined : decodeContext(message.context);
    } catch {
      this.#limit.leave();
      answer(Status.refused);
      return;
    }
    mintHere(this.#site, host, { key, value, context, id, standsInFor }, (status, set) => {
      this.#limit.leave();
      answer(status, set);
    });
  }

  merge(from: NodeId, message: MergeMessage): void {
    const { key, set, number, standsInFor } = message;
    const answer = (status: Status): void => {
      if (number !== 0) this.#site.send(from, { kind: Kind.mergeAnswer, number, status });
    };
    const host = this.#admit(message);
    if (typeof host === "number") {
      answer(host);
      return;
    }
    mergeHere(this.#site, host, { key, set, standsInFor }, (status) => {
      this.#limit.leave();
      answer(this.#site.runtime.probes.isPlanted("failure-is-done") ? Status.ok : status);
    });
  }

  scanPart(from: NodeId, message: ScanPartMessage): void {
    const { number } = message;
    const answer = ({ status, keys, sets, hasMore }: PartFound): void => {
      this.#site.send(from, { kind: Kind.scanPartAnswer, number, status, keys, sets, hasMore });
    };
    const host = this.#hostOf(message);
    if (typeof host === "number") answer({ ...NO_PART, status: host });
    else if (this.#failsRead()) answer(NO_PART);
    else scanHere(host, message).then(answer, () => answer(NO_PART));
  }

  /** Who holds the keyspace, entered as a write; or why the write is not taken. */
  #admit(message: MintMessage | MergeMessage): Host | Status {
    const host = this.#hostOf(message);
    if (typeof host === "number") return host;
    if (this.#site.runtime.probes.buggify("a replica says that it is overloaded")) {
      return Status.overloaded;
    }
    return this.#limit.tryEnter() ? host : Status.overloaded;
  }

  #failsRead(): boolean {
    return this.#site.runtime.probes.buggify("a replica fails a read");
  }

  #hostOf({ epoch, keyspace }: { epoch: number; keyspace: string }): Host | Status {
    if (epoch !== this.#site.epoch) return Status.epoch;
    return this.#hosts.get(keyspace) ?? Status.refused;
  }

  #answerRead(
    to: NodeId,
    { number, isDigest }: ReadMessage,
    status: Status,
    set: Uint8Array | undefined,
  ): void {
    const digest = isDigest ? digestOf(set) : 0;
    const kind = Kind.readAnswer;
    this.#site.send(to, {
      ...{ kind, number, status, isDigest, digest },
      set: isDigest ? undefined : set,
    });
  }
}
